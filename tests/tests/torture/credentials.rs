//! Two credentials, or one in the wrong place.

use serde_json::{Value, json};
use tollgate_tests::events::Scene;

use crate::{ARN, Decision, PLACEHOLDER, decide};

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
