//! The Lambda function `refresh`.

use lambda_http::Error;
use tollgate_invocation::{Cors, service};
use tollgate_wiring::{clock, settings};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let environment = tollgate_wiring::start("refresh")?;
    let cors = Cors {
        allowed_origin: settings::allowed_origin(&environment)?,
    };
    let origin = cors.allowed_origin.as_ref();
    let refresh = tollgate_wiring::refresh(&environment).await?;
    tollgate_wiring::run(service(&cors, |request| {
        tollgate_refresh::handle(&refresh, request, origin, clock::now(), clock::rng())
    }))
    .await
}
