//! The socket, and functions behind an Invoke endpoint.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tollgate_gateway::{Api, Gateway, Invoke, InvokeEndpoint, InvokeError, InvokeFuture};

use crate::functions::{gateway, post, rest_template, told};

/// A function that takes a quarter of a second, and counts how often it came to its end.
#[derive(Clone, Default)]
struct Leisurely {
    finished: Arc<AtomicUsize>,
}

impl Invoke for Leisurely {
    fn invoke<'a>(&'a self, _function: &'a str, _event: Value) -> InvokeFuture<'a> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(250)).await;
            self.finished.fetch_add(1, Ordering::Relaxed);
            Ok(json!({ "statusCode": 200, "body": "done" }))
        })
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    (listener, address)
}

async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the server reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("the server answers");
    answer
}

#[tokio::test]
async fn a_request_in_flight_is_finished_before_the_server_goes() {
    let api = Api::parse(&rest_template("{}", ""), "t.yaml").expect("a valid template");
    let (listener, address) = listen().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(
        Gateway::new(api, Leisurely::default()).serve(listener, async {
            let _ = stopped.await;
        }),
    );
    let request =
        "POST /open/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let in_flight = tokio::spawn(exchange(address, request));
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send(()).expect("the server waits for it");
    let answer = in_flight.await.expect("no panic");
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\ndone"),
        "{answer}"
    );
    server.await.expect("no panic");
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn a_function_comes_to_its_end_when_the_caller_has_gone() {
    let functions = Leisurely::default();
    let api = Api::parse(&rest_template("{}", ""), "t.yaml").expect("a valid template");
    let (listener, address) = listen().await;
    let gateway = Gateway::new(api, functions.clone());
    let server = tokio::spawn(gateway.serve(listener, std::future::pending()));
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    let request = "POST /open/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the server reads");
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(stream);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(functions.finished.load(Ordering::Relaxed), 1);
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_does_not_hold_the_process() {
    let (gateway, _) = gateway(&rest_template("{}", ""));
    let (listener, address) = listen().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(gateway.serve(listener, async {
        let _ = stopped.await;
    }));
    let mut hanging = TcpStream::connect(address)
        .await
        .expect("the server listens");
    // The function behind it sleeps for a minute.
    let request = "POST /open/slow HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
    hanging
        .write_all(request.as_bytes())
        .await
        .expect("the server reads");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let asked = tokio::time::Instant::now();
    stop.send(()).expect("the server waits for it");
    server.await.expect("no panic");
    assert!(
        asked.elapsed() <= Duration::from_secs(11),
        "{:?}",
        asked.elapsed()
    );
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_at_the_socket() {
    let (gateway, functions) = gateway(&rest_template("{}", ""));
    let (listener, address) = listen().await;
    let server = tokio::spawn(gateway.serve(listener, std::future::pending()));
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    let head = format!(
        "POST /open/echo HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        11 << 20
    );
    let sent = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&vec![b'a'; 11 << 20]).await
    };
    // The server may stop reading before all of it is sent.
    let _ = sent.await;
    let mut answer = [0; 32];
    let read = stream.read(&mut answer).await.expect("the server answers");
    assert!(answer[..read].starts_with(b"HTTP/1.1 413 "));
    assert!(functions.calls().is_empty());
    server.abort();
}

/// What an Invoke endpoint of one function saw and says.
async fn endpoint(listener: TcpListener, status: &str, body: &str) -> String {
    let (mut stream, _) = listener.accept().await.expect("somebody calls");
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    // The event is a JSON object, so it ends with a brace.
    while !request.ends_with(b"}") {
        let read = stream.read(&mut chunk).await.expect("the caller writes");
        request.extend_from_slice(&chunk[..read]);
    }
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream
        .write_all(answer.as_bytes())
        .await
        .expect("the caller reads");
    String::from_utf8(request).expect("text")
}

#[tokio::test]
async fn functions_behind_an_invoke_endpoint() {
    let failure = r#"{"errorType":"Crash","errorMessage":"secret"}"#;
    let emulator = "/2015-03-31/functions/function/invocations";
    for (path, status, body, expected) in [
        (
            "/",
            "200 OK",
            r#"{"statusCode":201,"body":"made"}"#,
            (201, "made"),
        ),
        (
            emulator,
            "200 OK",
            failure,
            (502, r#"{"message":"Internal server error"}"#),
        ),
        (
            "",
            "502 Bad Gateway",
            "oops",
            (502, r#"{"message":"Internal server error"}"#),
        ),
    ] {
        let (listener, address) = listen().await;
        let seen = tokio::spawn(endpoint(listener, status, body));
        let api = Api::parse(&rest_template("{}", ""), "t.yaml").expect("a valid template");
        let invoke = InvokeEndpoint::new(&format!("http://{address}{path}")).expect("an address");
        let response = post(&Gateway::new(api, invoke), "/open/echo").await;
        assert_eq!(told(&response), (expected.0, expected.1.to_owned()));
        let name = if path == emulator { "function" } else { "echo" };
        let seen = seen.await.expect("no panic");
        assert!(
            seen.starts_with(&format!("POST /2015-03-31/functions/{name}/invocations ")),
            "{seen}"
        );
        assert!(seen.contains("\"httpMethod\":\"POST\""), "{seen}");
    }
}

#[tokio::test]
async fn an_endpoint_that_nobody_serves() {
    let (listener, address) = listen().await;
    drop(listener);
    let invoke = InvokeEndpoint::new(&format!("http://{address}")).expect("an address");
    let error = invoke
        .invoke("echo", json!({}))
        .await
        .expect_err("nobody is there");
    assert!(matches!(error, InvokeError::Unreachable { .. }));
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    assert!(error.to_string().contains("cargo lambda watch"), "{error}");
}
