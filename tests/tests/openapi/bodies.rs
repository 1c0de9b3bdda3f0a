//! Bodies and keys, shown to their schema and to the function that reads them: the same verdict.

use serde_json::Value;
use tollgate_gateway::Gateway;
use tollgate_tests::functions::Fixture;
use ureq::http::HeaderValue;

use crate::document::Document;
use crate::scene::{api, ask, request};

const LOGIN: &str = "/auth/login";
const REFRESH: &str = "/auth/refresh";
const LOGOUT: &str = "/auth/logout";

/// What a schema takes and the function refuses, since no schema can say it.
const BEYOND_SCHEMAS: [&str; 4] = [MANY_BYTES, TWICE, HALF_A_PAIR, TOO_LARGE];
const MANY_BYTES: &str = "a password of few letters and many bytes";
const TWICE: &str = "a member twice";
const HALF_A_PAIR: &str = "half of a surrogate pair";
const TOO_LARGE: &str = "more than 8 KiB";

/// For refresh and log-out.
const TOKENS: [(&str, &str); 18] = [
    ("a refresh token", r#"{"refresh_token":"tgr1_AAAA"}"#),
    ("an empty refresh token", r#"{"refresh_token":""}"#),
    ("a token and more", r#"{"refresh_token":"a","scope":"b"}"#),
    ("a token that is null", r#"{"refresh_token":null}"#),
    ("a token that is a number", r#"{"refresh_token":1}"#),
    ("nothing", "{}"),
    (
        "mode body, a token",
        r#"{"refresh_token":"a","mode":"body"}"#,
    ),
    ("mode body", r#"{"mode":"body"}"#),
    ("mode cookie", r#"{"mode":"cookie"}"#),
    ("mode cookie and more", r#"{"mode":"cookie","scope":"b"}"#),
    (
        "mode cookie, a token",
        r#"{"refresh_token":"a","mode":"cookie"}"#,
    ),
    (
        "mode cookie, null",
        r#"{"refresh_token":null,"mode":"cookie"}"#,
    ),
    (
        "mode cookie, a number",
        r#"{"refresh_token":1,"mode":"cookie"}"#,
    ),
    ("another mode", r#"{"refresh_token":"a","mode":"header"}"#),
    ("mode null", r#"{"refresh_token":"a","mode":null}"#),
    (
        "a list of modes",
        r#"{"refresh_token":"a","mode":["body"]}"#,
    ),
    (TWICE, r#"{"refresh_token":"a","refresh_token":"a"}"#),
    (HALF_A_PAIR, r#"{"refresh_token":"\udc00"}"#),
];

/// For all three.
const NO_OBJECTS: [&str; 6] = ["[]", "null", "1", r#""a""#, r#"["a","b"]"#, "true"];

fn logins() -> Vec<(&'static str, String)> {
    let login = |rest: &str| format!(r#"{{"email":"a@example.com",{rest}}}"#);
    let password = |text: &str| login(&format!(r#""password":"{text}""#));
    let mode = |value: &str| login(&format!(r#""password":"b","mode":{value}"#));
    vec![
        ("an address and a password", password("b")),
        ("empty texts", r#"{"email":"","password":""}"#.into()),
        ("the longest password", password(&"b".repeat(1024))),
        ("a longer password", password(&"b".repeat(1025))),
        (MANY_BYTES, password(&"ä".repeat(513))),
        (TWICE, login(r#""password":"b","password":"c""#)),
        (HALF_A_PAIR, password(r"\ud83d")),
        (
            TOO_LARGE,
            login(&format!(r#""password":"b","a":"{}""#, "b".repeat(8192))),
        ),
        ("another member", login(r#""password":"b","a":[{}]"#)),
        ("no password", r#"{"email":"a@example.com"}"#.into()),
        ("no address", r#"{"password":"b"}"#.into()),
        ("a password that is null", login(r#""password":null"#)),
        ("a password that is a number", login(r#""password":1"#)),
        (
            "a list of addresses",
            r#"{"email":["a"],"password":"b"}"#.into(),
        ),
        ("mode body", mode(r#""body""#)),
        ("mode cookie", mode(r#""cookie""#)),
        ("another mode", mode(r#""header""#)),
        ("a mode in capitals", mode(r#""Cookie""#)),
        ("an empty mode", mode(r#""""#)),
        ("a mode that is null", mode("null")),
        ("a mode that is a number", mode("1")),
    ]
}

/// What it is, where it is sent, and itself.
fn bodies() -> Vec<(&'static str, &'static str, String)> {
    let logins = logins().into_iter().map(|(what, body)| (what, LOGIN, body));
    let mut table: Vec<_> = logins.collect();
    for path in [REFRESH, LOGOUT] {
        table.extend(TOKENS.map(|(what, body)| (what, path, body.to_owned())));
    }
    for path in [LOGIN, REFRESH, LOGOUT] {
        table.extend(NO_OBJECTS.map(|body| ("no object", path, body.to_owned())));
    }
    table
}

#[tokio::test]
#[ignore = "needs TOLLGATE_INTEROP"]
async fn a_body_is_refused_where_its_schema_refuses_it() {
    let document = Document::read();
    let gateway = Gateway::new(api(), Fixture::start().await.functions);
    for (what, path, body) in bodies() {
        let operation = document.operation(path);
        let answer = ask(&gateway, request(operation, &body)).await;
        let taken = !matches!(answer.status().as_u16(), 400 | 413);
        // Serde keeps the last of two members, and takes no half of a pair.
        let parsed: Option<Value> = serde_json::from_str(&body).ok();
        let complaints = |body| document.complaints(operation.body_schema(), &body);
        let described = parsed.is_none_or(|body| complaints(body).is_empty());
        assert_eq!(
            described,
            taken || BEYOND_SCHEMAS.contains(&what),
            "{what} at {path}: {}",
            answer.status()
        );
        assert!(
            !(taken && BEYOND_SCHEMAS.contains(&what)),
            "{what} is taken at {path}"
        );
        assert_eq!(operation.complaints(&answer), [""; 0], "{what} at {path}");
    }
}

#[tokio::test]
#[ignore = "needs TOLLGATE_INTEROP"]
async fn a_key_is_refused_where_its_schema_refuses_it() {
    let document = Document::read();
    let gateway = Gateway::new(api(), Fixture::start().await.functions);
    let operation = document.operation(REFRESH);
    let schema = operation.header_schema("Idempotency-Key");
    for key in [
        "",
        "k",
        "5f0c6d1e-2b7a-4c39-9a55-0e4f6a2d8b17",
        "with a space",
        "with\ta tab",
        "~!\"\\{}",
        "ä",
        "\u{a0}",
        &"k".repeat(255),
        &"k".repeat(256),
    ] {
        let mut request = request(operation, r#"{"refresh_token":"tgr1_AAAA"}"#);
        let value = HeaderValue::from_bytes(key.as_bytes()).expect(key);
        request.headers_mut().insert("idempotency-key", value);
        let answer = ask(&gateway, request).await;
        assert_eq!(
            document.complaints(schema, &key.into()).is_empty(),
            answer.status() != 400,
            "{key:?}: {}",
            answer.status()
        );
        assert_eq!(operation.complaints(&answer), [""; 0], "{key:?}");
    }
}
