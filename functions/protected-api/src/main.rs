//! The Lambda function `protected-api`.

use lambda_http::Error;
use tollgate_invocation::{Cors, service};
use tollgate_wiring::{clock, settings};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let environment = tollgate_wiring::start("protected-api")?;
    let cors = Cors {
        allowed_origin: settings::allowed_origin(&environment)?,
    };
    tollgate_wiring::run(service(&cors, async |request| {
        tollgate_protected_api::handle(&request, clock::now().into())
    }))
    .await
}
