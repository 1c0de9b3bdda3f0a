//! Refresh tokens: a chain that can be replayed, but not forked.
//!
//! `tgr1_` + base64url of
//!
//! | bytes | what |
//! |---|---|
//! | 8 | the id of the key |
//! | 16 | the family: one log-in |
//! | 4 | the generation, big-endian, from 0 |
//! | 16 | the family's secret |
//! | 1 to 64 | the user's id |
//! | 16 | HMAC-SHA-256 of the prefix and all the bytes before, truncated |
//!
//! The successor of a token is derived from it, not drawn at random, so presenting a token twice
//! gives the same successor twice. A store that keeps only the hash of the secret cannot mint one,
//! and neither can a key without the secret. The fixed prefix is there for secret scanners.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand_core::CryptoRng;
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::key::{Key, KeyId};
use crate::user::UserId;

/// What every refresh token starts with.
pub const PREFIX: &str = "tgr1_";

const MAC_BYTES: usize = 16;
const FIXED_BYTES: usize = KeyId::BYTES + 16 + 4 + 16;
/// The length of the longest token in characters.
pub const MAX_LENGTH: usize =
    PREFIX.len() + (FIXED_BYTES + UserId::MAX_LENGTH + MAC_BYTES).div_ceil(3) * 4;

/// One log-in and every token that came of it; the `sid` of its access tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyId([u8; 16]);

impl FamilyId {
    fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// For a store that read it back.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// For a store that writes it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for FamilyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for FamilyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FamilyId({self})")
    }
}

/// Drawn at log-in and carried by every token of the family; the store sees only its hash.
#[derive(Clone, PartialEq, Eq)]
struct FamilySecret([u8; 16]);

impl Drop for FamilySecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// SHA-256 of a family's secret: what the store keeps, and all that it can be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// For a store that read it back.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For a store that writes it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A refresh token that this system made: decoded and authentic, or newly minted.
///
/// ```
/// # use tollgate_core::{key::{Key, KeyRing}, refresh_token::RefreshToken, user::UserId};
/// # fn check(ring: &KeyRing, rng: &mut impl rand_core::CryptoRng, user: UserId) -> Option<()> {
/// let token = RefreshToken::first(user, rng);
/// let sent = token.encode(ring.current());
/// let received = RefreshToken::decode(sent.expose(), ring).ok()?;
/// assert_eq!(received.successor()?.generation(), 1);
/// # Some(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    family: FamilyId,
    generation: u32,
    secret: FamilySecret,
    user: UserId,
}

/// Why a text is no refresh token of ours. The store was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRefreshToken {
    /// Not the prefix and strict base64url of the right length.
    #[error("it is not a refresh token")]
    Malformed,
    /// No key has this id.
    #[error("no key has the id {0}")]
    UnknownKey(KeyId),
    /// Somebody else made it, or it was changed.
    #[error("the signature does not match")]
    Forged,
}

impl RefreshToken {
    /// Generation 0 of a new family.
    pub fn first(user: UserId, rng: &mut impl CryptoRng) -> Self {
        let family = FamilyId::generate(rng);
        let mut secret = FamilySecret([0; 16]);
        rng.fill_bytes(&mut secret.0);
        Self {
            family,
            generation: 0,
            secret,
            user,
        }
    }

    /// The one token that may follow; `None` after four billion of them.
    #[must_use]
    pub fn successor(&self) -> Option<Self> {
        let generation = self.generation.checked_add(1)?;
        Some(Self {
            generation,
            ..self.clone()
        })
    }

    /// Which log-in it belongs to.
    #[must_use]
    pub fn family(&self) -> FamilyId {
        self.family
    }

    /// How many times the family has been refreshed when this token was made.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// What the store knows of the family's secret.
    #[must_use]
    pub fn secret_hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.secret.0).into())
    }

    /// The token as it travels, authenticated with `key`.
    #[must_use]
    pub fn encode(&self, key: &Key) -> EncodedRefreshToken {
        let mut bytes = Vec::with_capacity(MAX_LENGTH);
        bytes.extend(key.id().as_bytes());
        bytes.extend(self.family.0);
        bytes.extend(self.generation.to_be_bytes());
        bytes.extend(self.secret.0);
        bytes.extend(self.user.as_str().as_bytes());
        bytes.extend(mac(key, &bytes));
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&bytes));
        bytes.zeroize();
        EncodedRefreshToken(SecretString::from(token))
    }

    /// Which key a token says it was made with; `None` if it is no token. Nothing is verified.
    #[must_use]
    pub fn key_id(text: &str) -> Option<KeyId> {
        let bytes = decode_bytes(text).ok()?;
        let (key_id, _rest) = bytes.split_first_chunk::<{ KeyId::BYTES }>()?;
        Some(KeyId::from_bytes(*key_id))
    }

    /// Reads a token that a client sent, if one of the keys of `ring` made it.
    pub fn decode(text: &str, keys: &crate::key::KeyRing) -> Result<Self, InvalidRefreshToken> {
        let bytes = decode_bytes(text)?;
        let (body, claimed) = bytes.split_last_chunk::<MAC_BYTES>().ok_or(MALFORMED)?;
        let (key_id, rest) = body
            .split_first_chunk::<{ KeyId::BYTES }>()
            .ok_or(MALFORMED)?;
        let key_id = KeyId::from_bytes(*key_id);
        let key = keys
            .get(key_id)
            .ok_or(InvalidRefreshToken::UnknownKey(key_id))?;
        if !bool::from(mac(key, body).ct_eq(claimed)) {
            return Err(InvalidRefreshToken::Forged);
        }
        let (family, rest) = rest.split_first_chunk().ok_or(MALFORMED)?;
        let (generation, rest) = rest.split_first_chunk().ok_or(MALFORMED)?;
        let (secret, user) = rest.split_first_chunk().ok_or(MALFORMED)?;
        let user = std::str::from_utf8(user).map_err(|_| MALFORMED)?;
        Ok(Self {
            family: FamilyId(*family),
            generation: u32::from_be_bytes(*generation),
            secret: FamilySecret(*secret),
            user: user.parse().map_err(|_| MALFORMED)?,
        })
    }
}

const MALFORMED: InvalidRefreshToken = InvalidRefreshToken::Malformed;

fn decode_bytes(text: &str) -> Result<Vec<u8>, InvalidRefreshToken> {
    if text.len() > MAX_LENGTH {
        return Err(MALFORMED);
    }
    let encoded = text.strip_prefix(PREFIX).ok_or(MALFORMED)?;
    URL_SAFE_NO_PAD.decode(encoded).map_err(|_| MALFORMED)
}

fn mac(key: &Key, body: &[u8]) -> [u8; MAC_BYTES] {
    let full = key.mac(&[PREFIX.as_bytes(), body].concat());
    let mut truncated = [0; MAC_BYTES];
    truncated.copy_from_slice(&full[..MAC_BYTES]);
    truncated
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("family", &self.family)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// A refresh token as it travels. It cannot be printed by accident.
#[derive(Clone, Debug)]
pub struct EncodedRefreshToken(SecretString);

impl EncodedRefreshToken {
    /// The token, for the one response that hands it out.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}
