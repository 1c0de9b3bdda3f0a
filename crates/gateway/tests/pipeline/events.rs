//! Our events against AWS's samples: the same keys, and values of the same type.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use http::Method;
use serde_json::Value;

use crate::functions::{gateway, http_template, request, rest_template, send};

/// Samples that come with the working copy, not with the repository. Without them there is nothing to compare.
#[expect(clippy::print_stdout, reason = "a test that compares nothing says so")]
fn sample(name: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/events/lambda-events");
    let file: PathBuf = folder.join(name);
    if !folder.exists() {
        println!("SKIPPED: {} is not there", folder.display());
        return None;
    }
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Some(serde_json::from_str(&text).expect("a sample is JSON"))
}

fn keys(event: &Value) -> BTreeSet<&str> {
    event
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect()
}

/// The keys of one part of our event and of a sample, except those that only one can have.
fn same_keys(
    ours: &Value,
    sample: &Value,
    pointer: &str,
    only_ours: &[&str],
    only_theirs: &[&str],
) {
    let part = |event: &Value| {
        event
            .pointer(pointer)
            .cloned()
            .unwrap_or_else(|| panic!("{pointer} is missing"))
    };
    let (ours, theirs) = (part(ours), part(sample));
    let (mut ours, mut theirs) = (keys(&ours), keys(&theirs));
    ours.retain(|key| !only_ours.contains(key));
    theirs.retain(|key| !only_theirs.contains(key));
    assert_eq!(ours, theirs, "{pointer:?}");
}

const HEADERS: &[(&str, &str)] = &[
    ("authorization", "Bearer allow"),
    ("cookie", "a=1"),
    ("user-agent", "test"),
    ("host", "localhost:8080"),
];

#[tokio::test]
async fn the_proxy_event_of_a_rest_api() {
    let (gateway, functions) = gateway(&rest_template("{}", ""));
    send(&gateway, request(Method::GET, "/files/a/b?x=1", HEADERS)).await;
    let event = functions.last("echo");
    let Some(theirs) = sample("example-apigw-request.json") else {
        return;
    };
    // Older than isBase64Encoded and extendedRequestId, which API Gateway sends.
    same_keys(&event, &theirs, "", &["isBase64Encoded"], &[]);
    same_keys(
        &event,
        &theirs,
        "/requestContext",
        &["extendedRequestId"],
        &[],
    );
    same_keys(
        &event,
        &theirs,
        "/requestContext/identity",
        &["principalOrgId"],
        &[],
    );
    let Some(theirs) = sample("example-apigw-sam-rest-request.json") else {
        return;
    };
    // SAM's own emulator adds a version.
    same_keys(&event, &theirs, "", &[], &["version"]);
    same_keys(
        &event,
        &theirs,
        "/requestContext",
        &["authorizer", "domainPrefix"],
        &[],
    );
}

#[tokio::test]
async fn the_events_of_rest_authorizers() {
    for (payload, name) in [
        ("TOKEN", "example-apigw-custom-auth-request.json"),
        (
            "REQUEST",
            "example-apigw-custom-auth-request-type-request.json",
        ),
    ] {
        let identity = if payload == "TOKEN" {
            "{}"
        } else {
            "{ Headers: [Authorization] }"
        };
        let replacement = format!("FunctionPayloadType: {payload}, Identity:");
        let (gateway, functions) =
            gateway(&rest_template(identity, "").replace("Identity:", &replacement));
        send(&gateway, request(Method::GET, "/files/a/b?x=1", HEADERS)).await;
        let event = functions.last("authorizer");
        let Some(theirs) = sample(name) else {
            return;
        };
        same_keys(&event, &theirs, "", &[], &[]);
        if payload == "REQUEST" {
            // The sample is abridged, and has a client certificate.
            let ours = keys(&event["requestContext"]);
            assert!(keys(&theirs["requestContext"]).is_subset(&ours));
            assert!(event["requestContext"]["identity"]["sourceIp"].is_string());
        }
    }
}

#[tokio::test]
async fn the_events_of_an_http_api() {
    let (gateway, functions) =
        gateway(&http_template("Identity: { Headers: [Authorization] }", ""));
    let mut posted = request(Method::POST, "/users/7?x=1", HEADERS);
    *posted.body_mut() = "{}".into();
    send(&gateway, posted).await;
    let Some(theirs) = sample("example-apigw-v2-request-lambda-authorizer.json") else {
        return;
    };
    let event = functions.last("echo");
    // Neither stage variables nor client certificates here.
    same_keys(&event, &theirs, "", &[], &["stageVariables"]);
    same_keys(&event, &theirs, "/requestContext", &[], &["authentication"]);
    same_keys(&event, &theirs, "/requestContext/http", &[], &[]);
    same_keys(&event, &theirs, "/requestContext/authorizer", &[], &[]);
    let asked = functions.last("authorizer");
    let Some(theirs) = sample("example-apigw-v2-custom-authorizer-v2-request.json") else {
        return;
    };
    same_keys(&asked, &theirs, "", &[], &["stageVariables"]);
    same_keys(&asked, &theirs, "/requestContext", &[], &["authentication"]);
    same_keys(&asked, &theirs, "/requestContext/http", &[], &[]);
}
