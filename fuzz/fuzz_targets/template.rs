//! Whatever template.yaml says, it is read or refused by name, in no time; and what was read serves.
#![no_main]

use http::Request;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tollgate_fuzz::api::{Functions, serve};
use tollgate_gateway::{Api, Bytes, TemplateError};

const FILE: &str = "fuzzed.yaml";

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    let api = match Api::parse(text, FILE) {
        Ok(api) => api,
        Err(error) => {
            let said = error.to_string();
            assert!(said.starts_with(FILE), "{said}");
            if let TemplateError::Unsupported {
                line, key, problem, ..
            } = error
            {
                // What a carriage return alone does to a line number is the YAML library's business.
                let lines = 1 + text.matches('\n').count();
                assert!(line <= lines || text.contains('\r'), "{said}");
                // A key may be the empty name of a condition or a parameter, and then the line says which.
                assert!(
                    (!key.is_empty() || line > 0) && !problem.is_empty(),
                    "{said}"
                );
            }
            return Corpus::Keep;
        }
    };
    let functions: Vec<String> = api.functions().into_iter().map(str::to_owned).collect();
    assert!(functions.iter().all(|name| !name.is_empty()));
    let first = api.routes().next();
    let guard = first.is_some_and(|route| route.authorizer().is_some());
    let (method, path) = first.map_or(("GET", "/"), |route| (route.method(), route.path()));
    let path = path.replace(['{', '}', '+', '$'], "x");
    let method = if method == "ANY" { "GET" } else { method };
    let request = Request::builder()
        .method(method)
        .uri(format!("http://localhost{path}"));
    let Ok(request) = request
        .header("Authorization", "Bearer a.b.c")
        .body(Bytes::new())
    else {
        return Corpus::Keep;
    };
    // The authorizer answers nothing that allows, so nothing behind it may be called.
    let behind = Functions::behind(Value::Null);
    let response = serve(api, &behind, request);
    let called = behind.calls();
    assert!(
        called.iter().all(|name| functions.contains(name)),
        "{called:?} of {functions:?}"
    );
    if guard {
        assert!(
            !response.status().is_success(),
            "let in without an allowance"
        );
    }
    Corpus::Keep
});
