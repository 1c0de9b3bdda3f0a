//! Tokens that other verifiers let in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha512;
use tollgate_tests::functions::START;

use crate::house::{House, body, hs256, signed};

/// The number, what it is, a token, and the reason for which it is denied.
type Case = (&'static str, &'static str, String, &'static str);

fn cases(house: &House) -> Vec<Case> {
    [signatures(house), headers(house), claims(house)].concat()
}

/// No signature, one of somebody else, or one that was made for another algorithm.
fn signatures(house: &House) -> Vec<Case> {
    let good = house.header("typ", house.header["typ"].clone());
    let (good_body, _) = good.rsplit_once('.').expect("three parts");
    let none = |spelling: &str| {
        let mut header = house.header.clone();
        header["alg"] = json!(spelling);
        format!("{}.", body(&header.to_string(), &house.claims.to_string()))
    };
    let public_key = b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n";
    let hs512 = {
        let body = none("HS512");
        let body = body.trim_end_matches('.').to_owned();
        let mac = Hmac::<Sha512>::new_from_slice(house.secret.as_bytes()).expect("any length");
        format!(
            "{body}.{}",
            URL_SAFE_NO_PAD.encode(mac.chain_update(&body).finalize().into_bytes())
        )
    };
    let zeros = URL_SAFE_NO_PAD.encode([0; 64]);
    vec![
        ("CVE-2015-9235", "alg none", none("none"), "wrong_algorithm"),
        ("CVE-2015-9235", "alg None", none("None"), "wrong_algorithm"),
        ("CVE-2015-9235", "alg nOnE", none("nOnE"), "wrong_algorithm"),
        (
            "CVE-2016-10555",
            "RS256, signed with the public key",
            house.under(public_key, "RS256"),
            "wrong_algorithm",
        ),
        (
            "CVE-2016-5431",
            "HS256, signed with a public key",
            house.under(public_key, "HS256"),
            "bad_signature",
        ),
        (
            "another algorithm",
            "HS512 with the right key",
            hs512,
            "wrong_algorithm",
        ),
        (
            "CVE-2020-28042",
            "a null signature",
            format!("{good_body}."),
            "bad_signature",
        ),
        (
            "CVE-2020-28042",
            "no third part",
            good_body.to_owned(),
            "token_malformed",
        ),
        (
            "CVE-2022-21449",
            "a signature of zeros",
            format!("{}{zeros}", none("ES256")),
            "wrong_algorithm",
        ),
        (
            "CVE-2019-20933",
            "a blank key",
            house.under(b"", "HS256"),
            "bad_signature",
        ),
    ]
}

/// A header that says what to do, or with which key.
fn headers(house: &House) -> Vec<Case> {
    let kid = |value: &str| house.header("kid", json!(value));
    let crit = |value| house.header("crit", value);
    let own = b"a key that the attacker has put into the header";
    let jwk = {
        let mut header = house.header.clone();
        header["jwk"] = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(own)});
        let body = body(&header.to_string(), &house.claims.to_string());
        format!("{body}.{}", hs256(own, &body))
    };
    let good = house.claim("nbf", house.claims["iat"].clone());
    vec![
        (
            "CVE-2026-32597",
            "an unknown crit",
            crit(json!(["x-policy"])),
            "unexpected_header",
        ),
        (
            "CVE-2026-32597",
            "an empty crit",
            crit(json!([])),
            "unexpected_header",
        ),
        (
            "CVE-2025-59420",
            "a crit that the library may know",
            crit(json!(["b64"])),
            "unexpected_header",
        ),
        (
            "CVE-2025-59420",
            "b64 without crit",
            house.header("b64", json!(false)),
            "unexpected_header",
        ),
        (
            "CVE-2018-0114",
            "a key in the header",
            jwk,
            "unexpected_header",
        ),
        (
            "kid injection",
            "a path",
            kid("../../../../dev/null"),
            "unknown_key",
        ),
        (
            "kid injection",
            "SQL",
            kid("x' UNION SELECT 'secret"),
            "unknown_key",
        ),
        (
            "kid injection",
            "a command",
            kid("| cat /etc/passwd"),
            "unknown_key",
        ),
        (
            "kid injection",
            "a URL",
            kid("https://evil.example/key"),
            "unknown_key",
        ),
        (
            "CVE-2025-30204",
            "a thousand dots",
            ".".repeat(1_000),
            "token_malformed",
        ),
        (
            "CVE-2025-30204",
            "a good token and eight thousand dots",
            format!("{good}{}", ".".repeat(7_000)),
            "token_malformed",
        ),
        (
            "CVE-2025-30204",
            "a megabyte of dots",
            ".".repeat(1 << 20),
            "token_too_long",
        ),
    ]
}

/// Claims that one reader reads otherwise than another.
fn claims(house: &House) -> Vec<Case> {
    let claim = |name, value| house.claim(name, value);
    let iss = |value: &str| claim("iss", json!(value));
    let (exp, now) = (
        house.claims["exp"].as_i64().expect("a number"),
        START.as_unix(),
    );
    let doubled = |field: &str| {
        let mut claims = house.claims.to_string();
        claims.insert_str(1, field);
        signed(&house.secret, &house.header.to_string(), &claims)
    };
    vec![
        (
            "GHSA-75c5-xw7c-p5pm",
            "the issuer and more",
            iss("https://auth.example.com.evil.example"),
            "wrong_issuer",
        ),
        (
            "GHSA-75c5-xw7c-p5pm",
            "a part of the issuer",
            iss("https://auth.example"),
            "wrong_issuer",
        ),
        (
            "GHSA-75c5-xw7c-p5pm",
            "more and the issuer",
            iss("https://evil.example/https://auth.example.com"),
            "wrong_issuer",
        ),
        (
            "GHSA-75c5-xw7c-p5pm",
            "one of a list",
            claim(
                "iss",
                json!(["https://evil.example", "https://auth.example.com"]),
            ),
            "bad_claims",
        ),
        (
            "duplicate claims",
            "sub twice",
            doubled(r#""sub":"admin","#),
            "bad_claims",
        ),
        (
            "duplicate claims",
            "exp twice, once as an escape",
            doubled(r#""\u0065xp":9999999999,"#),
            "bad_claims",
        ),
        (
            "CVE-2026-25537",
            "exp as a string",
            claim("exp", json!(exp.to_string())),
            "bad_claims",
        ),
        (
            "CVE-2026-25537",
            "nbf as a string",
            claim("nbf", json!((now + 99_999_999).to_string())),
            "bad_claims",
        ),
        (
            "CVE-2026-25537",
            "nbf as null",
            claim("nbf", json!(null)),
            "bad_claims",
        ),
        (
            "CVE-2026-25537",
            "nbf as a list",
            claim("nbf", json!([now])),
            "bad_claims",
        ),
        (
            "CVE-2026-25537",
            "exp as a float",
            claim("exp", json!(1e300)),
            "bad_claims",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_verifiers_let_in_is_denied() {
    let house = House::build().await;
    let good = house.claim("nbf", house.claims["iat"].clone());
    let answer = house.decide(&good).await;
    let effect = &answer["policyDocument"]["Statement"][0]["Effect"];
    assert_eq!(effect, "Allow", "the forge works");
    for (id, what, token, reason) in cases(&house) {
        let answer = house.decide(&token).await;
        let effect = &answer["policyDocument"]["Statement"][0]["Effect"];
        assert_eq!(effect, "Deny", "{id}: {what}");
        assert_eq!(answer["context"]["reason"], reason, "{id}: {what}");
    }
}
