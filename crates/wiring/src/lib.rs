//! From the environment to running parts.
//!
//! The one crate that reads environment variables, opens what a URI names, and touches the clock,
//! the random generator and the log. Every `main.rs` is a call to [`start`], one of [`login`],
//! [`refresh`], [`logout`] or [`verifier`], and [`run`]. What a start asks of other machines, it asks
//! at once.

#[cfg(feature = "aws")]
mod aws;
mod background;
pub mod clock;
pub mod environment;
mod invocation;
mod lambda;
pub mod logs;
mod metrics;
pub mod settings;
pub mod store;
pub mod vault;

use std::error::Error;
use std::fmt;

use tokio::try_join;
use tollgate_core::Timestamp;
use tollgate_core::event::chain;
use tollgate_core::key_source::{KeySourceError, Keys};
use tollgate_core::login::Login;
use tollgate_core::logout::Logout;
use tollgate_core::mint::Mint;
use tollgate_core::password::{HashCost, Hasher, InvalidHashCost};
use tollgate_core::refresh::Refresh;
use tollgate_core::verifier::Verifier;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

#[cfg(feature = "aws")]
pub use aws::account;
pub use environment::{Environment, SettingError};
pub use lambda::run;
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
        "{} and {} hold the same secret, so a leak of one is a leak of the other; make another one: openssl rand -base64 32",
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
        f.write_str(&chain(self))
    }
}

/// Reads the environment, and sets up logs and metrics: the first call of the `main` of `function`,
/// whose name its metrics have.
pub fn start(function: &'static str) -> Result<Environment, SettingError> {
    let environment = Environment::of_process();
    let lines = logs::layer(logs::Format::Json, environment.get("RUST_LOG"));
    let metrics = metrics::layer(function, &environment)?;
    let _ = registry().with(lines).with(metrics).try_init();
    Ok(environment)
}

/// What `POST /auth/login` runs on.
pub async fn login(environment: &Environment) -> Result<Login<Store, Vault>, StartError> {
    let (store, mint) = try_join!(Store::open(environment), mint(environment))?;
    Ok(Login {
        store,
        mint,
        hasher: Hasher::new(HashCost::default())?,
    })
}

/// What `POST /auth/refresh` runs on.
pub async fn refresh(environment: &Environment) -> Result<Refresh<Store, Vault>, StartError> {
    let (store, mint) = try_join!(Store::open(environment), mint(environment))?;
    Ok(Refresh { store, mint })
}

/// What `POST /auth/logout` runs on.
pub async fn logout(environment: &Environment) -> Result<Logout<Store, Vault>, StartError> {
    let refresh_keys = keys(environment, vault::REFRESH_KEY, clock::now());
    let (store, refresh_keys) = try_join!(Store::open(environment), refresh_keys)?;
    Ok(Logout {
        store,
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
    let (access_keys, refresh_keys) = try_join!(
        keys(environment, vault::ACCESS_KEY, now),
        keys(environment, vault::REFRESH_KEY, now),
    )?;
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
    let max_age = settings::key_max_age(environment)?;
    let vault = Vault::open(environment, variable)?;
    let keys = Keys::load(vault, now, background::spawn).await;
    keys.map(|keys| keys.renewed_every(max_age))
        .map_err(|source| StartError::Keys { variable, source })
}
