//! The same bytes, written otherwise: whoever compares tokens as text must not meet two of one meaning.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::class::Attack;
use super::draw::Draw;
use super::forge::{base64, from_base64, hex, parts, signed_as_it_is};
use super::honest::Honest;

/// One part of a good token.
pub(super) fn access(honest: &Honest, draw: &mut Draw) -> Attack {
    let mut parts = parts(honest.token(draw)).map(str::to_owned);
    let place = draw.walk(3);
    parts[place] = otherwise(&parts[place], draw);
    Attack::Access(parts.join("."))
}

/// Header or claims, under a signature of what is sent: only strict reading refuses it.
pub(super) fn signed(honest: &Honest, draw: &mut Draw) -> Attack {
    let (header, claims, secret) = honest.pieces(draw);
    let mut parts = [header, claims].map(|fields| base64(fields.text()));
    let place = draw.walk(2);
    let other = otherwise(&parts[place], draw);
    // Nothing was there to be written otherwise.
    if other == parts[place] {
        return Attack::Access(honest.token(draw).to_owned());
    }
    parts[place] = other;
    Attack::Access(signed_as_it_is(secret, &parts[0], &parts[1]))
}

pub(super) fn refresh(honest: &Honest, draw: &mut Draw) -> Attack {
    let token = honest.refresh_token(draw);
    let (prefix, rest) = token.split_at("tgr1_".len());
    Attack::refresh(&format!("{prefix}{}", otherwise(rest, draw)))
}

/// What a lenient reader takes for the same; or nearly the same.
fn otherwise(part: &str, draw: &mut Draw) -> String {
    let bytes = from_base64(part);
    match draw.walk(13) {
        0 => padded(part, draw),
        1 => STANDARD.encode(&bytes),
        2 => STANDARD_NO_PAD.encode(&bytes),
        3 => trailing_bits(part, draw),
        4 => with_blanks(part, draw),
        5 => percent_encoded(part, draw),
        6 => hex(&bytes, ""),
        7 => hex(part.as_bytes(), "%"),
        8 => GeneralPurpose::new(&alphabet::CRYPT, GeneralPurposeConfig::new()).encode(&bytes),
        9 => URL_SAFE.encode(part),
        10 => part.chars().rev().collect(),
        11 => swapped_case(part, draw),
        _ => full_width(part, draw),
    }
}

fn padded(part: &str, draw: &mut Draw) -> String {
    let padding = "=".repeat(1 + draw.below(4));
    match draw.below(3) {
        0 => format!("{padding}{part}"),
        1 => {
            let place = draw.below(part.len());
            [&part[..place], &padding, &part[place..]].concat()
        }
        _ => format!("{part}{padding}"),
    }
}

/// The bits of the last character that stand for nothing; they must be zero (RFC 4648, section 3.5).
fn trailing_bits(part: &str, draw: &mut Draw) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let unused = match part.len() % 4 {
        2 => 4,
        3 => 2,
        // No bit is unused: one character more stands for nothing at all.
        _ => {
            let place = draw.below(ALPHABET.len());
            return [part, &ALPHABET[place..=place]].concat();
        }
    };
    let (rest, last) = part.split_at(part.len() - 1);
    let value = ALPHABET.find(last).unwrap_or(0) | (1 + draw.below((1 << unused) - 1));
    [rest, &ALPHABET[value..=value]].concat()
}

fn with_blanks(part: &str, draw: &mut Draw) -> String {
    const BLANKS: &[&str] = &[
        " ", "\n", "\r\n", "\t", "\u{b}", "\u{c}", "\0", "\u{a0}", "\u{200b}", "\u{feff}",
        "\u{2028}", "\u{85}",
    ];
    let mut text = part.to_owned();
    for _ in 0..=draw.below(3) {
        // Inside, since blanks around a token are no part of it.
        let inside: Vec<usize> = text
            .char_indices()
            .map(|(place, _)| place)
            .skip(1)
            .collect();
        text.insert_str(draw.pick(&inside), draw.pick(BLANKS));
    }
    text
}

fn percent_encoded(part: &str, draw: &mut Draw) -> String {
    let place = draw.below(part.len());
    let character = &part[place..=place];
    let code = hex(character.as_bytes(), "%");
    [&part[..place], &code, &part[place + 1..]].concat()
}

fn swapped_case(part: &str, draw: &mut Draw) -> String {
    let from = draw.below(part.len());
    let swap = |byte: char| {
        if byte.is_ascii_lowercase() {
            byte.to_ascii_uppercase()
        } else {
            byte.to_ascii_lowercase()
        }
    };
    let (kept, swapped) = part.split_at(from);
    kept.chars().chain(swapped.chars().map(swap)).collect()
}

/// Characters that Unicode's compatibility forms make the same: `Ａ` for `A`.
fn full_width(part: &str, draw: &mut Draw) -> String {
    let place = draw.below(part.len());
    let wide = |character: char| char::from_u32(u32::from(character) + 0xfee0).unwrap_or(character);
    part.char_indices()
        .map(|(at, character)| {
            if at == place {
                wide(character)
            } else {
                character
            }
        })
        .collect()
}
