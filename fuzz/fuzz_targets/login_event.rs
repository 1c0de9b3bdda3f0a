//! Whatever login is sent, it answers; 200 is for the address and the password, and nothing else.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tollgate_fuzz::panics::let_lambda_http_panic;
use tollgate_fuzz::service::{PASSWORD, Service, assert_known_page, body_of};
use tollgate_fuzz::tokens::EMAIL;

fuzz_target!(init: let_lambda_http_panic(), |data: &[u8]| -> Corpus {
    let Ok(event) = serde_json::from_slice::<Value>(data) else {
        return Corpus::Reject;
    };
    let body = body_of(&event);
    let answer = Service::with(|service| service.invoke("login", event.clone()));
    match answer.status {
        200 => {
            let body = body.expect("a body that was read");
            let typed = body["email"].as_str().expect("an address").trim_matches(' ');
            assert!(typed.eq_ignore_ascii_case(EMAIL), "{typed} is somebody else");
            assert_eq!(body["password"], PASSWORD, "another password");
            assert_eq!(answer.body["token_type"], "Bearer");
            assert_eq!(answer.cookie.is_some(), body["mode"] == "cookie");
            if answer.cookie.is_some() {
                assert_known_page(&event);
            }
        }
        400 | 401 | 403 | 405 | 413 | 415 => {
            assert!(answer.body["access_token"].is_null() && answer.cookie.is_none());
        }
        other => panic!("{other} is not in the contract"),
    }
    Corpus::Keep
});
