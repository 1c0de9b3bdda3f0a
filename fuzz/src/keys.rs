//! The signing keys of every target. They are in a public repository, so they sign nothing else.

use secrecy::SecretString;
use tollgate_core::key::{Key, KeyRing};
use tollgate_core::key_source::{KeySource, KeySourceError, Keys};

use crate::{NOW, block_on};

/// Signs access tokens; the older one verifies.
pub const ACCESS: Secrets = Secrets(
    "fuzz-access-key-0123456789-abcdefghij",
    "fuzz-access-key-9876543210-jihgfedcba",
);
/// Signs refresh tokens; the older one verifies.
pub const REFRESH: Secrets = Secrets(
    "fuzz-refresh-key-0123456789-abcdefghi",
    "fuzz-refresh-key-9876543210-ihgfedcba",
);

/// A current and an older secret.
#[derive(Clone, Copy, Debug)]
pub struct Secrets(pub &'static str, pub &'static str);

impl Secrets {
    /// The key of the current secret.
    #[must_use]
    pub fn current(self) -> Key {
        key(self.0)
    }

    /// The key of the older secret.
    #[must_use]
    pub fn older(self) -> Key {
        key(self.1)
    }

    /// Both.
    #[must_use]
    pub fn ring(self) -> KeyRing {
        KeyRing::new(self.current(), vec![self.older()])
    }

    /// Both, as functions have them.
    #[must_use]
    pub fn keys(self) -> Keys<Self> {
        // The clock of a target stands still, so a ring is never too old.
        block_on(Keys::load(self, NOW, |_renewal| {})).expect("two strong secrets")
    }
}

impl KeySource for Secrets {
    async fn load(&self) -> Result<KeyRing, KeySourceError> {
        Ok(self.ring())
    }
}

fn key(secret: &'static str) -> Key {
    Key::new(SecretString::from(secret)).expect("long and not public")
}
