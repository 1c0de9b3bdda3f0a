//! Claims that are not exactly ours, signed with the real key.

use naughty_strings::BLNS;

use super::class::Attack;
use super::draw::Draw;
use super::fields::Fields;
use super::forge::{quoted, signed};
use super::header::written;
use super::honest::Honest;
use crate::functions::profile;

const REQUIRED: &[&str] = &[
    "iss", "aud", "sub", "iat", "exp", "jti", "sid", "email", "scope",
];

/// One of them, or several.
pub(super) fn removed(honest: &Honest, draw: &mut Draw) -> Attack {
    let which = 1 + draw.walk((1 << REQUIRED.len()) - 1);
    changed(honest, draw, |claims, _| {
        let gone = REQUIRED
            .iter()
            .enumerate()
            .filter(|(place, _)| which >> place & 1 == 1);
        gone.fold(claims, |claims, (_, name)| claims.without(name))
    })
}

/// Twice the same name, also where one is written with an escape; the right value first or last.
pub(super) fn doubled(honest: &Honest, draw: &mut Draw) -> Attack {
    const VALUES: &[&str] = &[
        "same",
        "null",
        "1",
        "1800000900",
        r#""admin""#,
        "[]",
        "{}",
        "9999999999",
        r#""""#,
    ];
    let name = draw.each(REQUIRED);
    let value = draw.each(VALUES);
    let written = written(name, draw);
    changed(honest, draw, |claims, draw| {
        let value = if value == "same" {
            claims.value(name).to_owned()
        } else {
            value.to_owned()
        };
        claims.adding(&written, &value, draw)
    })
}

/// Numbers as text, text as numbers, lists, objects: every claim as every other type.
pub(super) fn retyped(honest: &Honest, draw: &mut Draw) -> Attack {
    let place = draw.walk(REQUIRED.len() + 1);
    // Optional, but if it is there it is a number.
    let name = REQUIRED.get(place).copied().unwrap_or("nbf");
    let kind = draw.walk(12);
    let chance = draw.between(0, 99);
    changed(honest, draw, |claims, _| {
        let right = match name {
            "nbf" => claims.value("iat").to_owned(),
            name => claims.value(name).to_owned(),
        };
        let is_number = !right.starts_with('"');
        let value = match kind {
            0 => "null".to_owned(),
            1 => "true".to_owned(),
            2 => "false".to_owned(),
            3 => format!("[{right}]"),
            4 => format!("[{right},{right}]"),
            5 => "[]".to_owned(),
            6 => "{}".to_owned(),
            7 => format!("{{\"{name}\":{right}}}"),
            8 if is_number => format!("{right}.{chance}"),
            9 if is_number => format!("{}e{}", &right[..1], chance % 30),
            _ if is_number => format!("\"{right}\""),
            8 => chance.to_string(),
            9 => format!("-{chance}.5"),
            _ => "0".to_owned(),
        };
        claims.with(name, value)
    })
}

/// Names that are nearly ours: by prefix, by suffix, by case, by what Unicode makes equal.
pub(super) fn issuer(honest: &Honest, draw: &mut Draw) -> Attack {
    const OTHERS: &[&str] = &[
        "https://auth.example.com/",
        "https://auth.example.com.evil.example",
        "https://auth.example.com@evil.example",
        "https://auth.example.com:443",
        "http://auth.example.com",
        "https://AUTH.example.com",
        "HTTPS://auth.example.com",
        "https://auth.example.com#",
        "https://auth.example.com?",
        "https://auth.example.com/..",
        "https://auth.example.co",
        "https://auth%2Eexample.com",
        "//auth.example.com",
        "auth.example.com",
        "https://evil.example/https://auth.example.com",
        "https://auth.example.com,https://evil.example",
        "https://auth.example.com https://evil.example",
        "*",
        "https://*",
        ".*",
        "https://auth.example.com\\",
        "https:///auth.example.com",
        "https://auth.example.com%00",
        "https://tollgate.localhost",
        "https://accounts.google.com",
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_example",
    ];
    let value = name(&profile().issuer, OTHERS, draw);
    changed(honest, draw, |claims, _| claims.with("iss", value))
}

pub(super) fn audience(honest: &Honest, draw: &mut Draw) -> Attack {
    const OTHERS: &[&str] = &[
        "api.example.co",
        "api.example.com.",
        "api.example.com.evil.example",
        "evil.api.example.com",
        "API.example.com",
        "https://api.example.com",
        "api.example.com/",
        "*",
        ".*",
        "*.example.com",
        "example.com",
        "api",
        "account",
        "api.example.com,other",
        "api.example.com other",
        "api%2eexample.com",
        "api.tollgate.localhost",
        "0",
    ];
    let value = name(&profile().audience, OTHERS, draw);
    changed(honest, draw, |claims, _| claims.with("aud", value))
}

/// A text, or a list, that somebody who compares carelessly takes for `right`. Never the text itself.
fn name(right: &str, others: &[&str], draw: &mut Draw) -> String {
    const LOOKALIKES: &[(char, char)] = &[
        ('a', 'а'),
        ('e', 'е'),
        ('o', 'о'),
        ('p', 'р'),
        ('c', 'с'),
        ('i', 'і'),
        ('.', '。'),
        ('.', '․'),
        ('a', 'ａ'),
        ('m', 'ⅿ'),
    ];
    const INVISIBLE: &[char] = &[
        '\u{200b}', '\u{200d}', '\u{feff}', '\u{ad}', '\u{301}', '\u{202e}', '\0', ' ', '\n', '\t',
        '\u{a0}', '\u{2060}',
    ];
    let mut text: Vec<char> = right.chars().collect();
    match draw.walk(others.len() + 12) {
        0 | 1 => {
            let (plain, lookalike) = draw.pick(LOOKALIKES);
            let places = text.iter_mut().filter(|letter| **letter == plain);
            places.for_each(|letter| *letter = lookalike);
            // A letter that the name does not have.
            if text.iter().copied().eq(right.chars()) {
                text.push(lookalike);
            }
        }
        2 | 3 => text.insert(draw.below(right.len() + 1), draw.pick(INVISIBLE)),
        4 => text.truncate(draw.below(right.len())),
        5 => text.insert(0, draw.pick(&['x', ' ', '.', '@'])),
        6 => text.push(draw.pick(&['x', ' ', '.', '@'])),
        7 => return format!("[{}]", quoted(right)),
        8 => return format!("[{},{}]", quoted("other"), quoted(right)),
        9 => return quoted(draw.pick(BLNS)),
        10 => text.reverse(),
        11 => {
            let place = draw.below(text.len());
            let letter = text[place];
            text[place] = if letter.is_ascii_alphabetic() {
                letter.to_ascii_uppercase()
            } else {
                '_'
            };
        }
        known => return quoted(others[known - 12]),
    }
    quoted(&text.into_iter().collect::<String>())
}

/// Text that is no user id, no address, no scope.
pub(super) fn malformed(honest: &Honest, draw: &mut Draw) -> Attack {
    const NOT_AN_ID: &[&str] = &[
        "",
        " ",
        "u 1",
        "u\0",
        "../u",
        "u/1",
        "u:1",
        "u|1",
        "ü",
        "\u{202e}u",
        "u\n",
        "a@b",
        "'--",
        "*",
        "u.1",
        "🦀",
    ];
    const NOT_AN_ADDRESS: &[&str] = &[
        "",
        "@",
        "a@",
        "@b",
        "a",
        "a@b@",
        "a b@example.com",
        "ä@example.com",
        "a@exämple.com",
        "ａ@example.com",
        "a@b\0.com",
        "a@example.com\n",
        "a@-b.com",
        "a..b@c.com",
        "<a@b.com>",
        "a@b.com,c@d.com",
        "a@[127.0.0.1]",
        "\u{200b}a@b.com",
    ];
    const NOT_A_SCOPE: &[&str] = &[
        " ",
        "  ",
        "a  b",
        " a",
        "a ",
        "a\tb",
        "a\nb",
        "\"a\"",
        "a\\b",
        "ä",
        "a\u{a0}b",
        "reports:read\0",
        "\u{feff}a",
        "\u{7f}",
    ];
    let (name, value) = match draw.walk(4) {
        0 => ("sub", draw.each(NOT_AN_ID).to_owned()),
        1 => ("email", draw.each(NOT_AN_ADDRESS).to_owned()),
        2 => ("scope", draw.each(NOT_A_SCOPE).to_owned()),
        _ => {
            let length = 65 + draw.below(2_000);
            let long = "x".repeat(length);
            match draw.walk(2) {
                0 => ("sub", long),
                _ => ("email", format!("{long}@example.com")),
            }
        }
    };
    changed(honest, draw, |claims, _| claims.with(name, quoted(&value)))
}

/// The claims of a good token, changed, under a good signature.
pub(super) fn changed(
    honest: &Honest,
    draw: &mut Draw,
    change: impl FnOnce(Fields, &mut Draw) -> Fields,
) -> Attack {
    let (header, claims, secret) = honest.pieces(draw);
    let claims = change(claims, draw);
    Attack::Access(signed(secret, header.text(), claims.text()))
}
