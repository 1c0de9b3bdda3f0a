//! Hashing passwords, and checking them.

use std::fmt;
use std::hint::black_box;

use argon2::password_hash::{CustomizedPasswordHasher, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::CryptoRng;

use super::scheme::Scheme;
use super::workspace::Workspace;
use super::{Password, PasswordHash};

/// How costly a guess is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for HashCost {
    /// The one setting that both OWASP's cheat sheet and ASVS 5.0 list.
    fn default() -> Self {
        Self {
            memory_kib: 47_104,
            passes: 1,
            lanes: 1,
        }
    }
}

/// A cost that Argon2 does not take, or a log-in cannot afford.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is a cost that Argon2 does not take, or more than a log-in may cost")]
pub struct InvalidHashCost(HashCost);

/// Hashes passwords with Argon2id (RFC 9106), and checks them.
pub struct Hasher {
    argon2: Argon2<'static>,
    params: Params,
    decoy: PasswordHash,
    workspace: Workspace,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right, and its hash as costly as it should be.
    Right,
    /// The password is right, and should be hashed again: its hash is of another cost, or another
    /// system made it.
    RightButOutdated,
    /// The password is wrong, or there was no hash to check it against.
    Wrong,
}

impl Hasher {
    /// A hasher at this cost. Costs nothing itself: the decoy is made up, not computed.
    pub fn new(cost: HashCost) -> Result<Self, InvalidHashCost> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
            .map_err(|_| InvalidHashCost(cost))?;
        // 32 zero bytes under a fixed salt: no password is known that hashes to them, and `check`
        // does not take one for right even so. What cannot be read back is never made either.
        let decoy = PasswordHash::parse(format!(
            "$argon2id$v=19$m={},t={},p={}${}${}",
            cost.memory_kib,
            cost.passes,
            cost.lanes,
            "A".repeat(22),
            "A".repeat(43)
        ))
        .map_err(|_| InvalidHashCost(cost))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        Ok(Self {
            argon2,
            workspace: Workspace::new(&params),
            params,
            decoy,
        })
    }

    /// The hash of a new password, with a random salt of 16 bytes.
    ///
    /// # Panics
    /// Never: password, salt and parameters are in the range that Argon2 takes.
    pub fn hash(&self, password: &Password, rng: &mut impl CryptoRng) -> PasswordHash {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let hash: Result<phc::PasswordHash, _> = self.argon2.hash_password_customized(
            password.bytes(),
            &salt,
            Some(Algorithm::Argon2id.as_str()),
            Some(Version::V0x13.into()),
            self.params.clone(),
        );
        let hash = hash.unwrap_or_else(|_| unreachable!("a capped password and 16 bytes of salt"));
        let hash = PasswordHash::parse(hash.to_string());
        hash.unwrap_or_else(|_| unreachable!("`new` has read one of this cost"))
    }

    /// Checks a password against the hash of a user. Without a user it does the same work on a
    /// decoy, so that an unknown address takes as long as a wrong password.
    ///
    /// A wrong password for a hash of another scheme or cost is checked against the decoy as well:
    /// no refusal is faster than that of an unknown address, however cheap the hash.
    #[must_use]
    pub fn check(&self, stored: Option<&PasswordHash>, password: &Password) -> Verdict {
        let hash = stored.unwrap_or(&self.decoy).parsed();
        let matches = hash.matches(password, &self.workspace);
        let outdated = self.is_outdated(&hash.scheme);
        match (stored.is_some() && matches, outdated) {
            (true, true) => Verdict::RightButOutdated,
            (true, false) => Verdict::Right,
            (false, false) => Verdict::Wrong,
            (false, true) => {
                black_box(self.decoy.parsed().matches(password, &self.workspace));
                Verdict::Wrong
            }
        }
    }

    fn is_outdated(&self, scheme: &Scheme) -> bool {
        *scheme
            != Scheme::Argon2 {
                algorithm: Algorithm::Argon2id,
                version: Version::V0x13,
                params: self.params.clone(),
            }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}
