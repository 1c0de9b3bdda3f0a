//! Bodies that are no request to refresh or to log out, though there may be a good token in them.

use super::class::Attack;
use super::draw::Draw;
use super::forge::quoted;
use super::honest::{self, Honest};

/// JSON, but not an object with one text in the right place.
pub(super) fn other_value(honest: &Honest, draw: &mut Draw) -> Attack {
    let good = quoted(honest.refresh_token(draw));
    let body = match draw.walk(19) {
        0 => format!("[{good}]"),
        1 => good,
        2 => format!("{{\"refresh_token\":[{good}]}}"),
        3 => format!("{{\"refresh_token\":{{\"refresh_token\":{good}}}}}"),
        4 => format!("{{\"refresh_token\":{good},\"refresh_token\":{good}}}"),
        5 => format!("{{\"refresh_token\":null,\"refresh_token\":{good}}}"),
        6 => format!("{{\"refresh_token\":{good},\"\\u0072efresh_token\":null}}"),
        7 => format!("{{\"Refresh_Token\":{good}}}"),
        8 => format!("{{\"refreshToken\":{good}}}"),
        9 => format!("{{\"token\":{good}}}"),
        10 => format!("{{\"data\":{{\"refresh_token\":{good}}}}}"),
        11 => format!("[{{\"refresh_token\":{good}}}]"),
        12 => format!("{{\"refresh_token\":{}}}", quoted(&good)),
        13 => {
            let number = draw.between(i64::from(i32::MIN), i64::from(i32::MAX));
            format!("{{\"refresh_token\":{number}}}")
        }
        14 => format!(
            "{{\"refresh_token\":{}}}",
            draw.pick(&["null", "true", "false", "{}", "[]", "1e400", "-0"])
        ),
        15 => draw
            .pick(&["{}", "[]", "null", "true", "0", "\"\"", "[{}]", "[null]"])
            .to_string(),
        16 => format!("{{\"refresh_token \":{good}}}"),
        17 => {
            let bytes = honest
                .refresh_token(draw)
                .bytes()
                .map(|byte| byte.to_string());
            format!(
                "{{\"refresh_token\":[{}]}}",
                bytes.collect::<Vec<_>>().join(",")
            )
        }
        _ => {
            let depth = 200 + draw.below(3_000);
            format!(
                "{{\"refresh_token\":{}{good}{}}}",
                "[".repeat(depth),
                "]".repeat(depth)
            )
        }
    };
    Attack::Body(body.into_bytes())
}

/// What a lenient reader would take for the body of a good token.
pub(super) fn no_json(honest: &Honest, draw: &mut Draw) -> Attack {
    const BEFORE: &[&[u8]] = &[
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\0",
        b"x",
        b"[",
        b"{",
        b"/**/",
        b"//\n",
        b")]}',\n",
        b"null",
        b"\x0b",
        b"\xc2\xa0",
    ];
    const BEHIND: &[&[u8]] = &[
        b"\0",
        b"x",
        b"}",
        b"]",
        b",",
        b";",
        b"//",
        b"{}",
        b"\xef\xbb\xbf",
        b"\x1a",
        b"\xff",
        b"\xc2\xa0",
        b"\x0c",
    ];
    let token = honest.refresh_token(draw);
    let good = honest::body(token);
    Attack::Body(match draw.walk(11) {
        0 => [draw.each(BEFORE), good.as_bytes()].concat(),
        1 => [good.as_bytes(), draw.each(BEHIND)].concat(),
        2 => good.replace('"', "'").into(),
        3 => good.replace('}', ",}").into(),
        4 => good.replace(':', "=").into(),
        5 => format!("refresh_token={token}").into(),
        6 => format!("{{refresh_token:\"{token}\"}}").into(),
        7 => {
            let place = draw.below(good.len());
            good[..place].into()
        }
        8 => good.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        // Bytes that are no UTF-8, at any place of the token.
        9 => {
            let place = good.len() - 2 - draw.below(token.len());
            let (before, behind) = good.as_bytes().split_at(place);
            let bad = draw.pick(&[
                &b"\xff"[..],
                b"\xc0\x80",
                b"\xed\xa0\x80",
                b"\x01",
                b"\n",
                b"\\x41",
                b"\\ud800",
            ]);
            [before, bad, behind].concat()
        }
        _ => format!(
            "--x\r\nContent-Disposition: form-data; name=\"refresh_token\"\r\n\r\n{token}\r\n--x--"
        )
        .into(),
    })
}
