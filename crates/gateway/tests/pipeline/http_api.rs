//! An HTTP API: fixed refusals, payload format 2.0, CORS by the platform.

use http::Method;
use serde_json::json;

use crate::functions::{gateway, get, header, http_template, post, request, send, told};

const SIMPLE: &str = "EnableSimpleResponses: true
            Identity: { Headers: [Authorization], ReauthorizeEvery: 60 }";
const POLICY: &str = "Identity: { Headers: [Authorization] }";

#[tokio::test(start_paused = true)]
async fn answers_and_refusals() {
    for (authorizer, path, token, status, body) in [
        (SIMPLE, "/me", "no", 403, r#"{"message":"Forbidden"}"#),
        (
            SIMPLE,
            "/me",
            "crash",
            500,
            r#"{"message":"Internal Server Error"}"#,
        ),
        (
            SIMPLE,
            "/me",
            "nothing",
            500,
            r#"{"message":"Internal Server Error"}"#,
        ),
        (
            SIMPLE,
            "/me",
            "slow",
            500,
            r#"{"message":"Internal Server Error"}"#,
        ),
        (
            SIMPLE,
            "/me",
            "unauthorized",
            401,
            r#"{"message":"Unauthorized"}"#,
        ),
        (SIMPLE, "/nowhere", "yes", 404, r#"{"message":"Not Found"}"#),
        (POLICY, "/me", "deny", 403, r#"{"message":"Forbidden"}"#),
        (
            POLICY,
            "/me",
            "yes",
            500,
            r#"{"message":"Internal Server Error"}"#,
        ),
    ] {
        let (gateway, functions) = gateway(&http_template(authorizer, ""));
        let response = get(&gateway, path, token).await;
        assert_eq!(told(&response), (status, body.to_owned()), "{path} {token}");
        assert!(!header(&response, "apigw-requestid").is_empty());
        assert_eq!(functions.count("echo"), 0, "{path} {token}");
    }
    let (gateway, functions) = gateway(&http_template(SIMPLE, ""));
    let response = send(&gateway, request(Method::GET, "/me", &[])).await;
    assert_eq!(
        told(&response),
        (401, r#"{"message":"Unauthorized"}"#.to_owned())
    );
    assert_eq!(functions.count("authorizer"), 0);
    for (path, status, body) in [
        ("/open/simple", 200, r#"{"hello":"world"}"#),
        (
            "/open/garbage",
            500,
            r#"{"message":"Internal Server Error"}"#,
        ),
        (
            "/open/broken",
            500,
            r#"{"message":"Internal Server Error"}"#,
        ),
        ("/open/gone", 500, r#"{"message":"Internal Server Error"}"#),
        ("/open/slow", 503, r#"{"message":"Service Unavailable"}"#),
    ] {
        assert_eq!(
            told(&post(&gateway, path).await),
            (status, body.to_owned()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_function_gets_payload_2_with_the_context_as_it_is() {
    let (gateway, functions) = gateway(&http_template(SIMPLE, ""));
    let headers = [
        ("authorization", "Bearer yes"),
        ("x-two", "a"),
        ("x-two", "b"),
        ("cookie", "one=1; two=2"),
        ("host", "api.example.com"),
    ];
    let response = send(
        &gateway,
        request(Method::GET, "/users/a%20b?x=1&x=2", &headers),
    )
    .await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        header(&response, "www-authenticate"),
        "Bearer",
        "an HTTP API renames nothing"
    );
    let event = functions.last("echo");
    for (pointer, expected) in [
        ("/version", json!("2.0")),
        ("/routeKey", json!("ANY /users/{id}")),
        ("/rawPath", json!("/users/a b")),
        ("/rawQueryString", json!("x=1&x=2")),
        ("/queryStringParameters", json!({ "x": "1,2" })),
        ("/pathParameters", json!({ "id": "a b" })),
        ("/cookies", json!(["one=1", "two=2"])),
        ("/headers/x-two", json!("a,b")),
        (
            "/requestContext/authorizer",
            json!({ "lambda": { "exp": 12, "list": [1] } }),
        ),
        ("/requestContext/http/method", json!("GET")),
        ("/requestContext/http/sourceIp", json!("192.0.2.7")),
        ("/requestContext/domainPrefix", json!("api")),
        ("/requestContext/stage", json!("$default")),
    ] {
        assert_eq!(event.pointer(pointer), Some(&expected), "{pointer}");
    }
    assert_eq!(event.pointer("/headers/cookie"), None);
    let asked = functions.last("authorizer");
    assert_eq!(asked["identitySource"], json!(["Bearer yes"]));
    assert_eq!(
        asked["routeArn"],
        "arn:aws:execute-api:us-east-1:123456789012:local/$default/GET/users/a%20b"
    );
}

#[tokio::test]
async fn an_authorizer_without_a_context_leaves_a_null() {
    let (gateway, functions) = gateway(&http_template(POLICY, ""));
    assert_eq!(get(&gateway, "/me", "allow-this").await.status(), 200);
    let event = functions.last("echo");
    assert_eq!(
        event["requestContext"]["authorizer"],
        json!({ "lambda": null })
    );
    post(&gateway, "/open/echo").await;
    let event = functions.last("echo");
    assert_eq!(event["requestContext"].get("authorizer"), None);
}

#[tokio::test]
async fn verdicts_are_kept_only_if_the_template_says_so() {
    for (authorizer, token, asked) in [(SIMPLE, "yes", 1), (SIMPLE, "no", 1), (POLICY, "allow", 3)]
    {
        let (gateway, functions) = gateway(&http_template(authorizer, ""));
        for path in ["/me", "/other", "/me"] {
            get(&gateway, path, token).await;
        }
        assert_eq!(functions.count("authorizer"), asked, "{token}");
    }
}

#[tokio::test]
async fn the_platform_does_cors() {
    let cors = "
      CorsConfiguration:
        AllowOrigins: ['https://app.example.com', 'http://*']
        AllowMethods: [GET, POST]
        AllowHeaders: [authorization]
        ExposeHeaders: [x-function]
        MaxAge: 600
        AllowCredentials: true
";
    let (gateway, functions) = gateway(&http_template(SIMPLE, cors));
    for (origin, allowed) in [
        ("https://app.example.com", "https://app.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://evil.example.com", ""),
        ("https://app.example.com.evil.example", ""),
    ] {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
        ];
        let response = send(&gateway, request(Method::OPTIONS, "/me", &headers)).await;
        assert_eq!(response.status(), 204, "{origin}");
        assert_eq!(header(&response, "access-control-allow-origin"), allowed);
        assert_eq!(
            header(&response, "access-control-allow-methods").is_empty(),
            allowed.is_empty()
        );

        let response = send(&gateway, request(Method::GET, "/me", &headers[..1])).await;
        assert_eq!(response.status(), 401, "{origin}");
        assert_eq!(header(&response, "access-control-allow-origin"), allowed);
        assert_eq!(
            header(&response, "access-control-allow-credentials").is_empty(),
            allowed.is_empty()
        );
    }
    assert!(functions.calls().is_empty());
}

#[tokio::test]
async fn the_default_route_takes_the_rest() {
    let template = http_template(SIMPLE, "")
        + "  Rest:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: simple } }
    Properties: { Events: { E: { Type: HttpApi, Properties: { ApiId: !Ref Api, Auth: { Authorizer: NONE } } } } }
";
    let (gateway, functions) = gateway(&template);
    // Here the method counts together with the path: GET /open/echo is not the POST route.
    for path in ["/", "/any/where", "/open/echo"] {
        let response = send(&gateway, request(Method::GET, path, &[])).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(functions.last("simple")["routeKey"], "$default", "{path}");
    }
    assert_eq!(functions.count("simple"), 3);
}
