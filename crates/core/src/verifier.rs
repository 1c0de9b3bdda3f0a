//! What stands at every gate: a token in, an identity or a refusal out.

use crate::Timestamp;
use crate::access_token::{Claims, InvalidToken, Profile, Unverified};
use crate::event::Event;
use crate::identity::Identity;
use crate::jws::{Jws, Type};
use crate::key_source::{KeySource, Keys, MissingKey};
use crate::trusted_issuer::TrustedIssuer;

/// Verifies access tokens. A warm verification calls nobody.
#[derive(Debug)]
pub struct Verifier<K> {
    profile: Profile,
    keys: Keys<K>,
    trusted: Vec<(TrustedIssuer, Keys<K>)>,
}

/// Why there is no identity.
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
    /// A verifier of our own tokens, which are of this profile.
    #[must_use]
    pub fn new(profile: Profile, keys: Keys<K>) -> Self {
        Self {
            profile,
            keys,
            trusted: Vec::new(),
        }
    }

    /// This verifier, which takes tokens of `issuer` too. None of its keys may be a key of ours, or
    /// of another issuer: whoever signs with it could speak for both.
    #[must_use]
    pub fn trusting(mut self, issuer: TrustedIssuer, keys: Keys<K>) -> Self {
        self.trusted.push((issuer, keys));
        self
    }

    /// Whose tokens it takes besides our own: their `iss`.
    pub fn trusted_issuers(&self) -> impl Iterator<Item = &str> {
        self.trusted
            .iter()
            .map(|(issuer, _)| issuer.profile.issuer.as_str())
    }

    /// Who `token` speaks for, if it is valid now. Every refusal leaves an event.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Identity, Unverifiable> {
        let verified = self.check(token, now).await;
        if let Err(Unverifiable::Invalid(invalid)) = verified {
            Event::TokenRefused {
                reason: invalid.reason(),
            }
            .emit();
        }
        verified
    }

    /// The type says whose token it is, and no two types have a key in common.
    async fn check(&self, token: &str, now: Timestamp) -> Result<Identity, Unverifiable> {
        let jws = Jws::parse(token)?;
        match &jws.header.typ {
            Some(Type::Other(typ)) => Ok(self.check_trusted(&jws, typ, now).await?),
            Some(Type::AccessToken) | None => Ok(self.check_own(jws, now).await?.into()),
        }
    }

    async fn check_own(&self, jws: Jws<'_>, now: Timestamp) -> Result<Claims, Unverifiable> {
        let token = Unverified::of(jws)?;
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

    /// The key that signed the token says whose it is: its content is not believed before.
    async fn check_trusted(
        &self,
        jws: &Jws<'_>,
        typ: &str,
        now: Timestamp,
    ) -> Result<Identity, InvalidToken> {
        let mut refusal = InvalidToken::Type;
        for (issuer, keys) in self.trusted.iter().filter(|(issuer, _)| issuer.typ == typ) {
            let ring = keys.ring(now).await;
            match issuer.verify(jws, &ring, now) {
                Err(InvalidToken::Signature) => refusal = InvalidToken::Signature,
                decided => return decided,
            }
        }
        Err(refusal)
    }
}
