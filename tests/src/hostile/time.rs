//! Times, signed with the real key: over, not yet, too far apart, and no times at all.

use super::claims::changed;
use super::class::Attack;
use super::draw::Draw;
use super::honest::Honest;
use crate::functions::START;

/// The leeway of the product, in seconds.
const LEEWAY: i64 = 5;
/// The longest lifetime that it takes.
const LONGEST: i64 = 3_600;

/// By the first second after the leeway, or by years.
pub(super) fn expired(honest: &Honest, draw: &mut Draw) -> Attack {
    let now = START.as_unix();
    let ago = match draw.walk(3) {
        0 => i64::try_from(draw.walk(60)).unwrap_or(0),
        1 => draw.between(0, 86_400),
        _ => draw.between(0, now - LEEWAY - LONGEST),
    };
    let exp = now - LEEWAY - ago;
    let iat = exp - draw.between(1, LONGEST);
    times(honest, draw, iat, exp, None)
}

/// `iat` or `nbf` lies ahead, by more than the leeway.
pub(super) fn early(honest: &Honest, draw: &mut Draw) -> Attack {
    let now = START.as_unix();
    let ahead = match draw.walk(3) {
        0 => i64::try_from(draw.walk(60)).unwrap_or(0),
        1 => draw.between(0, 86_400),
        _ => draw.between(0, i64::from(i32::MAX)),
    };
    let start = now + LEEWAY + 1 + ahead;
    match draw.walk(2) {
        0 => {
            let exp = start + draw.between(1, LONGEST);
            times(honest, draw, start, exp, None)
        }
        _ => times(honest, draw, now, now + 900, Some(start)),
    }
}

/// `exp` before or at `iat`, or more than an hour after it.
pub(super) fn lifetime(honest: &Honest, draw: &mut Draw) -> Attack {
    let now = START.as_unix();
    let iat = now - draw.between(0, 60);
    let exp = match draw.walk(4) {
        0 => iat - i64::try_from(draw.walk(60)).unwrap_or(0),
        1 => iat + LONGEST + 1 + draw.between(0, 60),
        2 => iat + LONGEST + draw.between(1, 86_400 * 365),
        _ => draw.pick(&[i64::MAX, i64::MAX - 1, i64::from(u32::MAX), 253_402_300_800]),
    };
    times(honest, draw, iat, exp, None)
}

fn times(honest: &Honest, draw: &mut Draw, iat: i64, exp: i64, nbf: Option<i64>) -> Attack {
    changed(honest, draw, |claims, _| {
        let claims = claims
            .with("iat", iat.to_string())
            .with("exp", exp.to_string());
        match nbf {
            Some(nbf) => claims.with("nbf", nbf.to_string()),
            None => claims,
        }
    })
}

/// Numbers that are no whole seconds, or no numbers.
pub(super) fn extreme(honest: &Honest, draw: &mut Draw) -> Attack {
    const NUMBERS: &[&str] = &[
        "1e400",
        "-1e400",
        "1e308",
        "1e19",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "340282366920938463463374607431768211456",
        "1800000900.0",
        "1800000900.5",
        "1.8000009e9",
        "18000009e2",
        "1800000900e0",
        "1800000900E0",
        "-0",
        "-0.0",
        "0.0",
        "1e-400",
        "NaN",
        "Infinity",
        "-Infinity",
        "+1800000900",
        "01800000900",
        "0x6B49D584",
        "1_800_000_900",
        "1800000900n",
        ".5",
        "5.",
        "١٨٠٠٠٠٠٩٠٠",
        "\"1800000900\"",
        "\"\"",
        "\"never\"",
        "\"2027-01-15T08:15:00Z\"",
        "\"1800000900.0\"",
        "\" 1800000900\"",
        "\"0x6B49D584\"",
        "true",
        "[1800000900]",
        "{\"$numberLong\":\"1800000900\"}",
        "null",
    ];
    let number = match draw.walk(NUMBERS.len() + 2) {
        0 => format!("1{}", "0".repeat(19 + draw.below(1_000))),
        1 => format!("1800000{}.{}", draw.between(100, 999), draw.between(0, 9)),
        known => NUMBERS[known - 2].to_owned(),
    };
    let name = ["exp", "iat", "nbf"][draw.walk(3)];
    changed(honest, draw, |claims, _| claims.with(name, number))
}
