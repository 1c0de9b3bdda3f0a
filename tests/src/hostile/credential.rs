//! What is no token of ours at all: other kinds of credentials, other kinds of text.

use naughty_strings::BLNS;

use super::class::Attack;
use super::draw::Draw;
use super::forge::{base64, guessed_secret, latin1, parts, quoted, signed};
use super::honest::Honest;

pub(super) fn other(honest: &Honest, draw: &mut Draw) -> Attack {
    Attack::Access(credential(honest, draw))
}

/// Tokens of other systems, good access tokens among them.
pub(super) fn other_as_refresh(honest: &Honest, draw: &mut Draw) -> Attack {
    Attack::refresh(&match draw.walk(4) {
        0 => honest.token(draw).to_owned(),
        1 => format!("tgr1_{}", honest.token(draw)),
        _ => credential(honest, draw),
    })
}

/// As it is, or dressed up as a JWT.
pub(super) fn refresh_as_access(honest: &Honest, draw: &mut Draw) -> Attack {
    let refresh = honest.refresh_token(draw);
    let token = honest.token(draw);
    let [header, claims, mac] = parts(token);
    Attack::Access(match draw.walk(7) {
        0 => refresh.to_owned(),
        1 => format!("{header}.{refresh}.{mac}"),
        2 => format!("{header}.{claims}.{refresh}"),
        3 => format!("{refresh}.{refresh}.{refresh}"),
        4 => format!("{token}.{refresh}"),
        5 => format!("{header}.{}.{mac}", base64(quoted(refresh))),
        _ => {
            let end = draw.below(refresh.len());
            refresh[..end].to_owned()
        }
    })
}

/// Somebody else's credential, with random bytes where its secret would be.
fn credential(honest: &Honest, draw: &mut Draw) -> String {
    let [header, claims, mac] = parts(honest.token(draw)).map(str::to_owned);
    let mut random = |length| base64(draw.bytes(length));
    let (short, long) = (random(16), random(256));
    match draw.walk(18) {
        // JWE in five parts (RFC 7516, section 3.1).
        0 => {
            let jwe = base64(r#"{"alg":"dir","enc":"A128CBC-HS256","typ":"at+jwt"}"#);
            format!("{jwe}..{short}.{long}.{short}")
        }
        1 => {
            let jwe = base64(r#"{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT"}"#);
            format!("{jwe}.{long}.{short}.{long}.{short}")
        }
        // The JSON serializations of JWS (RFC 7515, section 7.2), of a good token.
        2 => format!(r#"{{"protected":"{header}","payload":"{claims}","signature":"{mac}"}}"#),
        3 => format!(
            r#"{{"payload":"{claims}","signatures":[{{"protected":"{header}","signature":"{mac}"}}]}}"#
        ),
        4 => base64(format!("{header}.{claims}.{mac}")),
        // Detached (RFC 7515, appendix F), and unencoded (RFC 7797).
        5 => format!("{header}..{mac}"),
        6 => format!("v2.local.{long}"),
        7 => format!("v4.public.{long}.{short}"),
        8 => format!("AKIA{}", &short[..16]),
        9 => format!("ghp_{long}"),
        10 => format!("{short}:{short}"),
        11 => base64("ada@example.com:password"),
        12 => format!("<saml:Assertion ID=\"{short}\"/>"),
        13 => format!("MDA{long}"),
        14 => format!("{header}.{claims}.{mac}~"),
        15 => format!("{header}.{claims}.{mac}~{short}~"),
        16 => format!("0.{short}.{long}"),
        _ => format!("tgr1_{long}"),
    }
}

pub(super) fn naughty(honest: &Honest, draw: &mut Draw) -> Attack {
    let naughty = draw.each(BLNS);
    let [header, claims, mac] = parts(honest.token(draw));
    let encoded = base64(naughty);
    Attack::Access(match draw.walk(6) {
        0 => naughty.to_owned(),
        1 => format!("{naughty}.{naughty}.{naughty}"),
        2 => format!("{encoded}.{claims}.{mac}"),
        3 => format!("{header}.{encoded}.{mac}"),
        4 => format!("{header}.{claims}.{encoded}"),
        _ => format!("{header}.{claims}.{mac}{naughty}x"),
    })
}

pub(super) fn naughty_as_refresh(honest: &Honest, draw: &mut Draw) -> Attack {
    let naughty = draw.each(BLNS);
    Attack::refresh(&match draw.walk(4) {
        0 => naughty.to_owned(),
        1 => format!("tgr1_{naughty}"),
        2 => format!("tgr1_{}", base64(naughty)),
        _ => format!("{}{naughty}x", honest.refresh_token(draw)),
    })
}

pub(super) fn random(_: &Honest, draw: &mut Draw) -> Attack {
    Attack::Access(random_text(draw))
}

pub(super) fn random_as_refresh(_: &Honest, draw: &mut Draw) -> Attack {
    let text = random_text(draw);
    Attack::refresh(&match draw.below(2) {
        0 => text,
        _ => format!("tgr1_{text}"),
    })
}

/// Bytes, base64, three parts of either, or characters from all over Unicode.
fn random_text(draw: &mut Draw) -> String {
    let length = draw.below(600);
    let mut part = |length| {
        let bytes = draw.bytes(length);
        base64(bytes)
    };
    match length % 4 {
        0 => part(length),
        1 => [part(60), part(length), part(32)].join("."),
        2 => latin1(&draw.bytes(length)),
        _ => draw.bytes(4 * length).chunks(4).map(character).collect(),
    }
}

fn character(bytes: &[u8]) -> char {
    let number = bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte));
    char::from_u32(number % 0x0011_0000).unwrap_or('\u{fffd}')
}

/// From nearly what API Gateway lets through (10,240 bytes of headers) to far beyond it.
pub(super) fn too_long(honest: &Honest, draw: &mut Draw) -> Attack {
    let length = length(draw);
    let [header, claims, mac] = parts(honest.token(draw)).map(str::to_owned);
    let filler = "A".repeat(length);
    Attack::Access(match draw.walk(6) {
        0 => filler,
        1 => format!("{header}.{filler}.{mac}"),
        2 => format!("{header}.{claims}.{filler}"),
        3 => format!("{filler}.{claims}.{mac}"),
        4 => {
            let header = format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{filler}"}}"#);
            signed(&guessed_secret(draw), header, "{}")
        }
        _ => format!("{header}.{claims}.{mac}").repeat(length / 400),
    })
}

pub(super) fn refresh_too_long(honest: &Honest, draw: &mut Draw) -> Attack {
    let length = length(draw);
    let token = honest.refresh_token(draw);
    Attack::refresh(&match draw.walk(4) {
        0 => "A".repeat(length),
        1 => format!("tgr1_{}", "A".repeat(length)),
        2 => format!("{token}{}", "A".repeat(length)),
        _ => token.repeat(length / 100),
    })
}

fn length(draw: &mut Draw) -> usize {
    const EDGES: &[usize] = &[8_191, 8_192, 8_193, 10_239, 10_240, 10_241, 16_384, 65_536];
    match draw.walk(EDGES.len() + 4) {
        0 => 262_144,
        1..4 => 4_000 + draw.below(8_000),
        edge => EDGES[edge - 4],
    }
}
