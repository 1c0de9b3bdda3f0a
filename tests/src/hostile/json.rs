//! JSON that is none, or that two readers read differently, in the place of header or claims.

use super::class::Attack;
use super::draw::Draw;
use super::fields::Fields;
use super::forge::{base64, from_base64, guessed_secret, parts, quoted, signed};
use super::honest::Honest;

/// Where header and claims differ.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// May hold no other field, and no blank in front.
    Header,
    Claims,
}

/// A broken header over good claims, with what a stranger has for a signature.
pub(super) fn header_without_key(honest: &Honest, draw: &mut Draw) -> Attack {
    let (header, _, _) = honest.pieces(draw);
    let broken = base64(broken(&header, Part::Header, draw));
    let [_, claims, mac] = parts(honest.token(draw));
    Attack::Access(match draw.below(2) {
        0 => format!("{broken}.{claims}.{mac}"),
        _ => signed(
            &guessed_secret(draw),
            from_base64(&broken),
            from_base64(claims),
        ),
    })
}

pub(super) fn header(honest: &Honest, draw: &mut Draw) -> Attack {
    let (header, claims, secret) = honest.pieces(draw);
    let header = broken(&header, Part::Header, draw);
    Attack::Access(signed(secret, header, claims.text()))
}

pub(super) fn claims(honest: &Honest, draw: &mut Draw) -> Attack {
    let (header, claims, secret) = honest.pieces(draw);
    let claims = broken(&claims, Part::Claims, draw);
    Attack::Access(signed(secret, header.text(), claims))
}

/// The object in `fields`, no longer JSON or no longer an object.
fn broken(fields: &Fields, part: Part, draw: &mut Draw) -> Vec<u8> {
    let text = fields.text();
    match draw.walk(9) {
        0 => around(&text, draw),
        1 => instead(&text, draw),
        2 => inside(&text, draw),
        3 => utf16(&text, draw),
        4 => spoiled_bytes(&text, part, draw),
        5 => {
            let depth = 200 + draw.below(2_000);
            let (left, right) = draw.pick(&[("[", "]"), ("{\"a\":", "}")]);
            let middle = if left == "[" { "" } else { "1" };
            let deep = format!("{}{middle}{}", left.repeat(depth), right.repeat(depth));
            // Not in a claim that nobody reads: there, it is skipped, however deep it is.
            let name = match part {
                Part::Header => ["alg", "typ", "kid", "deep"],
                Part::Claims => ["iss", "aud", "exp", "nbf"],
            };
            fields.clone().with(name[draw.below(4)], deep).text().into()
        }
        6 => {
            let depth = 200 + draw.below(5_000);
            draw.pick(&["[", "{\"a\":", "[{\"a\":"])
                .repeat(depth)
                .into()
        }
        7 => {
            let place = draw.below(text.len());
            text[..place].into()
        }
        _ => {
            let place = 1 + draw.below(text.len() - 1);
            [&text.as_bytes()[place..], &text.as_bytes()[..place]].concat()
        }
    }
}

/// Something in front of or behind a good object.
fn around(text: &str, draw: &mut Draw) -> Vec<u8> {
    const BEFORE: &[&str] = &[
        "\u{feff}", "\0", "x", "[", "{", "//\n", "/**/", ")]}',\n", "\u{a0}", "\u{2028}", "\u{b}",
        "null", "\"", "#\n",
    ];
    const BEHIND: &[&str] = &[
        "\0", "x", "]", "}", "//", "/**/", ",", ";", "{}", "null", "\u{feff}", "\u{a0}", "\"", "#",
        "\u{1a}",
    ];
    match draw.walk(2) {
        0 => format!("{}{text}", draw.each(BEFORE)),
        _ => format!("{text}{}", draw.each(BEHIND)),
    }
    .into()
}

/// JSON, or none, but no object.
fn instead(text: &str, draw: &mut Draw) -> Vec<u8> {
    const OTHERS: &[&str] = &[
        "",
        "{}",
        "[]",
        "null",
        "true",
        "0",
        "\"\"",
        "[{}]",
        "{",
        "}",
        "{{}}",
        "{\"\"}",
        "{null}",
        "[null]",
        "nil",
        "undefined",
        "NaN",
        "<xml/>",
        "---\n- 1",
        "a: 1",
        "\u{0}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{:1}",
        "{1:1}",
        "{a:1}",
        "{'a':'b'}",
        "\"{}\"",
    ];
    match draw.walk(OTHERS.len() + 3) {
        0 => quoted(text),
        1 => format!("[{text}]"),
        // Serde takes a list of the values of a struct for the struct.
        2 => {
            let values: serde_json::Value = serde_json::from_str(text).expect("a good object");
            let values = values
                .as_object()
                .into_iter()
                .flatten()
                .map(|(_, value)| value.to_string());
            format!("[{}]", values.collect::<Vec<_>>().join(","))
        }
        known => OTHERS[known - 3].to_owned(),
    }
    .into()
}

/// What other languages forgive between two fields.
fn inside(text: &str, draw: &mut Draw) -> Vec<u8> {
    const COMMA: &[&str] = &[
        ",,",
        ",/**/",
        ",//\n",
        ";",
        "",
        " ",
        ",\0",
        ",\u{a0}",
        ",\u{feff}",
        ",#\n",
        ",}",
        ",{",
        "\n",
        ",...",
        ",\u{c}",
    ];
    const COLON: &[&str] = &[
        "=", "=>", "::", "", " ", ":\0", ":\u{a0}", ":/**/", ":+", ":-", ":\\",
    ];
    const QUOTE: &[&str] = &["'", "", "`", "“", "\"\"", "\\\"", "&quot;", "\u{feff}\"\""];
    let (old, new) = match draw.walk(4) {
        0 => (',', draw.each(COMMA)),
        1 => (':', draw.each(COLON)),
        2 => ('"', draw.each(QUOTE)),
        _ => (
            '}',
            draw.each(&[",}", "]", "", "\0}", ",\"\"}", ",null}", "}}", ",...}"]),
        ),
    };
    // Only where it is punctuation: in a text, another character would be another text.
    let places = punctuation(text, old);
    let place = places[draw.below(places.len())];
    [&text[..place], new, &text[place + 1..]].concat().into()
}

/// Where `wanted` stands outside of strings; for quotes, where they begin or end one.
fn punctuation(text: &str, wanted: char) -> Vec<usize> {
    let mut inside = false;
    let mut places = Vec::new();
    for (place, character) in text.char_indices() {
        let quote = character == '"';
        if character == wanted && (quote || !inside) {
            places.push(place);
        }
        inside ^= quote;
    }
    places
}

/// In an encoding that JSON once had (RFC 8259, section 8.1, has UTF-8 alone).
fn utf16(text: &str, draw: &mut Draw) -> Vec<u8> {
    let big = |unit: u16| unit.to_be_bytes();
    let little = |unit: u16| unit.to_le_bytes();
    match draw.walk(5) {
        0 => text.encode_utf16().flat_map(big).collect(),
        1 => text.encode_utf16().flat_map(little).collect(),
        2 => [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(big)
            .collect(),
        3 => [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(little)
            .collect(),
        _ => text
            .chars()
            .flat_map(|letter| u32::from(letter).to_be_bytes())
            .collect(),
    }
}

/// Bytes that are no UTF-8, and escapes that are no characters: in a name, in a value, and in a field
/// that nobody reads.
fn spoiled_bytes(text: &str, part: Part, draw: &mut Draw) -> Vec<u8> {
    const BYTES: &[&[u8]] = &[
        b"\xff",
        b"\xfe",
        b"\x80",
        b"\xc0\x80",
        b"\xc3",
        b"\xe2\x82",
        b"\xed\xa0\x80",
        b"\xf0\x80\x80\xaf",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\x00",
        b"\x01",
        b"\x1f",
        b"\n",
        b"\t",
        b"\\x41",
        b"\\u12g",
        b"\\u{41}",
        b"\\q",
        b"\\ug",
    ];
    const LONE: &[&[u8]] = &[b"\\ud800", b"\\udc00", b"\\udc00\\ud800", b"\\ud800\\u0041"];
    let (place, spoiled) = match draw.walk(3) {
        // In a field of its own, where claims may have one; there, an escape is never looked up.
        0 if part == Part::Claims => (None, draw.each(BYTES)),
        1 => (Some(draw.below(2)), draw.each(LONE)),
        _ => (Some(draw.below(2)), draw.each(BYTES)),
    };
    let Some(side) = place else {
        let open = [&b"{\"note\":\""[..], spoiled, b"\","].concat();
        return [&open, &text.as_bytes()[1..]].concat();
    };
    // Behind an opening quote, or before a closing one.
    let quotes = punctuation(text, '"');
    let quote = quotes[draw.below(quotes.len() / 2) * 2 + side];
    let at = if side == 0 { quote + 1 } else { quote };
    [&text.as_bytes()[..at], spoiled, &text.as_bytes()[at..]].concat()
}
