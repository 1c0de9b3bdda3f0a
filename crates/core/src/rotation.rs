//! What Secrets Manager asks of the function that makes new keys: its words, and nothing else.

use secrecy::SecretString;
use serde_json::Value;

/// What is asked for, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Makes the key.
    Create,
    /// Gives it to whoever must know it first. Nobody: functions read their keys from the secret.
    Set,
    /// Tries it.
    Test,
    /// Lets it sign.
    Finish,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 4] = [Self::Create, Self::Set, Self::Test, Self::Finish];

    /// What Secrets Manager calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "createSecret",
            Self::Set => "setSecret",
            Self::Test => "testSecret",
            Self::Finish => "finishSecret",
        }
    }

    /// The step of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }
}

const STEP: &str = "createSecret, setSecret, testSecret or finishSecret";

/// The event of one step.
#[derive(Debug)]
pub struct Request<'a> {
    /// What to do.
    pub step: Step,
    /// Which secret.
    pub secret_id: &'a str,
    /// The version that this rotation makes: `ClientRequestToken`.
    pub version: &'a str,
    /// For rotations in the name of another account.
    pub rotation_token: Option<SecretString>,
}

/// Something else than Secrets Manager called.
#[derive(Debug, thiserror::Error)]
#[error("the event is not one of a rotation: {field} should be {expected}")]
pub struct MalformedRequest {
    /// The field of the event.
    pub field: &'static str,
    /// What belongs there. What is there may be anything, and is not repeated.
    pub expected: &'static str,
}

impl<'a> Request<'a> {
    /// Reads an event. Fields that nobody here knows are let through: AWS may add some.
    ///
    /// ```
    /// use tollgate_core::rotation::{Request, Step};
    ///
    /// let event = serde_json::json!({
    ///     "Step": "testSecret",
    ///     "SecretId": "tollgate/access-key",
    ///     "ClientRequestToken": "6c3a4b1e-0b44-4c4e-9e0c-4a1f4c1e6a55",
    /// });
    /// let request = Request::read(&event).expect("all that is needed");
    /// assert_eq!(request.step, Step::Test);
    /// ```
    pub fn read(event: &'a Value) -> Result<Self, MalformedRequest> {
        let text = |field: &'static str, expected: &'static str| {
            let text = event[field].as_str().filter(|text| !text.is_empty());
            text.ok_or(MalformedRequest { field, expected })
        };
        let step = Step::parse(text("Step", STEP)?).ok_or(MalformedRequest {
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
