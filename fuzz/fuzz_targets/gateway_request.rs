//! Whatever request comes to the API of template.yaml, a function behind the authorizer is called
//! only with a good token; what the gateway remembers of one token never lets another in.
//!
//! The input is an HTTP request: a line with method and path, headers, an empty line, the body.
#![no_main]

use std::cell::LazyCell;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request};
use libfuzzer_sys::{Corpus, fuzz_target};
use tollgate_fuzz::api::{Functions, TEMPLATE, respond};
use tollgate_fuzz::tokens::{GOOD, fill};
use tollgate_gateway::{Api, Bytes, Gateway};

struct Stage {
    gateway: Gateway,
    functions: Functions,
}

thread_local! {
    static STAGE: LazyCell<Stage> = LazyCell::new(|| {
        let api = Api::parse(TEMPLATE, "template.yaml").expect("a good template");
        let functions = Functions::guarded();
        Stage { gateway: Gateway::new(api, functions.clone()), functions }
    });
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(request) = std::str::from_utf8(data)
        .ok()
        .and_then(|text| read(&fill(text)))
    else {
        return Corpus::Reject;
    };
    let last = request.headers().get_all(AUTHORIZATION).iter().next_back();
    let good = last
        .and_then(|value| value.to_str().ok())
        .is_some_and(is_good);
    let options = request.method() == http::Method::OPTIONS;
    let response = STAGE.with(|stage| {
        let response = respond(&stage.gateway, request);
        let called = stage.functions.calls();
        let protected = called.iter().any(|name| name == "protected-api");
        assert!(!protected || good, "let in without a token");
        assert!(
            !options || called.is_empty(),
            "a preflight called {called:?}"
        );
        response
    });
    let status = response.status().as_u16();
    assert!(matches!(status, 200..=204 | 400..=499), "{status}");
    Corpus::Keep
});

fn is_good(value: &str) -> bool {
    let token = value.get(7..).unwrap_or_default().trim_matches(' ');
    GOOD.iter().any(|good| good == token)
}

fn read(text: &str) -> Option<Request<Bytes>> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(target);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        request = request.header(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    request.body(Bytes::from(body.to_owned())).ok()
}
