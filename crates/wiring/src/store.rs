//! Where users, families and attempts are: a URI in the environment.
#![cfg_attr(
    not(any(feature = "aws", feature = "embedded")),
    expect(
        unused_variables,
        reason = "a build without a store has nobody to pass arguments on to"
    )
)]

use std::path::Path;

#[cfg(feature = "aws")]
use tollgate_aws::DynamoDbStore;
use tollgate_core::Timestamp;
use tollgate_core::attempts::{AttemptKey, AttemptLog, Attempts, Swapped};
use tollgate_core::email::Email;
use tollgate_core::family::{Families, Family, Opened, Revocation, Rotated, Rotation};
use tollgate_core::password::PasswordHash;
use tollgate_core::refresh_token::FamilyId;
use tollgate_core::store::StoreError;
use tollgate_core::user::{Added, ImportStopped, Place, User, UserDirectory, UserId, Users};
#[cfg(feature = "embedded")]
use tollgate_embedded::SqliteStore;

use crate::StartError;
use crate::environment::{Environment, SettingError};
#[cfg(not(all(feature = "aws", feature = "embedded")))]
use crate::vault::absent;
use crate::vault::kind;

/// Read by login, refresh, logout and the command line.
pub const STORE: &str = "TOLLGATE_STORE";

const EXPECTED: &str = "a URI, as dynamodb://tollgate or sqlite:///path/tollgate.db";

/// A store of whichever kind this build knows.
#[derive(Clone, Debug)]
pub enum Store {
    /// `sqlite://PATH`
    #[cfg(feature = "embedded")]
    Sqlite(SqliteStore),
    /// `dynamodb://TABLE`
    #[cfg(feature = "aws")]
    DynamoDb(DynamoDbStore),
}

/// Where a store is, before it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreUri<'a> {
    /// `sqlite://PATH`
    Sqlite(&'a Path),
    /// `dynamodb://TABLE`, in the characters that DynamoDB has for a table.
    DynamoDb(&'a str),
}

impl<'a> StoreUri<'a> {
    /// What `TOLLGATE_STORE` says, whether this build knows such a store or not.
    pub fn read(environment: &'a Environment) -> Result<Self, SettingError> {
        let uri = environment.require(STORE, EXPECTED)?;
        match uri.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(Path::new(path))),
            Some(("dynamodb", table)) if is_table_name(table) => Ok(Self::DynamoDb(table)),
            scheme => Err(SettingError::Invalid {
                name: STORE,
                found: kind(scheme, &["dynamodb", "sqlite"]),
                expected: EXPECTED.to_owned(),
            }),
        }
    }
}

fn is_table_name(table: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (3..=255).contains(&table.len()) && table.bytes().all(allowed)
}

impl Store {
    /// Opens the store that `TOLLGATE_STORE` names. One that can never work keeps a process from
    /// starting; a table that is away just now does not.
    #[cfg_attr(
        not(feature = "aws"),
        expect(clippy::unused_async, reason = "a table is asked over a network")
    )]
    pub async fn open(environment: &Environment) -> Result<Self, StartError> {
        match StoreUri::read(environment)? {
            #[cfg(feature = "embedded")]
            StoreUri::Sqlite(path) => {
                let store = SqliteStore::open(path);
                store
                    .map(Self::Sqlite)
                    .map_err(|error| StartError::Store(error.into()))
            }
            #[cfg(not(feature = "embedded"))]
            StoreUri::Sqlite(_) => Err(absent(STORE, "sqlite://", "embedded").into()),
            #[cfg(feature = "aws")]
            StoreUri::DynamoDb(table) => {
                let store = DynamoDbStore::new(&crate::aws::account(environment)?, table);
                let probed = crate::aws::opaque(store.probe()).await;
                probed.map_err(|error| StartError::Store(error.into()))?;
                Ok(Self::DynamoDb(store))
            }
            #[cfg(not(feature = "aws"))]
            StoreUri::DynamoDb(_) => Err(absent(STORE, "dynamodb://", "aws").into()),
        }
    }
}

/// Passes a call on to the store that there is.
macro_rules! pass_on {
    ($self:ident, $store:ident => $call:expr) => {
        match *$self {
            #[cfg(feature = "embedded")]
            Self::Sqlite(ref $store) => $call.await,
            #[cfg(feature = "aws")]
            Self::DynamoDb(ref $store) => crate::aws::opaque($call).await,
        }
    };
}

impl Users for Store {
    async fn id_of(&self, email: &Email) -> Result<Option<UserId>, StoreError> {
        pass_on!(self, store => store.id_of(email))
    }

    async fn find(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        pass_on!(self, store => store.find(id))
    }

    async fn rehash(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), StoreError> {
        pass_on!(self, store => store.rehash(id, old, new))
    }
}

impl UserDirectory for Store {
    async fn add(&self, user: &User) -> Result<Added, StoreError> {
        pass_on!(self, store => store.add(user))
    }

    async fn places(&self, users: &[User]) -> Result<Vec<Place>, StoreError> {
        pass_on!(self, store => store.places(users))
    }

    async fn import(
        &self,
        users: &[User],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<(), ImportStopped> {
        pass_on!(self, store => store.import(users, progress))
    }

    async fn list(&self) -> Result<Vec<User>, StoreError> {
        pass_on!(self, store => store.list())
    }

    async fn enable(&self, id: &UserId) -> Result<bool, StoreError> {
        pass_on!(self, store => store.enable(id))
    }

    async fn disable(&self, id: &UserId, now: Timestamp) -> Result<bool, StoreError> {
        pass_on!(self, store => store.disable(id, now))
    }

    async fn set_password(
        &self,
        id: &UserId,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        pass_on!(self, store => store.set_password(id, hash, now))
    }

    async fn delete(&self, id: &UserId) -> Result<bool, StoreError> {
        pass_on!(self, store => store.delete(id))
    }
}

impl Families for Store {
    async fn open(&self, family: &Family, verified: &PasswordHash) -> Result<Opened, StoreError> {
        pass_on!(self, store => Families::open(store, family, verified))
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<Rotated, StoreError> {
        pass_on!(self, store => store.rotate(rotation))
    }

    async fn revoke(
        &self,
        user: &UserId,
        family: FamilyId,
        revocation: Revocation,
    ) -> Result<bool, StoreError> {
        pass_on!(self, store => store.revoke(user, family, revocation))
    }
}

impl AttemptLog for Store {
    async fn load(&self, keys: [AttemptKey; 2]) -> Result<[Option<Attempts>; 2], StoreError> {
        pass_on!(self, store => store.load(keys))
    }

    async fn swap(
        &self,
        key: AttemptKey,
        expected: Option<Attempts>,
        new: Attempts,
    ) -> Result<Swapped, StoreError> {
        pass_on!(self, store => store.swap(key, expected, new))
    }

    async fn succeeded(
        &self,
        forgive: Option<AttemptKey>,
        known: Option<(AttemptKey, Attempts)>,
    ) -> Result<(), StoreError> {
        pass_on!(self, store => store.succeeded(forgive, known))
    }
}
