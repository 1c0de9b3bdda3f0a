//! A session whose refresh token is in a cookie: what a page gets, and what it does not.

use std::time::Duration;

use serde_json::{Value, json};
use tollgate_tests::client::{Answer, Client};
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::local::Local;

const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example";

fn mode() -> Value {
    json!({"mode": "cookie"})
}

fn log_in(client: &Client, origin: &str) -> Answer {
    let body = json!({"email": EMAIL, "password": PASSWORD, "mode": "cookie"});
    client.post_from(origin, "theme=dark", "/auth/login", &body)
}

/// What the browser sends back: the cookie without its attributes.
fn kept(answer: &Answer) -> &str {
    let cookie = answer.set_cookie.as_deref().expect("a cookie");
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(
        attributes,
        "HttpOnly; SameSite=Strict; Secure; Path=/auth; Max-Age=604800"
    );
    assert!(pair.starts_with("__Secure-tollgate_refresh=tgr1_"));
    pair
}

#[test]
fn a_page_lives_on_a_cookie_that_it_never_sees() {
    let local = Local::start();
    let client = local.client();
    for origin in [APP, client.own_origin()] {
        let mut answer = log_in(&client, origin);
        for _ in 0..3 {
            assert_eq!(answer.status, 200);
            assert_eq!(answer.body["refresh_token"], Value::Null, "not for scripts");
            assert_eq!(answer.body["refresh_expires_in"], 604_800);
            assert_eq!(
                client.get_as("/me", answer.text("access_token")).status,
                200
            );
            local.fixture.pass(Duration::from_mins(14));
            answer = client.post_from(origin, kept(&answer), "/auth/refresh", &mode());
        }
        let cookie = kept(&answer).to_owned();
        let ended = client.post_from(origin, &cookie, "/auth/logout", &mode());
        assert_eq!(ended.status, 204);
        let removed =
            "__Secure-tollgate_refresh=; HttpOnly; SameSite=Strict; Secure; Path=/auth; Max-Age=0";
        assert_eq!(ended.set_cookie.as_deref(), Some(removed));
        let over = client.post_from(origin, &cookie, "/auth/refresh", &mode());
        assert_eq!(over.refusal(), (401, "invalid_grant", "revoked"));
    }
}

#[test]
fn no_other_page_can_use_the_cookie() {
    let local = Local::start();
    let client = local.client();
    let session = log_in(&client, APP);
    let cookie = kept(&session);
    let other_port = "http://127.0.0.1:1";
    for origin in [
        EVIL,
        "null",
        "https://app.example.com.evil.example",
        other_port,
    ] {
        for path in ["/auth/refresh", "/auth/logout"] {
            let refused = client.post_from(origin, cookie, path, &mode());
            assert_eq!(
                refused.refusal(),
                (403, "cross_site_request", "-"),
                "{origin}"
            );
            assert_eq!(refused.set_cookie, None);
        }
        let refused = log_in(&client, origin);
        assert_eq!(refused.refusal(), (403, "cross_site_request", "-"));
        assert_eq!(
            refused.set_cookie, None,
            "nobody chooses whose session it is"
        );
    }
    let alive = client.post_from(APP, cookie, "/auth/refresh", &mode());
    assert_eq!(alive.status, 200, "nothing of it counted");
}

#[test]
fn a_refusal_leaves_the_cookie_to_whoever_has_a_newer_one() {
    let local = Local::start();
    let client = local.client();
    let session = log_in(&client, APP);
    let old = kept(&session).to_owned();
    let mut answer = session;
    for _ in 0..2 {
        local.fixture.pass(Duration::from_mins(1));
        answer = client.post_from(APP, kept(&answer), "/auth/refresh", &mode());
    }
    let thief = client.post_from(APP, &old, "/auth/refresh", &mode());
    assert_eq!(thief.refusal(), (401, "invalid_grant", "reused"));
    assert_eq!(thief.set_cookie, None);
    let owner = client.post_from(APP, kept(&answer), "/auth/refresh", &mode());
    assert_eq!(owner.refusal(), (401, "invalid_grant", "revoked"));
}

#[test]
fn a_log_out_ends_every_session_that_is_named() {
    let local = Local::start();
    let client = local.client();
    let (one, other) = (log_in(&client, APP), log_in(&client, APP));
    let both = format!("lang=Zürich; {}; {}", kept(&one), kept(&other));
    let which = client.post_from(APP, &both, "/auth/refresh", &mode());
    assert_eq!(which.refusal(), (400, "invalid_request", "-"));
    let ended = client.post_from(APP, &both, "/auth/logout", &mode());
    assert_eq!(ended.status, 204);
    for session in [one, other] {
        let beside = format!("lang=Zürich; {}", kept(&session));
        let over = client.post_from(APP, &beside, "/auth/refresh", &mode());
        assert_eq!(over.refusal(), (401, "invalid_grant", "revoked"));
    }
}

#[test]
fn the_two_ways_do_not_mix() {
    let local = Local::start();
    let client = local.client();
    let in_cookie = log_in(&client, APP);
    let in_body = client.log_in(EMAIL, PASSWORD);
    assert_eq!(in_body.set_cookie, None);
    let token = in_body.text("refresh_token");
    let cookie = kept(&in_cookie);
    for (body, refusal) in [
        (json!({}), (400, "invalid_request", "-")),
        (json!({"mode": "body"}), (400, "invalid_request", "-")),
        (json!({"mode": null}), (400, "invalid_request", "-")),
        (json!({"mode": "Cookie"}), (400, "invalid_request", "-")),
        (
            json!({"mode": "cookie", "refresh_token": token}),
            (400, "invalid_request", "-"),
        ),
    ] {
        for path in ["/auth/refresh", "/auth/logout"] {
            let answer = client.post_from(APP, cookie, path, &body);
            assert_eq!(answer.refusal(), refusal, "{body}");
        }
    }
    let without = client.post_from(APP, "theme=dark", "/auth/refresh", &mode());
    assert_eq!(without.refusal(), (401, "invalid_grant", "unknown"));
    // A cookie that a browser adds by itself does nothing unless the page asks for it.
    let asked = json!({"mode": "body", "refresh_token": token});
    let answer = client.post_from(EVIL, cookie, "/auth/refresh", &asked);
    assert_eq!((answer.status, answer.set_cookie.as_deref()), (200, None));
    assert!(answer.text("refresh_token").starts_with("tgr1_"));
}

#[test]
fn an_answer_may_be_read_with_its_cookie_by_the_allowed_origin_alone() {
    let local = Local::start();
    for origin in [APP, EVIL] {
        let answer = local.client().readable_by(origin, "/auth/refresh", &mode());
        assert_eq!(answer, (APP.to_owned(), true));
    }
}
