//! The functions in this process, called as Lambda calls them.
//!
//! An invocation gets a whole event, goes through the adapter that `lambda_http::run` uses, and has
//! a thread of its own, as on Lambda it has a sandbox of its own: hashing and disk keep nobody else
//! waiting, and a panic ends one invocation.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Request, Response, Service};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tollgate_core::Timestamp;
use tollgate_core::login::Login;
use tollgate_core::logout::Logout;
use tollgate_core::refresh::Refresh;
use tollgate_core::verifier::Verifier;
use tollgate_gateway::{Invoke, InvokeError, InvokeFuture};
use tollgate_wiring::{Environment, StartError, Store, Vault, clock};

/// How many invocations run at a time; a log-in takes 46 MiB while it hashes.
const CONCURRENCY: usize = 32;

/// All functions of the template, wired to one environment. Cheap to clone.
#[derive(Clone)]
pub struct Functions {
    wired: Arc<Wired>,
    slots: Arc<Semaphore>,
}

struct Wired {
    login: Login<Store, Vault>,
    refresh: Refresh<Store, Vault>,
    logout: Logout<Store, Vault>,
    verifier: Verifier<Vault>,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Functions {
    /// Does for each function what its `main` does; `now` is what time it is for all of them.
    pub async fn start(
        environment: &Environment,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let wired = Wired {
            login: tollgate_wiring::login(environment).await?,
            refresh: tollgate_wiring::refresh(environment).await?,
            logout: tollgate_wiring::logout(environment).await?,
            verifier: tollgate_wiring::verifier(environment).await?,
            now: Box::new(now),
        };
        Ok(Self {
            wired: Arc::new(wired),
            slots: Arc::new(Semaphore::new(CONCURRENCY)),
        })
    }
}

impl Invoke for Functions {
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a> {
        Box::pin(async move {
            let _slot = self.slots.acquire().await;
            let (wired, name) = (Arc::clone(&self.wired), function.to_owned());
            let runtime = Handle::current();
            let invocation = move || runtime.block_on(wired.invoke(&name, event));
            let ended = tokio::task::spawn_blocking(invocation).await;
            let panicked = |_| InvokeError::Panicked {
                function: function.to_owned(),
            };
            ended.map_err(panicked)?
        })
    }
}

impl Wired {
    async fn invoke(&self, function: &str, event: Value) -> Result<Value, InvokeError> {
        let now = (self.now)();
        let rng = clock::rng;
        match function {
            "login" => {
                http(event, |it| {
                    tollgate_login::handle(&self.login, it, now, rng())
                })
                .await
            }
            "refresh" => {
                http(event, |it| {
                    tollgate_refresh::handle(&self.refresh, it, now, rng())
                })
                .await
            }
            "logout" => http(event, |it| tollgate_logout::handle(&self.logout, it, now)).await,
            "protected-api" => {
                let seconds = u64::try_from(now.as_unix()).unwrap_or(0);
                let now = UNIX_EPOCH + Duration::from_secs(seconds);
                http(event, async |it| tollgate_protected_api::handle(&it, now)).await
            }
            "authorizer" => {
                let answer = tollgate_authorizer::handle(&self.verifier, &event, now).await;
                let answer = answer.map_err(|error| InvokeError::Function {
                    error_type: "KeysUnavailable".to_owned(),
                    error_message: error.to_string(),
                })?;
                serde_json::to_value(answer).map_err(|source| InvokeError::Malformed { source })
            }
            unknown => Err(InvokeError::Unknown {
                function: unknown.to_owned(),
            }),
        }
    }
}

async fn http<'a, F>(
    event: Value,
    handle: impl Fn(Request) -> F + Send + Sync,
) -> Result<Value, InvokeError>
where
    F: Future<Output = Response<Body>> + Send + 'a,
{
    let malformed = |source| InvokeError::Malformed { source };
    let payload: LambdaRequest = serde_json::from_value(event).map_err(malformed)?;
    let mut adapter = Adapter::from(lambda_http::service_fn(|request| {
        let response = handle(request);
        async move { Ok::<_, Infallible>(response.await) }
    }));
    match adapter
        .call(LambdaEvent {
            payload,
            context: Context::default(),
        })
        .await
    {
        Ok(response) => serde_json::to_value(response).map_err(malformed),
        Err(never) => match never {},
    }
}
