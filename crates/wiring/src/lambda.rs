//! Serving invocations, in Lambda's sandbox.
//!
//! Lambda freezes a sandbox when its answer is taken and nobody in it is busy. An answer takes a
//! millisecond; keys that are read anew beside it would be frozen in the middle of the call, and when
//! the sandbox wakes up, the time of that call is over. So a process is also an extension of itself,
//! which Lambda waits for before it freezes anything. The client does not wait: it has its answer.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use lambda_extension::{Extension, NextEvent};
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::layer::layer_fn;
use lambda_runtime::{
    Diagnostic, Error, LambdaEvent, LambdaInvocation, Runtime, Service, service_fn,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::{background, metrics};

/// What Lambda calls the extension.
const NAME: &str = "background";

/// Answers invocations until Lambda ends the sandbox: what a `main` calls last.
pub async fn run<T, A, E>(handle: impl AsyncFn(LambdaEvent<T>) -> Result<A, E>) -> Result<(), Error>
where
    T: DeserializeOwned,
    A: Serialize,
    E: Into<Diagnostic> + fmt::Debug,
{
    let over = stay_awake().await?;
    let handle = &handle;
    let handler = service_fn(async move |event| handle(event).await);
    Runtime::new(handler)
        .layer(TracingLayer::new())
        .layer(layer_fn(|inner| Outermost {
            inner,
            over: over.clone(),
            lifetime: PhantomData,
        }))
        .run()
        .await
}

/// Around everything that is done for an invocation, the reading of its event included.
struct Outermost<'a, S> {
    inner: S,
    over: watch::Sender<String>,
    /// How long its futures live.
    lifetime: PhantomData<&'a ()>,
}

impl<'a, S> Service<LambdaInvocation> for Outermost<'a, S>
where
    S: Service<LambdaInvocation, Future: 'a>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + 'a>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let over = Invocation {
            id: invocation.context.request_id.clone(),
            over: self.over.clone(),
        };
        let answer = self.inner.call(invocation);
        Box::pin(async move {
            let answer = answer.await;
            drop(over);
            answer
        })
    }
}

/// Says that it is over, also if it ended in a panic.
struct Invocation {
    id: String,
    over: watch::Sender<String>,
}

impl Drop for Invocation {
    fn drop(&mut self) {
        self.over.send_replace(std::mem::take(&mut self.id));
    }
}

/// Registers the extension. It takes the ids of invocations that are over.
async fn stay_awake() -> Result<watch::Sender<String>, Error> {
    let (over, _) = watch::channel(String::new());
    let sender = over.clone();
    let extension = Extension::new()
        .with_extension_name(NAME)
        .with_events(&["INVOKE"])
        .with_events_processor(lambda_extension::service_fn(
            move |event: lambda_extension::LambdaEvent| {
                let mut over = over.subscribe();
                async move {
                    if let NextEvent::Invoke(invocation) = event.next {
                        // The sender is there for as long as the process is.
                        let _ = over.wait_for(|id| *id == invocation.request_id).await;
                        background::finished().await;
                        metrics::flush();
                    }
                    Ok::<_, Error>(())
                }
            },
        ))
        .register()
        .await?;
    tokio::spawn(async move {
        // Without it, Lambda would wait for the extension until the time of the function is up. Another
        // sandbox takes its place.
        let ended = extension.run().await;
        tracing::error!(event = "lambda.extension_ended", error = ended.err());
        std::process::exit(1);
    });
    Ok(sender)
}
