//! The pieces of a token, made by hand: of any bytes, under any key.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};

use super::draw::Draw;

/// Base64url without padding, as tokens have it.
pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What [`base64()`] wrote.
pub(super) fn from_base64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD
        .decode(text)
        .expect("an honest token is base64url")
}

/// Two digits for each byte, behind a mark.
pub(super) fn hex(bytes: &[u8], mark: &str) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{mark}{byte:02x}");
        text
    })
}

/// `text` as a JSON string, with its quotes.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// HMAC-SHA-256.
pub(super) fn hs256(secret: &[u8], message: impl AsRef<[u8]>) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

pub(super) fn hs384(secret: &[u8], message: &str) -> Vec<u8> {
    let mac = Hmac::<Sha384>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

pub(super) fn hs512(secret: &[u8], message: &str) -> Vec<u8> {
    let mac = Hmac::<Sha512>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

/// A token of this header and these claims, whatever they are, signed as HS256 signs.
pub(super) fn signed(secret: &[u8], header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    signed_as_it_is(secret, &base64(header), &base64(claims))
}

/// The same, of parts that are encoded already, in whichever way.
pub(super) fn signed_as_it_is(secret: &[u8], header: &str, claims: &str) -> String {
    let body = format!("{header}.{claims}");
    let mac = base64(hs256(secret, &body));
    format!("{body}.{mac}")
}

/// Header, claims and signature of a token, as they travel.
pub(super) fn parts(token: &str) -> [&str; 3] {
    let mut parts = token.splitn(3, '.');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Every byte as the character of the same number: how a header that is no ASCII gets into an event.
pub(super) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// A secret that anybody may think of.
pub(super) fn guessed_secret(draw: &mut Draw) -> Vec<u8> {
    const GUESSES: &[&str] = &[
        "",
        "\0",
        "secret",
        "your-256-bit-secret",
        "a-string-secret-at-least-256-bits-long",
        "null",
        "undefined",
        "HS256",
        "password",
        "tollgate",
        "at+jwt",
        "00000000000000000000000000000000",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----\n",
        r#"{"kty":"oct","k":""}"#,
    ];
    if draw.below(4) == 0 {
        let length = draw.below(65);
        return draw.bytes(length);
    }
    draw.pick(GUESSES).as_bytes().to_vec()
}
