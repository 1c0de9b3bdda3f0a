//! What is asked of both: every way to present a token, and every token with one thing wrong.

use serde_json::{Value, json};
use tollgate_tests::jwt::{Jwt, key_id};

pub(crate) const ISSUER: &str = "https://tollgate.localhost";
pub(crate) const AUDIENCE: &str = "api.tollgate.localhost";
/// The name of a bad token.
pub(crate) const SPELLED: &str = "the signature in another spelling";

/// Status, `error` and challenge.
#[derive(Debug, PartialEq)]
pub(crate) struct Agreed(pub(crate) u16, pub(crate) String, pub(crate) Option<String>);

pub(crate) fn served() -> Agreed {
    Agreed(200, "-".into(), None)
}

pub(crate) fn refused(status: u16, error: &str, challenge: &str) -> Agreed {
    let challenge = format!(r#"Bearer realm="tollgate"{challenge}"#);
    Agreed(status, error.into(), Some(challenge))
}

pub(crate) fn no_token() -> Agreed {
    refused(401, "unauthorized", "")
}

pub(crate) fn invalid() -> Agreed {
    refused(401, "invalid_token", r#", error="invalid_token""#)
}

/// The headers `Authorization` of a request, and the answer.
pub(crate) fn requests(token: &str) -> Vec<(&'static str, Vec<String>, Agreed)> {
    let bearer = format!("Bearer {token}");
    let one = |header: &str| vec![header.to_owned()];
    vec![
        ("a good token", one(&bearer), served()),
        (
            "the scheme in lower case",
            one(&format!("bearer {token}")),
            served(),
        ),
        (
            "the scheme in upper case",
            one(&format!("BEARER {token}")),
            served(),
        ),
        ("nothing", vec![], no_token()),
        ("an empty header", one(""), no_token()),
        ("no scheme", one(token), no_token()),
        ("no token", one("Bearer"), no_token()),
        ("another scheme", one("Basic YWRhOnB3"), no_token()),
        ("two spaces", one(&format!("Bearer  {token}")), no_token()),
        ("half a token", one("Bearer abc.def"), no_token()),
        ("five parts", one(&format!("{bearer}.a.b")), no_token()),
        ("a refresh token", one("Bearer tgr1_AAAA"), no_token()),
        ("padding", one(&format!("{bearer}=")), no_token()),
        ("a word", one("Bearer a.b.c"), invalid()),
        ("a longer signature", one(&format!("{bearer}x")), invalid()),
        (
            "two good ones",
            vec![bearer.clone(), bearer.clone()],
            no_token(),
        ),
        (
            "two, the last one bad",
            vec![bearer.clone(), "Bearer a.b.c".to_owned()],
            invalid(),
        ),
        (
            "two, the first one bad",
            vec!["Bearer a.b.c".to_owned(), bearer.clone()],
            no_token(),
        ),
    ]
}

/// Tokens with one thing wrong, under the real key unless it says otherwise.
pub(crate) fn bad_tokens(token: &str, secret: &str) -> Vec<(&'static str, String)> {
    let good = Jwt::read(token);
    let header = |name, value| good.clone().with_header(name, value).sign(secret);
    let claim = |name, value| good.clone().with_claim(name, value).sign(secret);
    let other = "another-secret-of-more-than-32-bytes-0123456789";
    let now = good.claims["iat"].as_i64().expect("a time");
    let (body, _) = token.rsplit_once('.').expect("three parts");
    let double = |part: &Value| part.to_string().replacen('{', r#"{"iss":"x","#, 1);
    let half_past = serde_json::from_str(&format!("{}.5", now + 900)).expect("a number");
    let mut table = vec![
        ("another key", good.sign(other)),
        (
            "another key and its kid",
            good.clone()
                .with_header("kid", json!(key_id(other)))
                .sign(other),
        ),
        ("no signature", format!("{body}.AAAA")),
        (SPELLED, spelled_differently(token)),
        ("alg none", header("alg", json!("none"))),
        ("alg in lower case", header("alg", json!("hs256"))),
        ("HS512", header("alg", json!("HS512"))),
        ("no alg", header("alg", Value::Null)),
        ("typ JWT", header("typ", json!("JWT"))),
        ("typ in capitals", header("typ", json!("AT+JWT"))),
        ("no typ", header("typ", Value::Null)),
        ("no kid", header("kid", Value::Null)),
        ("a kid that is a number", header("kid", json!(1))),
        ("crit", header("crit", json!(["exp"]))),
        ("jwk", header("jwk", json!({"kty": "oct", "k": "AAAA"}))),
        ("another issuer", claim("iss", json!("https://x"))),
        (
            "a longer issuer",
            claim("iss", json!(format!("{ISSUER}.x"))),
        ),
        ("issuers", claim("iss", json!([ISSUER]))),
        ("another audience", claim("aud", json!("api"))),
        ("audiences", claim("aud", json!([AUDIENCE]))),
        ("a user who is a number", claim("sub", json!(1))),
        ("a user with a space", claim("sub", json!("a b"))),
        ("nobody", claim("sub", json!(""))),
        ("exp as text", claim("exp", json!((now + 900).to_string()))),
        ("half a second", claim("exp", half_past)),
        ("true as a time", claim("iat", json!(true))),
        ("nbf as text", claim("nbf", json!(now.to_string()))),
        ("more than 8 KiB", claim("more", json!("A".repeat(6500)))),
        ("a scope in a list", claim("scope", json!(["reports:read"]))),
        (
            "a claim twice",
            Jwt::sign_text(&good.header.to_string(), &double(&good.claims), secret),
        ),
        (
            "a list",
            Jwt::sign_text(&good.header.to_string(), "[]", secret),
        ),
        (
            "no JSON",
            Jwt::sign_text(&good.header.to_string(), "{", secret),
        ),
        (
            "a header that is a list",
            Jwt::sign_text("[]", &good.claims.to_string(), secret),
        ),
    ];
    // What a library converts or compares before it looks at the type.
    for (what, odd) in [
        ("null as nbf", r#""nbf":null,"#),
        ("a list as nbf", r#""nbf":[1],"#),
        ("an endless nbf", r#""nbf":1e999,"#),
        ("an object as nbf", r#""nbf":{},"#),
    ] {
        let claims = good
            .claims
            .to_string()
            .replacen('{', &format!("{{{odd}"), 1);
        table.push((
            what,
            Jwt::sign_text(&good.header.to_string(), &claims, secret),
        ));
    }
    for (what, name, value) in [
        ("a list as exp", "exp", json!([1])),
        ("a list as iat", "iat", json!([1])),
        ("an object as exp", "exp", json!({})),
        ("exp beyond all times", "exp", json!(i64::MAX)),
    ] {
        table.push((what, claim(name, value)));
    }
    let marked = format!("\u{feff}{}", good.claims);
    table.push((
        "a byte order mark",
        Jwt::sign_text(&good.header.to_string(), &marked, secret),
    ));
    for name in [
        "iss", "aud", "sub", "iat", "exp", "jti", "sid", "email", "scope",
    ] {
        table.push((name, claim(name, Value::Null)));
    }
    table
}

/// Around what the clock allows; a second is left for the request to arrive in.
pub(crate) fn edges(token: &str) -> Vec<(&'static str, Jwt, Agreed)> {
    let good = Jwt::read(token);
    let now = tollgate_wiring::clock::now().as_unix();
    let lasts = |from: i64, to: i64| {
        let times = good.clone().with_claim("iat", json!(now + from));
        times.with_claim("exp", json!(now + to))
    };
    let from = |nbf: i64| good.clone().with_claim("nbf", json!(now + nbf));
    vec![
        ("expired within the leeway", lasts(-900, -2), served()),
        ("expired before the leeway", lasts(-900, -5), invalid()),
        ("issued within the leeway", lasts(4, 900), served()),
        ("issued after the leeway", lasts(30, 900), invalid()),
        ("good from within the leeway", from(4), served()),
        ("good from after the leeway", from(30), invalid()),
        ("good for an hour", lasts(0, 3600), served()),
        ("good for more than an hour", lasts(0, 3601), invalid()),
        ("good for no time", lasts(0, 0), invalid()),
        ("good for less than no time", lasts(2, 0), invalid()),
    ]
}

/// The same bytes: the last character has bits that stand for nothing.
fn spelled_differently(token: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = token.split_at(token.len() - 1);
    let place = ALPHABET.iter().position(|it| last.as_bytes() == [*it]);
    let other = ALPHABET[place.expect("base64url") + 1];
    format!("{rest}{}", char::from(other))
}
