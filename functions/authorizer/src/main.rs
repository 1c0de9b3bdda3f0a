//! The Lambda function `authorizer`.

use lambda_runtime::Error;
use tollgate_wiring::clock;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let environment = tollgate_wiring::start("authorizer")?;
    let verifier = tollgate_wiring::verifier(&environment).await?;
    tollgate_wiring::run(async |event| {
        let answer = tollgate_authorizer::handle(&verifier, &event.payload, clock::now()).await?;
        Ok::<_, Error>(answer)
    })
    .await
}
