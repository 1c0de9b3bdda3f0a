//! Whatever refresh is sent, it answers; a live token gives its one successor, and nothing else does.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use tollgate_fuzz::panics::let_lambda_http_panic;
use tollgate_fuzz::service::{HttpAnswer, Service, Session, assert_known_page, body_of, header_of};

fuzz_target!(init: let_lambda_http_panic(), |data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    Service::with(|service| {
        let session = service.session();
        let Some(event) = session.fill(text) else {
            return Corpus::Reject;
        };
        if body_of(&event).is_some_and(|body| body["mode"] == "cookie") {
            let answer = service.invoke("refresh", event.clone());
            with_cookie(&session, &event, &answer);
            return Corpus::Keep;
        }
        let presented = body_of(&event).and_then(|body| Some(body["refresh_token"].as_str()?.to_owned()));
        let generation = session.tokens.iter().position(|token| Some(token) == presented.as_ref());
        let answer = service.invoke("refresh", event.clone());
        match (answer.status, generation) {
            // Presented live, or again within a moment.
            (200, Some(generation @ (1 | 2))) => {
                let successor = session.tokens[generation + 1].as_str();
                assert_eq!(answer.body["refresh_token"], successor, "the chain was forked");
                // However often it is sent, there is one successor.
                let again = service.invoke("refresh", event);
                assert_eq!((again.status, &again.body["refresh_token"]), (200, &answer.body["refresh_token"]));
            }
            (401, Some(0)) => {
                assert_eq!(answer.body["reason"], "reused");
                let live = service.invoke("refresh", refresh(&session.tokens[2]));
                assert_eq!((live.status, live.body["reason"].as_str()), (401, Some("revoked")));
            }
            (401, None) => assert_eq!(answer.body["error"], "invalid_grant"),
            (400 | 405 | 413 | 415, _) => {}
            (status, generation) => panic!("{status} for generation {generation:?}"),
        }
        Corpus::Keep
    })
});

/// The successor of a token in the cookie goes into the cookie, and to a page that may use it.
fn with_cookie(session: &Session, event: &serde_json::Value, answer: &HttpAnswer) {
    let mut cookies = header_of(event, "cookie");
    cookies.push(event["cookies"].to_string());
    let sent = |token: &String| cookies.iter().any(|cookie| cookie.contains(token));
    match answer.status {
        200 => {
            assert_known_page(event);
            let live = session.tokens[1..].iter().zip(&session.tokens[2..]);
            let mut successors = live.filter(|(token, _)| sent(token)).map(|(_, next)| next);
            assert!(
                successors.any(|next| answer.cookie.as_ref() == Some(next)),
                "the successor of no token that was sent"
            );
        }
        400 | 401 | 403 | 405 | 413 | 415 => assert_eq!(answer.cookie, None),
        status => panic!("{status} is not in the contract"),
    }
}

fn refresh(token: &str) -> serde_json::Value {
    serde_json::json!({
        "resource": "/auth/refresh", "path": "/auth/refresh", "httpMethod": "POST",
        "headers": { "Content-Type": "application/json" },
        "requestContext": { "httpMethod": "POST", "stage": "v1" },
        "body": serde_json::json!({ "refresh_token": token }).to_string(),
        "isBase64Encoded": false,
    })
}
