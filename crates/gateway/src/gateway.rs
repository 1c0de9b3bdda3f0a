//! The pipeline: route, preflight, authorizer, function, answer.

use std::error::Error;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, Request, Response};
use hyper::body::Bytes;
use serde_json::{Map, Value};

use crate::clock;
use crate::cors::Cors;
use crate::invoke::{Invoke, InvokeError};
use crate::pages::Pages;
use crate::refusal::Refusal;
use crate::request::{Call, Incoming, Target};
use crate::route::Route;
use crate::template::{Api, ApiKind};
use crate::verdict_cache::VerdictCache;
use crate::{answer, http_event, rest_event};

/// API Gateway's limit for a request body.
pub(crate) const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// Verdicts kept at a time.
const CACHE_CAPACITY: usize = 10_000;

/// One API, ready to answer.
pub struct Gateway {
    pub(crate) api: Api,
    invoke: Arc<dyn Invoke>,
    pub(crate) verdicts: VerdictCache,
    pages: Pages,
}

/// What the log says about one request.
pub(crate) struct Trace {
    /// The path of the template or of a page, once it is known; never what the client sent.
    route: Option<String>,
    pub(crate) authorizer: &'static str,
    pub(crate) reason: String,
}

impl Gateway {
    /// An API in front of functions.
    #[must_use]
    pub fn new(api: Api, invoke: impl Invoke) -> Self {
        Self {
            api,
            invoke: Arc::new(invoke),
            verdicts: VerdictCache::new(CACHE_CAPACITY),
            pages: Pages::default(),
        }
    }

    /// The same with static files, wherever the API has no path of that name.
    #[must_use]
    pub fn with_pages(mut self, pages: Pages) -> Self {
        self.pages = pages;
        self
    }

    /// Answers one request, without a socket. `source` is the address that the functions see.
    pub async fn respond(&self, request: Request<Bytes>, source: IpAddr) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let body = Some(body).filter(|body| body.len() <= BODY_LIMIT);
        self.answer(parts, body, source).await
    }

    /// Answers one request; the body is missing if it was over the limit.
    pub(crate) async fn answer(
        &self,
        parts: http::request::Parts,
        body: Option<Bytes>,
        source: IpAddr,
    ) -> Response<Bytes> {
        let too_large = body.is_none();
        let request = Request::from_parts(parts, body.unwrap_or_default());
        let request = Incoming::new(request, source, clock::now());
        let mut trace = Trace {
            route: None,
            authorizer: "none",
            reason: String::new(),
        };
        let mut response = match self.platform_preflight(&request) {
            Some(preflight) => preflight,
            None if too_large => self.refuse(&Refusal::TooLarge, &request, &trace),
            None => match self.handle(&request, &mut trace).await {
                Ok(response) => response,
                Err(refusal) => self.refuse(&refusal, &request, &trace),
            },
        };
        response.headers_mut().extend(self.request_id(&request));
        tracing::info!(
            event = "gateway.request",
            method = request.method.as_str(),
            route = trace.route.as_deref().unwrap_or("-"),
            status = response.status().as_u16(),
            latency_ms = clock::millis_since(request.received),
            authorizer = trace.authorizer,
            reason = trace.reason,
        );
        response
    }

    /// An HTTP API answers preflight requests itself, before anything else.
    fn platform_preflight(&self, request: &Incoming) -> Option<Response<Bytes>> {
        match &self.api.cors {
            Cors::Http(cors) => cors.preflight(request),
            Cors::Rest(_) | Cors::Off => None,
        }
    }

    fn refuse(&self, refusal: &Refusal, request: &Incoming, trace: &Trace) -> Response<Bytes> {
        let resource = trace.route.as_deref();
        let mut response = refusal.render(&self.api, request, resource);
        self.api.cors.mark(request, &mut response);
        response
    }

    fn request_id(&self, request: &Incoming) -> Option<(HeaderName, HeaderValue)> {
        let name = match self.api.kind {
            ApiKind::Rest => "x-amzn-requestid",
            ApiKind::Http => "apigw-requestid",
        };
        let value = HeaderValue::from_str(&request.id).ok()?;
        Some((HeaderName::from_static(name), value))
    }

    async fn handle(
        &self,
        request: &Incoming,
        trace: &mut Trace,
    ) -> Result<Response<Bytes>, Refusal> {
        let Some(call) = self.find(request) else {
            return self.page(request, trace).ok_or(Refusal::NoRoute);
        };
        trace.route = Some(call.resource().to_owned());
        let guard = match call.target {
            Target::Route(route) => &route.authorizer,
            Target::Preflight { .. } => &self.api.preflight_authorizer,
        };
        let admitted = match guard {
            Some(authorizer) => Some(self.admit(authorizer, &call, trace).await?),
            None => None,
        };
        match call.target {
            Target::Route(route) => self.integrate(&call, route, admitted).await,
            Target::Preflight { .. } => Ok(self.mock_preflight(request)),
        }
    }

    /// What the request was matched to. SAM's OPTIONS methods are more exact than a route that takes any method.
    fn find<'a>(&'a self, request: &'a Incoming) -> Option<Call<'a>> {
        let call = |target, parameters| Call {
            api: &self.api,
            request,
            target,
            parameters,
        };
        if matches!(self.api.cors, Cors::Rest(_))
            && request.method == Method::OPTIONS
            && let Some(pattern) = self.api.resource(&request.path)
            && !self.api.methods_of(pattern).contains(&"OPTIONS")
        {
            let target = Target::Preflight {
                resource: &pattern.text,
            };
            return Some(call(
                target,
                pattern.matches(&request.path).unwrap_or_default(),
            ));
        }
        let (route, parameters) = self.api.route(&request.method, &request.path)?;
        Some(call(Target::Route(route), parameters))
    }

    /// A static file. A path of the API is never one, not even with a method that the API does not take there.
    fn page(&self, request: &Incoming, trace: &mut Trace) -> Option<Response<Bytes>> {
        if self.api.resource(&request.path).is_some() {
            return None;
        }
        let (path, response) = self.pages.answer(request)?;
        trace.route = Some(path.to_owned());
        Some(response)
    }

    fn mock_preflight(&self, request: &Incoming) -> Response<Bytes> {
        match (&self.api.cors, self.api.resource(&request.path)) {
            (Cors::Rest(cors), Some(pattern)) => cors.preflight(&self.api.methods_of(pattern)),
            _ => Response::new(Bytes::new()),
        }
    }

    /// Calls the function of a route.
    async fn integrate(
        &self,
        call: &Call<'_>,
        route: &Route,
        authorizer: Option<Map<String, Value>>,
    ) -> Result<Response<Bytes>, Refusal> {
        let (event, limit) = match self.api.kind {
            ApiKind::Rest => (rest_event::proxy(call, authorizer), Duration::from_secs(29)),
            ApiKind::Http => (http_event::proxy(call, authorizer), Duration::from_secs(30)),
        };
        let answer = self
            .call(&route.function, event, limit)
            .await
            .map_err(|error| {
                report(&route.function, &error);
                match error {
                    InvokeError::TimedOut { .. } => Refusal::FunctionTimedOut,
                    InvokeError::Unreachable { .. } => Refusal::FunctionUnreachable,
                    _ => Refusal::FunctionFailed,
                }
            })?;
        let response = match self.api.kind {
            ApiKind::Rest => answer::rest(&answer),
            ApiKind::Http => answer::http(&answer),
        };
        let mut response = response.map_err(|problem| {
            malformed(&route.function, problem);
            Refusal::FunctionFailed
        })?;
        self.api.cors.mark(call.request, &mut response);
        Ok(response)
    }

    /// Calls a function, and waits for it as long as API Gateway would.
    ///
    /// As on Lambda, it runs to its end even if nobody waits any more, and a panic is an answer too. One that answers
    /// at once has come to its end before anybody could go: only one that has to wait is a task of its own.
    pub(crate) async fn call(
        &self,
        function: &str,
        event: Value,
        limit: Duration,
    ) -> Result<Value, InvokeError> {
        let (invoke, name) = (Arc::clone(&self.invoke), function.to_owned());
        let mut running = Box::pin(async move { invoke.invoke(&name, event).await });
        let first_poll = || {
            let mut nobody = Context::from_waker(Waker::noop());
            running.as_mut().poll(&mut nobody)
        };
        let function = function.to_owned();
        // After a panic it is dropped, as the runtime drops a task that panics.
        match catch_unwind(AssertUnwindSafe(first_poll)) {
            Ok(Poll::Ready(answer)) => return answer,
            Ok(Poll::Pending) => {}
            Err(_) => return Err(InvokeError::Panicked { function }),
        }
        match tokio::time::timeout(limit, tokio::spawn(running)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(InvokeError::Panicked { function }),
            Err(_) => Err(InvokeError::TimedOut { function }),
        }
    }
}

/// Logs why a call failed: the kind of error and its causes, none of which quote an event or an answer.
pub(crate) fn report(function: &str, error: &InvokeError) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    tracing::error!(event = "gateway.invoke_failed", function, error = text);
}

pub(crate) fn malformed(function: &str, problem: &str) {
    tracing::error!(event = "gateway.malformed_answer", function, problem);
}
