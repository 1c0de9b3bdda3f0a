//! The functions in this process, called as Lambda calls them.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::SystemTime;

use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Request, Response, Service};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tollgate_core::login::Login;
use tollgate_core::logout::Logout;
use tollgate_core::refresh::Refresh;
use tollgate_core::verifier::Verifier;
use tollgate_gateway::{Invoke, InvokeError, InvokeFuture};
use tollgate_wiring::{Environment, StartError, Store, Vault, clock};

/// How many invocations run at a time; a log-in takes 46 MiB while it hashes.
const CONCURRENCY: usize = 32;

/// All functions of the template, wired to one environment.
pub(crate) struct Functions {
    wired: Arc<Wired>,
    slots: Semaphore,
}

struct Wired {
    login: Login<Store, Vault>,
    refresh: Refresh<Store, Vault>,
    logout: Logout<Store, Vault>,
    verifier: Verifier<Vault>,
}

impl Functions {
    /// Does for each function what its `main` does.
    pub(crate) async fn start(environment: &Environment) -> Result<Self, StartError> {
        let wired = Wired {
            login: tollgate_wiring::login(environment).await?,
            refresh: tollgate_wiring::refresh(environment).await?,
            logout: tollgate_wiring::logout(environment).await?,
            verifier: tollgate_wiring::verifier(environment).await?,
        };
        Ok(Self {
            wired: Arc::new(wired),
            slots: Semaphore::new(CONCURRENCY),
        })
    }
}

impl Invoke for Functions {
    /// Each invocation gets a thread of its own, as on Lambda it gets a sandbox: hashing and disk
    /// keep nobody else waiting, and a panic ends one invocation.
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a> {
        Box::pin(async move {
            let _slot = self.slots.acquire().await;
            let (wired, name) = (Arc::clone(&self.wired), function.to_owned());
            let runtime = Handle::current();
            let invocation = move || runtime.block_on(wired.invoke(&name, event));
            tokio::task::spawn_blocking(invocation)
                .await
                .unwrap_or_else(|_| Err(failed("panic", "the function panicked")))
        })
    }
}

impl Wired {
    async fn invoke(&self, function: &str, event: Value) -> Result<Value, InvokeError> {
        let now = clock::now;
        match function {
            "login" => {
                http(event, |request| {
                    tollgate_login::handle(&self.login, request, now(), clock::rng())
                })
                .await
            }
            "refresh" => {
                http(event, |request| {
                    tollgate_refresh::handle(&self.refresh, request, now(), clock::rng())
                })
                .await
            }
            "logout" => {
                http(event, |request| {
                    tollgate_logout::handle(&self.logout, request, now())
                })
                .await
            }
            "protected-api" => {
                http(event, async |request| {
                    tollgate_protected_api::handle(&request, wall_clock())
                })
                .await
            }
            "authorizer" => {
                let answer = tollgate_authorizer::handle(&self.verifier, &event, now()).await;
                let answer = answer.map_err(|error| failed("Unavailable", &error.to_string()))?;
                serde_json::to_value(answer).map_err(|source| InvokeError::Malformed { source })
            }
            unknown => Err(InvokeError::Unknown {
                function: unknown.to_owned(),
            }),
        }
    }
}

/// Through the adapter that `lambda_http::run` uses, so events and answers are the real ones.
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

fn failed(error_type: &str, error_message: &str) -> InvokeError {
    let (error_type, error_message) = (error_type.to_owned(), error_message.to_owned());
    InvokeError::Function {
        error_type,
        error_message,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the clock of the protected function's own main"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}
