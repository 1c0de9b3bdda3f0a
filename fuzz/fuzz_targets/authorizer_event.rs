//! Whatever the authorizer is asked, its answer is of a known form, and allows nothing unless a good
//! token is in the event.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tollgate_core::verifier::Verifier;
use tollgate_fuzz::keys::{ACCESS, Secrets};
use tollgate_fuzz::tokens::{GOOD, USER, fill, profile};
use tollgate_fuzz::verdict::Verdict;
use tollgate_fuzz::{NOW, block_on};

static VERIFIER: LazyLock<Verifier<Secrets>> =
    LazyLock::new(|| Verifier::new(profile(), ACCESS.keys()));

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    let text = fill(text);
    let Ok(event) = serde_json::from_str::<Value>(&text) else {
        return Corpus::Reject;
    };
    let read = serde_json::from_str(&text).expect("any JSON is an event");
    let answer = block_on(tollgate_authorizer::handle(&VERIFIER, &read, NOW));
    let answer = serde_json::to_value(answer.expect("the keys are there")).expect("JSON");
    let verdict = Verdict::read(&answer);
    if verdict.allows {
        assert!(
            GOOD.iter().any(|good| holds(&event, good)),
            "allowed without a token: {event}"
        );
        assert_eq!(verdict.context["sub"], USER);
        if let Some(resource) = verdict.resource {
            let stage = resource.trim_end_matches('*');
            let arn = event["methodArn"].as_str().expect("what was allowed");
            assert!(format!("{arn}/").starts_with(stage), "{resource} for {arn}");
        }
    }
    Corpus::Keep
});

/// Whether some text of the event ends with the token.
fn holds(value: &Value, token: &str) -> bool {
    match value {
        Value::String(text) => text.trim_end_matches(' ').ends_with(token),
        Value::Array(items) => items.iter().any(|item| holds(item, token)),
        Value::Object(fields) => fields.values().any(|field| holds(field, token)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
