//! Whole tokens that are under the real key for another purpose.

use super::claims::changed;
use super::class::Attack;
use super::draw::Draw;
use super::fields::Fields;
use super::forge::{base64, quoted, signed};
use super::honest::Honest;
use crate::functions::START;

/// The longest token that is looked at.
const LONGEST: usize = 8_192;

/// What another system that shares the secret, or an older version of this one, would sign.
pub(super) fn other_kind(honest: &Honest, draw: &mut Draw) -> Attack {
    const IDENTITY: &[&str] = &["nonce", "auth_time", "azp"];
    let (header, claims, secret) = honest.pieces(draw);
    let now = START.as_unix();
    let link = format!(
        r#"{{"email":"ada@example.com","iat":{now},"exp":{}}}"#,
        now + 900
    );
    let (kind, claims): (Option<&str>, String) = match draw.walk(9) {
        // An ID token of OpenID Connect: the audience is the client.
        0 => {
            let with = |claims: Fields, name: &&str| claims.with(name, quoted("x"));
            (Some("JWT"), IDENTITY.iter().fold(claims, with).text())
        }
        1 => (None, claims.text()),
        2 => (Some("rt+jwt"), claims.without("email").text()),
        3 => (Some("logout+jwt"), claims.with("events", "{}").text()),
        4 => (Some("dpop+jwt"), claims.with("htm", quoted("GET")).text()),
        5 => (Some("secevent+jwt"), claims.with("events", "{}").text()),
        // A link in an e-mail, as Better Auth signs it under the same secret as its sessions.
        6 => (Some("JWT"), link),
        7 => (Some("at+jwt"), link),
        _ => (
            Some("JWT"),
            claims
                .without("sid")
                .without("scope")
                .with("role", quoted("admin"))
                .text(),
        ),
    };
    let header = match kind {
        Some(kind) => header.with("typ", quoted(kind)),
        None => header.without("typ"),
    };
    // Whoever does not know of our keys writes no `kid`.
    let header = if draw.below(2) == 0 && kind != Some("at+jwt") {
        header.without("kid")
    } else {
        header
    };
    Attack::Access(signed(secret, header.text(), claims))
}

/// A good token where claims belong, under one signature more (RFC 7519, section 5.2).
pub(super) fn nested(honest: &Honest, draw: &mut Draw) -> Attack {
    let token = honest.token(draw).to_owned();
    let (header, claims, secret) = honest.pieces(draw);
    let header = match draw.walk(3) {
        0 => header,
        1 => header.with("cty", quoted("JWT")),
        _ => header.with("cty", quoted("at+jwt")),
    };
    let inner = match draw.walk(5) {
        0 => token,
        1 => quoted(&token),
        2 => format!(r#"{{"token":{}}}"#, quoted(&token)),
        3 => quoted(&claims.text()),
        _ => format!(r#"{{"claims":{}}}"#, claims.text()),
    };
    let mut nested = signed(secret, header.text(), inner);
    for _ in 0..draw.below(3) {
        nested = signed(secret, header.text(), nested);
    }
    Attack::Access(nested)
}

/// Good but for its length.
pub(super) fn too_long(honest: &Honest, draw: &mut Draw) -> Attack {
    let length = match draw.walk(2) {
        0 => LONGEST + 1 + draw.walk(64),
        _ => LONGEST + draw.below(30_000),
    };
    // Three bytes become four characters.
    let filler = quoted(&base64(draw.bytes(length * 9 / 16)));
    let name = ["note", "jti", "sid"][draw.walk(3)];
    changed(honest, draw, |claims, _| claims.with(name, filler))
}
