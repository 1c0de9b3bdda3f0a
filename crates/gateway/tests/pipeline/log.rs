//! One line for each request, and nothing of the caller's in it.

use std::cell::RefCell;
use std::io;

use http::Method;
use serde_json::{Value, json};

use crate::functions::{gateway, request, rest_template, send};

thread_local! {
    /// What this thread logged. The subscriber is the process's, since a thread's own may miss events while tests run
    /// side by side; every test has a thread to itself.
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The `gateway.request` events without their latency.
fn requests(text: &str) -> Vec<Value> {
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"));
    let fields = lines.map(|line: Value| line["fields"].clone());
    let of_requests = fields.filter(|fields| fields["event"] == "gateway.request");
    of_requests
        .map(|mut fields| {
            assert!(fields["latency_ms"].is_u64());
            fields.as_object_mut().expect("fields").remove("latency_ms");
            fields
        })
        .collect()
}

#[tokio::test]
async fn a_line_for_each_request_without_anything_secret() {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(|| Lines)
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only one");
    let (gateway, _) = gateway(&rest_template("{}", ""));
    for (path, token) in [
        ("/users/canary-path?q=canary-query", "Bearer allow"),
        ("/users/canary-path", "Bearer allow"),
        ("/me", "Bearer deny"),
        ("/me", "Bearer canary-token"),
        ("/canary-path", "Bearer allow"),
    ] {
        let headers = [("authorization", token), ("x-other", "canary-header")];
        let mut sent = request(Method::POST, path, &headers);
        *sent.body_mut() = "canary-body".into();
        send(&gateway, sent).await;
    }
    send(&gateway, request(Method::GET, "/me", &[])).await;
    send(&gateway, request(Method::POST, "/open/broken", &[])).await;

    let text = LINES.with_borrow(|lines| String::from_utf8_lossy(lines).into_owned());
    assert!(!text.contains("canary"), "{text}");
    assert!(!text.contains("Bearer"), "{text}");
    assert!(text.contains("gateway.invoke_failed"), "{text}");
    let line = |method: &str, route: &str, status: u16, authorizer: &str, reason: &str| {
        json!({
            "event": "gateway.request",
            "method": method,
            "route": route,
            "status": status,
            "authorizer": authorizer,
            "reason": reason,
        })
    };
    assert_eq!(
        requests(&text),
        [
            line("POST", "/users/{id}", 200, "miss", ""),
            line("POST", "/users/{id}", 200, "hit", ""),
            line("POST", "/me", 403, "miss", "expired"),
            line("POST", "/me", 500, "miss", ""),
            line("POST", "-", 403, "none", ""),
            line("GET", "/me", 401, "not asked", ""),
            line("POST", "/open/broken", 502, "none", ""),
        ]
    );
}
