//! The Lambda function `rotate-keys`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use tollgate_wiring::clock;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let account = &tollgate_wiring::account(&tollgate_wiring::start("rotate-keys")?)?;
    run(service_fn(|event: LambdaEvent<Value>| async move {
        tollgate_rotate_keys::handle(account, &event.payload, &mut clock::rng()).await
    }))
    .await
}
