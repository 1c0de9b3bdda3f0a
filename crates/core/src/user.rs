//! Users, and the port to where they are kept.

use std::fmt;
use std::future::Future;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::attempts::AttemptKey;
use crate::email::Email;
use crate::password::PasswordHash;
use crate::scope::Scope;
use crate::store::StoreError;

/// The `sub` of every token: 1 to 64 characters of `[A-Za-z0-9_-]`, never reused, never changed.
///
/// Generated ones have 22 characters. The range is wide enough for the ids that other systems
/// gave their users.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

/// A text that is no [`UserId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a user id has 1 to {} characters of A-Z a-z 0-9 _ -",
    UserId::MAX_LENGTH
)]
pub struct InvalidUserId;

impl UserId {
    /// The most characters an id may have.
    pub const MAX_LENGTH: usize = 64;

    /// A new id: 16 random bytes.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// An id that nobody has, to look up when there is nobody: it costs what finding somebody costs.
    #[must_use]
    pub fn of_nobody(account: &AttemptKey) -> Self {
        Self(URL_SAFE_NO_PAD.encode(account.as_bytes()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(text: &str) -> Result<Self, InvalidUserId> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0
    }
}

impl TryFrom<String> for UserId {
    type Error = InvalidUserId;

    fn try_from(text: String) -> Result<Self, InvalidUserId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len());
        if fits && text.bytes().all(allowed) {
            Ok(Self(text))
        } else {
            Err(InvalidUserId)
        }
    }
}

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The `sub` of their tokens.
    pub id: UserId,
    /// What they log in with.
    pub email: Email,
    /// What their password is checked against.
    pub password_hash: PasswordHash,
    /// What a log-in grants.
    pub scope: Scope,
    /// A disabled user can neither log in nor refresh.
    pub disabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// The port that logging in and refreshing need.
pub trait Users {
    /// Whose address this is, if it is anybody's.
    fn id_of(
        &self,
        email: &Email,
    ) -> impl Future<Output = Result<Option<UserId>, StoreError>> + Send;

    /// The user with this id, if there is one.
    fn find(&self, id: &UserId) -> impl Future<Output = Result<Option<User>, StoreError>> + Send;

    /// The user with this address, if there is one: two steps, for whoever has the time.
    fn find_by_email(
        &self,
        email: &Email,
    ) -> impl Future<Output = Result<Option<User>, StoreError>> + Send
    where
        Self: Sync,
    {
        async move {
            match self.id_of(email).await? {
                Some(id) => self.find(&id).await,
                None => Ok(None),
            }
        }
    }

    /// Replaces `old` by `new` when the policy has moved. Does nothing if `old` is gone: the
    /// password was changed meanwhile, and must stay changed.
    fn rehash(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Whether an account could be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is there now.
    Yes,
    /// The address or the id is taken; nothing was changed.
    Taken,
}

/// What is where a user would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Neither the id nor the address is anybody's.
    Free,
    /// This user: of the same id and the same address. Everything else may differ.
    Theirs(User),
    /// The id or the address is somebody else's.
    Taken,
}

/// An import that ended before its end.
#[derive(Debug)]
pub struct ImportStopped {
    /// How many of the users, from the first on, are in the store all the same: none, where it can
    /// take them back. The same import again goes on from there.
    pub kept: usize,
    /// Why it stopped.
    pub cause: StopCause,
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum StopCause {
    /// Somebody else got the id or the address of the next user.
    #[error("the id or the address of the next user was taken meanwhile")]
    Taken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<StoreError> for ImportStopped {
    /// In a store that keeps nothing of it.
    fn from(error: StoreError) -> Self {
        Self {
            kept: 0,
            cause: error.into(),
        }
    }
}

/// The port that administration needs. Whatever ends a user's right to be logged in also
/// revokes every family of theirs, in the same call.
pub trait UserDirectory: Users {
    /// Adds an account.
    fn add(&self, user: &User) -> impl Future<Output = Result<Added, StoreError>> + Send;

    /// What is where each of these users would go, in their order; no two of them share an id or an
    /// address. Changes nothing.
    fn places(&self, users: &[User])
    -> impl Future<Output = Result<Vec<Place>, StoreError>> + Send;

    /// Adds many accounts, each of them whole. Whoever is there already stays as they are, so that
    /// the same import can be sent again. No two of the users share an id or an address.
    ///
    /// `progress` is told now and then how many it has dealt with.
    fn import(
        &self,
        users: &[User],
        progress: &(dyn Fn(usize) + Sync),
    ) -> impl Future<Output = Result<(), ImportStopped>> + Send;

    /// Every account, by address.
    fn list(&self) -> impl Future<Output = Result<Vec<User>, StoreError>> + Send;

    /// Lets the user in again. `false`: no such user.
    fn enable(&self, id: &UserId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Shuts the user out and revokes their families. `false`: no such user.
    fn disable(
        &self,
        id: &UserId,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Sets a new password and revokes the user's families. `false`: no such user.
    fn set_password(
        &self,
        id: &UserId,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Removes the account and its families. `false`: no such user.
    fn delete(&self, id: &UserId) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
