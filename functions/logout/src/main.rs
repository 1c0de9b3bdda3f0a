//! The Lambda function `logout`.

use lambda_http::{Error, run, service_fn};
use tollgate_wiring::clock;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let logout = tollgate_wiring::logout(&tollgate_wiring::start()).await?;
    let logout = &logout;
    run(service_fn(|request| async move {
        Ok::<_, Error>(tollgate_logout::handle(logout, request, clock::now()).await)
    }))
    .await
}
