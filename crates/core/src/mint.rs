//! Where pairs of tokens are made.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join;
use rand_core::CryptoRng;

use crate::Timestamp;
use crate::access_token::{AccessToken, Claims, Profile};
use crate::family::Family;
use crate::key_source::{KeySource, Keys};
use crate::refresh_token::{EncodedRefreshToken, RefreshToken};
use crate::user::User;

/// How long things last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token.
    pub access: Duration,
    /// A refresh token that is not used.
    pub refresh: Duration,
    /// A family, however often it is refreshed.
    pub family: Duration,
    /// How long a refresh may be repeated without an idempotency key.
    pub grace: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access: Duration::from_mins(15),
            refresh: Duration::from_hours(7 * 24),
            family: Duration::from_hours(30 * 24),
            grace: Duration::from_secs(10),
        }
    }
}

/// What a client gets (RFC 6749, section 5.1).
#[derive(Clone, Debug)]
pub struct TokenPair {
    /// For every call.
    pub access_token: AccessToken,
    /// For how long.
    pub expires_in: Duration,
    /// For the next pair.
    pub refresh_token: EncodedRefreshToken,
    /// For how long, if it is not used.
    pub refresh_expires_in: Duration,
}

/// Issues tokens: the keys that sign, and what they sign.
#[derive(Debug)]
pub struct Mint<K> {
    /// What access tokens say of themselves.
    pub profile: Profile,
    /// How long tokens last.
    pub lifetimes: Lifetimes,
    /// Signs access tokens.
    pub access_keys: Keys<K>,
    /// Signs refresh tokens; never the same secret.
    pub refresh_keys: Keys<K>,
}

impl<K: KeySource> Mint<K> {
    /// Waits for the keys of both roles, if they have not been used for so long that somebody must.
    /// Whoever will want a [`pair`](Self::pair) does this beside the first thing that it waits for.
    pub(crate) async fn wake(&self, now: Timestamp) {
        join(self.access_keys.ring(now), self.refresh_keys.ring(now)).await;
    }

    /// An access token for the user, and `refresh` as it travels.
    pub async fn pair(
        &self,
        user: &User,
        family: &Family,
        refresh: &RefreshToken,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> TokenPair {
        let mut jti = [0; 16];
        rng.fill_bytes(&mut jti);
        let expires = now.plus(self.lifetimes.access).min(family.absolute_expiry);
        let claims = Claims {
            iss: self.profile.issuer.clone(),
            aud: self.profile.audience.clone(),
            sub: user.id.clone(),
            iat: now,
            exp: expires,
            nbf: None,
            jti: URL_SAFE_NO_PAD.encode(jti),
            sid: family.id.to_string(),
            email: user.email.clone(),
            scope: family.scope.intersection(&user.scope),
        };
        let access_ring = self.access_keys.ring(now).await;
        let refresh_ring = self.refresh_keys.ring(now).await;
        TokenPair {
            access_token: AccessToken::sign(&claims, access_ring.current()),
            expires_in: expires.since(now),
            refresh_token: refresh.encode(refresh_ring.current()),
            refresh_expires_in: family.idle_expiry.min(family.absolute_expiry).since(now),
        }
    }
}
