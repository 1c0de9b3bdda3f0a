//! The functions in this process, called as Lambda calls them.
//!
//! An invocation gets a whole event, goes the way that it goes on Lambda, and has a thread of its
//! own, as there it has a sandbox of its own: hashing and disk keep nobody else waiting, and a panic
//! ends one invocation.

use std::sync::Arc;

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
use tollgate_invocation::{Cors, answer};
use tollgate_wiring::{Environment, StartError, Store, Vault, clock, settings};

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
    cors: Cors,
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
            cors: Cors {
                allowed_origin: settings::allowed_origin(environment)?,
            },
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
        let (event, cors) = (LambdaEvent::new(event, Context::default()), &self.cors);
        let origin = cors.allowed_origin.as_ref();
        Ok(match function {
            "login" => {
                answer(event, cors, |it| {
                    tollgate_login::handle(&self.login, it, origin, now, rng())
                })
                .await
            }
            "refresh" => {
                let handle = |it| tollgate_refresh::handle(&self.refresh, it, origin, now, rng());
                answer(event, cors, handle).await
            }
            "logout" => {
                answer(event, cors, |it| {
                    tollgate_logout::handle(&self.logout, it, origin, now)
                })
                .await
            }
            "protected-api" => {
                answer(event, cors, async |it| {
                    tollgate_protected_api::handle(&it, now.into())
                })
                .await
            }
            "authorizer" => self.authorize(&event.payload, now).await?,
            unknown => {
                return Err(InvokeError::Unknown {
                    function: unknown.to_owned(),
                });
            }
        })
    }

    async fn authorize(&self, event: &Value, now: Timestamp) -> Result<Value, InvokeError> {
        let answer = tollgate_authorizer::handle(&self.verifier, &event.into(), now).await;
        let answer = answer.map_err(|error| InvokeError::Function {
            error_type: "KeysUnavailable".to_owned(),
            error_message: error.to_string(),
        })?;
        serde_json::to_value(answer).map_err(|source| InvokeError::Malformed { source })
    }
}
