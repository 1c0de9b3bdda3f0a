//! `tollgate`: what it does, and what it says when it cannot.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::server::{Server, add_user, binary, data_directory, run, run_well};

/// What it complained of.
fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "it should not have gone well");
    let text = String::from_utf8(output.stderr.clone()).expect("text");
    let line = text.lines().find(|line| line.starts_with("tollgate: "));
    line.unwrap_or_else(|| unreachable!("no complaint in {text}"))
        .to_owned()
}

fn refused(data: &Path, arguments: &[&str], input: &str, expected: &[&str]) {
    let complaint = complaint(&run(data, arguments, input));
    for part in expected {
        assert!(
            complaint.contains(part),
            "{arguments:?}: no {part:?} in {complaint:?}"
        );
    }
}

#[test]
fn users_are_added_listed_disabled_and_deleted() {
    let data = data_directory();
    add_user(data.path(), "b a");
    let list = || run_well(data.path(), &["users", "list"], "");
    assert!(
        list().starts_with("ada@example.com  enabled "),
        "{}",
        list()
    );
    let json = run_well(data.path(), &["users", "list", "--json"], "");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&json[0]["email"], &json[0]["scope"]),
        (&EMAIL.into(), &"a b".into())
    );
    assert_eq!(json[0]["disabled"], false);
    assert!(json[0].get("password_hash").is_none());

    let _ = run_well(data.path(), &["users", "disable", "ADA@example.com"], "");
    assert!(list().contains(" disabled "), "{}", list());
    let _ = run_well(data.path(), &["users", "enable", EMAIL], "");
    assert!(list().contains(" enabled "), "{}", list());

    let server = Server::start(data.path());
    let client = server.client();
    let before = client.log_in(EMAIL, PASSWORD);
    let new = "canary-password that is quite different\n";
    let _ = run_well(
        data.path(),
        &["users", "set-password", EMAIL, "--password-stdin"],
        new,
    );
    assert_eq!(client.log_in(EMAIL, PASSWORD).status, 401);
    assert_eq!(client.log_in(EMAIL, new.trim_end()).status, 200);
    let ended = client.refresh(before.text("refresh_token"));
    assert_eq!(ended.refusal(), (401, "invalid_grant", "revoked"));

    let _ = run_well(data.path(), &["users", "delete", EMAIL], "");
    assert_eq!(list(), "");
}

#[test]
fn a_user_that_cannot_be_added_is_told_why() {
    let data = data_directory();
    add_user(data.path(), "");
    let password = format!("{PASSWORD}\n");
    let add = |email| ["users", "add", email, "--password-stdin"];
    refused(data.path(), &add(EMAIL), &password, &["already", EMAIL]);
    refused(
        data.path(),
        &add("nobody"),
        &password,
        &["nobody", "name@example.com"],
    );
    refused(data.path(), &add("ädä@example.com"), &password, &["ASCII"]);
    refused(
        data.path(),
        &add("eve@example.com"),
        "short\n",
        &["at least 15 characters"],
    );
    refused(
        data.path(),
        &add("eve@example.com"),
        "",
        &["at least 15 characters"],
    );
    refused(
        data.path(),
        &add("eve@example.com"),
        "passwordpassword\n",
        &["easy to guess"],
    );
    refused(
        data.path(),
        &add("eve@example.com"),
        "eve@example.com\n",
        &["easy to guess"],
    );
    refused(
        data.path(),
        &["users", "add", "eve@example.com"],
        "",
        &["--password-stdin"],
    );
    let scope = [
        "users",
        "add",
        "eve@example.com",
        "--scope",
        "a  b",
        "--password-stdin",
    ];
    refused(data.path(), &scope, &password, &["single spaces"]);
    refused(
        data.path(),
        &["users", "disable", "eve@example.com"],
        "",
        &["users list"],
    );
    let list = run_well(data.path(), &["users", "list"], "");
    assert_eq!(list.lines().count(), 1, "nothing was added: {list}");
}

#[test]
fn a_rotated_key_signs_and_the_old_one_still_verifies() {
    let data = data_directory();
    add_user(data.path(), "");
    let server = Server::start(data.path());
    let client = server.client();
    let pair = client.log_in(EMAIL, PASSWORD);
    let (access, refresh) = (pair.text("access_token"), pair.text("refresh_token"));
    let inspect = || run(data.path(), &["token", "inspect", access], "");
    let printed = |output: &Output| String::from_utf8(output.stdout.clone()).expect("text");
    let fresh = inspect();
    assert!(fresh.status.success() && printed(&fresh).contains("(the current one)"));

    let rotated = run_well(data.path(), &["keys", "rotate"], "");
    assert!(
        rotated.contains("access.key: ") && rotated.contains("refresh.key: "),
        "{rotated}"
    );
    let older = inspect();
    assert!(older.status.success() && printed(&older).contains("(an older one)"));
    assert_eq!(client.get_as("/me", access).status, 200);
    assert_eq!(client.refresh(refresh).status, 200);

    // Another process signs with the new key at once, and this one verifies it at once.
    let other = Server::start(data.path());
    let pair = other.client().log_in(EMAIL, PASSWORD);
    let access = pair.text("access_token");
    let inspected = run(
        data.path(),
        &["token", "inspect", "-"],
        &format!("{access}\n"),
    );
    assert!(printed(&inspected).contains("(the current one)"));

    let only = run_well(data.path(), &["keys", "rotate", "access"], "");
    assert!(!only.contains("refresh.key: "), "{only}");
}

#[test]
fn a_token_is_inspected() {
    let data = data_directory();
    add_user(data.path(), "a");
    let server = Server::start(data.path());
    let pair = server.client().log_in(EMAIL, PASSWORD);
    let (access, refresh) = (pair.text("access_token"), pair.text("refresh_token"));
    let at = access.len() - 10;
    let other = if access[at..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    let mut changed = access.to_owned();
    changed.replace_range(at..=at, other);
    let none = "eyJhbGciOiJub25lIn0.e30.";
    for (token, valid, expected) in [
        (
            access,
            true,
            &["\"alg\":\"HS256\"", "\"scope\":\"a\"", "ago", "in 1"][..],
        ),
        (
            refresh,
            true,
            &[
                "refresh token",
                "(the current one)",
                "generation 0",
                "authentic",
            ],
        ),
        (
            &changed,
            false,
            &["no: the signature does not match (bad_signature)"],
        ),
        (none, false, &["no: alg is not HS256 (wrong_algorithm)"]),
        (
            "what is this",
            false,
            &["no: it is not a JSON Web Token (token_malformed)"],
        ),
        ("tgr1_AAAA", false, &["no: it is not a refresh token"]),
    ] {
        let output = run(data.path(), &["token", "inspect", token], "");
        let printed = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.success(), valid, "{printed}");
        for part in expected {
            assert!(printed.contains(part), "no {part} in {printed}");
        }
    }
}

#[test]
fn a_start_that_fails_says_what_to_do() {
    let data = data_directory();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let listen = ["serve", "--listen", &address];
    refused(
        data.path(),
        &listen,
        "",
        &[&address, "another process", "--listen"],
    );

    let missing = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--template",
        "nowhere.yaml",
    ];
    refused(data.path(), &missing, "", &["nowhere.yaml", "--template"]);

    let template = data.path().join("odd.yaml");
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--template",
        template.to_str().expect("text"),
    ];
    let odd = "Resources:\n  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: v1\n      DefinitionBody: {}\n";
    fs::write(&template, odd).expect("a template");
    refused(
        data.path(),
        &serve,
        "",
        &["odd.yaml", "line 6", "DefinitionBody"],
    );
    fs::write(&template, "a: [").expect("a template");
    refused(data.path(), &serve, "", &["odd.yaml"]);

    let https = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--invoke",
        "https://example.com",
    ];
    refused(
        data.path(),
        &https,
        "",
        &["https://example.com", "http://127.0.0.1:9000"],
    );

    let file = data.path().join("a-file");
    fs::write(&file, "").expect("a file");
    refused(
        &file.join("below"),
        &["serve", "--listen", "127.0.0.1:0"],
        "",
        &["a-file", "--data-dir"],
    );
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let data = data_directory();
    add_user(data.path(), "");
    let path = data.path().join("tollgate.db");
    let database = rusqlite::Connection::open(&path).expect("the database");
    database
        .pragma_update(None, "user_version", 99)
        .expect("it can be written");
    drop(database);
    let expected = ["tollgate.db", "newer version", "99"];
    refused(
        data.path(),
        &["serve", "--listen", "127.0.0.1:0"],
        "",
        &expected,
    );
    refused(data.path(), &["users", "list"], "", &expected);
}

#[test]
fn keys_are_for_their_owner_alone() {
    let data = data_directory();
    add_user(data.path(), "");
    for name in ["access.key", "refresh.key", "tollgate.db"] {
        let mode = fs::metadata(data.path().join(name))
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let key = data.path().join("access.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("it is mine");
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    refused(data.path(), &serve, "", &["access.key", "644", "chmod 600"]);

    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("it is mine");
    for (content, problem) in [
        ("", "holds no key"),
        ("canary-secret too short\n", "at least 32"),
        ("canary-secret canary-secret canary-secret\n", ""),
    ] {
        fs::write(&key, content).expect("it is mine");
        if !problem.is_empty() {
            refused(data.path(), &serve, "", &["access.key", problem]);
        }
    }
    // One secret in both roles.
    fs::write(
        data.path().join("refresh.key"),
        "canary-secret canary-secret canary-secret\n",
    )
    .expect("it is mine");
    refused(
        data.path(),
        &serve,
        "",
        &["TOLLGATE_ACCESS_KEY", "TOLLGATE_REFRESH_KEY", "same"],
    );
}

#[test]
fn a_bad_variable_is_named() {
    let data = data_directory();
    for (name, value, expected) in [
        ("TOLLGATE_ACCESS_TTL", "forever", "1h"),
        ("TOLLGATE_STORE", "postgres://x", "sqlite://"),
        ("TOLLGATE_STORE", "dynamodb://two words", "dynamodb://"),
        ("TOLLGATE_ACCESS_KEY", "canary-secret", "file://"),
    ] {
        let mut command =
            tollgate_tests::server::tollgate(data.path(), &["serve", "--listen", "127.0.0.1:0"]);
        let output = command.env(name, value).output().expect("it starts");
        let complaint = complaint(&output);
        assert!(
            complaint.contains(name) && complaint.contains(expected),
            "{complaint}"
        );
        assert!(!complaint.contains("canary-secret"), "{complaint}");
    }
}

#[test]
fn the_doctor_says_what_is_wrong() {
    let data = data_directory();
    let examine = || {
        let output = run(data.path(), &["doctor"], "");
        (
            output.status.success(),
            String::from_utf8(output.stdout).expect("text"),
        )
    };
    let (healthy, printed) = examine();
    assert!(
        !healthy && printed.contains("WRONG   access keys"),
        "{printed}"
    );

    add_user(data.path(), "");
    let (healthy, printed) = examine();
    assert!(
        healthy && printed.contains("1 enabled users, 0 disabled"),
        "{printed}"
    );
    assert!(
        printed.contains("5 routes") && !printed.contains("WRONG"),
        "{printed}"
    );

    let keys = data.path().join("access.key");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).expect("it is mine");
    let (healthy, printed) = examine();
    assert!(!healthy && printed.contains("chmod 600"), "{printed}");
    assert!(
        printed.contains("ok      refresh keys"),
        "it goes on: {printed}"
    );
}

#[test]
fn options_stand_where_they_belong() {
    let data = data_directory();
    add_user(data.path(), "");
    let folder = data.path().to_str().expect("text");
    let run = |arguments: &[&str]| {
        let output = Command::new(binary())
            .args(arguments)
            .output()
            .expect("it starts");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8(text).expect("text"),
        )
    };
    for arguments in [
        ["--data-dir", folder, "users", "list"],
        ["users", "list", "--data-dir", folder],
    ] {
        let (good, printed) = run(&arguments);
        assert!(good && printed.contains(EMAIL), "{arguments:?}: {printed}");
    }
    let (good, printed) = run(&["--listen", "127.0.0.1:0", "users", "list"]);
    assert!(
        !good && printed.contains("--listen is an option of `serve`"),
        "{printed}"
    );
}

#[test]
fn help_names_every_command() {
    let data = data_directory();
    let help = run_well(data.path(), &["--help"], "");
    for word in [
        "serve",
        "users",
        "keys",
        "token",
        "--listen",
        "--template",
        "--invoke",
    ] {
        assert!(help.contains(word), "no {word} in {help}");
    }
}
