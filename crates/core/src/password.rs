//! Passwords: which ones are taken, and how they are kept.

use std::fmt;

use argon2::password_hash::phc;
use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::CryptoRng;
use secrecy::{ExposeSecret, SecretString};

use crate::digest_list::DigestList;
use crate::email::Email;

/// Those of 8 characters and more among the 20,000 most common passwords that Django ships, in
/// lower case. Some look random and are not; `zxcvbn` knows the patterns.
const COMMON_PASSWORDS: DigestList = DigestList::new(include_bytes!("common_passwords.digests"));

/// A password as it was typed: never changed, never cut short, never printed.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// More bytes than anybody's password; hashing it would be work for an attacker's benefit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password has at most {} bytes", Password::MAX_BYTES)]
pub struct PasswordTooLong;

impl Password {
    /// The longest password that is looked at.
    pub const MAX_BYTES: usize = 1024;

    /// Takes a password exactly as it was received.
    pub fn new(text: impl Into<SecretString>) -> Result<Self, PasswordTooLong> {
        let text = text.into();
        if text.expose_secret().len() > Self::MAX_BYTES {
            return Err(PasswordTooLong);
        }
        Ok(Self(text))
    }

    fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

/// What a new password must be (NIST SP 800-63B-4, section 3.1.1.2): long, and not one that
/// attackers try first. No composition rules.
#[derive(Clone, Copy, Debug)]
pub struct PasswordPolicy {
    min_characters: usize,
}

/// Why a new password is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Fewer characters than the policy asks for.
    #[error("it needs at least {min} characters")]
    TooShort {
        /// The policy.
        min: usize,
    },
    /// Few guesses would find it.
    #[error("it is easy to guess. {reason}")]
    Guessable {
        /// What gives it away, for the user.
        reason: String,
    },
}

impl Default for PasswordPolicy {
    /// 15 characters: what NIST asks of a password that is the only factor.
    fn default() -> Self {
        Self { min_characters: 15 }
    }
}

impl PasswordPolicy {
    /// The least that [`with_minimum`](Self::with_minimum) takes.
    pub const LOWEST_MINIMUM: usize = 8;

    /// A policy with another minimum; `None` below [`LOWEST_MINIMUM`](Self::LOWEST_MINIMUM).
    #[must_use]
    pub fn with_minimum(min_characters: usize) -> Option<Self> {
        (min_characters >= Self::LOWEST_MINIMUM).then_some(Self { min_characters })
    }

    /// Says whether `password` may become the password of `email`.
    pub fn check(self, password: &Password, email: &Email) -> Result<(), WeakPassword> {
        let text = password.0.expose_secret();
        if text.chars().count() < self.min_characters {
            return Err(WeakPassword::TooShort {
                min: self.min_characters,
            });
        }
        if COMMON_PASSWORDS.contains(&text.to_lowercase()) {
            let reason = "It is on a list of common passwords.".to_owned();
            return Err(WeakPassword::Guessable { reason });
        }
        let (local, domain) = email
            .as_str()
            .split_once('@')
            .unwrap_or((email.as_str(), ""));
        let estimate = zxcvbn::zxcvbn(text, &[email.as_str(), local, domain, "tollgate"]);
        // A million guesses or more: at a hundred a day that is a life's work.
        if estimate.score() >= zxcvbn::Score::Two {
            return Ok(());
        }
        let warning = estimate
            .feedback()
            .and_then(zxcvbn::feedback::Feedback::warning);
        let reason = warning.map(|warning| warning.to_string());
        let reason = reason
            .unwrap_or_else(|| "It is made of your e-mail address, or of common words.".to_owned());
        Err(WeakPassword::Guessable { reason })
    }
}

/// A password hash in the PHC string format. It cannot be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// A text that is no hash that this system can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not an Argon2id hash in PHC format")]
pub struct InvalidPasswordHash;

impl PasswordHash {
    /// Reads what a store kept.
    pub fn parse(text: String) -> Result<Self, InvalidPasswordHash> {
        let parsed = phc::PasswordHash::new(&text).map_err(|_| InvalidPasswordHash)?;
        let usable = parsed.algorithm.as_str() == Algorithm::Argon2id.as_str()
            && parsed.hash.is_some()
            && Params::try_from(&parsed).is_ok();
        if usable {
            Ok(Self(text))
        } else {
            Err(InvalidPasswordHash)
        }
    }

    /// The hash, for the store alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}

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

/// A cost that Argon2 does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Argon2 does not take {0:?}")]
pub struct InvalidHashCost(HashCost);

/// Hashes passwords with Argon2id (RFC 9106), and checks them.
pub struct Hasher {
    argon2: Argon2<'static>,
    params: Params,
    decoy: PasswordHash,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right, and its hash as costly as it should be.
    Right,
    /// The password is right, and should be hashed again at the cost of today.
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
        // does not take one for right even so.
        let decoy = PasswordHash(format!(
            "$argon2id$v=19$m={},t={},p={}${}${}",
            cost.memory_kib,
            cost.passes,
            cost.lanes,
            "A".repeat(22),
            "A".repeat(43)
        ));
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        Ok(Self {
            argon2,
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
        PasswordHash(hash.to_string())
    }

    /// Checks a password against the hash of a user. Without a user it does the same work on a
    /// decoy, so that an unknown address takes as long as a wrong password.
    #[must_use]
    pub fn check(&self, stored: Option<&PasswordHash>, password: &Password) -> Verdict {
        let hash = stored.unwrap_or(&self.decoy);
        let Ok(parsed) = phc::PasswordHash::new(&hash.0) else {
            return Verdict::Wrong;
        };
        let matches = self
            .argon2
            .verify_password(password.bytes(), &parsed)
            .is_ok();
        match (stored.is_some() && matches, self.is_outdated(&parsed)) {
            (false, _) => Verdict::Wrong,
            (true, true) => Verdict::RightButOutdated,
            (true, false) => Verdict::Right,
        }
    }

    fn is_outdated(&self, hash: &phc::PasswordHash) -> bool {
        Params::try_from(hash).ok().as_ref() != Some(&self.params)
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}
