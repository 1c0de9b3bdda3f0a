//! From the environment to running parts.
//!
//! The one crate that reads environment variables, opens what a URI names, and touches the clock,
//! the random generator and the log. Every `main.rs` is a call to [`start`] and one of [`login`],
//! [`refresh`], [`logout`] or [`verifier`].

#[cfg(feature = "aws")]
mod aws;
pub mod clock;
pub mod environment;
pub mod logs;
pub mod settings;
pub mod store;
pub mod vault;

use std::error::Error;
use std::fmt;

use tollgate_core::Timestamp;
use tollgate_core::key_source::{KeySourceError, Keys};
use tollgate_core::login::Login;
use tollgate_core::logout::Logout;
use tollgate_core::mint::Mint;
use tollgate_core::password::{HashCost, Hasher, InvalidHashCost};
use tollgate_core::refresh::Refresh;
use tollgate_core::verifier::Verifier;

#[cfg(feature = "aws")]
pub use aws::account;
pub use environment::{Environment, SettingError};
pub use store::Store;
pub use vault::Vault;

/// Why a process must not start.
#[derive(thiserror::Error)]
pub enum StartError {
    /// A variable is missing or wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Keys could not be loaded.
    #[error("{variable} names keys that cannot be used")]
    Keys {
        /// Which variable.
        variable: &'static str,
        /// What the source met.
        #[source]
        source: KeySourceError,
    },
    /// The store could not be opened.
    #[error("TOLLGATE_STORE names a store that cannot be opened")]
    Store(#[source] Box<dyn Error + Send + Sync>),
    /// One secret in two roles.
    #[error(
        "{} and {} hold the same secret; a leak of one must not be a leak of the other",
        vault::ACCESS_KEY,
        vault::REFRESH_KEY
    )]
    SameSecret,
    /// Cannot happen with the costs of this release.
    #[error(transparent)]
    HashCost(#[from] InvalidHashCost),
}

/// A `main` that fails prints the error in this form: as a sentence with its causes, then, too.
impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// Sets up logging and reads the environment: the first call of a `main`.
#[must_use]
pub fn start() -> Environment {
    let environment = Environment::of_process();
    logs::init(logs::Format::Json, environment.get("RUST_LOG"));
    environment
}

/// What `POST /auth/login` runs on.
pub async fn login(environment: &Environment) -> Result<Login<Store, Vault>, StartError> {
    Ok(Login {
        store: Store::open(environment)?,
        mint: mint(environment).await?,
        hasher: Hasher::new(HashCost::default())?,
    })
}

/// What `POST /auth/refresh` runs on.
pub async fn refresh(environment: &Environment) -> Result<Refresh<Store, Vault>, StartError> {
    Ok(Refresh {
        store: Store::open(environment)?,
        mint: mint(environment).await?,
    })
}

/// What `POST /auth/logout` runs on.
pub async fn logout(environment: &Environment) -> Result<Logout<Store, Vault>, StartError> {
    let refresh_keys = keys(environment, vault::REFRESH_KEY, clock::now()).await?;
    Ok(Logout {
        store: Store::open(environment)?,
        refresh_keys,
    })
}

/// What the authorizer runs on.
pub async fn verifier(environment: &Environment) -> Result<Verifier<Vault>, StartError> {
    let keys = keys(environment, vault::ACCESS_KEY, clock::now()).await?;
    Ok(Verifier::new(settings::profile(environment)?, keys))
}

/// What signs: the keys of both roles, which must not share a secret, and what tokens say.
pub async fn mint(environment: &Environment) -> Result<Mint<Vault>, StartError> {
    let now = clock::now();
    let access_keys = keys(environment, vault::ACCESS_KEY, now).await?;
    let refresh_keys = keys(environment, vault::REFRESH_KEY, now).await?;
    let refresh_ring = refresh_keys.ring(now).await;
    if access_keys
        .ring(now)
        .await
        .iter()
        .any(|key| refresh_ring.get(key.id()).is_some())
    {
        return Err(StartError::SameSecret);
    }
    Ok(Mint {
        profile: settings::profile(environment)?,
        lifetimes: settings::lifetimes(environment)?,
        access_keys,
        refresh_keys,
    })
}

async fn keys(
    environment: &Environment,
    variable: &'static str,
    now: Timestamp,
) -> Result<Keys<Vault>, StartError> {
    let vault = Vault::open(environment, variable)?;
    Keys::load(vault, now, |task| drop(tokio::spawn(task)))
        .await
        .map_err(|source| StartError::Keys { variable, source })
}
