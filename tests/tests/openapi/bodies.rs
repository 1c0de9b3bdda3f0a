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
const BEYOND_SCHEMAS: [&str; 4] = [
    "a password of few letters and many bytes",
    "a member twice",
    "half of a surrogate pair",
    "more than 8 KiB",
];

/// What it is, where it is sent, and itself.
fn bodies() -> Vec<(&'static str, &'static str, String)> {
    let login = |rest: &str| format!(r#"{{"email":"a@example.com",{rest}}}"#);
    let password = |text: &str| login(&format!(r#""password":"{text}""#));
    let mut table = vec![
        ("an address and a password", LOGIN, password("b")),
        (
            "no address and no password",
            LOGIN,
            r#"{"email":"","password":""}"#.into(),
        ),
        ("the longest password", LOGIN, password(&"b".repeat(1024))),
        ("a longer password", LOGIN, password(&"b".repeat(1025))),
        (BEYOND_SCHEMAS[0], LOGIN, password(&"ä".repeat(513))),
        (
            BEYOND_SCHEMAS[1],
            LOGIN,
            login(r#""password":"b","password":"c""#),
        ),
        (BEYOND_SCHEMAS[2], LOGIN, password(r"\ud83d")),
        (
            BEYOND_SCHEMAS[3],
            LOGIN,
            login(&format!(r#""password":"b","a":"{}""#, "b".repeat(8192))),
        ),
        (
            "a member that nobody asks for",
            LOGIN,
            login(r#""password":"b","a":[{}]"#),
        ),
        ("no password", LOGIN, r#"{"email":"a@example.com"}"#.into()),
        ("no address", LOGIN, r#"{"password":"b"}"#.into()),
        (
            "a password that is null",
            LOGIN,
            login(r#""password":null"#),
        ),
        (
            "a password that is a number",
            LOGIN,
            login(r#""password":1"#),
        ),
        (
            "an address that is a list",
            LOGIN,
            r#"{"email":["a"],"password":"b"}"#.into(),
        ),
        ("mode body", LOGIN, login(r#""password":"b","mode":"body""#)),
        (
            "mode cookie",
            LOGIN,
            login(r#""password":"b","mode":"cookie""#),
        ),
        (
            "another mode",
            LOGIN,
            login(r#""password":"b","mode":"header""#),
        ),
        (
            "a mode in capitals",
            LOGIN,
            login(r#""password":"b","mode":"Cookie""#),
        ),
        (
            "a mode that is empty",
            LOGIN,
            login(r#""password":"b","mode":"""#),
        ),
        (
            "a mode that is null",
            LOGIN,
            login(r#""password":"b","mode":null"#),
        ),
        (
            "a mode that is a number",
            LOGIN,
            login(r#""password":"b","mode":1"#),
        ),
    ];
    for path in [REFRESH, LOGOUT] {
        for (what, body) in [
            ("a refresh token", r#"{"refresh_token":"tgr1_AAAA"}"#),
            ("an empty refresh token", r#"{"refresh_token":""}"#),
            (
                "a refresh token and more",
                r#"{"refresh_token":"a","scope":"b"}"#,
            ),
            ("a refresh token that is null", r#"{"refresh_token":null}"#),
            ("a refresh token that is a number", r#"{"refresh_token":1}"#),
            ("nothing", "{}"),
            (
                "mode body and a token",
                r#"{"refresh_token":"a","mode":"body"}"#,
            ),
            ("mode body alone", r#"{"mode":"body"}"#),
            ("mode cookie", r#"{"mode":"cookie"}"#),
            ("mode cookie and more", r#"{"mode":"cookie","scope":"b"}"#),
            (
                "mode cookie and a token",
                r#"{"refresh_token":"a","mode":"cookie"}"#,
            ),
            (
                "mode cookie and a token that is null",
                r#"{"refresh_token":null,"mode":"cookie"}"#,
            ),
            (
                "mode cookie and a token that is a number",
                r#"{"refresh_token":1,"mode":"cookie"}"#,
            ),
            ("another mode", r#"{"refresh_token":"a","mode":"header"}"#),
            (
                "a mode that is null",
                r#"{"refresh_token":"a","mode":null}"#,
            ),
            (
                "a mode that is a list",
                r#"{"refresh_token":"a","mode":["body"]}"#,
            ),
            (
                BEYOND_SCHEMAS[1],
                r#"{"refresh_token":"a","refresh_token":"a"}"#,
            ),
            (BEYOND_SCHEMAS[2], r#"{"refresh_token":"\udc00"}"#),
        ] {
            table.push((what, path, body.into()));
        }
    }
    for path in [LOGIN, REFRESH, LOGOUT] {
        for body in ["[]", "null", "1", r#""a""#, r#"["a","b"]"#, "true"] {
            table.push(("no object", path, body.into()));
        }
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
