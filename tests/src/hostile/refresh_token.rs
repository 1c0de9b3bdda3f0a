//! Refresh tokens, taken apart: `tgr1_` + base64url(key 8, family 16, generation 4, secret 16, user,
//! MAC 16).

use std::ops::Range;

use super::class::Attack;
use super::draw::Draw;
use super::forge::{base64, from_base64, guessed_secret, hs256};
use super::honest::{Honest, id};

const PREFIX: &str = "tgr1_";
const KEY: Range<usize> = 0..8;
const FAMILY: Range<usize> = 8..24;
const GENERATION: Range<usize> = 24..28;
const SECRET: Range<usize> = 28..44;
const USER: usize = 44;
const MAC: usize = 16;

/// The bytes of a good token, without those of the MAC, and the MAC.
fn taken_apart(honest: &Honest, draw: &mut Draw) -> (Vec<u8>, Vec<u8>) {
    let token = honest.refresh_token(draw);
    let mut bytes = from_base64(&token[PREFIX.len()..]);
    let mac = bytes.split_off(bytes.len() - MAC);
    (bytes, mac)
}

fn token(body: &[u8], mac: &[u8]) -> Attack {
    Attack::refresh(&format!("{PREFIX}{}", base64([body, mac].concat())))
}

/// The first bytes of one token and the last ones of another.
pub(super) fn spliced(honest: &Honest, draw: &mut Draw) -> Attack {
    let ((one, mac), (other, other_mac)) = (taken_apart(honest, draw), taken_apart(honest, draw));
    let place = draw.walk(one.len().min(other.len()));
    let mac = if draw.below(2) == 0 { mac } else { other_mac };
    token(&[&one[..place], &other[place..]].concat(), &mac)
}

/// Another family, generation, secret or user.
pub(super) fn fields_changed(honest: &Honest, draw: &mut Draw) -> Attack {
    let (mut body, mac) = taken_apart(honest, draw);
    match draw.walk(6) {
        0 => {
            let generation: u32 = draw.pick(&[1, 2, 255, 65_536, u32::MAX - 1, u32::MAX]);
            body[GENERATION].copy_from_slice(&generation.to_be_bytes());
        }
        1 => body[FAMILY].copy_from_slice(&draw.bytes(FAMILY.len())),
        2 => body[SECRET].copy_from_slice(&draw.bytes(SECRET.len())),
        3 => body[KEY].copy_from_slice(&draw.bytes(KEY.len())),
        4 => body[GENERATION].copy_from_slice(&draw.bytes(GENERATION.len())),
        _ => {
            body.truncate(USER);
            let length = draw.below(80);
            body.extend(base64(draw.bytes(length)).bytes().take(length));
        }
    }
    token(&body, &mac)
}

pub(super) fn damaged_mac(honest: &Honest, draw: &mut Draw) -> Attack {
    let (body, mac) = taken_apart(honest, draw);
    let other = match draw.walk(8) {
        0 => Vec::new(),
        1 => vec![0; MAC],
        2 => vec![0xff; MAC],
        3 => draw.bytes(MAC),
        4 => mac[..draw.below(MAC)].to_vec(),
        5 => [&mac[..], &draw.bytes(16)].concat(),
        6 => hs256(&guessed_secret(draw), &body),
        _ => mac.iter().rev().copied().collect(),
    };
    token(&body, &other)
}

/// Made by somebody else: with the id of their key, or with the id of ours.
pub(super) fn other_key(honest: &Honest, draw: &mut Draw) -> Attack {
    let (mut body, _) = taken_apart(honest, draw);
    let keys = &honest.refresh_keys;
    let guess;
    let secret = match draw.walk(4) {
        0 => keys.dropped.as_bytes(),
        1 => honest.access_keys.current.as_bytes(),
        // The MAC is over the prefix too; without it, it is a signature for something else.
        2 => return token(&body, &hs256(keys.current.as_bytes(), &body)[..MAC]),
        _ => {
            guess = guessed_secret(draw);
            &guess
        }
    };
    let name = [
        &keys.dropped,
        &keys.current,
        &keys.older,
        &honest.access_keys.current,
    ];
    let name = from_base64(&id(name[draw.walk(4)]).to_string());
    body[KEY].copy_from_slice(&name);
    let mac = mac(secret, &body);
    token(&body, &mac)
}

/// Versions that there are not.
pub(super) fn prefix(honest: &Honest, draw: &mut Draw) -> Attack {
    const PREFIXES: &[&str] = &[
        "",
        "tgr_",
        "tgr0_",
        "tgr2_",
        "tgr10_",
        "tgr1",
        "tgr1-",
        "TGR1_",
        "Tgr1_",
        "tgr1__",
        "tgr1_tgr1_",
        "tgr01_",
        "tga1_",
        "gr1_",
        " tgr1_",
        "tgr1_ ",
        "tgr1\u{200b}_",
        "tgr１_",
        "tgr1=",
        "\u{feff}tgr1_",
        "tgr1_\0",
        "Bearer tgr1_",
        "v1.",
        "tgr1%5F",
    ];
    let rest = &honest.refresh_token(draw)[PREFIX.len()..];
    Attack::refresh(&match draw.walk(PREFIXES.len() + 1) {
        0 => format!("tgr{}_{rest}", draw.between(2, 9_999)),
        known => format!("{}{rest}", PREFIXES[known - 1]),
    })
}

/// A right MAC over what is no token: a length or a user that cannot be.
pub(super) fn malformed_inside(honest: &Honest, draw: &mut Draw) -> Attack {
    let (mut body, _) = taken_apart(honest, draw);
    match draw.walk(5) {
        0 => body.truncate(USER),
        1 => body.truncate(KEY.end + draw.below(USER - KEY.end)),
        2 => {
            body.truncate(USER);
            let length = 65 + draw.below(64);
            body.extend(base64(draw.bytes(length)).bytes().take(length));
        }
        3 => {
            body.truncate(USER);
            body.extend(draw.pick(&[
                &b"\xff"[..],
                b"a b",
                b"\0",
                b"../u",
                b"\xc3\xbc",
                b"\xed\xa0\x80",
                b"a\n",
            ]));
        }
        _ => body.insert(USER, draw.bytes(1)[0] | 0x80),
    }
    let keys = &honest.refresh_keys;
    let secret = if body[KEY] == from_base64(&id(&keys.current).to_string()) {
        &keys.current
    } else {
        &keys.older
    };
    let mac = mac(secret.as_bytes(), &body);
    token(&body, &mac)
}

/// As the product makes it: over the prefix and the body, cut to 16 bytes.
fn mac(secret: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mac = hs256(secret, [PREFIX.as_bytes(), body].concat());
    mac.truncate(MAC);
    mac
}
