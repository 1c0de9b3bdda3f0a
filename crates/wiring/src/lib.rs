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
pub mod trusted_issuers;
pub mod vault;

use std::error::Error;
use std::fmt;

use futures_util::future::try_join_all;
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
pub use store::{Store, StoreUri};
pub use trusted_issuers::TRUSTED_ISSUERS;
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
    /// A key of a trusted issuer that is also somebody else's.
    #[error(
        "{TRUSTED_ISSUERS} gives {issuer} a key that is also in {}, or another issuer's, so each could sign for the other; have a secret made for it alone: openssl rand -base64 32",
        vault::ACCESS_KEY
    )]
    SharedSecret {
        /// Whose key it is.
        issuer: String,
    },
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
    let now = clock::now();
    let trusted = trusted_issuers::open(environment)?;
    if trusted.is_empty() {
        return verifier_of_own(environment, now).await;
    }
    let trusted = trusted.into_iter().map(async |(issuer, vault)| {
        let keys = load(environment, TRUSTED_ISSUERS, vault, now).await?;
        Ok((issuer, keys))
    });
    let own = keys(environment, vault::ACCESS_KEY, now);
    let (own, trusted) = try_join!(own, try_join_all(trusted))?;
    let mut used = own.ring(now).await.ids();
    let mut verifier = Verifier::new(settings::profile(environment)?, own);
    for (issuer, keys) in trusted {
        let ids = keys.ring(now).await.ids();
        if !used.is_disjoint(&ids) {
            let issuer = issuer.profile.issuer;
            return Err(StartError::SharedSecret { issuer });
        }
        used.extend(ids);
        verifier = verifier.trusting(issuer, keys);
    }
    Ok(verifier)
}

/// With nobody's keys to compare ours with, the one that signs is enough to begin.
async fn verifier_of_own(
    environment: &Environment,
    now: Timestamp,
) -> Result<Verifier<Vault>, StartError> {
    let variable = vault::ACCESS_KEY;
    let vault = Vault::open(environment, variable)?;
    let max_age = settings::key_max_age(environment)?;
    let keys = Keys::load_current(vault, now, background::spawn).await;
    let keys = keys.map_err(|source| StartError::Keys { variable, source })?;
    let profile = settings::profile(environment)?;
    Ok(Verifier::new(profile, keys.renewed_every(max_age)))
}

/// What signs: the keys of both roles, which must not share a secret, and what tokens say.
pub async fn mint(environment: &Environment) -> Result<Mint<Vault>, StartError> {
    let now = clock::now();
    let (access_keys, refresh_keys) = try_join!(
        keys(environment, vault::ACCESS_KEY, now),
        keys(environment, vault::REFRESH_KEY, now),
    )?;
    let (access_ids, refresh_ids) = (
        access_keys.ring(now).await.ids(),
        refresh_keys.ring(now).await.ids(),
    );
    if !access_ids.is_disjoint(&refresh_ids) {
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
    load(environment, variable, vault, now).await
}

async fn load(
    environment: &Environment,
    variable: &'static str,
    vault: Vault,
    now: Timestamp,
) -> Result<Keys<Vault>, StartError> {
    let max_age = settings::key_max_age(environment)?;
    let keys = Keys::load(vault, now, background::spawn).await;
    keys.map(|keys| keys.renewed_every(max_age))
        .map_err(|source| StartError::Keys { variable, source })
}
