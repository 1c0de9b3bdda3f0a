//! Logging out: the end of a family.

use crate::Timestamp;
use crate::event::Event;
use crate::family::{Families, Revocation, RevocationReason};
use crate::key_source::{KeySource, Keys};
use crate::refresh::{self, RefreshError};
use crate::store::StoreError;

/// Why it is not certain that the family is over: 503, ask again.
#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    /// The vault is away.
    #[error("the key of the token could not be loaded")]
    KeysUnavailable,
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The use case.
#[derive(Debug)]
pub struct Logout<S, K> {
    /// Families.
    pub store: S,
    /// Reads the token.
    pub refresh_keys: Keys<K>,
}

impl<S: Families + Sync, K: KeySource> Logout<S, K> {
    /// Ends the family of `token`, whichever of its generations it is. A token that is not ours,
    /// or whose family is over already, is no error (RFC 7009, section 2.2): there is nothing left
    /// to do.
    pub async fn log_out(&self, token: &str, now: Timestamp) -> Result<(), LogoutError> {
        let token = match refresh::open(token, &self.refresh_keys, now).await {
            Ok(token) => token,
            Err(RefreshError::InvalidGrant(_)) => return Ok(()),
            Err(RefreshError::KeysUnavailable) => return Err(LogoutError::KeysUnavailable),
            Err(RefreshError::Store(error)) => return Err(error.into()),
        };
        let revocation = Revocation {
            at: now,
            reason: RevocationReason::Logout,
        };
        let (user, family) = (token.user(), token.family());
        let revoked = self.store.revoke(user, family, revocation).await;
        if revoked.inspect_err(|error| Event::StoreFailed { error }.emit())? {
            Event::LoggedOut { user, family }.emit();
        }
        Ok(())
    }
}
