//! The functions in this process, called as Lambda calls them.
//!
//! An invocation gets a whole event, and goes the way that it goes on Lambda. Those that hash or go
//! to the disk have a thread of their own, as there they have a sandbox of their own, and so keep
//! nobody else waiting. Those that only compute for some microseconds run where they are called:
//! changing threads would be most of their work. (The authorizer reads its key file now and then:
//! one page of the disk's cache, and not again for seconds, whatever ids somebody invents.)

use std::future::ready;
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

/// How many threads there are for invocations; a log-in takes 46 MiB while it hashes.
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

    /// Runs what keeps its thread busy, on a thread of its own.
    async fn on_a_thread(
        &self,
        function: &str,
        invocation: impl AsyncFnOnce() -> Value + Send + 'static,
    ) -> Result<Value, InvokeError> {
        let _slot = self.slots.acquire().await;
        let runtime = Handle::current();
        let thread = tokio::task::spawn_blocking(move || runtime.block_on(invocation()));
        thread.await.map_err(|_| InvokeError::Panicked {
            function: function.to_owned(),
        })
    }
}

impl Invoke for Functions {
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a> {
        let wired = Arc::clone(&self.wired);
        match function {
            "login" => Box::pin(self.on_a_thread(function, async move || wired.login(event).await)),
            "refresh" => {
                Box::pin(self.on_a_thread(function, async move || wired.refresh(event).await))
            }
            "logout" => {
                Box::pin(self.on_a_thread(function, async move || wired.logout(event).await))
            }
            "protected-api" => Box::pin(async move { Ok(wired.protected_api(event).await) }),
            "authorizer" => Box::pin(async move { wired.authorizer(&event).await }),
            unknown => {
                let function = unknown.to_owned();
                Box::pin(ready(Err(InvokeError::Unknown { function })))
            }
        }
    }
}

impl Wired {
    async fn login(&self, event: Value) -> Value {
        let (now, origin) = ((self.now)(), self.cors.allowed_origin.as_ref());
        let handle = |it| tollgate_login::handle(&self.login, it, origin, now, clock::rng());
        answer(invoked(event), &self.cors, handle).await
    }

    async fn refresh(&self, event: Value) -> Value {
        let (now, origin) = ((self.now)(), self.cors.allowed_origin.as_ref());
        let handle = |it| tollgate_refresh::handle(&self.refresh, it, origin, now, clock::rng());
        answer(invoked(event), &self.cors, handle).await
    }

    async fn logout(&self, event: Value) -> Value {
        let (now, origin) = ((self.now)(), self.cors.allowed_origin.as_ref());
        let handle = |it| tollgate_logout::handle(&self.logout, it, origin, now);
        answer(invoked(event), &self.cors, handle).await
    }

    async fn protected_api(&self, event: Value) -> Value {
        let now = (self.now)().into();
        let handle = async |it| tollgate_protected_api::handle(&it, now);
        answer(invoked(event), &self.cors, handle).await
    }

    async fn authorizer(&self, event: &Value) -> Result<Value, InvokeError> {
        let answer = tollgate_authorizer::handle(&self.verifier, &event.into(), (self.now)()).await;
        let answer = answer.map_err(|error| InvokeError::Function {
            error_type: "KeysUnavailable".to_owned(),
            error_message: error.to_string(),
        })?;
        serde_json::to_value(answer).map_err(|source| InvokeError::Malformed { source })
    }
}

/// As `lambda_runtime` hands it to a function.
fn invoked(event: Value) -> LambdaEvent<Value> {
    LambdaEvent::new(event, Context::default())
}
