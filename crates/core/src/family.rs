//! A refresh family: one log-in, the row that the store keeps of it, and what a refresh may do.

use std::future::Future;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::Timestamp;
use crate::password::PasswordHash;
use crate::refresh_token::{FamilyId, RefreshToken, SecretHash};
use crate::scope::Scope;
use crate::store::StoreError;
use crate::user::UserId;

/// With the same idempotency key, a token gives its successor again for this long, however often
/// the answer was lost.
pub const IDEMPOTENCY_WINDOW: Duration = Duration::from_hours(24);

/// SHA-256 of an `Idempotency-Key`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IdempotencyHash([u8; 32]);

impl IdempotencyHash {
    /// The hash of what the client sent.
    #[must_use]
    pub fn of(idempotency_key: &str) -> Self {
        Self(Sha256::digest(idempotency_key).into())
    }

    /// For a store that read it back.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For a store that writes it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Why a family is over before its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RevocationReason {
    /// The user logged out.
    Logout,
    /// A token was presented a second time: it was stolen.
    Reused,
    /// The user was disabled, or is no more.
    UserDisabled,
    /// The password was changed.
    PasswordChanged,
}

impl RevocationReason {
    /// Every reason, for a store that reads one back.
    pub const ALL: [Self; 4] = [
        Self::Logout,
        Self::Reused,
        Self::UserDisabled,
        Self::PasswordChanged,
    ];

    /// The stable name, in rows and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Reused => "reused",
            Self::UserDisabled => "user_disabled",
            Self::PasswordChanged => "password_changed",
        }
    }
}

/// When and why a family was revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Revocation {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// The row of a family. No token can be made of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Family {
    /// Its id, unique among all users.
    pub id: FamilyId,
    /// Whose it is.
    pub user: UserId,
    /// What the log-in granted; a refresh never grants more.
    pub scope: Scope,
    /// The generation of the one live token.
    pub generation: u32,
    /// Of the secret that its tokens carry.
    pub secret_hash: SecretHash,
    /// When `generation` was last raised.
    pub rotated_at: Timestamp,
    /// Of the key that the last refresh was sent with, if it had one.
    pub idempotency: Option<IdempotencyHash>,
    /// Not refreshed by then, it is over.
    pub idle_expiry: Timestamp,
    /// Over by then, however often it was refreshed.
    pub absolute_expiry: Timestamp,
    /// Set once, never cleared.
    pub revoked: Option<Revocation>,
}

/// A refresh that a client asks for: what the store compares and, if all of it holds, writes.
///
/// The conditional write is `generation = presented and secret_hash = presented and not revoked
/// and now < idle_expiry and now < absolute_expiry`, the shadow of [`Rotation::decide`].
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Whose family.
    pub user: UserId,
    /// Which family.
    pub family: FamilyId,
    /// The generation of the presented token.
    pub generation: u32,
    /// Of the presented token's secret.
    pub secret_hash: SecretHash,
    /// Of the request's idempotency key.
    pub idempotency: Option<IdempotencyHash>,
    /// What time it is.
    pub now: Timestamp,
    /// How long an unused token lives.
    pub idle_ttl: Duration,
}

/// What to do with a presented token, the row being what it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The live token: raise the generation and hand out the successor.
    Rotate,
    /// The live token's predecessor, again: hand out the identical successor, write nothing.
    Replay,
    /// It was revoked before.
    Revoked(RevocationReason),
    /// It was left unused, or used, for too long.
    Expired,
    /// The row is older than the token: the store was restored from a backup.
    StoreWentBack,
    /// Two parties hold tokens of this family. Revoke it.
    Reused,
}

impl Rotation {
    /// The refresh of `token`.
    #[must_use]
    pub fn of(
        token: &RefreshToken,
        idempotency: Option<IdempotencyHash>,
        now: Timestamp,
        idle_ttl: Duration,
    ) -> Self {
        Self {
            user: token.user().clone(),
            family: token.family(),
            generation: token.generation(),
            secret_hash: token.secret_hash(),
            idempotency,
            now,
            idle_ttl,
        }
    }

    /// The refresh decision (RFC 9700, section 4.14.2), whole and pure.
    #[must_use]
    pub fn decide(&self, row: &Family, grace: Duration) -> Decision {
        if let Some(revocation) = row.revoked {
            return Decision::Revoked(revocation.reason);
        }
        if self.now >= row.idle_expiry || self.now >= row.absolute_expiry {
            return Decision::Expired;
        }
        if row.secret_hash != self.secret_hash {
            return Decision::Reused;
        }
        match row.generation.checked_sub(self.generation) {
            None => Decision::StoreWentBack,
            Some(0) => Decision::Rotate,
            Some(1) if self.repeats_the_last_of(row, grace) => Decision::Replay,
            Some(_) => Decision::Reused,
        }
    }

    /// The row after [`Decision::Rotate`].
    #[must_use]
    pub fn applied_to(&self, row: &Family) -> Family {
        Family {
            generation: row.generation.saturating_add(1),
            rotated_at: self.now,
            idempotency: self.idempotency,
            idle_expiry: self.now.plus(self.idle_ttl),
            ..row.clone()
        }
    }

    fn repeats_the_last_of(&self, row: &Family, grace: Duration) -> bool {
        let age = self.now.since(row.rotated_at);
        let same_request = self.idempotency.is_some() && self.idempotency == row.idempotency;
        age <= grace || (same_request && age <= IDEMPOTENCY_WINDOW)
    }
}

/// What the store did with a [`Rotation`].
#[derive(Clone, Debug)]
pub enum Rotated {
    /// The condition held; this is the row as it is now.
    Done(Family),
    /// It did not, and nothing was written; this is the row that it failed on.
    Refused(Option<Family>),
}

/// Whether a family could be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is there, now or since an earlier try.
    Yes,
    /// The user is not as they were when the password was checked: gone, disabled, or with another
    /// password. Nothing was written.
    UserChanged,
}

/// The port to the families. Every write is one atomic step, safe to send twice.
pub trait Families {
    /// Adds the family of a new log-in, if its user is still enabled and still has the password
    /// hash `verified`. A check takes its time; what ends a user's sessions meanwhile must not miss
    /// the one that is about to begin.
    fn open(
        &self,
        family: &Family,
        verified: &PasswordHash,
    ) -> impl Future<Output = Result<Opened, StoreError>> + Send;

    /// The one write of a refresh: see [`Rotation`].
    fn rotate(
        &self,
        rotation: &Rotation,
    ) -> impl Future<Output = Result<Rotated, StoreError>> + Send;

    /// Ends a family. `true` if this call did it: it was there and alive.
    fn revoke(
        &self,
        user: &UserId,
        family: FamilyId,
        revocation: Revocation,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
