//! Passwords: which ones are taken, and how they are kept.

mod hash;
mod hasher;
mod scheme;
mod workspace;

use secrecy::{ExposeSecret, SecretString};

use crate::digest_list::DigestList;
use crate::email::Email;

pub use hash::{InvalidPasswordHash, PasswordHash};
pub use hasher::{HashCost, Hasher, InvalidHashCost, Verdict};

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

    fn text(&self) -> &str {
        self.0.expose_secret()
    }

    fn bytes(&self) -> &[u8] {
        self.text().as_bytes()
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
        let text = password.text();
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
