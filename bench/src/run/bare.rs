//! A service that gives everybody the same answer: what HTTP itself takes, and nobody goes below.

use std::convert::Infallible;
use std::net::SocketAddr;

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// As long as that of `GET /me`.
const ANSWER: &str = r#"{"user_id":"u_4fX9bC2dE6gH8jK1","email":"ada@example.com","scope":["reports:read"],"session":"xKf2Wn9aQ6ibPzJc4RrT1g"}"#;

/// Answers until it is ended. Listens and speaks as `tollgate serve` does.
pub(crate) fn serve(address: SocketAddr) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|error| format!("{address}: {error}"))?;
        loop {
            let accepted = listener.accept().await;
            let (stream, _) = accepted.map_err(|error| format!("{address}: {error}"))?;
            tokio::spawn(talk(stream));
        }
    })
}

async fn talk(stream: TcpStream) {
    let service = service_fn(|_: Request<Incoming>| async {
        let mut answer = Response::new(ANSWER.to_owned());
        let json = HeaderValue::from_static("application/json");
        answer.headers_mut().insert(CONTENT_TYPE, json);
        Ok::<_, Infallible>(answer)
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // How a connection ends is the client's affair.
    let _ = connection.await;
}
