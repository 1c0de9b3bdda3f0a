//! The Lambda function `logout`.

use lambda_http::Error;
use tollgate_invocation::{Cors, service};
use tollgate_wiring::{clock, settings};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let environment = tollgate_wiring::start("logout")?;
    let cors = Cors {
        allowed_origin: settings::allowed_origin(&environment)?,
    };
    let origin = cors.allowed_origin.as_ref();
    let logout = tollgate_wiring::logout(&environment).await?;
    tollgate_wiring::run(service(&cors, |request| {
        tollgate_logout::handle(&logout, request, origin, clock::now())
    }))
    .await
}
