//! The whole path, through the real binary: log in, call, refresh, log out, and every refusal.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use tollgate_tests::credentials::{EMAIL, PASSWORD, WRONG_PASSWORD};
use tollgate_tests::server::{Server, add_user, data_directory, repository, run_well};

const BARE: Option<&str> = Some(r#"Bearer realm="tollgate""#);
const INVALID_TOKEN: Option<&str> = Some(r#"Bearer realm="tollgate", error="invalid_token""#);

#[test]
fn log_in_call_refresh_and_log_out() {
    let data = data_directory();
    add_user(data.path(), "reports:read");
    let server = Server::start(data.path());
    let client = server.client();

    let pair = client.log_in(EMAIL, PASSWORD);
    assert_eq!((pair.status, pair.text("token_type")), (200, "Bearer"));
    assert_eq!(
        (&pair.body["expires_in"], &pair.body["refresh_expires_in"]),
        (&900.into(), &604_800.into())
    );
    assert_eq!(pair.cache_control.as_deref(), Some("no-store"));

    let me = client.get_as("/me", pair.text("access_token"));
    assert_eq!(
        (me.status, me.text("email"), me.text("scope")),
        (200, EMAIL, "reports:read")
    );
    assert!(me.body["expires_at"].is_u64() && !me.text("id").is_empty());
    assert_eq!(
        client.get_as("/reports", pair.text("access_token")).status,
        200
    );

    let next = client.refresh(pair.text("refresh_token"));
    assert_eq!(next.status, 200);
    assert_ne!(next.text("refresh_token"), pair.text("refresh_token"));
    assert_eq!(client.get_as("/me", next.text("access_token")).status, 200);

    assert_eq!(client.log_out(next.text("refresh_token")).status, 204);
    assert_eq!(
        client.log_out(next.text("refresh_token")).status,
        204,
        "again is no error"
    );
    let over = client.refresh(next.text("refresh_token"));
    assert_eq!(over.refusal(), (401, "invalid_grant", "revoked"));
}

/// What `tollgate serve` prints is pasted into a shell.
#[test]
fn the_printed_commands_work_as_they_are() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: there is no curl");
        return;
    }
    let data = data_directory();
    let server = Server::start(data.path());
    let script: String = server
        .greeting
        .lines()
        .filter_map(|line| line.strip_prefix("   "))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_eq!(script.lines().count(), 3, "{}", server.greeting);
    let output = Command::new("sh")
        .arg("-c")
        .arg(script)
        .output()
        .expect("a shell");
    let printed = String::from_utf8(output.stdout).expect("text");
    for expected in [
        r#"{"access_token":""#,
        "HTTP/1.1 200 OK",
        r#""email":"demo@example.com""#,
        r#""reason":"reused""#,
        r#""reason":"revoked""#,
    ] {
        assert!(printed.contains(expected), "no {expected} in {printed}");
    }

    // Later starts find all of it again.
    let password = |server: &Server| {
        let line = server
            .greeting
            .lines()
            .find(|line| line.starts_with("Password:"));
        line.expect("a password").to_owned()
    };
    assert_eq!(password(&server), password(&Server::start(data.path())));
}

/// An unknown address, a wrong password and a disabled user cannot be told apart.
#[test]
fn a_refused_log_in_says_nothing_about_the_user() {
    let data = data_directory();
    add_user(data.path(), "");
    let server = Server::start(data.path());
    let client = server.client();
    let wrong = client.log_in(EMAIL, WRONG_PASSWORD);
    let unknown = client.log_in("nobody@example.com", PASSWORD);
    let impossible = client.log_in("no address at all", PASSWORD);
    let _ = run_well(data.path(), &["users", "disable", EMAIL], "");
    let disabled = client.log_in(EMAIL, PASSWORD);
    assert_eq!(wrong.refusal(), (401, "invalid_credentials", "-"));
    assert_eq!(wrong.challenge.as_deref(), BARE);
    for other in [unknown, impossible, disabled] {
        assert_eq!(other, wrong);
    }
    let _ = run_well(data.path(), &["users", "enable", EMAIL], "");
    assert_eq!(client.log_in(EMAIL, PASSWORD).status, 200);
}

#[test]
fn a_disabled_user_is_out_at_once_and_stays_out() {
    let data = data_directory();
    add_user(data.path(), "");
    let server = Server::start(data.path());
    let client = server.client();
    let pair = client.log_in(EMAIL, PASSWORD);
    let _ = run_well(data.path(), &["users", "disable", EMAIL], "");
    let refused = client.refresh(pair.text("refresh_token"));
    assert_eq!(refused.refusal(), (401, "invalid_grant", "revoked"));
    let _ = run_well(data.path(), &["users", "enable", EMAIL], "");
    let refused = client.refresh(pair.text("refresh_token"));
    assert_eq!(
        refused.refusal(),
        (401, "invalid_grant", "revoked"),
        "enabled, not revived"
    );
    let pair = client.log_in(EMAIL, PASSWORD);
    let _ = run_well(data.path(), &["users", "delete", EMAIL], "");
    let refused = client.refresh(pair.text("refresh_token"));
    assert_eq!(refused.refusal(), (401, "invalid_grant", "revoked"));
}

/// 401 for who is not proven, 403 for who may not.
#[test]
fn a_protected_call_needs_a_good_token() {
    let data = data_directory();
    add_user(data.path(), "");
    let server = Server::start(data.path());
    let client = server.client();
    let token = client
        .log_in(EMAIL, PASSWORD)
        .text("access_token")
        .to_owned();
    let bearer = format!("Bearer {token}");
    let lower = format!("bearer {token}");
    let forged = format!("{bearer}x");
    let none = "Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.AAAA";
    for (what, authorization, status, error, challenge) in [
        ("a good token", &[bearer.as_str()][..], 200, "-", None),
        ("the scheme in lower case", &[&lower], 200, "-", None),
        ("nothing", &[], 401, "unauthorized", BARE),
        ("an empty header", &[""], 401, "unauthorized", BARE),
        ("no scheme", &[&token], 401, "unauthorized", BARE),
        (
            "another scheme",
            &["Basic YWRhOnB3"],
            401,
            "unauthorized",
            BARE,
        ),
        (
            "half a token",
            &["Bearer abc.def"],
            401,
            "unauthorized",
            BARE,
        ),
        (
            "a line of dots",
            &["Bearer ........"],
            401,
            "unauthorized",
            BARE,
        ),
        (
            "a changed token",
            &[&forged],
            401,
            "invalid_token",
            INVALID_TOKEN,
        ),
        ("alg none", &[none], 401, "invalid_token", INVALID_TOKEN),
        (
            "two good ones",
            &[&bearer, &lower],
            401,
            "unauthorized",
            BARE,
        ),
        (
            "two, the last one bad",
            &[&bearer, none],
            401,
            "invalid_token",
            INVALID_TOKEN,
        ),
    ] {
        let answer = client.get("/me", authorization);
        let got = (answer.status, answer.body["error"].as_str().unwrap_or("-"));
        assert_eq!(
            (got, answer.challenge.as_deref()),
            ((status, error), challenge),
            "{what}"
        );
        assert_eq!(answer.cache_control.as_deref(), Some("no-store"), "{what}");
    }
    let forbidden = client.get_as("/reports", &token);
    assert_eq!(forbidden.refusal(), (403, "insufficient_scope", "-"));
    let challenge = r#"Bearer realm="tollgate", error="insufficient_scope", scope="reports:read""#;
    assert_eq!(forbidden.challenge.as_deref(), Some(challenge));
}

/// Whichever byte of the token is changed, on the wire: 401, with a challenge and a body.
#[test]
fn no_byte_of_a_token_may_be_changed() {
    let data = data_directory();
    add_user(data.path(), "");
    let server = Server::start(data.path());
    let client = server.client();
    let token = client
        .log_in(EMAIL, PASSWORD)
        .text("access_token")
        .to_owned();
    for index in 0..token.len() {
        for replacement in ["A", "b", "-", ".", "=", "%"] {
            if &token[index..=index] == replacement {
                continue;
            }
            let mut changed = token.clone();
            changed.replace_range(index..=index, replacement);
            let answer = client.get_as("/me", &changed);
            let error = answer.text("error");
            assert_eq!(answer.status, 401, "byte {index} as {replacement}");
            assert!(
                ["unauthorized", "invalid_token"].contains(&error),
                "{error}"
            );
            assert!(
                answer
                    .challenge
                    .is_some_and(|challenge| challenge.starts_with("Bearer "))
            );
        }
    }
    assert_eq!(client.get_as("/me", &token).status, 200);
}

#[test]
fn a_malformed_request_is_told_what_is_wrong() {
    let data = data_directory();
    let server = Server::start(data.path());
    let client = server.client();
    let large = format!(r#"{{"email":"{}","password":"x"}}"#, "a".repeat(9_000));
    let long = format!(r#"{{"email":"a@b.c","password":"{}"}}"#, "a".repeat(2_000));
    let json = "application/json";
    let refresh = "/auth/refresh";
    for (path, content_type, body, status, error, about) in [
        ("/auth/login", json, "", 400, "invalid_request", "email"),
        ("/auth/login", json, "[]", 400, "invalid_request", "email"),
        (
            "/auth/login",
            json,
            r#"{"email":"a@b.c"}"#,
            400,
            "invalid_request",
            "password",
        ),
        (
            "/auth/login",
            json,
            r#"{"email":1,"password":"x"}"#,
            400,
            "invalid_request",
            "email",
        ),
        (
            "/auth/login",
            json,
            &long,
            400,
            "invalid_request",
            "1024 bytes",
        ),
        (
            "/auth/login",
            json,
            &large,
            413,
            "invalid_request",
            "8192 bytes",
        ),
        (
            "/auth/login",
            "text/plain",
            "{}",
            415,
            "invalid_request",
            "application/json",
        ),
        (refresh, json, "{}", 400, "invalid_request", "refresh_token"),
        (
            refresh,
            json,
            r#"{"refresh_token":null}"#,
            400,
            "invalid_request",
            "refresh_token",
        ),
        (
            refresh,
            json,
            r#"{"refresh_token":"tgr1_AAAA"}"#,
            401,
            "invalid_grant",
            "not known",
        ),
        (
            "/auth/logout",
            json,
            "{}",
            400,
            "invalid_request",
            "refresh_token",
        ),
        ("/nowhere", json, "{}", 404, "not_found", ""),
    ] {
        let answer = client.post_text(path, content_type, body);
        assert_eq!(
            (answer.status, answer.text("error")),
            (status, error),
            "{path} {body:.50}"
        );
        assert!(
            answer.text("error_description").contains(about),
            "{answer:?}"
        );
    }
    let foreign = client.log_out("tgr1_AAAA");
    assert_eq!(
        foreign.status, 204,
        "there is nothing to end, which is what was asked for"
    );
}

/// Stops on a signal, after the request that is under way: one that has said `Expect: 100-continue`
/// and was told to go on has certainly begun.
#[test]
fn a_stop_finishes_what_is_under_way() {
    for signal in ["TERM", "INT"] {
        let data = data_directory();
        add_user(data.path(), "");
        let server = Server::start(data.path());
        let address = server.url.strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(address).expect("it listens");
        let body = format!(r#"{{"email":"{EMAIL}","password":"{PASSWORD}"}}"#);
        let length = body.len();
        write!(
            stream,
            "POST /auth/login HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        )
        .expect("it reads");
        let mut told = [0; 25];
        stream.read_exact(&mut told).expect("it answers");
        assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");

        server.signal(signal);
        stream.write_all(body.as_bytes()).expect("it still reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("it still answers");
        assert!(
            answer.starts_with("HTTP/1.1 200 OK"),
            "{signal}: {answer:.40}"
        );
        assert!(server.wait(), "SIG{signal} is a clean end");
    }
}

/// The template of the repository names every function that there is, and no other.
#[test]
fn every_function_has_a_route() {
    let api = tollgate_gateway::Api::load(&repository().join("template.yaml")).expect("it is good");
    let functions: Vec<_> = api.functions().into_iter().collect();
    assert_eq!(
        functions,
        ["authorizer", "login", "logout", "protected-api", "refresh"]
    );
}
