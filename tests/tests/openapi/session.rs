//! What goes well, in both modes.

use serde_json::{Value, json};
use tollgate_gateway::{Bytes, Gateway};
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::functions::Fixture;
use ureq::http::{HeaderValue, Response};

use crate::document::Document;
use crate::scene::{api, ask, request};

/// A browser or another client, which keeps what it gets.
struct Caller<'a> {
    document: &'a Document,
    gateway: Gateway,
    access_token: String,
    refresh_token: String,
    cookie: String,
}

impl Caller<'_> {
    /// Sends a request, which goes well and is answered as described.
    async fn call(&mut self, path: &str, body: &Value) {
        let operation = self.document.operation(path);
        let mut request = request(operation, &body.to_string());
        let headers = request.headers_mut();
        if operation.is_protected() {
            let bearer = format!("Bearer {}", self.access_token);
            headers.insert("authorization", bearer.parse().expect("a header"));
        }
        if !self.cookie.is_empty() {
            headers.insert("cookie", self.cookie.parse().expect("a header"));
        }
        let answer = ask(&self.gateway, request).await;
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        assert_eq!(operation.complaints(&answer), [""; 0], "{path}");
        self.keep(&answer);
    }

    fn keep(&mut self, answer: &Response<Bytes>) {
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if let Some(token) = body["access_token"].as_str() {
            token.clone_into(&mut self.access_token);
            let next = body["refresh_token"].as_str().unwrap_or_default();
            next.clone_into(&mut self.refresh_token);
        }
        let cookie = answer.headers().get("set-cookie").map(HeaderValue::to_str);
        if let Some(cookie) = cookie {
            let cookie = cookie.expect("ASCII");
            let (pair, _) = cookie.split_once(';').expect("a pair");
            pair.clone_into(&mut self.cookie);
        }
    }
}

#[tokio::test]
#[ignore = "needs TOLLGATE_INTEROP"]
async fn what_goes_well_is_answered_as_described() {
    let document = Document::read();
    let mut caller = Caller {
        document: &document,
        gateway: Gateway::new(api(), Fixture::start().await.functions),
        access_token: String::new(),
        refresh_token: String::new(),
        cookie: String::new(),
    };
    for mode in ["body", "cookie"] {
        let credentials = json!({"email": EMAIL, "password": PASSWORD, "mode": mode});
        caller.call("/auth/login", &credentials).await;
        assert_eq!(caller.cookie.is_empty(), mode == "body");
        assert_eq!(caller.refresh_token.is_empty(), mode == "cookie");
        for path in ["/auth/refresh", "/me", "/reports", "/auth/logout"] {
            let token = match mode {
                "cookie" => json!({"mode": mode}),
                _ => json!({"refresh_token": caller.refresh_token}),
            };
            caller.call(path, &token).await;
        }
    }
}
