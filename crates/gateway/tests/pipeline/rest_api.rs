//! A REST API, refusal by refusal.

use http::Method;
use serde_json::{Value, json};
use tollgate_gateway::Bytes;

use crate::functions::{gateway, get, header, post, request, rest_template, send, told};

/// Tokens look like `Bearer word`, and verdicts are kept.
const IDENTITY: &str = "{ ValidationExpression: '^Bearer [a-z-]+$', ReauthorizeEvery: 300 }";

const RESPONSES: &str = r#"
      GatewayResponses:
        UNAUTHORIZED:
          StatusCode: 401
          ResponseParameters: { Headers: { WWW-Authenticate: "'Bearer'" } }
        ACCESS_DENIED:
          StatusCode: 401
          ResponseParameters:
            Headers:
              WWW-Authenticate: "'Bearer error=\"invalid_token\"'"
              X-Reason: context.authorizer.reason
          ResponseTemplates:
            application/json: '{"error":"invalid_token","reason":"$context.authorizer.reason"}'
        DEFAULT_5XX:
          ResponseTemplates:
            application/json: '{"error":"$context.error.responseType"}'
"#;

#[tokio::test]
async fn refused_before_the_authorizer_is_asked() {
    let (gateway, functions) = gateway(&rest_template(IDENTITY, ""));
    for headers in [
        vec![],
        vec![("authorization", "")],
        vec![("authorization", "Bearer")],
        vec![("authorization", "Basic abc")],
        vec![("authorization", "xBearer allow")],
        vec![("authorization", "Bearer allow x")],
        vec![("authorization", "Bearer ALLOW")],
        // The last of two counts.
        vec![
            ("authorization", "Bearer allow"),
            ("authorization", "Basic x"),
        ],
        vec![("x-authorization", "Bearer allow")],
    ] {
        let response = send(&gateway, request(Method::GET, "/me", &headers)).await;
        assert_eq!(
            told(&response),
            (401, r#"{"message":"Unauthorized"}"#.to_owned()),
            "{headers:?}"
        );
    }
    assert!(functions.calls().is_empty());
}

#[tokio::test]
async fn awss_own_refusals() {
    let (gateway, functions) = gateway(&rest_template(IDENTITY, ""));
    for (path, token, status, body) in [
        (
            "/me",
            "deny",
            403,
            r#"{"Message":"User is not authorized to access this resource with an explicit deny"}"#,
        ),
        ("/me", "crash", 500, r#"{"message":null}"#),
        ("/me", "nested", 500, r#"{"message":null}"#),
        ("/me", "nothing", 500, r#"{"message":null}"#),
        ("/me", "unauthorized", 401, r#"{"message":"Unauthorized"}"#),
        (
            "/nowhere",
            "allow",
            403,
            r#"{"message":"Invalid key=value pair (missing equal-sign) in Authorization header"}"#,
        ),
    ] {
        let response = get(&gateway, path, token).await;
        assert_eq!(told(&response), (status, body.to_owned()), "{path} {token}");
        assert_eq!(header(&response, "content-type"), "application/json");
        assert!(!header(&response, "x-amzn-requestid").is_empty());
    }
    assert_eq!(functions.count("echo"), 0);

    for (method, path) in [
        (Method::GET, "/nowhere"),
        (Method::GET, "/me/"),
        (Method::GET, "/open/echo"),
    ] {
        let response = send(&gateway, request(method, path, &[])).await;
        assert_eq!(
            told(&response),
            (
                403,
                r#"{"message":"Missing Authentication Token"}"#.to_owned()
            ),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_templates_refusals() {
    let (gateway, _) = gateway(&rest_template(IDENTITY, RESPONSES));
    let response = send(&gateway, request(Method::GET, "/me", &[])).await;
    assert_eq!(
        told(&response),
        (401, r#"{"message":"Unauthorized"}"#.to_owned())
    );
    // A gateway response's own header keeps its name.
    assert_eq!(header(&response, "www-authenticate"), "Bearer");

    let response = get(&gateway, "/me", "deny").await;
    assert_eq!(
        told(&response),
        (
            401,
            r#"{"error":"invalid_token","reason":"expired"}"#.to_owned()
        )
    );
    assert_eq!(
        header(&response, "www-authenticate"),
        "Bearer error=\"invalid_token\""
    );
    assert_eq!(header(&response, "x-reason"), "expired");

    for (token, body) in [
        ("crash", r#"{"error":"AUTHORIZER_FAILURE"}"#),
        ("nested", r#"{"error":"AUTHORIZER_CONFIGURATION_ERROR"}"#),
    ] {
        assert_eq!(
            told(&get(&gateway, "/me", token).await),
            (500, body.to_owned()),
            "{token}"
        );
    }
}

#[tokio::test]
async fn an_allowance_reaches_the_function_with_its_context() {
    let (gateway, functions) = gateway(&rest_template(IDENTITY, ""));
    let response = get(&gateway, "/users/a%20b?x=1&x=2", "allow").await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "x-function"), "echo");
    // An integration's challenge is renamed.
    assert_eq!(header(&response, "www-authenticate"), "");
    assert_eq!(
        header(&response, "x-amzn-remapped-www-authenticate"),
        "Bearer"
    );

    let event = functions.last("echo");
    assert_eq!(event["resource"], "/users/{id}");
    assert_eq!(event["pathParameters"], json!({ "id": "a b" }));
    assert_eq!(event["queryStringParameters"], json!({ "x": "2" }));
    assert_eq!(
        event["multiValueQueryStringParameters"],
        json!({ "x": ["1", "2"] })
    );
    assert_eq!(event["headers"]["Authorization"], "Bearer allow");
    assert_eq!(event["body"], Value::Null);
    assert_eq!(event["requestContext"]["stage"], "v1");
    assert_eq!(event["requestContext"]["identity"]["sourceIp"], "192.0.2.7");
    let mut authorizer = event["requestContext"]["authorizer"].clone();
    assert!(authorizer["integrationLatency"].is_u64());
    authorizer["integrationLatency"] = json!(0);
    assert_eq!(
        authorizer,
        json!({ "principalId": "user-1", "email": "a@example.com", "exp": "12", "admin": "false", "integrationLatency": 0 })
    );
    let asked = functions.last("authorizer");
    assert_eq!(
        asked,
        json!({
            "type": "TOKEN",
            "authorizationToken": "Bearer allow",
            "methodArn": "arn:aws:execute-api:us-east-1:123456789012:local/v1/GET/users/a%20b",
        })
    );
}

#[tokio::test]
async fn a_verdict_is_kept_per_token_and_not_per_path() {
    let (gateway, functions) = gateway(&rest_template(IDENTITY, ""));
    for (path, token, status, asked) in [
        ("/me", "allow", 200, 1),
        ("/other", "allow", 200, 1),
        ("/me", "deny", 403, 2),
        ("/other", "deny", 403, 2),
        // A policy for one ARN is used for the others, and denies there.
        ("/me", "allow-this", 200, 3),
        ("/other", "allow-this", 403, 3),
        // Failures are not kept.
        ("/me", "crash", 500, 4),
        ("/me", "crash", 500, 5),
        ("/me", "nested", 500, 6),
        ("/me", "nested", 500, 7),
        ("/me", "unauthorized", 401, 8),
        ("/me", "unauthorized", 401, 9),
    ] {
        let response = get(&gateway, path, token).await;
        assert_eq!(response.status().as_u16(), status, "{path} {token}");
        assert_eq!(functions.count("authorizer"), asked, "{path} {token}");
    }
    let (_, body) = told(&get(&gateway, "/other", "allow-this").await);
    assert_eq!(
        body,
        r#"{"Message":"User is not authorized to access this resource"}"#
    );
}

#[tokio::test]
async fn zero_asks_every_time() {
    let (gateway, functions) = gateway(&rest_template("{ ReauthorizeEvery: 0 }", ""));
    for asked in 1..=3 {
        assert_eq!(get(&gateway, "/me", "allow").await.status(), 200);
        assert_eq!(functions.count("authorizer"), asked);
    }
}

#[tokio::test]
async fn a_request_authorizer_is_asked_about_all_its_sources() {
    let identity =
        "{ Headers: [Authorization], QueryStrings: [tenant], Context: [identity.sourceIp] }";
    let template =
        rest_template(identity, "").replace("Identity:", "FunctionPayloadType: REQUEST, Identity:");
    let (gateway, functions) = gateway(&template);
    for (path, status, asked) in [
        ("/me", 401, 0),
        ("/me?tenant=", 401, 0),
        ("/me?tenant=a", 200, 1),
        ("/other?tenant=a", 200, 1),
        ("/me?tenant=b", 200, 2),
    ] {
        assert_eq!(
            get(&gateway, path, "allow").await.status().as_u16(),
            status,
            "{path}"
        );
        assert_eq!(functions.count("authorizer"), asked, "{path}");
    }
    assert_eq!(functions.last("authorizer")["type"], "REQUEST");
}

#[tokio::test(start_paused = true)]
async fn functions_that_fail() {
    for (responses, expected) in [
        (
            "",
            [
                (
                    "/open/garbage",
                    502,
                    r#"{"message":"Internal server error"}"#,
                ),
                (
                    "/open/broken",
                    502,
                    r#"{"message":"Internal server error"}"#,
                ),
                (
                    "/open/panics",
                    502,
                    r#"{"message":"Internal server error"}"#,
                ),
                (
                    "/open/collapses",
                    502,
                    r#"{"message":"Internal server error"}"#,
                ),
                ("/open/gone", 504, r#"{"message":"Internal server error"}"#),
                (
                    "/open/slow",
                    504,
                    r#"{"message":"Endpoint request timed out"}"#,
                ),
            ],
        ),
        (
            RESPONSES,
            [
                ("/open/garbage", 502, r#"{"error":"DEFAULT_5XX"}"#),
                ("/open/broken", 502, r#"{"error":"DEFAULT_5XX"}"#),
                ("/open/panics", 502, r#"{"error":"DEFAULT_5XX"}"#),
                ("/open/collapses", 502, r#"{"error":"DEFAULT_5XX"}"#),
                ("/open/gone", 504, r#"{"error":"INTEGRATION_FAILURE"}"#),
                ("/open/slow", 504, r#"{"error":"INTEGRATION_TIMEOUT"}"#),
            ],
        ),
    ] {
        let (gateway, _) = gateway(&rest_template(IDENTITY, responses));
        for (path, status, body) in expected {
            assert_eq!(
                told(&post(&gateway, path).await),
                (status, body.to_owned()),
                "{path}"
            );
        }
        assert_eq!(get(&gateway, "/me", "slow").await.status(), 500);
    }
}

#[tokio::test]
async fn bodies() {
    let (gateway, functions) = gateway(&rest_template(IDENTITY, ""));
    let post = |body: Vec<u8>| {
        let mut request = request(
            Method::POST,
            "/open/echo",
            &[("content-type", "text/plain")],
        );
        *request.body_mut() = Bytes::from(body);
        request
    };
    for (body, expected, is_base64) in [
        (b"".to_vec(), Value::Null, false),
        (b"hi".to_vec(), json!("hi"), false),
        (vec![0xff, 0xfe], json!("//4="), true),
        (
            vec![b'a'; 10 * 1024 * 1024],
            json!("a".repeat(10 * 1024 * 1024)),
            false,
        ),
    ] {
        assert_eq!(send(&gateway, post(body)).await.status(), 200);
        let event = functions.last("echo");
        assert!(event["body"] == expected);
        assert_eq!(event["isBase64Encoded"], is_base64);
    }
    let calls = functions.calls().len();
    let response = send(&gateway, post(vec![b'a'; 10 * 1024 * 1024 + 1])).await;
    assert_eq!(
        told(&response),
        (413, r#"{"message":"Request Too Long"}"#.to_owned())
    );
    assert_eq!(functions.calls().len(), calls);
}
