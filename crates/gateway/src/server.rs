//! The socket in front of the pipeline.

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt, Collected, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};

use crate::gateway::{BODY_LIMIT, Gateway};

/// How long requests in flight may take once it is time to go.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);
/// What it waits when nobody can be let in, for example because there are too many open files.
const PAUSE: Duration = Duration::from_secs(1);

impl Gateway {
    /// Serves the API until `shutdown` is ready and the requests in flight are answered.
    ///
    /// It waits ten seconds for them: an idle connection or a hanging function must not hold the process.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let gateway = Arc::new(self);
        let connections = GracefulShutdown::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut shutdown => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let gateway = Arc::clone(&gateway);
                    tokio::spawn(talk(gateway, stream, peer.ip(), connections.watcher()));
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        drop(listener);
        let drained = tokio::time::timeout(DRAIN_LIMIT, connections.shutdown());
        if drained.await.is_err() {
            tracing::warn!(
                event = "gateway.drain_limit",
                "gave up on connections that are still open"
            );
        }
    }

    async fn receive(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, BODY_LIMIT).collect().await;
        // A body that breaks off ends the connection anyway, so both failures may share an answer.
        let body = body.ok().map(Collected::to_bytes);
        self.answer(parts, body, peer).await.map(Full::new)
    }
}

/// Whether a client has gone before it was let in, which says nothing about the next.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Answers the requests of one connection, one after another.
async fn talk(gateway: Arc<Gateway>, stream: TcpStream, peer: IpAddr, watcher: Watcher) {
    let service = service_fn(|request| {
        let gateway = Arc::clone(&gateway);
        async move { Ok::<_, Infallible>(gateway.receive(request, peer).await) }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // How a connection ends is the client's affair.
    let _ = watcher.watch(connection).await;
}
