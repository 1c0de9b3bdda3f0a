//! The Lambda function `refresh`.

use lambda_http::{Error, run, service_fn};
use tollgate_wiring::clock;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let refresh = tollgate_wiring::refresh(&tollgate_wiring::start()).await?;
    let refresh = &refresh;
    run(service_fn(|request| async move {
        Ok::<_, Error>(tollgate_refresh::handle(refresh, request, clock::now(), clock::rng()).await)
    }))
    .await
}
