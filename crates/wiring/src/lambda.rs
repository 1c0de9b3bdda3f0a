//! Serving invocations, in Lambda's sandbox.
//!
//! Lambda freezes a sandbox when its answer is taken and nobody in it is busy. An answer takes a
//! millisecond; keys that are read anew beside it would be frozen in the middle of the call, and when
//! the sandbox wakes up, the time of that call is over. So a process is also an extension of itself,
//! which Lambda waits for before it freezes anything. The client does not wait: it has its answer.

use std::fmt;

use lambda_extension::{Extension, NextEvent};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

use crate::background;

/// What Lambda calls the extension.
const NAME: &str = "background";

/// Answers invocations until Lambda ends the sandbox: what a `main` calls last.
pub async fn run<A, E>(
    handle: impl AsyncFn(LambdaEvent<Value>) -> Result<A, E>,
) -> Result<(), Error>
where
    A: Serialize,
    E: Into<Diagnostic> + fmt::Debug,
{
    let over = stay_awake().await?;
    let handle = &handle;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        let invocation = Invocation {
            id: event.context.request_id.clone(),
            over: over.clone(),
        };
        async move {
            let answer = handle(event).await;
            drop(invocation);
            answer
        }
    }))
    .await
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
                    }
                    Ok::<_, Error>(())
                }
            },
        ))
        .register()
        .await?;
    tokio::spawn(async move {
        if let Err(error) = extension.run().await {
            tracing::error!(event = "lambda.extension_failed", error);
        }
    });
    Ok(sender)
}
