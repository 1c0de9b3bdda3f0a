//! Signing keys: one that signs, and older ones that still verify.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use rand_core::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::digest_list::DigestList;
use crate::hs256::{self, Hs256};

/// The secrets of 32 bytes and more in the public collection "jwt-secrets" by Wallarm.
const PUBLIC_SECRETS: DigestList = DigestList::new(include_bytes!("public_secrets.digests"));

/// Names a key in the `kid` of a token: the first 8 bytes of SHA-256 of the secret, written in
/// base64url (11 characters).
///
/// Because it is derived, issuers and verifiers need no agreement on names, and a `kid` is only
/// ever looked up among the keys at hand, never used to fetch one (RFC 8725, section 3.10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; Self::BYTES]);

impl KeyId {
    /// The length of an id before it is encoded.
    pub const BYTES: usize = 8;

    pub(crate) const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    fn of(secret: &[u8]) -> Self {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        let mut id = [0; Self::BYTES];
        id.copy_from_slice(&digest[..Self::BYTES]);
        Self(id)
    }

    /// Reads the form that [`Display`](fmt::Display) writes; `None` for anything else.
    #[must_use]
    pub fn parse(text: impl AsRef<[u8]>) -> Option<Self> {
        // Two bytes of room: a longer text is refused by its length, not truncated.
        let mut bytes = [0; Self::BYTES + 2];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let id: [u8; Self::BYTES] = bytes[..length].try_into().ok()?;
        Some(Self(id))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Why a secret cannot be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakKey {
    /// RFC 7518, section 3.2: a key at least as long as the hash.
    #[error(
        "the secret has {bytes} bytes, and a signing key needs at least {}; make one: openssl rand -base64 32",
        Key::MIN_BYTES
    )]
    TooShort {
        /// Its length.
        bytes: usize,
    },
    /// It stands in a public list of JWT secrets.
    #[error("the secret is publicly known; make a new one: openssl rand -base64 32")]
    PubliclyKnown,
    /// Nothing random looks like `aaaaaaaa…`.
    #[error(
        "the secret repeats a handful of characters; make a random one: openssl rand -base64 32"
    )]
    Repetitive,
}

/// A signing key. Its bytes are the UTF-8 bytes of the secret string exactly as it is stored, so
/// any JWT library that is given the same string verifies what this key signed.
pub struct Key {
    id: KeyId,
    hs256: Hs256,
    encoding: EncodingKey,
}

impl Key {
    /// RFC 7518, section 3.2, for HS256.
    pub const MIN_BYTES: usize = 32;

    /// Fewer different bytes than this cannot be a random secret of [`MIN_BYTES`](Self::MIN_BYTES):
    /// 32 random hexadecimal digits have fewer than 8 once in a hundred million times.
    const MIN_DISTINCT_BYTES: usize = 8;

    /// Takes a secret into service, or says why it must not sign anything.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it is wiped here: nobody needs the text once it is a key"
    )]
    pub fn new(secret: SecretString) -> Result<Self, WeakKey> {
        let bytes = secret.expose_secret().as_bytes();
        if bytes.len() < Self::MIN_BYTES {
            return Err(WeakKey::TooShort { bytes: bytes.len() });
        }
        if PUBLIC_SECRETS.contains(secret.expose_secret()) {
            return Err(WeakKey::PubliclyKnown);
        }
        let mut seen = [false; 256];
        for byte in bytes {
            seen[usize::from(*byte)] = true;
        }
        if seen.iter().filter(|seen| **seen).count() < Self::MIN_DISTINCT_BYTES {
            return Err(WeakKey::Repetitive);
        }
        hs256::install();
        Ok(Self {
            id: KeyId::of(bytes),
            hs256: Hs256::new(bytes),
            encoding: EncodingKey::from_secret(bytes),
        })
    }

    /// A new secret: 32 random bytes in base64url, 43 characters.
    pub fn generate_secret(rng: &mut impl CryptoRng) -> SecretString {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        SecretString::from(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What the `kid` of a token says.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    /// HMAC-SHA-256 of `message`.
    pub(crate) fn mac(&self, message: &[u8]) -> [u8; 32] {
        self.hs256.mac(message)
    }

    /// Whether `mac` is that of `message`, whole.
    pub(crate) fn is_mac(&self, mac: &[u8], message: &[u8]) -> bool {
        self.hs256.is_mac(mac, message)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The keys of one purpose: the current one signs, and every one verifies.
#[derive(Debug)]
pub struct KeyRing {
    current: Key,
    older: Vec<Key>,
}

impl KeyRing {
    /// A ring in which `current` signs. Order and repetition of `older` do not matter.
    #[must_use]
    pub fn new(current: Key, older: Vec<Key>) -> Self {
        Self { current, older }
    }

    /// The key that signs.
    #[must_use]
    pub fn current(&self) -> &Key {
        &self.current
    }

    /// The key with this id, if the ring has it.
    #[must_use]
    pub fn get(&self, id: KeyId) -> Option<&Key> {
        self.iter().find(|key| key.id == id)
    }

    /// The id of every key.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<KeyId> {
        self.iter().map(Key::id).collect()
    }

    /// Every key, the current one first.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.older)
    }
}
