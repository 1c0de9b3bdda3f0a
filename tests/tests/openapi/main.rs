//! `openapi.json` says what the template, the functions and the gateway do, and nothing else.

mod bodies;
mod document;
mod packages;
mod refusals;
mod scene;
mod schemas;
mod schemathesis;
mod session;

use std::collections::BTreeSet;

use document::{Document, Operation};
use scene::{Answering, api, ask, request};
use serde_json::{Value, json};
use tollgate_gateway::{Bytes, Gateway};
use tollgate_tests::server::repository;
use ureq::http::{Response, StatusCode};

#[test]
fn the_routes_of_the_template_are_described_and_no_others() {
    let document = Document::read();
    let described: BTreeSet<_> = document
        .operations()
        .iter()
        .map(|it| {
            (
                it.method.to_uppercase(),
                it.path.to_owned(),
                it.is_protected(),
            )
        })
        .collect();
    let routes: BTreeSet<_> = api()
        .routes()
        .map(|it| {
            let (method, path) = (it.method().to_owned(), it.path().to_owned());
            (method, path, it.authorizer().is_some())
        })
        .collect();
    assert_eq!(described, routes);
}

/// Whatever refuses, it is described; and whatever is described, something refuses so.
#[tokio::test]
#[ignore = "needs TOLLGATE_INTEROP"]
async fn every_refusal_is_described_and_no_others() {
    let document = Document::read();
    for operation in document.operations() {
        let mut answers = refusals_of_the_platform(operation);
        for refusal in refusals::of(operation.path) {
            let gateway = Gateway::new(api(), Answering(refusal));
            answers.push(ask(&gateway, request(operation, "{}")).await);
        }
        let path = operation.path;
        let mut answered = BTreeSet::new();
        for answer in answers {
            let body: Value = serde_json::from_slice(answer.body()).expect("JSON");
            let complaints = operation.complaints(&answer);
            assert_eq!(complaints, [""; 0], "{path}: {} {body}", answer.status());
            let text = |name: &str| body[name].as_str().map(str::to_owned);
            let error = text("error").expect("an error");
            answered.insert((answer.status().as_u16(), error, text("reason")));
        }
        assert_eq!(operation.refusals(), answered, "{path}");
    }
}

/// What API Gateway answers by itself to a request of this operation.
fn refusals_of_the_platform(operation: Operation<'_>) -> Vec<Response<Bytes>> {
    let denied = json!({"authorizer": {"error_description": "The access token is not valid."}});
    let context = denied.as_object().expect("an object");
    let mut answers = Vec::new();
    for (name, mut answer) in api().gateway_responses(context) {
        let may_happen = match name {
            // There is no such operation.
            "INVALID_SIGNATURE" | "MISSING_AUTHENTICATION_TOKEN" | "RESOURCE_NOT_FOUND" => false,
            "ACCESS_DENIED"
            | "AUTHORIZER_CONFIGURATION_ERROR"
            | "AUTHORIZER_FAILURE"
            | "UNAUTHORIZED" => operation.is_protected(),
            "REQUEST_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" => operation.has_body(),
            _ => true,
        };
        if !may_happen {
            continue;
        }
        if name == "DEFAULT_5XX" {
            // It has no status of its own: 502 is a function that breaks, 500 is API Gateway itself.
            let (parts, body) = answer.clone().into_parts();
            let mut broken = Response::from_parts(parts, body);
            *broken.status_mut() = StatusCode::BAD_GATEWAY;
            answers.push(broken);
            *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
        answers.push(answer);
    }
    answers
}

#[test]
#[ignore = "needs TOLLGATE_INTEROP"]
fn every_example_is_one() {
    let document = Document::read();
    let mut count = 0;
    each_example(document.value(), &mut |schema, example| {
        assert_eq!(document.complaints(schema, example), [""; 0], "{example}");
        count += 1;
    });
    assert!(count > 0);
}

/// Finds whatever has a schema and examples of it.
fn each_example(value: &Value, check: &mut impl FnMut(&Value, &Value)) {
    if let Some(schema) = value.get("schema") {
        let several = value["examples"].as_object().into_iter().flatten();
        let several = several.map(|(_, it)| &it["value"]);
        for example in value.get("example").into_iter().chain(several) {
            check(schema, example);
        }
    }
    match value {
        Value::Object(members) => members.values().for_each(|it| each_example(it, check)),
        Value::Array(items) => items.iter().for_each(|it| each_example(it, check)),
        _ => {}
    }
}

#[test]
#[ignore = "needs TOLLGATE_INTEROP"]
fn it_is_openapi() {
    let mut command = packages::python();
    command.args(["-m", "openapi_spec_validator", "openapi.json"]);
    let output = command.current_dir(repository()).output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

#[test]
fn it_is_the_contract_of_this_version() {
    let document = Document::read();
    assert_eq!(
        document.value()["info"]["version"],
        env!("CARGO_PKG_VERSION")
    );
}
