//! What is attacked: the real log-in on a real store, with accounts that nobody owns.

use std::net::IpAddr;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use lambda_http::http::Request;
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt, Response};
use secrecy::SecretString;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tollgate_core::Timestamp;
use tollgate_core::access_token::Profile;
use tollgate_core::key::{Key, KeyRing};
use tollgate_core::key_source::{KeySource, KeySourceError, Keys};
use tollgate_core::login::Login;
use tollgate_core::mint::{Lifetimes, Mint};
use tollgate_core::password::{HashCost, Hasher, Password, PasswordHash};
use tollgate_core::user::{User, UserDirectory, UserId};
use tollgate_embedded::SqliteStore;

/// When every attack begins.
pub const START: Timestamp = Timestamp::from_unix(1_800_000_000);
/// The password of everybody who has one, and what a guess looks like: of the same length.
pub const PASSWORDS: [&str; 2] = [
    "right password battery staple",
    "wrong password battery staple",
];

/// A log-in function and its store.
pub struct House {
    /// What it runs on.
    pub login: Login<SqliteStore, Secret>,
    hash: PasswordHash,
    runtime: Runtime,
    _data: TempDir,
}

/// A key that is made when the program starts, and dies with it.
#[derive(Debug)]
pub struct Secret(SecretString);

impl KeySource for Secret {
    async fn load(&self) -> Result<KeyRing, KeySourceError> {
        Ok(KeyRing::new(key(&self.0), vec![]))
    }
}

/// The key of a secret.
#[must_use]
pub fn key(secret: &SecretString) -> Key {
    Key::new(secret.clone()).expect("generated secrets are strong")
}

/// The random generator of the system.
#[must_use]
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

impl House {
    /// An empty store, and hashes at this cost.
    #[must_use]
    pub fn new(cost: HashCost) -> Self {
        // In memory, where there is such a folder: how long a disk takes says nothing of a password.
        let data = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let data = data.expect("a folder for temporary files");
        let store = SqliteStore::open(&data.path().join("attack.db")).expect("a new database");
        let hasher = Hasher::new(cost).expect("a cost that Argon2 takes");
        let password = Password::new(PASSWORDS[0]).expect("short enough");
        let hash = hasher.hash(&password, &mut rng());
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let keys = || {
            let secret = Secret(Key::generate_secret(&mut rng()));
            let keys = runtime.block_on(Keys::load(secret, START, |_renewal| {}));
            keys.expect("a key that was just made")
        };
        let mint = Mint {
            profile: Profile {
                issuer: "https://auth.example.com".to_owned(),
                audience: "api.example.com".to_owned(),
            },
            lifetimes: Lifetimes::default(),
            access_keys: keys(),
            refresh_keys: keys(),
        };
        Self {
            login: Login {
                store,
                mint,
                hasher,
            },
            hash,
            runtime,
            _data: data,
        }
    }

    /// Adds an account with the right password of all.
    pub fn add(&self, email: &str, disabled: bool) {
        let user = User {
            id: UserId::generate(&mut rng()),
            email: email.parse().expect("an address"),
            password_hash: self.hash.clone(),
            scope: "reports:read".parse().expect("a scope"),
            disabled: false,
            created_at: START,
        };
        let store = &self.login.store;
        self.block_on(store.add(&user)).expect("a new account");
        if disabled {
            self.block_on(store.disable(&user.id, START))
                .expect("an account");
        }
    }

    /// Runs what is asynchronous.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The answer to one log-in, through the handler that Lambda runs.
    pub fn knock(&self, request: lambda_http::Request, now: Timestamp) -> Response<Body> {
        self.block_on(tollgate_login::handle(
            &self.login,
            request,
            None,
            now,
            rng(),
        ))
    }
}

/// A log-in as the handler gets it.
#[must_use]
pub fn request(email: &str, password: &str, source: IpAddr) -> lambda_http::Request {
    let body = json!({ "email": email, "password": password }).to_string();
    let request = Request::post("https://api.example.com/auth/login")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .expect("a request");
    let context =
        json!({ "identity": { "sourceIp": source }, "httpMethod": "POST", "stage": "v1" });
    let context = serde_json::from_value(context).expect("a context");
    request.with_request_context(RequestContext::ApiGatewayV1(context))
}
