//! What somebody without the key puts where the signature belongs.

use super::class::Attack;
use super::draw::Draw;
use super::fields::Fields;
use super::forge::{
    base64, from_base64, guessed_secret, hs256, hs384, hs512, parts, quoted, signed,
};
use super::header;
use super::honest::{Honest, quoted_id};

/// The signature of a good token, damaged in ways that readers forgive.
pub(super) fn damaged(honest: &Honest, draw: &mut Draw) -> Attack {
    let token = honest.token(draw);
    let [header, claims, mac] = parts(token);
    let bytes = from_base64(mac);
    let other = match draw.walk(12) {
        0 => String::new(),
        1 => base64([0; 32]),
        2 => base64([0xff; 32]),
        3 => base64(draw.bytes(32)),
        4 => base64(&bytes[..draw.below(32)]),
        5 => base64([&bytes[..], &draw.bytes(8)].concat()),
        6 => base64([&bytes[..], &bytes[..]].concat()),
        7 => base64(bytes.iter().rev().copied().collect::<Vec<_>>()),
        8 => base64(bytes.iter().map(|byte| !byte).collect::<Vec<_>>()),
        9 => base64(mac),
        10 => "null".to_owned(),
        _ => {
            let length = draw.below(512);
            base64(draw.bytes(length))
        }
    };
    Attack::Access(format!("{header}.{claims}.{other}"))
}

/// Every spelling of none, and every way to leave the signature out.
pub(super) fn none(honest: &Honest, draw: &mut Draw) -> Attack {
    const ODD: &[&str] = &[
        "",
        " none",
        "none ",
        "none\0",
        "n\u{200b}one",
        "ｎｏｎｅ",
        "non",
        "nones",
        "null",
        "false",
    ];
    let spelling = match draw.walk(16 + ODD.len()) {
        // One bit for each of the four letters.
        case if case < 16 => spelled(case),
        odd => ODD[odd - 16].to_owned(),
    };
    let (header, claims, _) = honest.pieces(draw);
    let header = match draw.walk(3) {
        0 => header,
        1 => header.without("kid"),
        _ => header.without("typ").without("kid"),
    };
    let body = body(&header.with("alg", quoted(&spelling)), &claims);
    Attack::Access(match draw.walk(4) {
        0 => format!("{body}."),
        1 => body,
        2 => format!("{body}.{}", parts(honest.token(draw))[2]),
        _ => format!("{body}.{}", base64(hs256(b"", &body))),
    })
}

/// `none` with capitals where `case` has bits.
fn spelled(case: usize) -> String {
    let letters = "none".chars().enumerate();
    letters
        .map(|(place, letter)| match case >> place & 1 {
            1 => letter.to_ascii_uppercase(),
            _ => letter,
        })
        .collect()
}

/// Another `alg`, with a signature of its length, or one made with what an attacker has.
pub(super) fn other_algorithm(honest: &Honest, draw: &mut Draw) -> Attack {
    let (name, length) = draw.each(ALGORITHMS);
    let (header, claims, _) = honest.pieces(draw);
    let body = body(&header.with("alg", quoted(name)), &claims);
    let secret = guessed_secret(draw);
    let signature = match draw.walk(5) {
        0 => draw.bytes(length),
        1 => vec![0; length],
        2 => hs256(&secret, &body),
        3 if length == 48 => hs384(&secret, &body),
        _ if length == 64 => hs512(&secret, &body),
        _ => Vec::new(),
    };
    Attack::Access(format!("{body}.{}", base64(signature)))
}

/// Algorithms of RFC 7518, RFC 8037 and the registry, and the length of their signatures.
const ALGORITHMS: &[(&str, usize)] = &[
    ("HS384", 48),
    ("HS512", 64),
    ("RS256", 256),
    ("RS384", 256),
    ("RS512", 512),
    ("PS256", 256),
    ("PS384", 256),
    ("PS512", 512),
    ("ES256", 64),
    // A signature of zeros: CVE-2022-21449.
    ("ES256K", 64),
    ("ES384", 96),
    ("ES512", 132),
    ("EdDSA", 64),
    ("Ed25519", 64),
    ("ML-DSA-44", 2_420),
    ("dir", 0),
    ("A256KW", 0),
    ("RSA-OAEP", 0),
    ("PBES2-HS256+A128KW", 0),
    ("hs256", 32),
    ("HS256 ", 32),
    ("Hs256", 32),
    ("HMAC-SHA256", 32),
    ("SHA256", 32),
    ("HS1", 20),
    ("HS256/64", 8),
];

/// Everything right but the key.
pub(super) fn guessed_key(honest: &Honest, draw: &mut Draw) -> Attack {
    let (header, claims, _) = honest.pieces(draw);
    let secret = match draw.walk(6) {
        0 => from_base64(header.value("kid").trim_matches('"')),
        1 => header.value("kid").trim_matches('"').into(),
        2 => from_base64(parts(honest.token(draw))[2]),
        3 => honest.token(draw).into(),
        _ => guessed_secret(draw),
    };
    Attack::Access(signed(&secret, header.text(), claims.text()))
}

/// The header brings the key, or says where it is (RFC 8725, section 3.10).
pub(super) fn key_in_header(honest: &Honest, draw: &mut Draw) -> Attack {
    let secret = guessed_secret(draw);
    let (header, claims, _) = honest.pieces(draw);
    let jwk = format!(r#"{{"kty":"oct","alg":"HS256","k":"{}"}}"#, base64(&secret));
    let url = quoted(draw.pick(&[
        "https://evil.example/keys",
        "file:///dev/null",
        "http://169.254.169.254/latest/meta-data/",
        "data:application/json,{}",
        "//evil.example",
    ]));
    let header = match draw.walk(8) {
        0 => header.with("jwk", jwk),
        1 => header.with("jwk", quoted(&jwk)),
        2 => header.with("jku", url),
        3 => header.with("x5u", url),
        4 => header.with("x5c", format!("[\"{}\"]", base64(&secret))),
        5 => header.with("kid", jwk),
        6 => header.with("kid", url),
        _ => header.without("kid").with("jwk", jwk),
    };
    Attack::Access(signed(&secret, header.text(), claims.text()))
}

/// A `kid` that some reader would take for a path, a query, a command or a number.
pub(super) fn kid(honest: &Honest, draw: &mut Draw) -> Attack {
    let (header, claims, _) = honest.pieces(draw);
    let kid = header::odd_key_id(honest, draw);
    let secret = guessed_secret(draw);
    Attack::Access(signed(
        &secret,
        header.with("kid", kid).text(),
        claims.text(),
    ))
}

/// Once it was a good token: signed with a key that was dropped since, under any `kid`.
pub(super) fn dropped_key(honest: &Honest, draw: &mut Draw) -> Attack {
    let keys = &honest.access_keys;
    let named = [&keys.dropped, &keys.current, &keys.older][draw.walk(3)];
    with_secret(honest, keys.dropped.as_bytes(), named, draw)
}

/// A key of this house, but not for this.
pub(super) fn refresh_key(honest: &Honest, draw: &mut Draw) -> Attack {
    let (keys, access) = (&honest.refresh_keys, &honest.access_keys);
    let secret = [&keys.current, &keys.older, &keys.dropped][draw.walk(3)];
    let named = [secret, &access.current, &access.older][draw.walk(3)];
    with_secret(honest, secret.as_bytes(), named, draw)
}

/// The real secret with a change that some readers make to what they load.
pub(super) fn nearly_the_key(honest: &Honest, draw: &mut Draw) -> Attack {
    let real = [&honest.access_keys.current, &honest.access_keys.older][draw.walk(2)];
    let bytes = real.as_bytes();
    let secret = match draw.walk(11) {
        0 => [bytes, b"\n"].concat(),
        1 => [bytes, b" "].concat(),
        2 => [b"\"", bytes, b"\""].concat(),
        3 => from_base64(real),
        4 => real.to_ascii_lowercase().into(),
        5 => bytes[..32].into(),
        6 => [bytes, bytes].concat(),
        7 => [b"\xef\xbb\xbf", bytes].concat(),
        8 => base64(bytes).into(),
        9 => bytes[..bytes.len() - 1].into(),
        _ => {
            let mut bytes = bytes.to_vec();
            let place = draw.below(bytes.len() * 8);
            bytes[place / 8] ^= 1 << (place % 8);
            bytes
        }
    };
    with_secret(honest, &secret, real, draw)
}

/// A token with fresh claims under `secret`, which says that `named` signed it.
fn with_secret(honest: &Honest, secret: &[u8], named: &str, draw: &mut Draw) -> Attack {
    let (header, claims, _) = honest.pieces(draw);
    let header = header.with("kid", quoted_id(named));
    let claims = claims.with("jti", quoted(&base64(draw.bytes(16))));
    Attack::Access(signed(secret, header.text(), claims.text()))
}

/// What [`header`] does, by somebody who has a good token and no key.
pub(super) fn header_changed(honest: &Honest, draw: &mut Draw) -> Attack {
    let changes = [
        header::added,
        header::removed,
        header::doubled,
        header::retyped,
    ];
    let Attack::Access(token) = changes[draw.walk(4)](honest, draw) else {
        unreachable!("headers are of access tokens")
    };
    let [header, _, _] = parts(&token);
    let [_, claims, mac] = parts(honest.token(draw));
    Attack::Access(format!("{header}.{claims}.{mac}"))
}

/// More rights, another user, more time.
pub(super) fn claims_changed(honest: &Honest, draw: &mut Draw) -> Attack {
    let (_, claims, _) = honest.pieces(draw);
    let claims = match draw.walk(5) {
        0 => claims.with("scope", quoted("reports:read reports:write admin")),
        1 => claims.with("sub", quoted(&base64(draw.bytes(16)))),
        2 => claims.with("email", quoted("root@example.com")),
        3 => {
            let exp = crate::functions::START.as_unix() + draw.between(901, 3_600);
            claims.with("exp", exp.to_string())
        }
        _ => claims.with("jti", quoted(&base64(draw.bytes(16)))),
    };
    let [header, _, mac] = parts(honest.token(draw));
    Attack::Access(format!("{header}.{}.{mac}", base64(claims.text())))
}

fn body(header: &Fields, claims: &Fields) -> String {
    format!("{}.{}", base64(header.text()), base64(claims.text()))
}
