//! Events that are damaged, of other kinds, or hardly JSON.

use serde_json::{Value, json};
use tollgate_tests::events::{Scene, in_repository, on_disk};

use crate::json::JSON;
use crate::{ARN, Decision, FORMS, PLACEHOLDER, decide};

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
