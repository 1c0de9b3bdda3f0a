//! What hostile tokens are made of: keys, users, and tokens that are good.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tollgate_core::access_token::{AccessToken, Claims};
use tollgate_core::family::{Families, Family};
use tollgate_core::key::{Key, KeyId};
use tollgate_core::password::PasswordHash;
use tollgate_core::refresh_token::RefreshToken;
use tollgate_core::user::{User, UserDirectory, UserId};
use tollgate_embedded::{KeyFile, SqliteStore};

use super::draw::Draw;
use super::fields::Fields;
use super::forge::{from_base64, parts};
use super::trusted;
use crate::credentials::PASSWORD;
use crate::functions::{START, hash, profile};

/// How many users there are; each has one session, and so one refresh token.
const USERS: usize = 512;
/// How many access tokens they have; so many that few hostile ones are the same.
const TOKENS: usize = 16_384;
/// No token has this index.
const KEYS_AND_USERS: u64 = u64::MAX;
const ACCESS_TTL: Duration = Duration::from_mins(15);
/// No session ends by itself, however many tokens are tried.
const AGES: Duration = Duration::from_hours(24 * 365 * 1_000);

/// A house with users, and the tokens that it gave them. All of it follows from the seed.
pub struct Honest {
    /// Good access tokens; half are signed with the older key.
    pub access: Vec<String>,
    /// A good refresh token of each user, of generation 0; half are signed with the older key.
    pub refresh: Vec<String>,
    /// All of `access`, to be looked up.
    tokens: HashSet<String>,
    /// The bodies with those of `refresh`.
    bodies: HashSet<Vec<u8>>,
    /// The keys of access tokens.
    pub(super) access_keys: Secrets,
    /// The keys of refresh tokens.
    pub(super) refresh_keys: Secrets,
    /// Of the issuer that the authorizer trusts besides its own.
    pub(super) trusted_key: String,
    data: TempDir,
}

/// The secrets of one role.
pub(super) struct Secrets {
    pub(super) current: String,
    pub(super) older: String,
    /// Signed once, and was dropped.
    pub(super) dropped: String,
}

impl Honest {
    /// Makes keys and a database in a temporary folder.
    pub async fn make(seed: u64) -> Self {
        let mut draw = Draw::new(seed, KEYS_AND_USERS, 0);
        let data = tempfile::tempdir().expect("a folder for temporary files");
        let mut keys = |name| Secrets::make(&data.path().join(name), &mut draw);
        let (access_keys, refresh_keys) = (keys("access.key"), keys("refresh.key"));
        let trusted_key = trusted::make_key(data.path(), &mut draw);
        let store = SqliteStore::open(&data.path().join("tollgate.db")).expect("a new database");
        let (mut sessions, mut refresh) = (Vec::new(), Vec::new());
        let password_hash = hash(PASSWORD);
        let keys = refresh_keys.keys();
        for number in 0..USERS {
            let user = user(number, &password_hash, &mut draw);
            let (family, token) = log_in(&store, &user, &mut draw).await;
            let token = token.encode(&keys[number % 2]);
            refresh.push(token.expose().to_owned());
            sessions.push((user, family));
        }
        let keys = access_keys.keys();
        let mut token = |number: usize| {
            let (user, family) = &sessions[number % USERS];
            access_token(user, family, &keys[number % 2], &mut draw)
        };
        let access: Vec<_> = (0..TOKENS).map(&mut token).collect();
        Self {
            tokens: access.iter().cloned().collect(),
            bodies: refresh.iter().map(|it| body(it).into_bytes()).collect(),
            access,
            refresh,
            access_keys,
            refresh_keys,
            trusted_key,
            data,
        }
    }

    /// Where keys and database are.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// A good access token, by chance.
    pub(super) fn token(&self, draw: &mut Draw) -> &str {
        &self.access[draw.below(TOKENS)]
    }

    /// A good refresh token, by chance.
    pub(super) fn refresh_token(&self, draw: &mut Draw) -> &str {
        &self.refresh[draw.below(USERS)]
    }

    /// Whether it is one of the good access tokens.
    pub(super) fn has_token(&self, token: &str) -> bool {
        self.tokens.contains(token)
    }

    /// Whether it is a body with one of the good refresh tokens.
    pub(super) fn has_body(&self, body: &[u8]) -> bool {
        self.bodies.contains(body)
    }

    /// The header and the claims of a good token, and the secret that signed it.
    pub(super) fn pieces(&self, draw: &mut Draw) -> (Fields, Fields, &[u8]) {
        let [header, claims, _] = parts(self.token(draw));
        let header = fields(header);
        let secret = if header.value("kid") == quoted_id(&self.access_keys.current) {
            &self.access_keys.current
        } else {
            &self.access_keys.older
        };
        (header, fields(claims), secret.as_bytes())
    }
}

impl Secrets {
    /// Keys that were rotated twice; then the first was dropped.
    fn make(path: &Path, draw: &mut Draw) -> Self {
        let file = KeyFile::new(PathBuf::from(path));
        file.create(draw).expect("a new key file");
        let dropped = newest(path);
        file.rotate(draw).expect("another key");
        let older = newest(path);
        file.rotate(draw).expect("another key");
        let current = newest(path);
        file.remove(id(&dropped)).expect("it is not needed");
        Self {
            current,
            older,
            dropped,
        }
    }

    /// Those that are not dropped.
    fn keys(&self) -> [Key; 2] {
        [key(&self.current), key(&self.older)]
    }
}

fn newest(path: &Path) -> String {
    let file = fs::read_to_string(path).expect("the keys");
    let secret = file.lines().find(|line| !line.starts_with('#'));
    secret.expect("a key").to_owned()
}

pub(super) fn key(secret: &str) -> Key {
    Key::new(secret.to_owned().into()).expect("a good key")
}

/// The id that the product derives from a secret.
pub(super) fn id(secret: &str) -> KeyId {
    key(secret).id()
}

/// The same as a JSON string.
pub(super) fn quoted_id(secret: &str) -> String {
    format!("\"{}\"", id(secret))
}

fn fields(part: &str) -> Fields {
    let json: Value = serde_json::from_slice(&from_base64(part)).expect("a good token is JSON");
    Fields::of(&json)
}

fn user(number: usize, password_hash: &PasswordHash, draw: &mut Draw) -> User {
    User {
        id: UserId::generate(draw),
        email: format!("user{number}@example.com")
            .parse()
            .expect("an address"),
        password_hash: password_hash.clone(),
        scope: "reports:read".parse().expect("a scope"),
        disabled: false,
        created_at: START,
    }
}

async fn log_in(store: &SqliteStore, user: &User, draw: &mut Draw) -> (Family, RefreshToken) {
    store.add(user).await.expect("a new user");
    let token = RefreshToken::first(user.id.clone(), draw);
    let family = Family {
        id: token.family(),
        user: user.id.clone(),
        scope: user.scope.clone(),
        generation: 0,
        secret_hash: token.secret_hash(),
        rotated_at: START,
        idempotency: None,
        idle_expiry: START.plus(AGES),
        absolute_expiry: START.plus(AGES),
        revoked: None,
    };
    let opened = store.open(&family, &user.password_hash).await;
    opened.expect("a new family");
    (family, token)
}

fn access_token(user: &User, family: &Family, key: &Key, draw: &mut Draw) -> String {
    let claims = Claims {
        iss: profile().issuer,
        aud: profile().audience,
        sub: user.id.clone(),
        iat: START,
        exp: START.plus(ACCESS_TTL),
        nbf: None,
        jti: super::forge::base64(draw.bytes(16)),
        sid: family.id.to_string(),
        email: user.email.clone(),
        scope: user.scope.clone(),
    };
    AccessToken::sign(&claims, key).expose().to_owned()
}

/// The body of a request to refresh or to log out.
pub(super) fn body(token: &str) -> String {
    json!({ "refresh_token": token }).to_string()
}
