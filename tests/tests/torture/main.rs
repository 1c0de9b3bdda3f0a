//! Events and tokens that nobody sends on purpose: whatever the authorizer is asked, it answers, and
//! it denies unless there is exactly one good token.

mod credentials;
mod events;
mod json;
mod tokens;

use serde_json::Value;
use tollgate_tests::events::Scene;

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
