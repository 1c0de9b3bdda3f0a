//! What happened, in names that do not change: one event for each outcome.
//!
//! Logs, metrics and alarms are built on the `event` and `reason` fields; docs/operations.md lists
//! them. No event carries a token, a password, a key, or a whole address.

use std::error::Error;
use std::time::Duration;

use crate::key::KeyId;
use crate::refresh_token::FamilyId;
use crate::user::UserId;

/// An outcome worth telling.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// Somebody logged in.
    LoggedIn {
        /// Who.
        user: &'a UserId,
        /// The new family.
        family: FamilyId,
    },
    /// A log-in was refused; the reason is one that the client is not told.
    LoginRefused {
        /// Stable.
        reason: &'static str,
        /// Whose account, if there is one. What was typed instead of an address may be a password,
        /// so nothing is made of it, not even a hash.
        user: Option<&'a UserId>,
    },
    /// A password was hashed again because the policy moved.
    Rehashed {
        /// Whose.
        user: &'a UserId,
    },
    /// A refresh token was exchanged for its successor.
    Refreshed {
        /// Whose.
        user: &'a UserId,
        /// Which family.
        family: FamilyId,
        /// The generation of the successor.
        generation: u32,
    },
    /// The same exchange was asked for again, and answered with the same successor.
    Replayed {
        /// Whose.
        user: &'a UserId,
        /// Which family.
        family: FamilyId,
        /// The generation of the successor.
        generation: u32,
    },
    /// A refresh was refused.
    RefreshRefused {
        /// Stable.
        reason: &'static str,
        /// Which family, once the token proved authentic.
        family: Option<FamilyId>,
    },
    /// A token was used twice: its family was revoked just now.
    ReuseDetected {
        /// Whose.
        user: &'a UserId,
        /// Which family.
        family: FamilyId,
        /// The generation that was presented.
        presented: u32,
        /// The generation that is live.
        live: u32,
    },
    /// A token is younger than its row: the store was restored from a backup.
    StoreWentBack {
        /// Whose.
        user: &'a UserId,
        /// Which family.
        family: FamilyId,
    },
    /// A family was ended by its owner.
    LoggedOut {
        /// Whose.
        user: &'a UserId,
        /// Which family.
        family: FamilyId,
    },
    /// An access token was not accepted.
    TokenRefused {
        /// Stable.
        reason: &'static str,
    },
    /// Another key signs from now on.
    KeysChanged {
        /// Which.
        current: KeyId,
    },
    /// A ring was used; told at `debug`, for metrics.
    KeysUsed {
        /// How long ago its source was read.
        age: Duration,
    },
    /// The keys could not be renewed; the last good ones serve on.
    KeysUnavailable {
        /// What the source met.
        error: &'a dyn Error,
        /// How long ago the last good ones were read.
        age: Duration,
    },
    /// The store failed a request.
    StoreFailed {
        /// What the adapter met.
        error: &'a dyn Error,
    },
}

impl Event<'_> {
    /// Tells it to whoever listens: see the crate `tracing`.
    pub fn emit(self) {
        match self {
            Self::LoggedIn { user, family } => {
                tracing::info!(event = "login.succeeded", %user, %family);
            }
            Self::LoginRefused { reason, user } => {
                let user = user.map(tracing::field::display);
                tracing::info!(event = "login.refused", reason, user);
            }
            Self::Rehashed { user } => tracing::info!(event = "login.rehashed", %user),
            Self::Refreshed {
                user,
                family,
                generation,
            } => {
                tracing::info!(event = "refresh.rotated", %user, %family, generation);
            }
            Self::Replayed {
                user,
                family,
                generation,
            } => {
                tracing::info!(event = "refresh.replayed", %user, %family, generation);
            }
            Self::RefreshRefused { reason, family } => {
                let family = family.map(tracing::field::display);
                tracing::info!(event = "refresh.refused", reason, family);
            }
            Self::ReuseDetected {
                user,
                family,
                presented,
                live,
            } => {
                tracing::warn!(event = "refresh.reuse_detected", %user, %family, presented, live);
            }
            Self::StoreWentBack { user, family } => {
                tracing::error!(event = "refresh.store_went_back", %user, %family);
            }
            Self::LoggedOut { user, family } => {
                tracing::info!(event = "logout.revoked", %user, %family);
            }
            Self::TokenRefused { reason } => tracing::info!(event = "token.refused", reason),
            Self::KeysChanged { current } => tracing::info!(event = "keys.changed", %current),
            Self::KeysUsed { age } => {
                tracing::debug!(event = "keys.used", age_seconds = age.as_secs());
            }
            Self::KeysUnavailable { error, age } => {
                let age_seconds = age.as_secs();
                tracing::error!(
                    event = "keys.unavailable",
                    error = chain(error),
                    age_seconds
                );
            }
            Self::StoreFailed { error } => {
                tracing::error!(event = "store.failed", error = chain(error));
            }
        }
    }
}

/// An error and its sources on one line, as logs and people read it.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
