//! schemathesis reads `openapi.json` and asks the real binary: as described, as not described, and in sequences.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use tollgate_tests::credentials::PASSWORD;
use tollgate_tests::server::{Server, data_directory, repository, run_well};

use crate::document::Document;
use crate::packages::python;

/// Not whom the examples name: guesses at that account are answered 429 sooner or later.
const EMAIL: &str = "grace@example.com";

/// What schemathesis must have got to see, or it would have tested less than it seems.
const REACHED: [(&str, &[u16]); 5] = [
    ("POST /auth/login", &[200, 400, 401, 403, 415]),
    ("POST /auth/refresh", &[200, 400, 401, 403, 415]),
    ("POST /auth/logout", &[204, 400, 403, 415]),
    ("GET /me", &[200, 401]),
    ("GET /reports", &[200, 401]),
];

#[test]
#[ignore = "needs TOLLGATE_INTEROP"]
fn whatever_is_asked_the_answer_is_described() {
    let data = data_directory();
    let user = [
        "users",
        "add",
        EMAIL,
        "--scope",
        "reports:read",
        "--password-stdin",
    ];
    let _ = run_well(data.path(), &user, &format!("{PASSWORD}\n"));
    let server = Server::start(data.path());
    let session = server.client().log_in(EMAIL, PASSWORD);
    let answered = data.path().join("answered.json");

    let document = format!("{}/openapi.json", server.url);
    let mut schemathesis = python();
    schemathesis.current_dir(repository().join("tests/openapi"));
    schemathesis.args([
        "-m",
        "schemathesis.cli",
        "--config-file",
        "schemathesis.toml",
    ]);
    schemathesis.args(["--no-color", "run", &document, "--url", &server.url]);
    schemathesis
        .env("ACCESS_TOKEN", session.text("access_token"))
        .env("GATEWAY", &server.url)
        .env("EMAIL", EMAIL)
        .env("PASSWORD", PASSWORD)
        .env("ANSWERED", &answered)
        .env(
            "HYPOTHESIS_STORAGE_DIRECTORY",
            data.path().join("hypothesis"),
        );
    let output = schemathesis.output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");

    let answered = fs::read(answered).expect("hooks.py writes it");
    let answered: BTreeMap<String, Value> = serde_json::from_slice(&answered).expect("JSON");
    let missed: Vec<String> = REACHED
        .iter()
        .flat_map(|(operation, statuses)| {
            statuses
                .iter()
                .map(move |status| format!("{operation} {status}"))
        })
        .filter(|it| !answered.contains_key(it))
        .collect();
    assert_eq!(missed, [""; 0], "nobody was answered so: {answered:?}");
}

/// So that a new operation is reached, too.
#[test]
fn every_operation_has_a_line_of_what_is_reached() {
    let document = Document::read();
    let operations = document.operations();
    let described: BTreeSet<_> = operations
        .iter()
        .map(|it| format!("{} {}", it.method.to_uppercase(), it.path))
        .collect();
    let reached = REACHED.map(|(operation, _)| operation.to_owned());
    assert_eq!(described, BTreeSet::from(reached));
}
