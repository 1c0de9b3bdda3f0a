//! The name that a user logs in with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An e-mail address in its one spelling: trimmed, lower case, ASCII.
///
/// Only ASCII is taken. With it there is nothing to normalise, so no two spellings reach one
/// account and no address changes after it was checked (the class of GHSA-7rqj-j65f-68wh).
/// Addresses in other scripts are refused with this reason; see docs/decisions.md.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// Why a text is no e-mail address here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmail {
    /// RFC 5321, section 4.5.3.1: 64 before the `@`, 254 in all.
    #[error("an e-mail address has at most 254 characters, 64 of them before the @")]
    TooLong,
    /// See [`Email`].
    #[error("only ASCII e-mail addresses are supported")]
    NotAscii,
    /// Not `something@something`.
    #[error("an e-mail address looks like name@example.com")]
    Malformed,
}

impl Email {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Personal data: it has no business in a log that somebody adds while debugging.
        f.write_str("Email([redacted])")
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(mut text: String) -> Result<Self, InvalidEmail> {
        if text.starts_with(' ') || text.ends_with(' ') {
            text = text.trim_matches(' ').to_owned();
        }
        if !text.is_ascii() {
            return Err(InvalidEmail::NotAscii);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail::Malformed)?;
        if text.len() > 254 || local.len() > 64 {
            return Err(InvalidEmail::TooLong);
        }
        let mut local = local.as_bytes().split(|byte| *byte == b'.');
        let mut domain = domain.as_bytes().split(|byte| *byte == b'.');
        let hyphened = |label: &[u8]| label.starts_with(b"-") || label.ends_with(b"-");
        let is_local = |word| consists_of(word, b"!#$%&'*+/=?^_`{|}~-");
        let is_domain = |label| consists_of(label, b"-") && !hyphened(label);
        if !local.all(is_local) || !domain.all(is_domain) {
            return Err(InvalidEmail::Malformed);
        }
        text.make_ascii_lowercase();
        Ok(Self(text))
    }
}

/// Whether there is something, and nothing but letters, digits and these.
fn consists_of(word: &[u8], extra: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || extra.contains(byte);
    !word.is_empty() && word.iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_has_one_spelling() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}.com", "b".repeat(250));
        for (text, read) in [
            ("ada@example.com", Ok("ada@example.com")),
            (" Ada@Example.COM ", Ok("ada@example.com")),
            ("ada+tag@example.com", Ok("ada+tag@example.com")),
            ("ada@localhost", Ok("ada@localhost")),
            ("", Err(InvalidEmail::Malformed)),
            ("ada", Err(InvalidEmail::Malformed)),
            ("@example.com", Err(InvalidEmail::Malformed)),
            ("ada@", Err(InvalidEmail::Malformed)),
            ("a@b@example.com", Err(InvalidEmail::Malformed)),
            ("ada@example..com", Err(InvalidEmail::Malformed)),
            ("ada@-example.com", Err(InvalidEmail::Malformed)),
            ("ada\0@example.com", Err(InvalidEmail::Malformed)),
            ("ada\n@example.com", Err(InvalidEmail::Malformed)),
            ("\"ada\"@example.com", Err(InvalidEmail::Malformed)),
            ("ada@exаmple.com", Err(InvalidEmail::NotAscii)),
            ("ada@example.com\u{200b}", Err(InvalidEmail::NotAscii)),
            (&long_local, Err(InvalidEmail::TooLong)),
            (&long, Err(InvalidEmail::TooLong)),
        ] {
            let email = text.parse::<Email>();
            assert_eq!(
                email.as_ref().map(Email::as_str),
                read.as_ref().copied(),
                "{text:?}"
            );
        }
    }
}
