//! Tokens that are none of ours, or no JSON inside.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tollgate_tests::events::{Scene, authorizer_event, in_repository, on_disk};

use crate::json::JSON;
use crate::{Decision, FORMS, PLACEHOLDER, decide};

/// Tokens from standards and from the pages and tests of other libraries.
#[tokio::test(flavor = "multi_thread")]
async fn the_sample_tokens_of_others_are_denied() {
    let scene = Scene::start().await;
    for (source, token) in [
        (
            "jwt.io, HS256",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        ),
        (
            "RFC 7515, A.1",
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        ),
        (
            "RFC 7515, A.3",
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            "RFC 7515, A.5; RFC 7519, 6.1",
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
        ),
        (
            "RFC 7797, 4.2, unencoded and detached",
            "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY",
        ),
        (
            "RFC 7516, A.1, JWE",
            "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGe.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ",
        ),
        (
            "PyJWT's tests",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJoZWxsbyI6ICJ3b3JsZCJ9.tvagLDLoaiJKxOKqpBXSEGy7SYSifZhjntgm9ctpyj8",
        ),
        (
            "golang-jwt's examples",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJmb28iOiJiYXIiLCJuYmYiOjE0NDQ0Nzg0MDB9.u1riaD1rW97opCoAuRCTy4w58Br-Zk-bh7vLiRIsrpU",
        ),
        (
            "PASETO",
            "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA",
        ),
        ("RFC 6750", "mF_9.B5f-4.1JqM"),
    ] {
        for form in FORMS {
            let event = on_disk(&in_repository("events"), form).replace(PLACEHOLDER, token);
            let event = serde_json::from_str(&event).expect("JSON");
            assert_eq!(
                decide(&scene, event, source).await,
                Decision::Denied,
                "{source}: {form}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_of_every_kind_in_a_token_is_denied_under_a_good_signature() {
    let scene = Scene::start().await;
    let token = scene.value(PLACEHOLDER).to_owned();
    let parts: Vec<_> = token.split('.').collect();
    let file = fs::read_to_string(scene.fixture.access_keys.path()).expect("the keys");
    let secret = file
        .lines()
        .find(|line| !line.starts_with('#'))
        .expect("a key");
    let signed = |header: &str, claims: &str| {
        let body = format!("{header}.{claims}");
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        let mac = mac.chain_update(&body).finalize().into_bytes();
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac))
    };
    let good = authorizer_event(&signed(parts[0], parts[1]));
    assert_eq!(
        decide(&scene, good, "the forge works").await,
        Decision::Allowed
    );
    for json in JSON {
        let json = URL_SAFE_NO_PAD.encode(json);
        for (header, claims) in [(&*json, parts[1]), (parts[0], &*json), (&*json, &*json)] {
            let event = authorizer_event(&signed(header, claims));
            assert_eq!(
                decide(&scene, event, &json).await,
                Decision::Denied,
                "{json}"
            );
        }
    }
}
