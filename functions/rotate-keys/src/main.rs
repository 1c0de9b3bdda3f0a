//! The Lambda function `rotate-keys`.

// The SDK's futures are nested deeper than the compiler looks by default.
#![recursion_limit = "256"]

use lambda_runtime::Error;
use tollgate_wiring::clock;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let account = &tollgate_wiring::account(&tollgate_wiring::start("rotate-keys")?)?;
    tollgate_wiring::run(async |event| {
        tollgate_rotate_keys::handle(account, &event.payload, &mut clock::rng()).await
    })
    .await
}
