//! Events and tokens that nobody sends on purpose: whatever the authorizer is asked, it answers, and
//! it denies unless there is exactly one good token.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tollgate_tests::events::{Scene, authorizer_event, in_repository, on_disk};

const FORMS: [&str; 3] = [
    "authorizer-token-valid",
    "authorizer-request-valid",
    "authorizer-http-valid",
];
const PLACEHOLDER: &str = "{{access_token}}";
const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/v1/GET/me";

/// What the authorizer said, if it has a form that some API understands.
#[derive(Debug, PartialEq)]
enum Decision {
    Allowed,
    Denied,
}

async fn decide(scene: &Scene, event: Value, what: &str) -> Decision {
    let answer = scene.invoke("authorizer", event).await;
    let answer = answer.unwrap_or_else(|error| unreachable!("{what}: {error}"));
    let document = &answer["policyDocument"];
    let statement = &document["Statement"][0];
    let effect = statement["Effect"].as_str();
    let authorized = answer["isAuthorized"].as_bool();
    assert!(effect.is_some() || authorized.is_some(), "{what}: {answer}");
    if effect.is_some() {
        assert_eq!(document["Version"], "2012-10-17", "{what}");
        assert_eq!(
            document["Statement"].as_array().map(Vec::len),
            Some(1),
            "{what}"
        );
        assert_eq!(statement["Action"], "execute-api:Invoke", "{what}");
        assert!(statement["Resource"].is_string(), "{what}");
        assert!(answer["principalId"].is_string(), "{what}");
    }
    if effect == Some("Allow") || authorized == Some(true) {
        assert!(answer["context"]["sub"].is_string(), "{what}: {answer}");
        assert_ne!(statement["Resource"], "*", "{what}");
        return Decision::Allowed;
    }
    assert!(effect.is_none_or(|it| it == "Deny"), "{what}: {answer}");
    assert!(answer["context"]["reason"].is_string(), "{what}: {answer}");
    Decision::Denied
}

/// Tokens from standards and from the pages and tests of other libraries.
#[tokio::test(flavor = "multi_thread")]
async fn the_sample_tokens_of_others_are_denied() {
    let scene = Scene::start().await;
    for (source, token) in [
        (
            "jwt.io, HS256",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        ),
        (
            "RFC 7515, A.1",
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        ),
        (
            "RFC 7515, A.3",
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            "RFC 7515, A.5; RFC 7519, 6.1",
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
        ),
        (
            "RFC 7797, 4.2, unencoded and detached",
            "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY",
        ),
        (
            "RFC 7516, A.1, JWE",
            "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGe.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ",
        ),
        (
            "PyJWT's tests",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJoZWxsbyI6ICJ3b3JsZCJ9.tvagLDLoaiJKxOKqpBXSEGy7SYSifZhjntgm9ctpyj8",
        ),
        (
            "golang-jwt's examples",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJmb28iOiJiYXIiLCJuYmYiOjE0NDQ0Nzg0MDB9.u1riaD1rW97opCoAuRCTy4w58Br-Zk-bh7vLiRIsrpU",
        ),
        (
            "PASETO",
            "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA",
        ),
        ("RFC 6750", "mF_9.B5f-4.1JqM"),
    ] {
        for form in FORMS {
            let event = on_disk(&in_repository("events"), form).replace(PLACEHOLDER, token);
            let event = serde_json::from_str(&event).expect("JSON");
            assert_eq!(
                decide(&scene, event, source).await,
                Decision::Denied,
                "{source}: {form}"
            );
        }
    }
}

/// In the manner of the collections that parsers of JSON are tested with.
const JSON: &[&str] = &[
    "",
    " ",
    "nul",
    "[",
    "]",
    "{",
    "}",
    "[]",
    "{}",
    "[1,]",
    "[,1]",
    "[1,,2]",
    "[\"a",
    "[1 true]",
    "[a]",
    "[*]",
    "[-]",
    "[+1]",
    "[.1]",
    "[1.]",
    "[1e]",
    "[1e+]",
    "[0e]",
    "[00]",
    "[-01]",
    "[0x1]",
    "[1eE2]",
    "[Inf]",
    "[NaN]",
    "[-Infinity]",
    "[1e999]",
    "[-1e999]",
    "[1e-999]",
    "[123456789012345678901234567890]",
    "[\"\\ud800\"]",
    "[\"\\udc00\"]",
    "[\"\\ud800\\n\"]",
    "[\"\\ud800\\ud800\"]",
    "[\"\\uqqqq\"]",
    "[\"\\x00\"]",
    "[\"\\\\\\\"]",
    "[\"\u{7f}\"]",
    "[\"\n\"]",
    "[\"\t\"]",
    "[\"\0\"]",
    "[\u{a0}]",
    "[\u{2060}]",
    "[\u{c}]",
    "\u{feff}{}",
    "{\"a\":1,}",
    "{a:1}",
    "{'a':1}",
    "{\"a\"}",
    "{\"a\" 1}",
    "{\"a\":}",
    "{:1}",
    "{\"a\"::1}",
    "{1:1}",
    "{null:1}",
    "{\"a\":1,\"a\":2}",
    "{\"\":0}",
    "{\"\\u0000\":0}",
    "{\"a\":\"b\"}/**/",
    "{\"a\":/*x*/1}",
    "{\"a\":\"b\"}//",
    "{\"a\":\"b\"}#",
    "{\"a\":\"b\"}#{}",
    "{\"a\":true} \"x\"",
    "<null>",
    "\"",
    "\"\"",
    "\"a\"",
    "1",
    "-",
    "true",
    "[true",
    "[tru]",
    "[nul]",
    "{\"__proto__\":{\"admin\":true}}",
    "{\"$type\":\"System.Object\"}",
    "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
    "\u{1b}[31m",
    "{{",
    "{}}",
    "[][]",
    "{}{}",
];

#[tokio::test(flavor = "multi_thread")]
async fn json_of_every_kind_in_a_token_is_denied_under_a_good_signature() {
    let scene = Scene::start().await;
    let token = scene.value(PLACEHOLDER).to_owned();
    let parts: Vec<_> = token.split('.').collect();
    let file = fs::read_to_string(scene.fixture.access_keys.path()).expect("the keys");
    let secret = file
        .lines()
        .find(|line| !line.starts_with('#'))
        .expect("a key");
    let signed = |header: &str, claims: &str| {
        let body = format!("{header}.{claims}");
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        let mac = mac.chain_update(&body).finalize().into_bytes();
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac))
    };
    let good = authorizer_event(&signed(parts[0], parts[1]));
    assert_eq!(
        decide(&scene, good, "the forge works").await,
        Decision::Allowed
    );
    for json in JSON {
        let json = URL_SAFE_NO_PAD.encode(json);
        for (header, claims) in [(&*json, parts[1]), (parts[0], &*json), (&*json, &*json)] {
            let event = authorizer_event(&signed(header, claims));
            assert_eq!(
                decide(&scene, event, &json).await,
                Decision::Denied,
                "{json}"
            );
        }
    }
}

/// What may stand in the place of any part of an event.
fn odd_values() -> Vec<Value> {
    let deep = (0..100).fold(json!(null), |inner, level| match level % 2 {
        0 => json!([inner]),
        _ => json!({ "Authorization": inner }),
    });
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!(" "),
        json!("\0"),
        json!("🦀\u{202e}\u{feff}"),
        json!("x".repeat(100_000)),
        json!([]),
        json!([null]),
        json!([[["Bearer"]]]),
        json!({}),
        json!({"": null}),
        json!({"Authorization": 7, "authorization": ["Bearer"], "AUTHORIZATION": {}}),
        deep,
    ]
}

/// Every place in a value, as RFC 6901 writes it.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{here}/{name}"), found);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                places(value, &format!("{here}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// With a forged token, nothing in an event lets anybody in; with a good one, nothing makes it fail.
#[tokio::test(flavor = "multi_thread")]
async fn any_part_of_an_event_may_be_anything() {
    let scene = Scene::start().await;
    let (good, forged) = (
        scene.value(PLACEHOLDER),
        scene.value("{{forged_access_token}}"),
    );
    let mut allowed = 0;
    for form in FORMS {
        let text = on_disk(&in_repository("events"), form);
        let [good, forged] = [good, forged].map(|token| -> Value {
            serde_json::from_str(&text.replace(PLACEHOLDER, token)).expect("JSON")
        });
        let mut all = Vec::new();
        places(&good, "", &mut all);
        for place in all {
            for odd in odd_values() {
                let what = format!("{form}: {place}");
                let replaced = |event: &Value| {
                    let mut event = event.clone();
                    *event.pointer_mut(&place).expect("a place in it") = odd.clone();
                    event
                };
                let decision = decide(&scene, replaced(&forged), &what).await;
                assert_eq!(decision, Decision::Denied, "{what}");
                let decision = decide(&scene, replaced(&good), &what).await;
                allowed += usize::from(decision == Decision::Allowed);
            }
        }
    }
    assert!(allowed > 0, "what is not read may be odd");
}

/// REST events with two credentials, or one in the wrong place or form.
fn rest_events(good: &str, bad: &str) -> Vec<(&'static str, Value)> {
    vec![
        (
            "headers disagree",
            rest(
                &json!({"Authorization": bad}),
                &json!({"Authorization": [good]}),
            ),
        ),
        (
            "headers disagree, the other way",
            rest(
                &json!({"Authorization": good}),
                &json!({"Authorization": [bad]}),
            ),
        ),
        (
            "another case in the other list",
            rest(
                &json!({"authorization": bad}),
                &json!({"Authorization": [good]}),
            ),
        ),
        (
            "good, bad",
            rest(
                &json!({"Authorization": bad}),
                &json!({"Authorization": [good, bad]}),
            ),
        ),
        (
            "bad, good",
            rest(
                &json!({"Authorization": good}),
                &json!({"Authorization": [bad, good]}),
            ),
        ),
        (
            "the same twice",
            rest(
                &json!({"Authorization": good}),
                &json!({"Authorization": [good, good]}),
            ),
        ),
        (
            "two cases",
            rest(
                &json!(null),
                &json!({"Authorization": [good], "authorization": [bad]}),
            ),
        ),
        (
            "two cases, single",
            rest(
                &json!({"Authorization": good, "AUTHORIZATION": bad}),
                &json!(null),
            ),
        ),
        (
            "a number beside it",
            rest(&json!(null), &json!({"Authorization": [good, 7]})),
        ),
        (
            "a null beside it",
            rest(&json!(null), &json!({"Authorization": [null, good]})),
        ),
        (
            "a list in headers",
            rest(&json!({"Authorization": [good]}), &json!(null)),
        ),
        (
            "a text in multiValueHeaders",
            rest(&json!(null), &json!({"Authorization": good})),
        ),
        (
            "an object",
            rest(&json!({"Authorization": {"Bearer": good}}), &json!(null)),
        ),
        (
            "a name with a blank",
            rest(&json!({"Authorization ": good}), &json!(null)),
        ),
        (
            "a name like it",
            rest(&json!({"Authоrization": good}), &json!(null)),
        ),
        (
            "another header",
            rest(&json!({"X-Authorization": good}), &json!(null)),
        ),
        (
            "a list of headers",
            rest(&json!([["Authorization", good]]), &json!(null)),
        ),
        (
            "a token in the query",
            json!({"type": "REQUEST", "methodArn": ARN, "queryStringParameters": {"access_token": good}}),
        ),
    ]
}

/// The same for HTTP APIs.
fn http_events(good: &str, bad: &str) -> Vec<(&'static str, Value)> {
    let http = |headers: Value| json!({"type": "REQUEST", "version": "2.0", "routeArn": ARN, "headers": headers});
    vec![
        (
            "joined by a comma",
            http(json!({"authorization": format!("{good},{bad}")})),
        ),
        (
            "two cases",
            http(json!({"authorization": good, "Authorization": bad})),
        ),
        ("a list", http(json!({"authorization": [good]}))),
        (
            "the scheme twice",
            http(json!({"authorization": format!("Bearer {good}")})),
        ),
        (
            "another scheme",
            http(json!({"authorization": good.replace("Bearer", "DPoP")})),
        ),
        (
            "a token in a cookie",
            json!({"type": "REQUEST", "version": "2.0", "routeArn": ARN, "cookies": [good]}),
        ),
        (
            "identitySource alone",
            json!({"type": "REQUEST", "version": "2.0", "routeArn": ARN, "identitySource": [good]}),
        ),
    ]
}

fn rest(single: &Value, several: &Value) -> Value {
    json!({"type": "REQUEST", "methodArn": ARN, "headers": single, "multiValueHeaders": several})
}

/// Credentials that are there twice and differ: which one is meant is nobody's to guess.
#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_beside_another_one_is_denied() {
    let scene = Scene::start().await;
    let good = format!("Bearer {}", scene.value(PLACEHOLDER));
    let bad = format!("Bearer {}", scene.value("{{forged_access_token}}"));
    let control = rest(
        &json!({"Authorization": good}),
        &json!({"Authorization": [good]}),
    );
    assert_eq!(
        decide(&scene, control, "one good token").await,
        Decision::Allowed
    );
    for (what, event) in [rest_events(&good, &bad), http_events(&good, &bad)].concat() {
        assert_eq!(
            decide(&scene, event, what).await,
            Decision::Denied,
            "{what}"
        );
    }
}

/// Events of other kinds, with a good token in the place where they would have one.
#[tokio::test(flavor = "multi_thread")]
async fn events_of_other_kinds_are_denied() {
    let scene = Scene::start().await;
    let good = format!("Bearer {}", scene.value(PLACEHOLDER));
    for (what, event) in [
        (
            "no type",
            json!({"authorizationToken": good, "methodArn": ARN}),
        ),
        (
            "another case of the type",
            json!({"type": "token", "authorizationToken": good, "methodArn": ARN}),
        ),
        (
            "a type that there is not",
            json!({"type": "TOKENS", "authorizationToken": good, "methodArn": ARN}),
        ),
        (
            "a list of types",
            json!({"type": ["TOKEN"], "authorizationToken": good, "methodArn": ARN}),
        ),
        (
            "a TOKEN event in a list",
            json!([{"type": "TOKEN", "authorizationToken": good, "methodArn": ARN}]),
        ),
        (
            "a TOKEN event as text",
            json!(
                json!({"type": "TOKEN", "authorizationToken": good, "methodArn": ARN}).to_string()
            ),
        ),
        (
            "no ARN",
            json!({"type": "TOKEN", "authorizationToken": good}),
        ),
        (
            "the ARN of something else",
            json!({"type": "TOKEN", "authorizationToken": good, "methodArn": "arn:aws:s3:::bucket/key"}),
        ),
        (
            "an ARN for all",
            json!({"type": "TOKEN", "authorizationToken": good, "methodArn": "arn:aws:execute-api:*:*:*/*/*/*"}),
        ),
        (
            "an ARN without a stage",
            json!({"type": "TOKEN", "authorizationToken": good, "methodArn": "arn:aws:execute-api:eu-central-1:1:a"}),
        ),
        (
            "AppSync",
            json!({"authorizationToken": good, "requestContext": {"apiId": "a", "queryString": "{me}"}}),
        ),
        (
            "a proxy request",
            json!({"resource": "/me", "httpMethod": "GET", "headers": {"Authorization": good}}),
        ),
        (
            "a WebSocket connect",
            json!({"requestContext": {"eventType": "CONNECT"}, "headers": {"Authorization": good}}),
        ),
        (
            "an IoT authorizer",
            json!({"token": good, "signatureVerified": true, "protocols": ["tls"]}),
        ),
        (
            "Cognito",
            json!({"version": "1", "triggerSource": "TokenGeneration_Authentication", "request": {"token": good}}),
        ),
        (
            "CloudFront",
            json!({"Records": [{"cf": {"request": {"headers": {"authorization": [{"value": good}]}}}}]}),
        ),
        ("a queue", json!({"Records": [{"body": good}]})),
        ("a schedule", json!({"source": "aws.events", "detail": {}})),
        (
            "a load balancer",
            json!({"requestContext": {"elb": {}}, "headers": {"authorization": good}}),
        ),
    ] {
        assert_eq!(
            decide(&scene, event, what).await,
            Decision::Denied,
            "{what}"
        );
    }
}

/// Bytes as they come from the runtime, which reads them as `serde_json` reads a [`Value`]: of two
/// fields of one name the last counts, so it counts for everything.
#[tokio::test(flavor = "multi_thread")]
async fn raw_events_are_denied_or_are_no_events() {
    let scene = Scene::start().await;
    let (good, bad) = (
        scene.value(PLACEHOLDER),
        scene.value("{{forged_access_token}}"),
    );
    let token =
        |inside: &str| format!(r#"{{"type":"TOKEN","methodArn":"{ARN}",{inside}}}"#).into_bytes();
    let request =
        |inside: &str| format!(r#"{{"type":"REQUEST","methodArn":"{ARN}",{inside}}}"#).into_bytes();
    let mut events = vec![
        token(&format!(
            r#""authorizationToken":"Bearer {good}","authorizationToken":"Bearer {bad}""#
        )),
        token(&format!(
            r#""authorizationToken":"Bearer {good}","authorization\u0054oken":"Bearer {bad}""#
        )),
        token(&format!(
            r#""authorizationToken":"Bearer {good}","type":"REQUEST""#
        )),
        token(&format!(
            r#""authorizationToken":"Bearer {good}","methodArn":"*""#
        )),
        token(r#""authorizationToken":"Bearer \ud800""#),
        token(r#""authorizationToken":1e999"#),
        token(r#""authorizationToken":-123456789012345678901234567890123456789"#),
        token(&format!(
            r#""authorizationToken":"Bearer {good}","note":{}{}"#,
            "[".repeat(5_000),
            "]".repeat(5_000)
        )),
        token(&format!(
            r#""authorizationToken":{}{}"#,
            "[".repeat(126),
            "]".repeat(126)
        )),
        token(&format!(
            r#""authorizationToken":"Bearer {}""#,
            "a.".repeat(1 << 20)
        )),
        request(&format!(
            r#""headers":{{"Authorization":"Bearer {good}"}},"headers":{{"Authorization":"Bearer {bad}"}}"#
        )),
        request(&format!(
            r#""headers":{{"Authorization":"Bearer {good}","Authorization":"Bearer {bad}"}}"#
        )),
        request(&format!(
            r#""headers":{{"Authorization":"Bearer {good}"}},"headers":null"#
        )),
        request(&format!(
            r#""headers":{{"Authorization":"Bearer {good}","authorization":"Bearer {bad}"}}"#
        )),
        request(&format!(
            r#""headers":{{"Authorization":"Bearer {good}","Authorization":7}}"#
        )),
    ];
    events.push(b"\xff".to_vec());
    events.push(token("\"authorizationToken\":\"Bearer \u{0}\""));
    events.extend(JSON.iter().map(|json| json.as_bytes().to_vec()));
    let mut read = 0;
    for bytes in events {
        let Ok(event) = serde_json::from_slice::<Value>(&bytes) else {
            continue;
        };
        read += 1;
        let what = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
        assert_eq!(
            decide(&scene, event, &what).await,
            Decision::Denied,
            "{what}"
        );
    }
    assert!(read > 20, "only {read} of them are JSON");
}
