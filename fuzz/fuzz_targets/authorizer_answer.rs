//! Whatever an authorizer answers, the gateway lets a request through only if the answer says so in
//! a form that API Gateway takes.
#![no_main]

use http::Request;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tollgate_fuzz::api::{Functions, HTTP, REST, serve};
use tollgate_gateway::{Api, Bytes};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(answer) = serde_json::from_slice::<Value>(data) else {
        return Corpus::Reject;
    };
    if let Some(status) = called(REST, &answer) {
        assert_eq!(status, 200);
        assert!(answer["principalId"].is_string(), "{answer}");
        let statements = &answer["policyDocument"]["Statement"];
        let statements = match statements {
            Value::Array(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        let effect = |wanted: &str| {
            statements
                .iter()
                .filter(|it| it["Effect"] == wanted)
                .count()
        };
        assert!(effect("Allow") >= 1, "{answer}");
        assert_eq!(
            effect("Allow") + effect("Deny"),
            statements.len(),
            "{answer}"
        );
        assert!(
            statements.iter().all(|it| it.get("Condition").is_none()),
            "{answer}"
        );
    }
    if called(HTTP, &answer).is_some() {
        assert_eq!(answer["isAuthorized"], true, "{answer}");
    }
    Corpus::Keep
});

/// The status, if the function behind the authorizer was called.
fn called(template: &str, answer: &Value) -> Option<u16> {
    let api = Api::parse(template, "template.yaml").expect("a good template");
    let functions = Functions::behind(answer.clone());
    let request = Request::get("http://localhost/me").header("Authorization", "Bearer a.b.c");
    let response = serve(
        api,
        &functions,
        request.body(Bytes::new()).expect("a request"),
    );
    let called = functions.calls().iter().any(|name| name == "protected-api");
    assert!(called || !response.status().is_success(), "{answer}");
    called.then(|| response.status().as_u16())
}
