//! The socket in front of the pipeline.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::gateway::{BODY_LIMIT, Gateway};

/// How long requests in flight may take once it is time to go.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

impl Gateway {
    /// Serves the API until `shutdown` is ready and the requests in flight are answered.
    ///
    /// It waits ten seconds for them: an idle connection or a hanging function must not hold the process.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let app = Router::new().fallback(answer).with_state(Arc::new(self));
        let (told, telling) = oneshot::channel();
        let shutdown = async move {
            shutdown.await;
            // The receiver is gone only when the server is.
            let _ = told.send(());
        };
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let server = axum::serve(listener, service).with_graceful_shutdown(shutdown);
        tokio::select! {
            result = server => result,
            () = drained(telling) => {
                tracing::warn!(event = "gateway.drain_limit", "gave up on connections that are still open");
                Ok(())
            }
        }
    }
}

/// Ready when the drain limit after the shutdown signal is over.
async fn drained(telling: oneshot::Receiver<()>) {
    if telling.await.is_ok() {
        tokio::time::sleep(DRAIN_LIMIT).await;
    } else {
        std::future::pending::<()>().await;
    }
}

async fn answer(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    // A body that breaks off ends the connection anyway, so both failures may share an answer.
    let body = Limited::new(body, BODY_LIMIT)
        .collect()
        .await
        .ok()
        .map(http_body_util::Collected::to_bytes);
    gateway.answer(parts, body, peer.ip()).await.map(Body::from)
}
