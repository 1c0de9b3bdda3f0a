//! Tokens of the issuer that the authorizer trusts besides its own: theirs, and what is nearly theirs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;
use tollgate_core::key::Key;

use super::class::Attack;
use super::draw::Draw;
use super::fields::Fields;
use super::forge::{base64, parts, quoted, signed};
use super::honest::{Honest, quoted_id};
use crate::functions::START;

const ISSUER: &str = "https://app.example.com";
const AUDIENCE: &str = "api.example.com";
/// What has to be there; `require` asks for the last one.
const REQUIRED: &[&str] = &["iss", "aud", "sub", "iat", "exp", "email", "email_verified"];

/// The secret of the issuer, in the folder of keys.
pub(super) fn make_key(data: &Path, draw: &mut Draw) -> String {
    use secrecy::ExposeSecret;
    let secret = Key::generate_secret(draw).expose_secret().to_owned();
    let path = data.join("trusted.key");
    fs::write(&path, &secret).expect("a temporary folder");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    secret
}

/// What makes the authorizer trust it.
pub(super) fn setting(data: &Path) -> String {
    let issuer = json!({
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "typ": "JWT",
        "key": format!("file://{}", data.join("trusted.key").display()),
        "require": {"email_verified": true},
        "scope": "reports:read",
    });
    json!([issuer]).to_string()
}

/// A token that is let in.
pub(super) fn good(secret: &str) -> String {
    signed(secret.as_bytes(), header().text(), claims().text())
}

fn header() -> Fields {
    Fields::of(&json!({"alg": "HS256", "typ": "JWT"}))
}

fn claims() -> Fields {
    Fields::of(&json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "user-of-the-app",
        "iat": START.as_unix(), "exp": START.as_unix() + 900,
        "email": "grace@example.com", "email_verified": true, "name": "Grace",
        "scope": "reports:read",
    }))
}

/// Claims of a user by chance, so that hardly two tokens are the same.
fn of_somebody(draw: &mut Draw) -> Fields {
    claims().with("sub", quoted(&base64(draw.bytes(16))))
}

/// A good token of theirs with one bit flipped.
pub(super) fn damaged(honest: &Honest, draw: &mut Draw) -> Attack {
    let token = signed(
        honest.trusted_key.as_bytes(),
        header().text(),
        of_somebody(draw).text(),
    );
    let mut bytes = token.into_bytes();
    let place = draw.below(bytes.len() * 8);
    bytes[place / 8] ^= 1 << (place % 8);
    // A header holds bytes, and an event text.
    Attack::Access(bytes.into_iter().map(char::from).collect())
}

/// Their kind of token under another key: of ours, or of nobody's.
pub(super) fn other_key(honest: &Honest, draw: &mut Draw) -> Attack {
    let (access, refresh) = (&honest.access_keys, &honest.refresh_keys);
    let guess = base64(draw.bytes(32));
    let secret = draw.pick(&[
        &access.current,
        &access.older,
        &access.dropped,
        &refresh.current,
        &refresh.older,
        &guess,
    ]);
    let header = match draw.walk(3) {
        0 => header(),
        1 => header().with("kid", quoted_id(secret)),
        _ => header().with("kid", quoted_id(&honest.trusted_key)),
    };
    let claims = of_somebody(draw).with("jti", quoted(&base64(draw.bytes(8))));
    Attack::Access(signed(secret.as_bytes(), header.text(), claims.text()))
}

/// Our kind of token, under their key.
pub(super) fn as_ours(honest: &Honest, draw: &mut Draw) -> Attack {
    let (own, claims, _) = honest.pieces(draw);
    let theirs = quoted_id(&honest.trusted_key);
    let header = match draw.walk(6) {
        0 => own,
        1 => own.with("kid", theirs),
        2 => own.without("kid"),
        // Theirs by its type, and it says that it is ours.
        3 => own.with("typ", quoted("JWT")),
        4 => own.with("typ", quoted("JWT")).without("kid"),
        _ => own.with("typ", quoted("jwt")),
    };
    let claims = claims.with("jti", quoted(&base64(draw.bytes(16))));
    let secret = honest.trusted_key.as_bytes();
    Attack::Access(signed(secret, header.text(), claims.text()))
}

/// By their own key, and one claim is missing, doubled, of another type, or says too much.
pub(super) fn bad_claims(honest: &Honest, draw: &mut Draw) -> Attack {
    let name = draw.each(REQUIRED);
    let claims = of_somebody(draw);
    let right = claims.value(name).to_owned();
    let claims = match draw.walk(7) {
        0 => claims.without(name),
        1 => claims.adding(&quoted(name), &right, draw),
        2 => claims.with(name, "null"),
        3 => claims.with(name, format!("[{right}]")),
        4 => claims.with(name, "{}"),
        5 => claims.with(name, quoted(&format!("{} ", draw.between(0, 9)))),
        _ => match name {
            "iss" => claims.with("iss", quoted("https://auth.example.com")),
            "aud" => claims.with("aud", quoted("api.example.com.evil.example")),
            "exp" => claims.with(
                "exp",
                (START.as_unix() + draw.between(3_601, 99_999)).to_string(),
            ),
            "iat" => claims.with(
                "iat",
                (START.as_unix() + draw.between(6, 99_999)).to_string(),
            ),
            "email_verified" => {
                claims.with("email_verified", draw.pick(&["false", "1", "\"true\""]))
            }
            name => claims.with(name, quoted("no such thing @")),
        },
    };
    let secret = honest.trusted_key.as_bytes();
    Attack::Access(signed(secret, header().text(), claims.text()))
}

/// By their own key, with a header that says something else.
pub(super) fn bad_header(honest: &Honest, draw: &mut Draw) -> Attack {
    let header = match draw.walk(9) {
        0 => header().without("typ"),
        1 => header().without("alg"),
        2 => header().with(
            "typ",
            draw.pick(&["null", "1", "\"jwt\"", "\"JWT \"", "\"at+jwt\""]),
        ),
        3 => header().with(
            "alg",
            draw.pick(&["null", "\"none\"", "\"hs256\"", "\"HS512\""]),
        ),
        4 => header().with("crit", "[\"exp\"]"),
        5 => header().with("jku", quoted("https://evil.example/keys")),
        6 => header().with("b64", "false"),
        7 => header().with("kid", draw.pick(&["1", "[]", "{}", "true"])),
        _ => header().adding("\"typ\"", "\"JWT\"", draw),
    };
    let claims = of_somebody(draw);
    let secret = honest.trusted_key.as_bytes();
    Attack::Access(signed(secret, header.text(), claims.text()))
}

/// The parts of one of theirs and of one of ours.
pub(super) fn mixed(honest: &Honest, draw: &mut Draw) -> Attack {
    let secret = honest.trusted_key.as_bytes();
    let theirs = signed(secret, header().text(), of_somebody(draw).text());
    let (theirs, ours) = (parts(&theirs), parts(honest.token(draw)));
    // All but the two that are whole.
    let which = 1 + draw.walk(6);
    let part = |place: usize| match which >> place & 1 {
        1 => theirs[place],
        _ => ours[place],
    };
    Attack::Access(format!("{}.{}.{}", part(0), part(1), part(2)))
}
