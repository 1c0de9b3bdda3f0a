//! The Lambda function `protected-api`.

use std::time::SystemTime;

use lambda_http::{Error, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .init();
    run(service_fn(|request| async move {
        #[expect(clippy::disallowed_methods, reason = "here the clock is read, once")]
        let now = SystemTime::now();
        Ok::<_, Error>(tollgate_protected_api::handle(&request, now))
    }))
    .await
}
