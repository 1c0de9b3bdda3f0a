//! What is measured in process runs on memory: keys, a user and a family that are always there, so
//! that nothing but Tollgate's own work is counted.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use secrecy::SecretString;
use tollgate_core::Timestamp;
use tollgate_core::access_token::{AccessToken, Claims, Profile};
use tollgate_core::email::Email;
use tollgate_core::family::{Decision, Families, Family, Opened, Revocation, Rotated, Rotation};
use tollgate_core::key::{Key, KeyRing};
use tollgate_core::key_source::{KeySource, KeySourceError, Keys};
use tollgate_core::password::PasswordHash;
use tollgate_core::refresh_token::{FamilyId, RefreshToken};
use tollgate_core::store::StoreError;
use tollgate_core::user::{User, UserId, Users};

/// When everything happens.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Signs access tokens.
pub(crate) const ACCESS: Secret = Secret("w3Jx8Qm1Vb6Tn4Rz0Ky7Hd2Lf5Pg9Sc-aUeXiWoZqYr");
/// Signs refresh tokens.
pub(crate) const REFRESH: Secret = Secret("G5t_Nc8Wm2Bx7Kz4Qp1Vr9Jd6Hs3Lf0YaTeUiXoRwEq");

/// The same secret, whenever somebody asks.
#[derive(Clone, Copy)]
pub(crate) struct Secret(pub(crate) &'static str);

impl Secret {
    pub(crate) fn key(self) -> Key {
        Key::new(SecretString::from(self.0)).expect("a strong secret")
    }

    pub(crate) fn keys(self) -> Keys<Self> {
        now(Keys::load(self, NOW, |_renewal| {})).expect("a key in memory")
    }
}

impl KeySource for Secret {
    async fn load(&self) -> Result<KeyRing, KeySourceError> {
        Ok(KeyRing::new(self.key(), vec![]))
    }
}

/// Runs what never waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("what is in memory never waits"),
    }
}

pub(crate) fn profile() -> Profile {
    Profile {
        issuer: "https://auth.example.com".to_owned(),
        audience: "api.example.com".to_owned(),
    }
}

/// An access token of the user, issued at this time.
pub(crate) fn access_token_at(now: Timestamp) -> AccessToken {
    AccessToken::sign(&claims(now), &ACCESS.key())
}

/// An access token of the user in another session: no two numbers give the same.
#[cfg(feature = "run")]
pub(crate) fn access_token_of_session(now: Timestamp, number: u32) -> AccessToken {
    let session = Claims {
        sid: format!("session-{number:014}"),
        ..claims(now)
    };
    AccessToken::sign(&session, &ACCESS.key())
}

/// The profile, as the peers read it.
#[cfg(feature = "run")]
pub(crate) fn profile_variables() -> [(&'static str, String); 2] {
    let Profile { issuer, audience } = profile();
    [("BENCH_ISSUER", issuer), ("BENCH_AUDIENCE", audience)]
}

/// The profile, as functions on Lambda read it.
#[cfg(feature = "run")]
pub(crate) fn own_profile_variables() -> [(&'static str, String); 2] {
    let Profile { issuer, audience } = profile();
    [("TOLLGATE_ISSUER", issuer), ("TOLLGATE_AUDIENCE", audience)]
}

/// What the access token of the user says.
fn claims(iat: Timestamp) -> Claims {
    let Profile { issuer, audience } = profile();
    Claims {
        iss: issuer,
        aud: audience,
        sub: user_id(),
        iat,
        exp: iat.plus(Duration::from_mins(15)),
        nbf: None,
        jti: "5tq2cYV8TnmbnUPVm0uZ3w".to_owned(),
        sid: "xKf2Wn9aQ6ibPzJc4RrT1g".to_owned(),
        email: email(),
        scope: "reports:read".parse().expect("a scope"),
    }
}

fn user_id() -> UserId {
    "u_4fX9bC2dE6gH8jK1".parse().expect("an id")
}

fn email() -> Email {
    "ada@example.com".parse().expect("an address")
}

/// A store that has one user with one family, and never changes.
#[derive(Debug)]
pub(crate) struct Store {
    user: User,
    family: Family,
}

impl Store {
    /// A store that is about to get this token.
    pub(crate) fn of(token: &RefreshToken) -> Self {
        let hash = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
                    b2JwdGFpbmVkIGJ5IG5vYm9keSBhdCBhbGwgMTIzNDU";
        let scope = claims(NOW).scope;
        let later = NOW.plus(Duration::from_hours(24));
        Self {
            user: User {
                id: token.user().clone(),
                email: email(),
                password_hash: PasswordHash::parse(hash.to_owned()).expect("a hash"),
                scope: scope.clone(),
                disabled: false,
                created_at: NOW,
            },
            family: Family {
                id: token.family(),
                user: token.user().clone(),
                scope,
                generation: token.generation(),
                secret_hash: token.secret_hash(),
                rotated_at: NOW,
                idempotency: None,
                idle_expiry: later,
                absolute_expiry: later,
                revoked: None,
            },
        }
    }
}

impl Users for Store {
    async fn id_of(&self, _: &Email) -> Result<Option<UserId>, StoreError> {
        Ok(Some(self.user.id.clone()))
    }

    async fn find(&self, _: &UserId) -> Result<Option<User>, StoreError> {
        Ok(Some(self.user.clone()))
    }

    async fn rehash(
        &self,
        _: &UserId,
        _: &PasswordHash,
        _: &PasswordHash,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Families for Store {
    async fn open(&self, _: &Family, _: &PasswordHash) -> Result<Opened, StoreError> {
        Ok(Opened::Yes)
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<Rotated, StoreError> {
        let row = &self.family;
        Ok(match rotation.decide(row, Duration::ZERO) {
            Decision::Rotate => Rotated::Done(rotation.applied_to(row)),
            _ => Rotated::Refused(Some(row.clone())),
        })
    }

    async fn revoke(&self, _: &UserId, _: FamilyId, _: Revocation) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// A token of the user's.
pub(crate) fn refresh_token(rng: &mut impl rand_core::CryptoRng) -> RefreshToken {
    RefreshToken::first(user_id(), rng)
}
