//! The Lambda authorizer: the gate in front of every protected function.
//!
//! It answers the TOKEN and REQUEST events of REST APIs (with a policy) and the 2.0 events of HTTP
//! APIs (with `isAuthorized`). Whatever it does not understand, it denies.

mod answer;
mod event;
mod lenient;

use tollgate_core::Timestamp;
use tollgate_core::access_token::InvalidToken;
use tollgate_core::event::Event as Outcome;
use tollgate_core::identity::Identity;
use tollgate_core::key_source::KeySource;
use tollgate_core::verifier::{Unverifiable, Verifier};

pub use answer::Answer;
use event::BadCredentials;
pub use event::Event;

/// The keys could not be loaded, so nobody can say whether the token is good. As a function error
/// it becomes the gateway response `AUTHORIZER_FAILURE`: 503, and nothing is cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signing keys are not available")]
pub struct KeysUnavailable;

/// Why an event is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Denial {
    Credentials(BadCredentials),
    Token(InvalidToken),
    /// A good token, and no ARN that a policy could allow.
    NoMethod,
}

impl Denial {
    /// The stable name, for the log and for `$context.authorizer.reason`.
    fn reason(self) -> &'static str {
        match self {
            Self::Credentials(bad) => bad.reason(),
            Self::Token(invalid) => invalid.reason(),
            Self::NoMethod => "no_method",
        }
    }

    /// What the client is told: whether to log in, to refresh, or neither.
    fn description(self) -> &'static str {
        match self {
            Self::Credentials(_) => "A Bearer access token is required.",
            Self::Token(InvalidToken::Expired) => "The access token has expired.",
            Self::Token(_) | Self::NoMethod => "The access token is not valid.",
        }
    }
}

/// Decides on one event.
pub async fn handle<K: KeySource>(
    verifier: &Verifier<K>,
    event: &Event,
    now: Timestamp,
) -> Result<Answer, KeysUnavailable> {
    let allowed = match decide(verifier, event, now).await? {
        Ok(identity) => Answer::allow(event, identity).ok_or(Denial::NoMethod),
        Err(denial) => Err(denial),
    };
    Ok(allowed.unwrap_or_else(|denial| {
        // The verifier has told of the tokens that it refused.
        if !matches!(denial, Denial::Token(_)) {
            Outcome::TokenRefused {
                reason: denial.reason(),
            }
            .emit();
        }
        Answer::deny(event, denial.reason(), denial.description())
    }))
}

async fn decide<K: KeySource>(
    verifier: &Verifier<K>,
    event: &Event,
    now: Timestamp,
) -> Result<Result<Identity, Denial>, KeysUnavailable> {
    let token = match event.bearer_token() {
        Ok(token) => token,
        Err(bad) => return Ok(Err(Denial::Credentials(bad))),
    };
    match verifier.verify(token, now).await {
        Ok(identity) => Ok(Ok(identity)),
        Err(Unverifiable::Invalid(invalid)) => Ok(Err(Denial::Token(invalid))),
        Err(Unverifiable::KeysUnavailable) => Err(KeysUnavailable),
    }
}
