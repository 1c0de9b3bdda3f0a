//! Refreshing: a refresh token for its successor and a new access token.

use futures_util::future::join;
use rand_core::CryptoRng;

use crate::Timestamp;
use crate::event::Event;
use crate::family::{
    Decision, Families, Family, IdempotencyHash, Revocation, RevocationReason, Rotated, Rotation,
};
use crate::key_source::{KeySource, Keys, MissingKey};
use crate::mint::{Mint, TokenPair};
use crate::refresh_token::{InvalidRefreshToken, RefreshToken};
use crate::store::StoreError;
use crate::user::Users;

/// Why a grant is not good any more: the `reason` beside `invalid_grant` that tells a client
/// whether somebody else had its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidGrant {
    /// Unused for too long, or logged in too long ago.
    Expired,
    /// Ended: logged out, user disabled, password changed, or ended as reused before.
    Revoked,
    /// Used twice, and ended just now.
    Reused,
    /// Forged, damaged, or of a family that nobody knows.
    Unknown,
}

impl InvalidGrant {
    /// The stable name, in answers and logs.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Reused => "reused",
            Self::Unknown => "unknown",
        }
    }
}

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// 401.
    #[error("the refresh token is {}", .0.reason())]
    InvalidGrant(InvalidGrant),
    /// 503.
    #[error("the key of the token could not be loaded")]
    KeysUnavailable,
    /// 503.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The use case.
#[derive(Debug)]
pub struct Refresh<S, K> {
    /// Users and families.
    pub store: S,
    /// Reads the token and makes the pair.
    pub mint: Mint<K>,
}

impl<S: Users + Families + Sync, K: KeySource> Refresh<S, K> {
    /// Exchanges `token` for its successor.
    ///
    /// The user is read before the write, so a store that fails in between has not used up the
    /// token. If the answer is lost after the write, asking again within the grace time, or with
    /// the same `idempotency_key` within a day, gives the same successor.
    pub async fn refresh(
        &self,
        token: &str,
        idempotency_key: Option<&str>,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<TokenPair, RefreshError> {
        let token = open(token, &self.mint.refresh_keys, now);
        let (token, ()) = join(token, self.mint.wake(now)).await;
        let token = token.inspect_err(|error| {
            if let RefreshError::InvalidGrant(grant) = error {
                Event::RefreshRefused {
                    reason: grant.reason(),
                    family: None,
                }
                .emit();
            }
        })?;
        self.exchange(&token, idempotency_key, now, rng)
            .await
            .inspect_err(|error| {
                if let RefreshError::Store(error) = error {
                    Event::StoreFailed { error }.emit();
                }
            })
    }

    async fn exchange(
        &self,
        token: &RefreshToken,
        idempotency_key: Option<&str>,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<TokenPair, RefreshError> {
        let user = self.store.find(token.user()).await?;
        let Some(user) = user.filter(|user| !user.disabled) else {
            return Err(refuse(token, InvalidGrant::Revoked));
        };
        let successor = token
            .successor()
            .ok_or_else(|| refuse(token, InvalidGrant::Expired))?;
        let family = self.rotate(token, idempotency_key, now).await?;
        Ok(self.mint.pair(&user, &family, &successor, now, rng).await)
    }

    /// The row that the successor belongs to.
    async fn rotate(
        &self,
        token: &RefreshToken,
        idempotency_key: Option<&str>,
        now: Timestamp,
    ) -> Result<Family, RefreshError> {
        let idempotency = idempotency_key.map(IdempotencyHash::of);
        let rotation = Rotation::of(token, idempotency, now, self.mint.lifetimes.refresh);
        let row = match self.store.rotate(&rotation).await? {
            Rotated::Done(family) => {
                let generation = family.generation;
                Event::Refreshed {
                    user: &family.user,
                    family: family.id,
                    generation,
                }
                .emit();
                return Ok(family);
            }
            Rotated::Refused(Some(row)) => row,
            Rotated::Refused(None) => return Err(refuse(token, InvalidGrant::Unknown)),
        };
        match rotation.decide(&row, self.mint.lifetimes.grace) {
            Decision::Replay => {
                let generation = row.generation;
                Event::Replayed {
                    user: &row.user,
                    family: row.id,
                    generation,
                }
                .emit();
                Ok(row)
            }
            Decision::Reused => Err(self.revoke(token, &row, now).await?),
            Decision::StoreWentBack => {
                Event::StoreWentBack {
                    user: token.user(),
                    family: token.family(),
                }
                .emit();
                Err(refuse(token, InvalidGrant::Unknown))
            }
            Decision::Revoked(_) => Err(refuse(token, InvalidGrant::Revoked)),
            Decision::Expired => Err(refuse(token, InvalidGrant::Expired)),
            Decision::Rotate => {
                let problem = "the store refused a rotation whose condition holds";
                Err(StoreError::unavailable(problem).into())
            }
        }
    }

    /// Ends the family of a token that two parties hold, and gives the refusal. Only the request that
    /// ends it says so.
    async fn revoke(
        &self,
        token: &RefreshToken,
        family: &Family,
        now: Timestamp,
    ) -> Result<RefreshError, StoreError> {
        let revocation = Revocation {
            at: now,
            reason: RevocationReason::Reused,
        };
        if self
            .store
            .revoke(&family.user, family.id, revocation)
            .await?
        {
            let (presented, live) = (token.generation(), family.generation);
            Event::ReuseDetected {
                user: &family.user,
                family: family.id,
                presented,
                live,
            }
            .emit();
        }
        Ok(refuse(token, InvalidGrant::Reused))
    }
}

fn refuse(token: &RefreshToken, grant: InvalidGrant) -> RefreshError {
    Event::RefreshRefused {
        reason: grant.reason(),
        family: Some(token.family()),
    }
    .emit();
    RefreshError::InvalidGrant(grant)
}

/// Reads a refresh token, with a key that was rotated a moment ago if that is what it takes.
pub(crate) async fn open<K: KeySource>(
    text: &str,
    keys: &Keys<K>,
    now: Timestamp,
) -> Result<RefreshToken, RefreshError> {
    let unknown = RefreshError::InvalidGrant(InvalidGrant::Unknown);
    let missing = match RefreshToken::decode(text, &*keys.ring(now).await) {
        Ok(token) => return Ok(token),
        Err(InvalidRefreshToken::UnknownKey(id)) => id,
        Err(InvalidRefreshToken::Malformed | InvalidRefreshToken::Forged) => return Err(unknown),
    };
    match keys.ring_with(missing, now).await {
        Ok(ring) => RefreshToken::decode(text, &ring).map_err(|_| unknown),
        Err(MissingKey::Unknown) => Err(unknown),
        // A session must not be given up, nor a log-out called done, because nobody looked.
        Err(MissingKey::Resting | MissingKey::Unavailable) => Err(RefreshError::KeysUnavailable),
    }
}
