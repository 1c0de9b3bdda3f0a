//! What a token allows: the scope of RFC 6749, section 3.3.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A set of scope tokens, written separated by single spaces, in alphabetical order.
///
/// ```
/// use tollgate_core::scope::Scope;
///
/// let scope: Scope = "reports:write reports:read".parse()?;
/// assert_eq!(scope.to_string(), "reports:read reports:write");
/// # Ok::<(), tollgate_core::scope::InvalidScope>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(String);

/// A character that a scope cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a scope is made of printable ASCII words without `\"` and `\\`, separated by single spaces"
)]
pub struct InvalidScope;

impl Scope {
    /// What both allow. A refreshed token never allows more than its log-in did.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self::of(
            self.tokens()
                .filter(|token| other.tokens().any(|it| it == *token)),
        )
    }

    fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|token| !token.is_empty())
    }

    fn of<'a>(tokens: impl Iterator<Item = &'a str>) -> Self {
        let tokens: Vec<&str> = tokens.collect::<BTreeSet<_>>().into_iter().collect();
        Self(tokens.join(" "))
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidScope;

    fn try_from(text: String) -> Result<Self, InvalidScope> {
        if !text.is_empty() && !text.split(' ').all(is_scope_token) {
            return Err(InvalidScope);
        }
        // As this type writes it: in every token of ours.
        if text.split(' ').is_sorted_by(|a, b| a < b) {
            return Ok(Self(text));
        }
        Ok(Self::of(text.split(' ')))
    }
}

/// `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`
fn is_scope_token(token: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !token.is_empty() && token.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_rfc_6749_writes_it() {
        for (text, read) in [
            ("", Some("")),
            ("a", Some("a")),
            ("b a", Some("a b")),
            ("a a", Some("a")),
            ("reports:read", Some("reports:read")),
            (" a", None),
            ("a  b", None),
            ("a\tb", None),
            ("\"a\"", None),
            ("a\\b", None),
            ("ä", None),
        ] {
            let scope = text.parse::<Scope>().ok().map(|scope| scope.to_string());
            assert_eq!(scope.as_deref(), read, "{text:?}");
        }
    }
}
