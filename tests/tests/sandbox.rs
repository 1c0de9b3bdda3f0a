//! The authorizer that deploys, in a sandbox that Lambda freezes: what it prints, and that its keys
//! grow no older than they may.
#![cfg(target_os = "linux")]

use std::time::Duration;

use serde_json::{Value, json};
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::deployed::Deployed;
use tollgate_tests::events::authorizer_event;
use tollgate_tests::freezer::{Freezer, TRACE};
use tollgate_tests::functions::user;
use tollgate_tests::moto::{Moto, PREVIOUS};
use tollgate_tests::proxy::{Fault, Proxy, Rule, Service};

fn variables(moto: &Moto, endpoint: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut variables = moto.environment(endpoint);
    let settings = [
        ("TOLLGATE_ISSUER", "https://auth.example.com"),
        ("TOLLGATE_AUDIENCE", "api.example.com"),
    ];
    let settings = settings.iter().chain(more);
    variables.extend(settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    variables
}

fn effect(answer: &Value) -> &Value {
    &answer["policyDocument"]["Statement"][0]["Effect"]
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).expect("text");
    let read = |line| serde_json::from_str(line).unwrap_or_else(|it| unreachable!("{it}: {line}"));
    text.lines().map(read).collect()
}

/// Somebody calls every three seconds, and is answered in a millisecond. Without anybody who keeps the
/// sandbox awake, every renewal would be frozen in the middle.
#[test]
#[ignore = "needs TOLLGATE_MOTO, TOLLGATE_FUNCTIONS and TOLLGATE_TOOLS"]
fn a_sandbox_that_freezes_after_each_answer_refuses_a_dropped_key() {
    let deployed = Deployed::start(1, &[]);
    deployed.add(&user(EMAIL, ""));
    let pair = deployed.client().log_in(EMAIL, PASSWORD);
    let event = authorizer_event(pair.text("access_token"));
    let proxy = Proxy::start(deployed.moto.url());
    let variables = variables(
        &deployed.moto,
        proxy.url(),
        &[
            ("TOLLGATE_KEY_MAX_AGE", "2s"),
            ("RUST_LOG", "tollgate=debug"),
        ],
    );
    let mut authorizer = Freezer::start("authorizer", &variables);
    assert_eq!(effect(&authorizer.invoke(&event).answer), "Allow");
    deployed.rotate(deployed.moto.access_key());
    deployed.moto.access_key().remove_stage(PREVIOUS);
    let slow = Fault::SlowFirstByte(Duration::from_millis(300));
    proxy.inject(Rule::always(slow).service(Service::SecretsManager));

    // The keys are older than they may be, but not so old that a request waits for them.
    std::thread::sleep(Duration::from_secs(3));
    let beside = authorizer.invoke(&event);
    assert_eq!(effect(&beside.answer), "Allow");
    assert!(beside.busy, "the answer did not wait for the keys");
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(effect(&authorizer.invoke(&event).answer), "Deny");

    let log = lines(&authorizer.end().stderr);
    let is = |name: &'static str| move |line: &&Value| line["event"] == name;
    assert_eq!(log.iter().filter(is("keys.unavailable")).count(), 0);
    assert_eq!(log.iter().filter(is("keys.changed")).count(), 1);
    let ages = log.iter().filter(is("keys.used"));
    let ages: Vec<_> = ages
        .filter_map(|line| line["age_seconds"].as_u64())
        .collect();
    assert!(ages.iter().all(|age| *age <= 5), "{ages:?}");
}

#[test]
#[ignore = "needs TOLLGATE_MOTO, TOLLGATE_FUNCTIONS and TOLLGATE_TOOLS"]
fn logs_have_the_ids_of_the_invocation_and_metrics_go_to_standard_output() {
    let moto = Moto::new();
    // The ids are there whatever is chosen for the log.
    let chosen = ("RUST_LOG", "off,tollgate=info");
    let variables = variables(
        &moto,
        moto.url(),
        &[chosen, ("TOLLGATE_METRICS", "tollgate")],
    );
    let mut authorizer = Freezer::start("authorizer", &variables);
    let ids = [authorizer_event("not-a-token"), json!({})]
        .map(|event| authorizer.invoke(&event).request_id);
    let output = authorizer.end();

    let mut log = lines(&output.stderr);
    for line in &mut log {
        let timestamp = line["timestamp"].take();
        assert!(timestamp.is_string(), "{line}");
    }
    let reasons = ["token_malformed", "no_credentials"];
    let refused = |(reason, id): (&&str, &String)| {
        json!({
            "timestamp": null, "level": "INFO", "event": "token.refused", "reason": reason,
            "request_id": id, "xray_trace_id": TRACE,
        })
    };
    let expected: Vec<_> = reasons.iter().zip(&ids).map(refused).collect();
    assert_eq!(log, expected);

    let metrics = lines(&output.stdout);
    let values = metrics.iter().map(|line| {
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "tollgate");
        let dimension = directive["Dimensions"][0][0].as_str().expect("a dimension");
        let count = &line["token_refusals"];
        (dimension, line[dimension].as_str(), count.as_u64())
    });
    let expected = [
        ("function", Some("authorizer"), None),
        ("reason", Some("token_malformed"), Some(1)),
        ("function", Some("authorizer"), None),
        ("reason", Some("no_credentials"), Some(1)),
    ];
    assert_eq!(values.collect::<Vec<_>>(), expected);
    assert!(metrics[0]["latency"][0].as_f64() > Some(0.0));
}

#[test]
#[ignore = "needs TOLLGATE_MOTO, TOLLGATE_FUNCTIONS and TOLLGATE_TOOLS"]
fn without_a_namespace_there_are_no_metrics() {
    let moto = Moto::new();
    for metrics in [&[][..], &[("TOLLGATE_METRICS", "")]] {
        let mut authorizer = Freezer::start("authorizer", &variables(&moto, moto.url(), metrics));
        let _ = authorizer.invoke(&authorizer_event("not-a-token"));
        let output = authorizer.end();
        assert_eq!(lines(&output.stdout), [] as [Value; 0]);
        assert_eq!(lines(&output.stderr).len(), 1);
    }
}
