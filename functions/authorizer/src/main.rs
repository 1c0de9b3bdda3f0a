//! The Lambda function `authorizer`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use tollgate_wiring::clock;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let verifier = tollgate_wiring::verifier(&tollgate_wiring::start()).await?;
    let verifier = &verifier;
    run(service_fn(|event: LambdaEvent<Value>| async move {
        let answer = tollgate_authorizer::handle(verifier, &event.payload, clock::now()).await?;
        Ok::<_, Error>(answer)
    }))
    .await
}
