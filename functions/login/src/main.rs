//! The Lambda function `login`.

use lambda_http::{Error, run, service_fn};
use tollgate_wiring::clock;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let login = tollgate_wiring::login(&tollgate_wiring::start()).await?;
    let login = &login;
    run(service_fn(|request| async move {
        Ok::<_, Error>(tollgate_login::handle(login, request, clock::now(), clock::rng()).await)
    }))
    .await
}
