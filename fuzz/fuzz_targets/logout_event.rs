//! Whatever logout is sent, it answers; nobody without the token ends a session.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Value, json};
use tollgate_fuzz::panics::let_lambda_http_panic;
use tollgate_fuzz::service::{Service, assert_known_page, body_of, header_of};

fuzz_target!(init: let_lambda_http_panic(), |data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    Service::with(|service| {
        let session = service.session();
        let Some(event) = session.fill(text) else {
            return Corpus::Reject;
        };
        let by_cookie = body_of(&event).is_some_and(|body| body["mode"] == "cookie");
        let mut cookies = header_of(&event, "cookie");
        cookies.push(event["cookies"].to_string());
        let sent = |token: &String| cookies.iter().any(|cookie| cookie.contains(token));
        let presented = body_of(&event).and_then(|body| Some(body["refresh_token"].as_str()?.to_owned()));
        let ours = presented.is_some_and(|presented| session.tokens.contains(&presented));
        let answer = service.invoke("logout", event.clone());
        assert!(matches!(answer.status, 204 | 400 | 403 | 405 | 413 | 415), "{}", answer.status);
        let ended = service.invoke("refresh", refresh(&session.tokens[2])).status == 401;
        if by_cookie {
            if answer.status == 204 {
                assert_known_page(&event);
                assert_eq!(answer.cookie.as_deref(), Some(""), "the cookie stays");
            }
            assert!(!ended || answer.status == 204 && session.tokens.iter().any(sent));
            return Corpus::Keep;
        }
        assert_eq!(ended, answer.status == 204 && ours, "status {}, ours: {ours}", answer.status);
        Corpus::Keep
    })
});

fn refresh(token: &str) -> Value {
    json!({
        "resource": "/auth/refresh", "path": "/auth/refresh", "httpMethod": "POST",
        "headers": { "Content-Type": "application/json" },
        "requestContext": { "httpMethod": "POST", "stage": "v1" },
        "body": json!({ "refresh_token": token }).to_string(),
        "isBase64Encoded": false,
    })
}
