//! Which access tokens are accepted: one, and what is done to it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use tollgate_core::Timestamp;
use tollgate_core::access_token::{AccessToken, Claims, InvalidToken, Profile, Unverified};
use tollgate_core::key::{Key, KeyRing};

const SECRET: &str = "Zv7pN2xQ9rT4wY6bC8dF1gH3jK5mL0sA";
const OTHER: &str = "a different secret of 32 bytes, or so";
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn key(secret: &str) -> Key {
    Key::new(SecretString::from(secret)).expect("a good key")
}

fn profile() -> Profile {
    Profile {
        issuer: "https://auth.example.com".into(),
        audience: "api.example.com".into(),
    }
}

fn header() -> Map<String, Value> {
    object(json!({"alg": "HS256", "typ": "at+jwt", "kid": key(SECRET).id().to_string()}))
}

fn claims() -> Map<String, Value> {
    object(json!({
        "iss": "https://auth.example.com", "aud": "api.example.com", "sub": "u1",
        "iat": NOW.as_unix(), "exp": NOW.as_unix() + 900, "jti": "j1", "sid": "s1",
        "email": "ada@example.com", "scope": "reports:read",
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => unreachable!("written as an object"),
    }
}

/// A token of any content, signed as HS256 signs: what an attacker who has no key cannot make,
/// and an issuer with a bug can.
fn signed(header: &str, claims: impl AsRef<[u8]>, secret: &str) -> String {
    let body = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    let mac = mac.chain_update(&body).finalize().into_bytes();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn with_header(name: &str, value: Value) -> String {
    let mut header = header();
    header.insert(name.to_owned(), value);
    signed(
        &Value::Object(header).to_string(),
        Value::Object(claims()).to_string(),
        SECRET,
    )
}

fn with_claim(name: &str, value: impl Into<Option<Value>>) -> String {
    let mut claims = claims();
    match value.into() {
        Some(value) => claims.insert(name.to_owned(), value),
        None => claims.remove(name),
    };
    signed(
        &Value::Object(header()).to_string(),
        Value::Object(claims).to_string(),
        SECRET,
    )
}

fn good() -> String {
    with_claim("sub", json!("u1"))
}

fn verify_at(token: &str, now: Timestamp) -> Result<Claims, InvalidToken> {
    let ring = KeyRing::new(key(SECRET), vec![key(OTHER)]);
    let unverified = Unverified::parse(token)?;
    let key = ring
        .get(unverified.key_id())
        .ok_or(InvalidToken::UnknownKey)?;
    unverified.verify(key, &profile(), now)
}

fn refusal(token: &str) -> Option<InvalidToken> {
    verify_at(token, NOW).err()
}

#[test]
fn what_is_signed_is_read_back() {
    let claims = verify_at(&good(), NOW).expect("it is good");
    let token = AccessToken::sign(&claims, &key(SECRET));
    assert_eq!(verify_at(token.expose(), NOW), Ok(claims));
    let header = token.expose().split('.').next().expect("a header");
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).expect("base64url")).expect("JSON");
    assert_eq!(header, Value::Object(self::header()));
}

#[test]
fn the_header_is_exactly_ours() {
    use InvalidToken::{Algorithm, Header, Malformed, Type, UnknownKey};
    for (name, value, expected) in [
        ("alg", json!("none"), Algorithm),
        ("alg", json!("None"), Algorithm),
        ("alg", json!("hs256"), Algorithm),
        ("alg", json!("HS384"), Algorithm),
        ("alg", json!("HS512"), Algorithm),
        ("alg", json!("RS256"), Algorithm),
        ("alg", json!("ES256"), Algorithm),
        ("alg", json!(""), Algorithm),
        ("alg", json!(null), Malformed),
        ("alg", json!(["HS256"]), Malformed),
        ("typ", json!("JWT"), Type),
        ("typ", json!("AT+JWT"), Type),
        ("typ", json!("application/at+jwt"), Type),
        ("typ", json!("refresh"), Type),
        ("typ", json!(null), Type),
        ("typ", json!(1), Malformed),
        (
            "kid",
            json!(key(OTHER).id().to_string()),
            InvalidToken::Signature,
        ),
        ("kid", json!("AAAAAAAAAAA"), UnknownKey),
        ("kid", json!("../../etc/passwd"), UnknownKey),
        ("kid", json!("' OR 1=1 --"), UnknownKey),
        ("kid", json!("x".repeat(4_000)), UnknownKey),
        ("kid", json!(""), UnknownKey),
        ("kid", json!(null), UnknownKey),
        ("kid", json!(1), Malformed),
        ("crit", json!(["exp"]), Header),
        ("crit", json!([]), Header),
        ("b64", json!(false), Header),
        ("jwk", json!({"kty": "oct", "k": "AAAA"}), Header),
        ("jku", json!("https://evil.example/keys"), Header),
        ("x5u", json!("https://evil.example/keys"), Header),
        ("x5c", json!([]), Header),
        ("zip", json!("DEF"), Header),
        ("cty", json!("JWT"), Header),
        ("anything", json!(null), Header),
    ] {
        assert_eq!(
            refusal(&with_header(name, value.clone())),
            Some(expected),
            "{name}: {value}"
        );
    }
    for name in ["alg", "typ", "kid"] {
        let mut header = header();
        header.remove(name);
        let claims = Value::Object(claims()).to_string();
        let token = signed(&Value::Object(header).to_string(), &claims, SECRET);
        assert!(refusal(&token).is_some(), "without {name}");
    }
}

#[test]
fn a_doubled_header_field_is_refused() {
    let kid = key(SECRET).id();
    let claims = Value::Object(claims()).to_string();
    for header in [
        format!(r#"{{"alg":"none","alg":"HS256","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"HS256","typ":"JWT","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{kid}","kid":"{kid}"}}"#),
    ] {
        assert_eq!(
            refusal(&signed(&header, &claims, SECRET)),
            Some(InvalidToken::Malformed)
        );
    }
}

#[test]
fn every_claim_is_required_and_of_its_type() {
    use InvalidToken::{Audience, Claims, Issuer, Lifetime, NotYetValid};
    let now = NOW.as_unix();
    for name in [
        "iss", "aud", "sub", "iat", "exp", "jti", "sid", "email", "scope",
    ] {
        assert_eq!(
            refusal(&with_claim(name, None)),
            Some(Claims),
            "without {name}"
        );
        for value in [json!(null), json!(["x"]), json!({}), json!(true)] {
            let refusal = refusal(&with_claim(name, value.clone()));
            assert_eq!(refusal, Some(Claims), "{name}: {value}");
        }
    }
    for (name, value, expected) in [
        ("iss", json!("https://auth.example.com/"), Issuer),
        (
            "iss",
            json!("https://auth.example.com.evil.example"),
            Issuer,
        ),
        ("iss", json!("https://auth.example"), Issuer),
        ("iss", json!("HTTPS://auth.example.com"), Issuer),
        ("iss", json!(""), Issuer),
        ("aud", json!("api.example.co"), Audience),
        ("aud", json!("api.example.com "), Audience),
        ("aud", json!("*"), Audience),
        ("aud", json!(["api.example.com"]), Claims),
        ("sub", json!(""), Claims),
        ("sub", json!(7), Claims),
        ("sub", json!("u 1"), Claims),
        ("exp", json!((now + 900).to_string()), Claims),
        ("exp", json!(1.8e9 + 900.5), Claims),
        ("exp", json!(1e300), Claims),
        ("exp", json!(-1), Lifetime),
        ("exp", json!(now), Lifetime),
        ("exp", json!(now + 3_601), Lifetime),
        ("exp", json!(i64::MAX), Lifetime),
        ("iat", json!(now + 6), NotYetValid),
        ("iat", json!("now"), Claims),
        ("iat", json!(i64::MIN), Lifetime),
        ("nbf", json!(now + 6), NotYetValid),
        ("nbf", json!("now"), Claims),
        ("nbf", json!(null), Claims),
        ("scope", json!("two  blanks"), Claims),
        ("email", json!("nobody"), Claims),
    ] {
        assert_eq!(
            refusal(&with_claim(name, value.clone())),
            Some(expected),
            "{name}: {value}"
        );
    }
    assert_eq!(refusal(&with_claim("nbf", json!(now))), None);
    assert_eq!(
        refusal(&with_claim("something_else", json!({"a": 1}))),
        None
    );
}

/// Serde would take a list of the values, in the order of the struct.
#[test]
fn claims_are_an_object() {
    let now = NOW.as_unix();
    let list = json!([
        "https://auth.example.com",
        "api.example.com",
        "u1",
        now,
        now + 900,
        now,
        "j1",
        "s1",
        "ada@example.com",
        "reports:read",
    ]);
    let object = Value::Object(claims());
    for (claims, expected) in [
        (object.to_string(), None),
        (format!("\n\t {object} "), None),
        (list.to_string(), Some(InvalidToken::Claims)),
        (format!(" {list}"), Some(InvalidToken::Claims)),
        (format!("[{object}]"), Some(InvalidToken::Claims)),
        (String::new(), Some(InvalidToken::Claims)),
    ] {
        let token = signed(&Value::Object(header()).to_string(), &claims, SECRET);
        assert_eq!(refusal(&token), expected, "{claims}");
    }
}

#[test]
fn a_doubled_claim_is_refused() {
    let mut claims = Value::Object(claims()).to_string();
    claims.insert_str(1, r#""sub":"admin","#);
    let token = signed(&Value::Object(header()).to_string(), &claims, SECRET);
    assert_eq!(refusal(&token), Some(InvalidToken::Claims));
}

/// Serde skips what nobody reads, and would skip bytes that are no text.
#[test]
fn claims_are_text_even_where_nobody_reads() {
    for (note, expected) in [
        (&b"caf\xc3\xa9"[..], None),
        (b"caf\xe9", Some(InvalidToken::Claims)),
        (b"\xff", Some(InvalidToken::Claims)),
        (b"\xed\xa0\x80", Some(InvalidToken::Claims)),
    ] {
        let claims = Value::Object(claims()).to_string();
        let claims = [b"{\"note\":\"", note, b"\",", &claims.as_bytes()[1..]].concat();
        let token = signed(&Value::Object(header()).to_string(), claims, SECRET);
        assert_eq!(refusal(&token), expected, "{note:?}");
    }
}

#[test]
fn time_has_five_seconds_of_leeway() {
    let expiry = Timestamp::from_unix(NOW.as_unix() + 900);
    let at = |seconds: i64| Timestamp::from_unix(expiry.as_unix() + seconds);
    for (now, expected) in [
        (
            Timestamp::from_unix(NOW.as_unix() - 6),
            Some(InvalidToken::NotYetValid),
        ),
        (Timestamp::from_unix(NOW.as_unix() - 5), None),
        (NOW, None),
        (at(-1), None),
        (at(0), None),
        (at(4), None),
        (at(5), Some(InvalidToken::Expired)),
        (
            NOW.plus(Duration::from_hours(24 * 365)),
            Some(InvalidToken::Expired),
        ),
    ] {
        assert_eq!(verify_at(&good(), now).err(), expected, "{now}");
    }
}

/// To the second: the last one that is good, and the first that is not.
#[test]
fn a_claim_of_time_has_its_limit() {
    let from_now = |seconds: i64| json!(NOW.as_unix() + seconds);
    for (name, seconds, expected) in [
        ("iat", 5, None),
        ("iat", 6, Some(InvalidToken::NotYetValid)),
        ("nbf", 5, None),
        ("nbf", 6, Some(InvalidToken::NotYetValid)),
        ("exp", 1, None),
        ("exp", 0, Some(InvalidToken::Lifetime)),
        ("exp", 3_600, None),
        ("exp", 3_601, Some(InvalidToken::Lifetime)),
    ] {
        let refused = refusal(&with_claim(name, from_now(seconds)));
        assert_eq!(refused, expected, "{name} {seconds}");
    }
}

#[test]
fn the_form_is_three_parts_of_strict_base64url() {
    use InvalidToken::{Malformed, Signature, TooLong};
    let good = good();
    let parts: Vec<&str> = good.split('.').collect();
    let [header, claims, mac] = parts[..] else {
        unreachable!("three parts")
    };
    let raw_mac = URL_SAFE_NO_PAD.decode(mac).expect("base64url");
    let other_key = signed(
        &Value::Object(self::header()).to_string(),
        Value::Object(self::claims()).to_string(),
        "not the secret that the kid names",
    );
    for (what, token, expected) in [
        ("nothing", String::new(), Malformed),
        ("one part", header.to_owned(), Malformed),
        ("two parts", format!("{header}.{claims}"), Malformed),
        ("four parts", format!("{good}.x"), Malformed),
        ("five parts, a JWE", format!("{good}.x.y"), Malformed),
        ("only dots", ".".repeat(4_000), Malformed),
        ("no signature", format!("{header}.{claims}."), Signature),
        ("no claims", format!("{header}..{mac}"), Signature),
        ("no header", format!(".{claims}.{mac}"), Malformed),
        ("another key", other_key, Signature),
        (
            "a truncated MAC",
            format!(
                "{header}.{claims}.{}",
                URL_SAFE_NO_PAD.encode(&raw_mac[..16])
            ),
            Signature,
        ),
        (
            "a longer MAC",
            format!("{header}.{claims}.{mac}AA"),
            Malformed,
        ),
        (
            "a padded MAC",
            format!("{header}.{claims}.{}", URL_SAFE.encode(&raw_mac)),
            Malformed,
        ),
        (
            "a padded header",
            format!("{header}=.{claims}.{mac}"),
            Malformed,
        ),
        (
            "a MAC of zeros",
            format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([0; 32])),
            Signature,
        ),
        ("a blank in front", format!(" {good}"), Malformed),
        ("a line break behind", format!("{good}\n"), Malformed),
        ("a NUL behind", format!("{good}\0"), Malformed),
        ("a list for a header", signed("[]", "{}", SECRET), Malformed),
        ("no JSON", signed("x", "y", SECRET), Malformed),
        (
            "longer than any",
            format!("{header}.{}.{mac}", "A".repeat(8_192)),
            TooLong,
        ),
    ] {
        assert_eq!(refusal(&token), Some(expected), "{what}");
    }
    let claims = format!("{} ", Value::Object(self::claims()));
    let bom = signed(
        &Value::Object(self::header()).to_string(),
        format!("\u{feff}{claims}"),
        SECRET,
    );
    assert_eq!(refusal(&bom), Some(InvalidToken::Claims));
}

/// Whichever byte is changed, to whichever other: 401.
#[test]
fn no_byte_may_be_changed() {
    let good = good();
    assert_eq!(refusal(&good), None);
    for index in 0..good.len() {
        for replacement in b"AZaz09-_.= \"\0\xc3" {
            let mut bytes = good.clone().into_bytes();
            if bytes[index] == *replacement {
                continue;
            }
            bytes[index] = *replacement;
            // A header value that is no text never becomes a token.
            let Ok(token) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(refusal(&token).is_some(), "byte {index} as {replacement}");
        }
    }
}

#[test]
fn a_refusal_never_shows_the_token() {
    let claims = verify_at(&good(), NOW).expect("it is good");
    let token = AccessToken::sign(&claims, &key(SECRET));
    let shown = format!(
        "{token:?} {:?} {:?}",
        key(SECRET),
        Unverified::parse(token.expose())
    );
    assert!(!shown.contains("eyJ") && !shown.contains(SECRET), "{shown}");
}
