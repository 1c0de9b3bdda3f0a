//! The rotation function: Secrets Manager calls it for each step of a rotation, on its schedule.
//!
//! An error of the function is a failed rotation: Secrets Manager tries again later, and until one
//! succeeds, the key that signs goes on signing.

use lambda_runtime::Diagnostic;
use rand_core::CryptoRng;
use secrecy::SecretString;
use serde_json::Value;
use tollgate_aws::rotation::{RotationError, Step};
use tollgate_aws::{Account, Rotation, Secret};
use tollgate_core::event::chain;

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RotateKeysError {
    /// Something else than Secrets Manager called.
    #[error("the event is not one of a rotation: {field} should be {expected}")]
    Malformed {
        /// The field of the event.
        field: &'static str,
        /// What belongs there. What is there may be anything, and is not repeated.
        expected: &'static str,
    },
    /// The step failed.
    #[error(transparent)]
    Rotation(#[from] RotationError),
}

/// What Lambda reports: the reason, and the error with its causes.
impl From<RotateKeysError> for Diagnostic {
    fn from(error: RotateKeysError) -> Self {
        let error_message = chain(&error);
        let error_type = match error {
            RotateKeysError::Malformed { .. } => "malformed_event",
            RotateKeysError::Rotation(error) => error.reason(),
        };
        Self {
            error_type: error_type.to_owned(),
            error_message,
        }
    }
}

const STEP: &str = "createSecret, setSecret, testSecret or finishSecret";

/// What Secrets Manager sends.
struct Event<'a> {
    step: Step,
    secret_id: &'a str,
    version: &'a str,
    /// For rotations in the name of another account.
    rotation_token: Option<SecretString>,
}

impl<'a> Event<'a> {
    fn read(event: &'a Value) -> Result<Self, RotateKeysError> {
        let text = |field: &'static str, expected: &'static str| {
            let text = event[field].as_str().filter(|text| !text.is_empty());
            text.ok_or(RotateKeysError::Malformed { field, expected })
        };
        let step = Step::parse(text("Step", STEP)?).ok_or(RotateKeysError::Malformed {
            field: "Step",
            expected: STEP,
        })?;
        Ok(Self {
            step,
            secret_id: text("SecretId", "the ARN of a secret")?,
            version: text("ClientRequestToken", "the id of a version")?,
            rotation_token: event["RotationToken"].as_str().map(SecretString::from),
        })
    }
}

/// Takes the step that an event asks for. Whatever comes of it leaves an event in the log.
pub async fn handle(
    account: &Account,
    event: &Value,
    rng: &mut impl CryptoRng,
) -> Result<(), RotateKeysError> {
    let event = Event::read(event).inspect_err(|error| {
        tracing::error!(event = "keys.rotation_failed", reason = "malformed_event", %error);
    })?;
    let secret = Secret::new(account, event.secret_id);
    let rotation = Rotation::new(&secret, event.version);
    let rotation = rotation.on_behalf(event.rotation_token.as_ref());
    rotation.take(event.step, rng).await?;
    Ok(())
}
