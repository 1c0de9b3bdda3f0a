//! The rotation function, as Lambda calls it: with the events of Secrets Manager, and with anything
//! else.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use tollgate_aws::{Account, Secret};
use tollgate_tests::events::{in_repository, names, on_disk};
use tollgate_tests::functions::rng;
use tollgate_tests::logs;
use tollgate_tests::moto::{self, CURRENT, Moto, PREVIOUS, REGION};
use tollgate_wiring::Environment;
use tracing_subscriber::util::SubscriberInitExt;

/// Where the fixtures are that nobody here wrote.
const FIXTURES: [&str; 2] = [
    "../shared/events/lambda-events",
    "../shared/events/lambda-http",
];

fn account_at(endpoint: &str) -> Account {
    logs::capture();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    tollgate_wiring::account(&Environment::from_iter(variables)).expect("its variables are set")
}

/// The function, with the events of `events/`, for each of the secrets.
#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn the_function_does_what_the_table_of_events_says() {
    let moto = Moto::new();
    let account = account_at(moto.url());
    for vault in [moto.access_key(), moto.refresh_key()] {
        let old = vault.value(CURRENT);
        let version = vault.request_rotation();
        for (name, outcome) in rows() {
            let event = on_disk(&in_repository("events"), &name);
            let event = event.replace("{{secret}}", vault.name());
            let event = event.replace("{{version}}", &version);
            assert!(!event.contains("{{"), "a placeholder nobody knows: {name}");
            let event = serde_json::from_str(&event).expect("JSON");
            assert_eq!(call(&account, &event).await, outcome, "{name}");
        }
        assert_eq!(vault.value(PREVIOUS), old);
        assert_eq!(vault.version(CURRENT), Some(version));
    }
}

/// Every event for the function in `events/README.md`, and what comes of it, in the order there.
fn rows() -> Vec<(String, String)> {
    let readme = fs::read_to_string(in_repository("events/README.md")).expect("the table");
    let rows = readme.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let ["", event, "rotate-keys", outcome, _, ""] = cells[..] else {
            return None;
        };
        Some((event.trim_matches('`').to_owned(), outcome.to_owned()))
    });
    rows.collect()
}

/// Of the fixtures of other services, none is taken for a rotation.
#[tokio::test]
async fn every_other_event_is_refused() {
    let nowhere = account_at("http://127.0.0.1:9");
    for folder in FIXTURES.map(in_repository) {
        for name in names(&folder) {
            let event = serde_json::from_str(&on_disk(&folder, &name)).expect("JSON");
            let expected = match name.as_str() {
                "example-secretsmanager-secret-rotation-event" => "unavailable",
                _ => "malformed_event",
            };
            assert_eq!(call(&nowhere, &event).await, expected, "{name}");
        }
    }
}

/// What Lambda gets: `null`, or the type of an error whose message names what is wrong.
async fn call(account: &Account, event: &Value) -> String {
    match tollgate_rotate_keys::handle(account, event, &mut rng()).await {
        Ok(()) => "null".to_owned(),
        Err(error) => {
            let Diagnostic {
                error_type,
                error_message,
            } = error.into();
            assert!(error_message.contains(' '), "{error_message}");
            error_type
        }
    }
}

/// Nothing is called for these, so there is nothing to call.
#[tokio::test]
async fn an_event_that_is_none_says_what_is_wrong() {
    let nowhere = account_at("http://127.0.0.1:9");
    let sample = json!({
        "Step": "createSecret",
        "SecretId": "arn:aws:secretsmanager:us-east-1:111122223333:secret:id-ABCD1E",
        "ClientRequestToken": "1ab23456-cde7-8912-34fg-h56i78j9k12l",
    });
    for (field, value) in [
        ("Step", json!("canary-secret")),
        ("Step", json!("CreateSecret")),
        ("Step", json!("")),
        ("Step", json!(null)),
        ("SecretId", json!(["canary-secret"])),
        ("SecretId", json!(null)),
        ("ClientRequestToken", json!(7)),
        ("ClientRequestToken", json!("")),
    ] {
        let mut event = sample.clone();
        event[field] = value;
        let error = tollgate_rotate_keys::handle(&nowhere, &event, &mut rng()).await;
        let Diagnostic {
            error_type,
            error_message,
        } = error.expect_err("no event").into();
        assert_eq!(error_type, "malformed_event");
        assert!(error_message.contains(field), "{error_message}");
        assert!(!error_message.contains("canary"), "{error_message}");
    }
    for event in [json!(null), json!([]), json!("createSecret"), json!({})] {
        assert_eq!(call(&nowhere, &event).await, "malformed_event");
    }
    assert_eq!(call(&nowhere, &sample).await, "unavailable", "well-formed");
}

/// What moto does not do: it lets a pending version be written twice. AWS refuses the second.
#[tokio::test]
async fn of_two_who_create_the_key_at_once_the_first_decides() {
    const VERSION: &str = "1ab23456-cde7-8912-34fg-h56i78j9k12l";
    const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:access-key-ABCD1E";
    let theirs = moto::secret_string();
    let labels = json!({
        "RotationEnabled": true,
        "VersionIdsToStages": {(VERSION): ["AWSPENDING"], "first": ["AWSCURRENT"]},
    });
    let (endpoint, service) = play(vec![
        ("DescribeSecret", 200, labels),
        (
            "GetSecretValue",
            400,
            json!({"__type": "ResourceNotFoundException"}),
        ),
        (
            "PutSecretValue",
            400,
            json!({"__type": "ResourceExistsException"}),
        ),
        ("GetSecretValue", 200, json!({"SecretString": theirs})),
    ]);
    let event = json!({
        "Step": "createSecret",
        "SecretId": ARN,
        "ClientRequestToken": VERSION,
        "RotationToken": "canary-secret-of-another-account",
    });
    let account = account_at(&endpoint);
    let secret = Secret::new(&account, ARN);
    assert_eq!(call(&account, &event).await, "null");
    let asked = service.join().expect("it was called as planned");
    for request in &asked {
        assert_eq!(request["SecretId"], ARN);
    }
    let [_, read, put, again] = &asked[..] else {
        unreachable!("four calls")
    };
    for request in [read, again] {
        assert_eq!(request["VersionId"], VERSION);
        assert_eq!(request["VersionStage"], "AWSPENDING");
    }
    assert_eq!(put["ClientRequestToken"], VERSION);
    assert_eq!(put["VersionStages"], json!(["AWSPENDING"]));
    assert_eq!(put["RotationToken"], "canary-secret-of-another-account");
    let ours = put["SecretString"].as_str().expect("a string");
    logs::forbid([ours]);
    assert!(ours.len() == 43 && ours != theirs);
    assert!(!format!("{secret:?}").contains(ours));
}

/// Secrets Manager, answering these calls in this order and no other; gives back what it was asked.
fn play(script: Vec<(&'static str, u16, Value)>) -> (String, JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = move |(operation, status, body): (&str, u16, Value)| {
        let (stream, _) = listener.accept().expect("a connection");
        let mut reader = BufReader::new(&stream);
        let (mut length, mut target) = (0, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a header");
            match line.trim_end().to_ascii_lowercase().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().expect("a number"),
                Some(("x-amz-target", value)) => value.clone_into(&mut target),
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        assert_eq!(
            target,
            format!("secretsmanager.{operation}").to_ascii_lowercase()
        );
        let mut request = vec![0; length];
        reader.read_exact(&mut request).expect("a body");
        let (body, mut stream) = (body.to_string(), &stream);
        write!(
            stream,
            "HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("it listens");
        serde_json::from_slice(&request).expect("JSON")
    };
    let service = std::thread::spawn(move || script.into_iter().map(answer).collect());
    (endpoint, service)
}

/// As docs/operations.md lists them.
#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn every_step_leaves_one_event() {
    let moto = Moto::new();
    let account = account_at(moto.url());
    let vault = moto.access_key();
    let version = vault.request_rotation();
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true);
    let listening = subscriber
        .with_writer(move || writer.clone())
        .finish()
        .set_default();
    let steps = [
        "createSecret",
        "createSecret",
        "setSecret",
        "testSecret",
        "finishSecret",
    ];
    for step in steps.into_iter().chain(["testSecret", "tryAgain"]) {
        let event = json!({"Step": step, "SecretId": vault.name(), "ClientRequestToken": version});
        let _ = call(&account, &event).await;
    }
    let event = json!({"Step": "testSecret", "SecretId": vault.name(), "ClientRequestToken": "-"});
    let _ = call(&account, &event).await;
    drop(listening);
    let key = tollgate_core::key::Key::new(vault.value(CURRENT).expect("a key").into());
    let key = key.expect("a key").id().to_string();
    let expected = [
        ("createSecret", "created", true),
        ("createSecret", "kept", true),
        ("setSecret", "nothing_to_set", false),
        ("testSecret", "tested", true),
        ("finishSecret", "finished", true),
        ("testSecret", "already_current", false),
    ];
    let told = lines.events();
    for (event, (step, outcome, about_key)) in told.iter().zip(expected) {
        assert_eq!(event["event"], "keys.rotation");
        assert_eq!(
            (&event["step"], &event["outcome"]),
            (&step.into(), &outcome.into())
        );
        assert_eq!(event["secret"], vault.name());
        assert_eq!(event.get("key"), about_key.then(|| json!(key)).as_ref());
    }
    let [malformed, unknown] = &told[expected.len()..] else {
        unreachable!("one for each call: {told:?}")
    };
    for (event, reason) in [(malformed, "malformed_event"), (unknown, "unknown_version")] {
        assert_eq!(
            (&event["event"], &event["level"]),
            (&"keys.rotation_failed".into(), &"ERROR".into())
        );
        assert_eq!(event["reason"], reason);
        assert!(
            event["error"]
                .as_str()
                .is_some_and(|error| error.len() > 10)
        );
    }
}

/// What is logged, while somebody listens.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn events(&self) -> Vec<Value> {
        let lines = self.0.lock().expect("no panic");
        let lines = std::str::from_utf8(&lines).expect("text").lines();
        lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .filter(|event: &Value| event["event"].is_string())
            .collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
