//! What stands at every gate: an access token in, claims or a refusal out.

use crate::Timestamp;
use crate::access_token::{Claims, InvalidToken, Profile, Unverified};
use crate::event::Event;
use crate::key_source::{KeySource, Keys, MissingKey};

/// Verifies access tokens. A warm verification calls nobody.
#[derive(Debug)]
pub struct Verifier<K> {
    profile: Profile,
    keys: Keys<K>,
}

/// Why there are no claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverifiable {
    /// The token is not good: 401.
    #[error("the token is not valid: {0}")]
    Invalid(#[from] InvalidToken),
    /// The token may be good, and the vault that would tell is away: 503.
    #[error("the key of the token could not be loaded")]
    KeysUnavailable,
}

impl<K: KeySource> Verifier<K> {
    /// A verifier of tokens of this profile.
    #[must_use]
    pub fn new(profile: Profile, keys: Keys<K>) -> Self {
        Self { profile, keys }
    }

    /// The claims of `token`, if it is valid now. Every refusal leaves an event.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, Unverifiable> {
        let verified = self.check(token, now).await;
        if let Err(Unverifiable::Invalid(invalid)) = verified {
            Event::TokenRefused {
                reason: invalid.reason(),
            }
            .emit();
        }
        verified
    }

    async fn check(&self, token: &str, now: Timestamp) -> Result<Claims, Unverifiable> {
        let token = Unverified::parse(token)?;
        let ring =
            self.keys
                .ring_with(token.key_id(), now)
                .await
                .map_err(|missing| match missing {
                    // A flood of invented ids is refused like the first of them.
                    MissingKey::Unknown | MissingKey::Resting => {
                        Unverifiable::Invalid(InvalidToken::UnknownKey)
                    }
                    MissingKey::Unavailable => Unverifiable::KeysUnavailable,
                })?;
        let key = ring.get(token.key_id()).ok_or(InvalidToken::UnknownKey)?;
        Ok(token.verify(key, &self.profile, now)?)
    }
}
