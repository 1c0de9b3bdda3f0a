//! Log-ins and refreshes on a real store, in process; and what each of them cannot do without.

use argon2::{Argon2, PasswordVerifier};
use clap::ValueEnum;
use tokio::runtime::{Builder, Runtime};
use tollgate_core::family::{Families, Rotated, Rotation};
use tollgate_core::login::{Credentials, Login};
use tollgate_core::mint::{Lifetimes, TokenPair};
use tollgate_core::password::{HashCost, Hasher, Password, Verdict};
use tollgate_core::refresh::Refresh;
use tollgate_core::refresh_token::RefreshToken;
use tollgate_core::user::{User, UserDirectory, UserId};
use tollgate_wiring::{Environment, Store, Vault, clock};

use crate::run::server::PASSWORD;
use crate::worker;

/// What is called over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Exchange {
    /// A log-in with the right password
    Login,
    /// Argon2id of a password at the configured cost, and nothing else
    Hash,
    /// The same hash as the `argon2` crate checks it, with new memory for each
    Library,
    /// A refresh, whose successor the next one brings
    Refresh,
    /// The store's conditional write of a refresh, and nothing else
    Write,
}

impl Exchange {
    /// As the command line calls it.
    pub(crate) fn argument(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Login | Self::Refresh => "Tollgate",
            Self::Hash => "Argon2id alone",
            Self::Library => "Argon2id as its crate does it, with new memory each time",
            Self::Write => "The conditional write alone",
        }
    }

    /// Is asked for times, until nobody asks.
    pub(crate) fn serve(self) -> Result<(), String> {
        worker::serve(self.name(), &mut self.prepare()?);
        Ok(())
    }

    /// Opens the store that the environment names, with a user of its own.
    fn prepare(self) -> Result<Box<dyn FnMut()>, String> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        match self {
            Self::Login => log_in(runtime),
            Self::Hash => hash(),
            Self::Library => library(),
            Self::Refresh => refresh(runtime),
            Self::Write => write(runtime),
        }
    }
}

fn hash() -> Result<Box<dyn FnMut()>, String> {
    let hasher = hasher()?;
    let password = password()?;
    let stored = hasher.hash(&password, &mut clock::rng());
    Ok(Box::new(move || {
        assert!(matches!(
            hasher.check(Some(&stored), &password),
            Verdict::Right
        ));
    }))
}

fn library() -> Result<Box<dyn FnMut()>, String> {
    let stored = hasher()?.hash(&password()?, &mut clock::rng());
    let argon2 = Argon2::default();
    Ok(Box::new(move || {
        let verified = argon2.verify_password(PASSWORD.as_bytes(), stored.expose());
        verified.expect("the right password");
    }))
}

fn log_in(runtime: Runtime) -> Result<Box<dyn FnMut()>, String> {
    let login = opened(&runtime)?;
    let credentials = credentials(&runtime, &login)?;
    Ok(Box::new(move || {
        let pair = log_in_once(&runtime, &login, &credentials);
        pair.expect("the right password");
    }))
}

fn refresh(runtime: Runtime) -> Result<Box<dyn FnMut()>, String> {
    let login = opened(&runtime)?;
    let credentials = credentials(&runtime, &login)?;
    let mut pair = log_in_once(&runtime, &login, &credentials)?;
    let refresh = Refresh {
        store: login.store,
        mint: login.mint,
    };
    Ok(Box::new(move || {
        let token = pair.refresh_token.expose();
        let mut rng = clock::rng();
        let next = refresh.refresh(token, None, clock::now(), &mut rng);
        pair = runtime.block_on(next).expect("the live token");
    }))
}

fn write(runtime: Runtime) -> Result<Box<dyn FnMut()>, String> {
    let login = opened(&runtime)?;
    let credentials = credentials(&runtime, &login)?;
    let pair = log_in_once(&runtime, &login, &credentials)?;
    let ring = runtime.block_on(login.mint.refresh_keys.ring(clock::now()));
    let token = RefreshToken::decode(pair.refresh_token.expose(), &ring);
    let token = token.map_err(|error| error.to_string())?;
    let idle = Lifetimes::default().refresh;
    let mut rotation = Rotation::of(&token, None, clock::now(), idle);
    Ok(Box::new(move || {
        rotation.now = clock::now();
        match runtime.block_on(login.store.rotate(&rotation)) {
            Ok(Rotated::Done(family)) => rotation.generation = family.generation,
            other => unreachable!("the condition holds: {other:?}"),
        }
    }))
}

fn opened(runtime: &Runtime) -> Result<Login<Store, Vault>, String> {
    let environment = Environment::of_process();
    let login = runtime.block_on(tollgate_wiring::login(&environment));
    login.map_err(|error| format!("{error:?}"))
}

fn log_in_once(
    runtime: &Runtime,
    login: &Login<Store, Vault>,
    credentials: &Credentials,
) -> Result<TokenPair, String> {
    let mut rng = clock::rng();
    let pair = runtime.block_on(login.log_in(credentials, clock::now(), &mut rng));
    pair.map_err(|error| error.to_string())
}

/// Of somebody who is new in the store.
fn credentials(runtime: &Runtime, login: &Login<Store, Vault>) -> Result<Credentials, String> {
    let id = UserId::generate(&mut clock::rng());
    let email = format!("{}@example.com", id.as_str().trim_matches(['-', '_']));
    let password = password()?;
    let user = User {
        id,
        email: email.parse().map_err(|error| format!("{email}: {error}"))?,
        password_hash: login.hasher.hash(&password, &mut clock::rng()),
        scope: "reports:read".parse().map_err(|error| format!("{error}"))?,
        disabled: false,
        created_at: clock::now(),
    };
    let added = runtime.block_on(login.store.add(&user));
    added.map_err(|error| error.to_string())?;
    Ok(Credentials {
        email,
        password,
        source: None,
    })
}

fn password() -> Result<Password, String> {
    Password::new(PASSWORD).map_err(|error| error.to_string())
}

fn hasher() -> Result<Hasher, String> {
    Hasher::new(HashCost::default()).map_err(|error| error.to_string())
}
