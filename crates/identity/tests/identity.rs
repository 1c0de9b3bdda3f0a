//! What a protected function believes of an event, and what it answers when it does not.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, request};
use serde_json::{Value, json};
use tollgate_identity::{Identity, Refusal};

const EXPIRES_AT: u64 = 1_800_000_900;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// As the authorizer writes it, and a REST API passes it on.
fn context() -> Value {
    json!({
        "iss": "https://auth.example.com", "sub": "u1", "email": "ada@example.com",
        "scope": "reports:read reports:write", "exp": EXPIRES_AT.to_string(), "sid": "s1",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut context = context();
    context[name] = value;
    context
}

fn without(name: &str) -> Value {
    let mut context = context();
    context.as_object_mut().expect("an object").remove(name);
    context
}

fn rest(context: &Value, authorization: &[&str]) -> Request {
    read(&json!({
        "resource": "/me", "path": "/me", "httpMethod": "GET",
        "headers": {"Host": "api.example.com"},
        "multiValueHeaders": {"Host": ["api.example.com"], "Authorization": authorization},
        "requestContext": {"stage": "v1", "httpMethod": "GET", "identity": {}, "authorizer": context},
        "isBase64Encoded": false,
    }))
}

fn http(context: &Value) -> Request {
    read(&json!({
        "version": "2.0", "routeKey": "GET /me", "rawPath": "/me", "rawQueryString": "",
        "headers": {"host": "api.example.com"},
        "requestContext": {
            "stage": "$default", "authorizer": {"lambda": context},
            "http": {"method": "GET", "path": "/me"},
        },
        "isBase64Encoded": false,
    }))
}

fn read(event: &Value) -> Request {
    request::from_str(&event.to_string()).expect("an event of API Gateway")
}

#[test]
fn both_kinds_of_api_tell_the_same() {
    let numbers = with("exp", json!(EXPIRES_AT));
    for request in [
        rest(&context(), &["Bearer a.b.c"]),
        http(&context()),
        http(&numbers),
    ] {
        let identity = Identity::from_request(&request, at(EXPIRES_AT)).expect("it is good");
        assert_eq!(identity.issuer(), "https://auth.example.com");
        assert_eq!(identity.id(), "u1");
        assert_eq!(identity.email(), "ada@example.com");
        assert_eq!(identity.scope(), "reports:read reports:write");
        assert_eq!(identity.expires_at(), EXPIRES_AT);
    }
}

#[test]
fn a_context_that_is_not_whole_is_none() {
    for (context, refusal) in [
        (without("iss"), Some(Refusal::NoContext)),
        (without("sub"), Some(Refusal::NoContext)),
        (without("email"), Some(Refusal::NoContext)),
        (without("exp"), Some(Refusal::NoContext)),
        (without("scope"), None),
        (without("sid"), None),
        (with("iss", json!("")), Some(Refusal::NoContext)),
        (with("sub", json!("")), Some(Refusal::NoContext)),
        (with("sub", json!(null)), Some(Refusal::NoContext)),
        (with("sub", json!(["u1"])), Some(Refusal::NoContext)),
        (with("exp", json!("soon")), Some(Refusal::NoContext)),
        (with("exp", json!("-1")), Some(Refusal::NoContext)),
        (with("exp", json!("7258118400")), None),
        (with("exp", json!("7258118401")), Some(Refusal::NoContext)),
        (
            with("exp", json!("18446744073709551615")),
            Some(Refusal::NoContext),
        ),
        (json!({}), Some(Refusal::NoContext)),
        (json!(null), Some(Refusal::NoContext)),
    ] {
        for request in [rest(&context, &["Bearer a.b.c"]), http(&context)] {
            let refused = Identity::from_request(&request, at(EXPIRES_AT)).err();
            assert_eq!(refused, refusal, "{context}");
        }
    }
    let bare = Request::new(Body::Empty);
    let refused = Identity::from_request(&bare, at(EXPIRES_AT)).err();
    assert_eq!(refused, Some(Refusal::NoContext));
}

#[test]
fn it_ends_with_its_token_and_five_seconds() {
    let request = rest(&context(), &[]);
    for (now, refusal) in [
        (EXPIRES_AT + 4, None),
        (EXPIRES_AT + 5, Some(Refusal::Expired)),
        (EXPIRES_AT + 300, Some(Refusal::Expired)),
    ] {
        assert_eq!(
            Identity::from_request(&request, at(now)).err(),
            refusal,
            "{now}"
        );
    }
}

#[test]
fn of_two_credentials_nobody_knows_which_is_meant() {
    for (authorization, refusal) in [
        (vec![], None),
        (vec!["Bearer a.b.c"], None),
        (
            vec!["Bearer a.b.c", "Bearer d.e.f"],
            Some(Refusal::SeveralCredentials),
        ),
    ] {
        let request = rest(&context(), &authorization);
        let refused = Identity::from_request(&request, at(EXPIRES_AT)).err();
        assert_eq!(refused, refusal, "{authorization:?}");
    }
}

#[test]
fn a_scope_is_a_whole_word() {
    let request = rest(&context(), &[]);
    let identity = Identity::from_request(&request, at(EXPIRES_AT)).expect("it is good");
    for (needed, held) in [
        ("reports:read", true),
        ("reports:write", true),
        ("reports", false),
        ("reports:readers", false),
        ("REPORTS:READ", false),
        ("reports:read reports:write", false),
    ] {
        let refusal = (!held).then_some(Refusal::InsufficientScope(needed));
        assert_eq!(identity.require_scope(needed).err(), refusal, "{needed}");
    }
}

#[test]
fn every_refusal_has_its_status_challenge_and_words() {
    let realm = r#"Bearer realm="tollgate""#;
    for (refusal, reason, status, error, challenge) in [
        (Refusal::NoContext, "no_context", 401, "unauthorized", ""),
        (
            Refusal::SeveralCredentials,
            "several_credentials",
            401,
            "unauthorized",
            "",
        ),
        (
            Refusal::Expired,
            "expired",
            401,
            "invalid_token",
            r#", error="invalid_token""#,
        ),
        (
            Refusal::InsufficientScope("a:b"),
            "insufficient_scope",
            403,
            "insufficient_scope",
            r#", error="insufficient_scope", scope="a:b""#,
        ),
    ] {
        assert_eq!(refusal.reason(), reason);
        let response = refusal.into_response();
        let header = |name: &str| response.headers()[name].to_str().expect("ASCII").to_owned();
        assert_eq!(
            response.status(),
            StatusCode::from_u16(status).expect("a status")
        );
        assert_eq!(header("www-authenticate"), format!("{realm}{challenge}"));
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("content-type"), "application/json");
        let Body::Text(body) = response.body() else {
            unreachable!("JSON is text")
        };
        let body: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["error"], error);
        assert!(body["error_description"].is_string(), "{body}");
    }
}
