//! The Lambda function `authorizer`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use tollgate_wiring::clock;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let environment = tollgate_wiring::start("authorizer")?;
    let verifier = tollgate_wiring::verifier(&environment).await?;
    let verifier = &verifier;
    run(service_fn(|event: LambdaEvent<Value>| async move {
        let answer = tollgate_authorizer::handle(verifier, &event.payload, clock::now()).await?;
        Ok::<_, Error>(answer)
    }))
    .await
}
