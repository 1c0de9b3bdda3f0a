//! The ways to make a hostile token.

use super::draw::Draw;
use super::honest::{self, Honest};
use super::{authentic, body, claims, credential, damage, encoding, header, json};
use super::{refresh_token, signature, time, trusted};

/// Something to try.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Attack {
    /// A text in the place of an access token.
    Access(String),
    /// The body of a request to refresh or to log out.
    Body(Vec<u8>),
}

impl Attack {
    /// A text in the place of a refresh token.
    pub(super) fn refresh(token: &str) -> Self {
        Self::Body(honest::body(token).into_bytes())
    }

    /// Whether it came out as something that is let in, and rightly so. Blanks around an access
    /// token are no part of it.
    fn is_honest(&self, honest: &Honest) -> bool {
        match self {
            Self::Access(token) => honest.has_token(token.trim_matches(' ')),
            Self::Body(body) => honest.has_body(body),
        }
    }
}

/// Who could make the tokens of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// Whoever has good tokens of their own, and keys of their own.
    Stranger,
    /// An issuer with a bug: the key is the real one. Without these, everything dies at the
    /// signature, and what is looked at after it is never reached.
    Issuer,
}

/// One way to make hostile tokens.
pub struct Class {
    /// Who could.
    pub maker: Maker,
    /// Its name in the table.
    pub name: &'static str,
    make: fn(&Honest, &mut Draw) -> Attack,
}

impl Class {
    /// The token at `index`; what it is depends on nothing but the arguments.
    #[must_use]
    pub fn attack(honest: &Honest, seed: u64, index: u64) -> (&'static Self, Attack) {
        let classes = u64::try_from(CLASSES.len()).unwrap_or(1);
        let class = &CLASSES[usize::try_from(index % classes).unwrap_or(0)];
        let mut draw = Draw::new(seed, index, index / classes);
        loop {
            let attack = (class.make)(honest, &mut draw);
            if !attack.is_honest(honest) {
                return (class, attack);
            }
            draw.again();
        }
    }
}

const fn stranger(name: &'static str, make: fn(&Honest, &mut Draw) -> Attack) -> Class {
    let maker = Maker::Stranger;
    Class { maker, name, make }
}

const fn issuer(name: &'static str, make: fn(&Honest, &mut Draw) -> Attack) -> Class {
    let maker = Maker::Issuer;
    Class { maker, name, make }
}

/// Every class; the tokens take turns.
pub const CLASSES: &[Class] = &[
    stranger("one bit flipped", damage::access_bit),
    stranger("bytes replaced", damage::access_bytes),
    stranger("cut short", damage::access_cut),
    stranger("made longer", damage::access_longer),
    stranger("parts of several tokens", damage::parts_mixed),
    stranger("any number of parts", damage::part_count),
    stranger("base64 in other ways", encoding::access),
    stranger("another signature", signature::damaged),
    stranger("`alg` none", signature::none),
    stranger("another algorithm", signature::other_algorithm),
    stranger("a key of the attacker's", signature::guessed_key),
    stranger("a key in the header", signature::key_in_header),
    stranger("`kid` injection", signature::kid),
    stranger("a dropped key", signature::dropped_key),
    stranger("the key of refresh tokens", signature::refresh_key),
    stranger("nearly the key", signature::nearly_the_key),
    stranger("another header, old signature", signature::header_changed),
    stranger("other claims, old signature", signature::claims_changed),
    stranger("a header that is no JSON", json::header_without_key),
    stranger("too long", credential::too_long),
    stranger("other credentials", credential::other),
    stranger(
        "a refresh token as access token",
        credential::refresh_as_access,
    ),
    stranger("trusted issuer: one bit flipped", trusted::damaged),
    stranger("trusted issuer: another key", trusted::other_key),
    stranger("trusted issuer: parts mixed with ours", trusted::mixed),
    stranger("naughty strings", credential::naughty),
    stranger("random text", credential::random),
    issuer("a header field more", header::added),
    issuer("a header field missing", header::removed),
    issuer("a header field doubled", header::doubled),
    issuer("a header field of another type", header::retyped),
    issuer("another `alg`", header::algorithm),
    issuer("another `typ`", header::kind),
    issuer("another `kid`", header::key_id),
    issuer("a header that is no JSON, signed", json::header),
    issuer("base64 in other ways, signed as it is", encoding::signed),
    issuer("a claim missing", claims::removed),
    issuer("a claim doubled", claims::doubled),
    issuer("a claim of another type", claims::retyped),
    issuer("another issuer", claims::issuer),
    issuer("another audience", claims::audience),
    issuer("no user, address or scope", claims::malformed),
    issuer("claims that are no JSON", json::claims),
    issuer("expired", time::expired),
    issuer("not yet valid", time::early),
    issuer("valid for too long, or never", time::lifetime),
    issuer("times out of range", time::extreme),
    issuer("another kind of JWT", authentic::other_kind),
    issuer("a token in a token", authentic::nested),
    issuer("too long, signed", authentic::too_long),
    issuer("trusted issuer: speaking for us", trusted::as_ours),
    issuer("trusted issuer: another claim", trusted::bad_claims),
    issuer("trusted issuer: another header", trusted::bad_header),
    stranger("refresh: one bit flipped", damage::refresh_bit),
    stranger("refresh: bytes replaced", damage::refresh_bytes),
    stranger("refresh: cut short", damage::refresh_cut),
    stranger("refresh: made longer", damage::refresh_longer),
    stranger("refresh: parts of two tokens", refresh_token::spliced),
    stranger(
        "refresh: fields changed, old signature",
        refresh_token::fields_changed,
    ),
    stranger("refresh: another signature", refresh_token::damaged_mac),
    stranger("refresh: another key", refresh_token::other_key),
    stranger("refresh: another version", refresh_token::prefix),
    stranger("refresh: base64 in other ways", encoding::refresh),
    stranger("refresh: other credentials", credential::other_as_refresh),
    stranger("refresh: naughty strings", credential::naughty_as_refresh),
    stranger("refresh: random text", credential::random_as_refresh),
    stranger("refresh: too long", credential::refresh_too_long),
    stranger("body: a value that is no string", body::other_value),
    stranger("body: no JSON", body::no_json),
    issuer("refresh: malformed inside", refresh_token::malformed_inside),
];
