//! The functions in this process, on a real store and real key files, at a time that the test
//! decides.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use serde_json::{Value, json};
use tempfile::TempDir;
use tollgate_core::Timestamp;
use tollgate_core::access_token::Profile;
use tollgate_core::password::{HashCost, Hasher, Password, PasswordHash};
use tollgate_core::user::{User, UserDirectory, UserId};
use tollgate_embedded::{KeyFile, SqliteStore};
use tollgate_sandbox::Functions;
use tollgate_wiring::Environment;

use crate::credentials::{EMAIL, PASSWORD};
use crate::logs;

const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "api.example.com";

/// When tests begin.
pub const START: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Every function, on one data directory with one user, who may read reports.
pub struct Fixture {
    /// To call them.
    pub functions: Functions,
    /// What they share.
    pub store: SqliteStore,
    /// Signs access tokens.
    pub access_keys: KeyFile,
    /// Signs refresh tokens.
    pub refresh_keys: KeyFile,
    clock: Arc<AtomicI64>,
    data: TempDir,
}

impl Fixture {
    /// New keys and a new database.
    pub async fn start() -> Self {
        logs::capture();
        let data = tempfile::tempdir().expect("a folder for temporary files");
        let path = |name: &str| data.path().join(name);
        let keys = |name| {
            let keys = KeyFile::new(path(name));
            keys.create(&mut rng()).expect("a new key file");
            keys
        };
        let (access_keys, refresh_keys) = (keys("access.key"), keys("refresh.key"));
        logs::forbid_keys_in(data.path());
        let store = SqliteStore::open(&path("tollgate.db")).expect("a new database");
        store
            .add(&user(EMAIL, "reports:read"))
            .await
            .expect("the first user");
        let clock = Arc::new(AtomicI64::new(START.as_unix()));
        let functions = wire(data.path(), &clock, "").await;
        Self {
            functions,
            store,
            access_keys,
            refresh_keys,
            clock,
            data,
        }
    }

    /// The functions of another machine that starts now, on the same data and at the same time.
    pub async fn start_beside(&self) -> Functions {
        wire(self.data.path(), &self.clock, "").await
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        let seconds = i64::try_from(time.as_secs()).expect("a time that a test waits");
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Where the database is, for a test that changes it by hand.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data.path().join("tollgate.db")
    }

    /// What time it is for the functions.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.clock.load(Ordering::Relaxed))
    }
}

pub(crate) async fn wire(data: &Path, clock: &Arc<AtomicI64>, trusted: &str) -> Functions {
    let uri = |scheme, name| format!("{scheme}://{}", data.join(name).display());
    let environment = Environment::from_iter([
        ("TOLLGATE_ISSUER", ISSUER.to_owned()),
        ("TOLLGATE_AUDIENCE", AUDIENCE.to_owned()),
        ("TOLLGATE_ACCESS_KEY", uri("file", "access.key")),
        ("TOLLGATE_REFRESH_KEY", uri("file", "refresh.key")),
        ("TOLLGATE_TRUSTED_ISSUERS", trusted.to_owned()),
        ("TOLLGATE_STORE", uri("sqlite", "tollgate.db")),
        (
            "TOLLGATE_ALLOWED_ORIGIN",
            "https://app.example.com".to_owned(),
        ),
    ]);
    let clock = Arc::clone(clock);
    let now = move || Timestamp::from_unix(clock.load(Ordering::Relaxed));
    Functions::start(&environment, now)
        .await
        .expect("it starts")
}

/// The random generator of the system.
#[must_use]
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Who issues, in the tests, and for whom.
#[must_use]
pub fn profile() -> Profile {
    Profile {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
    }
}

/// The hash of a password, at the cost of production.
#[must_use]
pub fn hash(password: &str) -> PasswordHash {
    let hasher = Hasher::new(HashCost::default()).expect("the default");
    let password = Password::new(password).expect("short enough");
    hasher.hash(&password, &mut rng())
}

/// A user with the password of the tests.
#[must_use]
pub fn user(email: &str, scope: &str) -> User {
    User {
        id: UserId::generate(&mut rng()),
        email: email.parse().expect("an address"),
        password_hash: hash(PASSWORD),
        scope: scope.parse().expect("a scope"),
        disabled: false,
        created_at: START,
    }
}

/// A log-in from an address, as API Gateway hands it to the function.
#[must_use]
pub fn login_event(email: &str, password: &str, source: &str) -> Value {
    json!({
        "resource": "/auth/login",
        "path": "/auth/login",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "requestContext": {"identity": {"sourceIp": source}, "httpMethod": "POST", "stage": "v1"},
        "body": json!({"email": email, "password": password}).to_string(),
        "isBase64Encoded": false,
    })
}
