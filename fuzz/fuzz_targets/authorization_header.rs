//! A value of the header Authorization lets somebody in only if it is the scheme Bearer and a good
//! token, and every form of event says the same of it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Value, json};
use tollgate_core::verifier::Verifier;
use tollgate_fuzz::keys::{ACCESS, Secrets};
use tollgate_fuzz::tokens::{GOOD, fill, profile};
use tollgate_fuzz::verdict::Verdict;
use tollgate_fuzz::{NOW, block_on};

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/v1/GET/me";

static VERIFIER: LazyLock<Verifier<Secrets>> =
    LazyLock::new(|| Verifier::new(profile(), ACCESS.keys()));

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    let value = fill(text);
    let verdicts = [
        json!({ "type": "TOKEN", "methodArn": ARN, "authorizationToken": value }),
        json!({ "type": "REQUEST", "methodArn": ARN, "headers": { "Authorization": value } }),
        json!({ "type": "REQUEST", "methodArn": ARN,
            "multiValueHeaders": { "authorization": [value] } }),
        json!({ "type": "REQUEST", "version": "2.0", "routeArn": ARN,
            "headers": { "authorization": value } }),
    ]
    .map(|event| asked(&event));
    let [first, ..] = &verdicts;
    for verdict in &verdicts {
        assert_eq!(
            (verdict.allows, &verdict.context),
            (first.allows, &first.context),
            "{value}"
        );
    }
    assert_eq!(first.allows, is_good(&value), "{value}");
    let twice = asked(&json!({ "type": "REQUEST", "methodArn": ARN,
        "multiValueHeaders": { "Authorization": [value, value] } }));
    assert!(!twice.allows, "two headers, and which one was meant?");
    Corpus::Keep
});

/// RFC 6750, section 2.1, and RFC 9110, section 11.1: the scheme in any case, blanks, the token.
fn is_good(value: &str) -> bool {
    let value = value.trim_matches(' ');
    let scheme = value
        .get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "));
    scheme
        && GOOD
            .iter()
            .any(|good| value[7..].trim_start_matches(' ') == good)
}

fn asked(event: &Value) -> Verdict {
    let answer = block_on(tollgate_authorizer::handle(&VERIFIER, &event.into(), NOW));
    Verdict::read(&serde_json::to_value(answer.expect("the keys are there")).expect("JSON"))
}
