//! What the function as it is deployed prints: JSON lines of log on standard error, metrics on
//! standard output, and nothing there when they are switched off.
#![cfg(feature = "embedded")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

const REQUEST: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";

/// The interface of Lambda to a function, as far as one needs it: hands out events, one after
/// another, and takes whatever comes back.
struct RuntimeApi(TcpListener);

impl RuntimeApi {
    /// Returns when the function asks for one more event: then it is done with the others, and waits
    /// for as long as the stream is kept.
    fn serve(&self, events: Vec<Value>) -> TcpStream {
        let mut events = events.into_iter();
        loop {
            let (mut stream, _) = self.0.accept().expect("a call of the function");
            if !request(&stream).starts_with("GET") {
                answer(&mut stream, "");
            } else if let Some(event) = events.next() {
                answer(&mut stream, &event.to_string());
            } else {
                return stream;
            }
        }
    }
}

/// The request line, when the whole request was read.
fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).expect("a request");
    for line in reader.by_ref().lines() {
        let line = line.expect("text").to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    first
}

fn answer(stream: &mut TcpStream, body: &str) {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Lambda-Runtime-Aws-Request-Id: {REQUEST}\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n\
         Lambda-Runtime-Trace-Id: Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1\r\n\r\n{body}"
    )
    .expect("the function listens");
}

/// Runs the function for these events, with more variables.
fn run(folder: &Path, events: &[Value], variables: &[(&str, &str)]) -> Output {
    let key = folder.join("access.key");
    let api = RuntimeApi(TcpListener::bind("127.0.0.1:0").expect("a free port"));
    let address = api.0.local_addr().expect("an address").to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_authorizer"));
    command
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "tollgate-AuthorizerFunction"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("TOLLGATE_ISSUER", "https://auth.example.com"),
            ("TOLLGATE_AUDIENCE", "api.example.com"),
        ])
        .env("TOLLGATE_ACCESS_KEY", format!("file://{}", key.display()))
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let events = events.to_vec();
    let served = thread::spawn(move || api.serve(events));
    // A function that ended by itself asks for nothing any more.
    while !served.is_finished() && child.try_wait().expect("a child").is_none() {
        thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    child.wait_with_output().expect("it has ended")
}

fn key_file(folder: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let path = folder.join("access.key");
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let secret = b"canary-secret-0123456789abcdefghijklmnopqrstuvwxyz\n";
    file.expect("a file").write_all(secret).expect("a key");
}

fn token_event(token: &str) -> Value {
    json!({
        "type": "TOKEN",
        "methodArn": "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/v1/GET/me",
        "authorizationToken": format!("Bearer {token}"),
    })
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).expect("text");
    let read = |line| serde_json::from_str(line).unwrap_or_else(|it| unreachable!("{it}: {line}"));
    text.lines().map(read).collect()
}

#[test]
fn logs_have_the_ids_of_the_invocation_and_metrics_go_to_standard_output() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    key_file(folder.path());
    let events = [token_event("not-a-token"), json!({})];
    // The ids are there whatever is chosen for the log.
    let chosen = ("RUST_LOG", "off,tollgate=info");
    let output = run(
        folder.path(),
        &events,
        &[chosen, ("TOLLGATE_METRICS", "tollgate")],
    );

    let mut log = lines(&output.stderr);
    for line in &mut log {
        let timestamp = line["timestamp"].take();
        assert!(timestamp.is_string(), "{line}");
    }
    let refused = |reason| {
        json!({
            "timestamp": null, "level": "INFO", "event": "token.refused", "reason": reason,
            "request_id": REQUEST, "xray_trace_id": TRACE,
        })
    };
    assert_eq!(log, [refused("token_malformed"), refused("no_credentials")]);

    let metrics = lines(&output.stdout);
    let values = metrics.iter().map(|line| {
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "tollgate");
        let dimension = directive["Dimensions"][0][0].as_str().expect("a dimension");
        let count = &line["token_refusals"];
        (dimension, line[dimension].as_str(), count.as_u64())
    });
    let expected = [
        ("function", Some("authorizer"), None),
        ("reason", Some("token_malformed"), Some(1)),
        ("function", Some("authorizer"), None),
        ("reason", Some("no_credentials"), Some(1)),
    ];
    assert_eq!(values.collect::<Vec<_>>(), expected);
    assert!(metrics[0]["latency"][0].as_f64() > Some(0.0));
}

#[test]
fn without_a_namespace_there_are_no_metrics() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    key_file(folder.path());
    for variables in [&[][..], &[("TOLLGATE_METRICS", "")]] {
        let output = run(folder.path(), &[token_event("not-a-token")], variables);
        assert_eq!(lines(&output.stdout), [] as [Value; 0]);
        assert_eq!(lines(&output.stderr).len(), 1);
    }
}
