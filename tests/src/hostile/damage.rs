//! Damage to a token as it travels: bits, bytes, pieces and dots.

use super::class::Attack;
use super::draw::Draw;
use super::forge::{latin1, parts};
use super::honest::Honest;

pub(super) fn access_bit(honest: &Honest, draw: &mut Draw) -> Attack {
    Attack::Access(bit(honest.token(draw), draw))
}

pub(super) fn access_bytes(honest: &Honest, draw: &mut Draw) -> Attack {
    Attack::Access(bytes(honest.token(draw), draw))
}

pub(super) fn access_cut(honest: &Honest, draw: &mut Draw) -> Attack {
    Attack::Access(cut(honest.token(draw), draw))
}

pub(super) fn access_longer(honest: &Honest, draw: &mut Draw) -> Attack {
    let other = honest.token(draw).to_owned();
    Attack::Access(longer(honest.token(draw), &other, draw))
}

pub(super) fn refresh_bit(honest: &Honest, draw: &mut Draw) -> Attack {
    Attack::refresh(&bit(honest.refresh_token(draw), draw))
}

pub(super) fn refresh_bytes(honest: &Honest, draw: &mut Draw) -> Attack {
    Attack::refresh(&bytes(honest.refresh_token(draw), draw))
}

pub(super) fn refresh_cut(honest: &Honest, draw: &mut Draw) -> Attack {
    Attack::refresh(&cut(honest.refresh_token(draw), draw))
}

pub(super) fn refresh_longer(honest: &Honest, draw: &mut Draw) -> Attack {
    let other = honest.refresh_token(draw).to_owned();
    Attack::refresh(&longer(honest.refresh_token(draw), &other, draw))
}

/// Every bit in turn.
fn bit(token: &str, draw: &mut Draw) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let place = draw.walk(bytes.len() * 8);
    bytes[place / 8] ^= 1 << (place % 8);
    latin1(&bytes)
}

/// One to eight bytes; half of the time with others that base64url has.
fn bytes(token: &str, draw: &mut Draw) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";
    let mut bytes = token.as_bytes().to_vec();
    let alphabet = draw.below(2) == 0;
    for _ in 0..=draw.below(8) {
        let place = draw.below(bytes.len());
        bytes[place] = if alphabet {
            draw.pick(ALPHABET)
        } else {
            draw.bytes(1)[0]
        };
    }
    latin1(&bytes)
}

/// At the front, at the back, or out of the middle.
fn cut(token: &str, draw: &mut Draw) -> String {
    let side = draw.walk(3);
    let length = 1 + draw.walk(token.len());
    let rest = token.len() - length;
    match side {
        0 => token[length..].to_owned(),
        1 => token[..rest].to_owned(),
        _ => {
            let from = draw.below(rest + 1);
            [&token[..from], &token[from + length..]].concat()
        }
    }
}

/// In front, behind, or in the middle.
fn longer(token: &str, other: &str, draw: &mut Draw) -> String {
    const PIECES: &[&str] = &[
        "A",
        "AA",
        "AAAA",
        ".",
        "..",
        "=",
        "==",
        "_",
        "-",
        ",",
        ";",
        "\0",
        "\n",
        "\r\n",
        "\t",
        "\"",
        "'",
        "%00",
        "%20",
        "#",
        "?",
        "/",
        "\u{feff}",
        "\u{200b}",
        "\u{a0}",
        "é",
        "🦀",
        ", Bearer ",
        " Bearer ",
        "Bearer ",
    ];
    let piece = match draw.walk(PIECES.len() + 2) {
        0 => other.to_owned(),
        1 => {
            let length = 1 + draw.below(64);
            latin1(&draw.bytes(length))
        }
        known => PIECES[known - 2].to_owned(),
    };
    let place = match draw.walk(3) {
        0 => 0,
        1 => token.len(),
        _ => draw.below(token.len() + 1),
    };
    [&token[..place], &piece, &token[place..]].concat()
}

/// Header, claims and signature of up to three tokens, in any order.
pub(super) fn parts_mixed(honest: &Honest, draw: &mut Draw) -> Attack {
    let mut part = || parts(honest.token(draw))[draw.below(3)].to_owned();
    let mixed = [part(), part(), part()];
    if draw.below(3) > 0 {
        return Attack::Access(mixed.join("."));
    }
    // In their own places, so that only the signature can tell.
    let mut part = |place: usize| parts(honest.token(draw))[place].to_owned();
    Attack::Access([part(0), part(1), part(2)].join("."))
}

/// None to very many; empty ones, and those of a good token.
pub(super) fn part_count(honest: &Honest, draw: &mut Draw) -> Attack {
    const COUNTS: &[usize] = &[
        0, 1, 2, 4, 5, 6, 7, 8, 16, 64, 256, 1_000, 4_096, 8_189, 8_190, 8_191, 8_192, 8_193,
        10_240, 100_000,
    ];
    let count = draw.each(COUNTS);
    let token = honest.token(draw);
    let [header, claims, mac] = parts(token);
    let dots = ".".repeat(count);
    Attack::Access(match draw.walk(5) {
        0 => dots,
        1 => format!("{token}{}", ".".repeat(count + 1)),
        2 => format!(".{dots}{token}"),
        3 => format!("{header}.{dots}{claims}..{mac}"),
        _ => [header, claims, mac]
            .iter()
            .cycle()
            .take(count)
            .copied()
            .collect::<Vec<_>>()
            .join("."),
    })
}
