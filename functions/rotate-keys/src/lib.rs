//! The rotation function: Secrets Manager calls it for each step of a rotation, on its schedule.
//!
//! An error of the function is a failed rotation: Secrets Manager tries again later, and until one
//! succeeds, the key that signs goes on signing.

use lambda_runtime::Diagnostic;
use rand_core::CryptoRng;
use serde_json::Value;
use tollgate_aws::rotation::RotationError;
use tollgate_aws::{Account, Rotation, Secret};
use tollgate_core::event::chain;
use tollgate_core::rotation::{MalformedRequest, Request};

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RotateKeysError {
    /// Something else than Secrets Manager called.
    #[error(transparent)]
    Malformed(#[from] MalformedRequest),
    /// The step failed.
    #[error(transparent)]
    Rotation(#[from] RotationError),
}

/// What Lambda reports: the reason, and the error with its causes.
impl From<RotateKeysError> for Diagnostic {
    fn from(error: RotateKeysError) -> Self {
        let error_message = chain(&error);
        let error_type = match error {
            RotateKeysError::Malformed(_) => "malformed_event",
            RotateKeysError::Rotation(error) => error.reason(),
        };
        Self {
            error_type: error_type.to_owned(),
            error_message,
        }
    }
}

/// Takes the step that an event asks for. Whatever comes of it leaves an event in the log.
pub async fn handle(
    account: &Account,
    event: &Value,
    rng: &mut impl CryptoRng,
) -> Result<(), RotateKeysError> {
    let request = Request::read(event).inspect_err(|error| {
        tracing::error!(event = "keys.rotation_failed", reason = "malformed_event", %error);
    })?;
    let secret = Secret::new(account, request.secret_id);
    let rotation = Rotation::new(&secret, request.version);
    let rotation = rotation.on_behalf(request.rotation_token.as_ref());
    rotation.take(request.step, rng).await?;
    Ok(())
}
