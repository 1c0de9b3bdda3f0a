//! Tokens that the system itself made, good ones and bad ones.

use std::sync::LazyLock;
use std::time::Duration;

use tollgate_core::Timestamp;
use tollgate_core::access_token::{AccessToken, Claims, Profile};
use tollgate_core::key::Key;

use crate::NOW;
use crate::keys::ACCESS;

/// Whose tokens they are.
pub const USER: &str = "ada-lovelace-1815";
/// Her address.
pub const EMAIL: &str = "ada@example.com";

/// Who issues, and for whom.
#[must_use]
pub fn profile() -> Profile {
    Profile {
        issuer: "https://auth.example.com".to_owned(),
        audience: "api.example.com".to_owned(),
    }
}

/// The claims of a token that is good for a quarter of an hour from `issued`.
#[must_use]
pub fn claims(issued: Timestamp) -> Claims {
    let Profile { issuer, audience } = profile();
    Claims {
        iss: issuer,
        aud: audience,
        sub: USER.parse().expect("an id"),
        iat: issued,
        exp: issued.plus(Duration::from_mins(15)),
        nbf: None,
        jti: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        sid: "BBBBBBBBBBBBBBBBBBBBBB".to_owned(),
        email: EMAIL.parse().expect("an address"),
        scope: "reports:read".parse().expect("a scope"),
    }
}

/// The only two texts in the world that every gate must take for an access token.
pub static GOOD: LazyLock<[String; 2]> = LazyLock::new(|| {
    let sign = |key: &Key| AccessToken::sign(&claims(NOW), key).expose().to_owned();
    [sign(&ACCESS.current()), sign(&ACCESS.older())]
});

/// What stands for the placeholders of `events/` here.
static PLACEHOLDERS: LazyLock<[(&str, String); 8]> = LazyLock::new(|| {
    let current = ACCESS.current();
    let expired = AccessToken::sign(
        &claims(Timestamp::from_unix(NOW.as_unix() - 3600)),
        &current,
    );
    let [good, older] = &*GOOD;
    let (signed, _) = good.rsplit_once('.').expect("three parts");
    let (_, signature) = older.rsplit_once('.').expect("three parts");
    let (future, past) = (NOW.as_unix() + 900, NOW.as_unix() - 5);
    [
        ("{{access_token}}", good.clone()),
        ("{{other_access_token}}", older.clone()),
        ("{{expired_access_token}}", expired.expose().to_owned()),
        ("{{forged_access_token}}", format!("{signed}.{signature}")),
        ("\"{{expires_at_number}}\"", future.to_string()),
        ("\"{{expired_at_number}}\"", past.to_string()),
        ("{{expires_at}}", future.to_string()),
        ("{{expired_at}}", past.to_string()),
    ]
});

/// `text` with tokens in the place of placeholders: a mutation rarely leaves a token whole.
#[must_use]
pub fn fill(text: &str) -> String {
    let fill = |text: String, (name, value): &(&str, String)| {
        if text.contains(name) {
            text.replace(name, value)
        } else {
            text
        }
    };
    PLACEHOLDERS.iter().fold(text.to_owned(), fill)
}
