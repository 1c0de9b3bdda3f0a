//! Passes calls on, or does not.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes};
use hyper::header::HeaderMap;
use hyper::http::request;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::watch;

use super::calls::{Call, Calls};
use super::fault::{Fault, Rule};
use super::units::Units;
use super::{refusal, skew};

/// Headers that are about one connection, and not about the call.
const HOP_BY_HOP: [&str; 3] = ["connection", "keep-alive", "transfer-encoding"];

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(super) struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("cut by the test")
    }
}

impl std::error::Error for Cut {}

#[derive(Default)]
struct Script {
    rules: Vec<Rule>,
    calls: Calls,
    total: u64,
}

pub(super) struct Relay {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    script: Mutex<Script>,
    healings: watch::Sender<()>,
}

impl Relay {
    pub(super) fn to(upstream: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            upstream: upstream.trim_end_matches('/').to_owned(),
            client: Client::builder(TokioExecutor::new()).build(connector),
            script: Mutex::default(),
            healings: watch::Sender::new(()),
        }
    }

    pub(super) fn inject(&self, rule: Rule) {
        self.script().rules.push(rule);
    }

    pub(super) fn heal(&self) {
        let mut script = self.script();
        script.rules.clear();
        // Under the lock: whoever met a rule of before is told.
        self.healings.send_replace(());
    }

    pub(super) fn take_calls(&self) -> Calls {
        std::mem::take(&mut self.script().calls)
    }

    pub(super) fn total(&self) -> u64 {
        self.script().total
    }

    /// Answers a call, or says that its connection is to be closed.
    pub(super) async fn answer<B>(
        self: Arc<Self>,
        request: Request<B>,
    ) -> Result<Response<Full<Bytes>>, Cut>
    where
        B: Body<Data = Bytes>,
    {
        let call = Call::of(request.headers());
        let (fault, mut healed) = self.note(&call);
        let (head, body) = request.into_parts();
        let Ok(body) = body.collect().await else {
            return Err(Cut);
        };
        let body = body.to_bytes();
        self.script().calls.charge(Units::of(&call, &body));
        let answer = match fault {
            None => self.forward(head, body, &call).await,
            Some(Fault::Stall | Fault::Refused) => {
                let _ = healed.changed().await;
                return Err(Cut);
            }
            Some(Fault::Lost) => {
                self.forward(head, body, &call).await;
                return Err(Cut);
            }
            Some(Fault::SlowFirstByte(time)) => {
                let answer = self.forward(head, body, &call).await;
                wait(time, &mut healed).await;
                answer
            }
            Some(Fault::Skewed { seconds }) => {
                let clock = skew::Clock::now(seconds);
                let answer = match clock.refuses(&head.headers) {
                    Some(why) => refusal::invalid_signature(&call, &why),
                    None => self.forward(head, body, &call).await,
                };
                clock.stamp(answer)
            }
            Some(Fault::Throttled) => refusal::throttled(&call),
            Some(Fault::CapacityExceeded) => refusal::capacity_exceeded(&call),
            Some(Fault::TransactionThrottled) => refusal::transaction_throttled(&call, &body),
            Some(Fault::Conflict) => refusal::conflict(&call, &body),
            Some(Fault::InternalError) => refusal::internal_error(&call),
            Some(Fault::AccessDenied) => refusal::access_denied(&call, &body),
            Some(Fault::Missing) => refusal::missing(&call),
        };
        Ok(answer)
    }

    /// Counts a call, and says what happens to it, and when that is over.
    fn note(&self, call: &Call) -> (Option<Fault>, watch::Receiver<()>) {
        let mut script = self.script();
        let fault = script.rules.iter_mut().find_map(|rule| rule.strike(call));
        script.calls.note(call.clone(), fault.is_some());
        script.total += 1;
        (fault, self.healings.subscribe())
    }

    async fn forward(
        &self,
        head: request::Parts,
        body: Bytes,
        call: &Call,
    ) -> Response<Full<Bytes>> {
        match self.exchange(head, body).await {
            Ok(answer) => answer,
            Err(error) => refusal::unreachable_upstream(call, &error),
        }
    }

    async fn exchange(
        &self,
        head: request::Parts,
        body: Bytes,
    ) -> Result<Response<Full<Bytes>>, String> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri: Uri = format!("{}{path}", self.upstream)
            .parse()
            .map_err(|error| format!("{error}"))?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = head.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = end_to_end(head.headers);
        let answer = self.client.request(request).await;
        let (mut head, body) = answer.map_err(|error| format!("{error:?}"))?.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?;
        head.headers = end_to_end(head.headers);
        Ok(Response::from_parts(head, Full::new(body.to_bytes())))
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers
}

/// This long, or until all is well.
async fn wait(time: Duration, healed: &mut watch::Receiver<()>) {
    let _ = tokio::time::timeout(time, healed.changed()).await;
}
