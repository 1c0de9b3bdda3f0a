//! Hostile tokens on the wire: 401 with the challenge and the body of the contract, and the reason
//! in the log, where the client does not see it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::local::Local;
use tollgate_tests::logs;

/// Takes a good token apart and signs what the test makes of it, with the real key.
struct Forge {
    header: Value,
    claims: Value,
    secret: String,
}

impl Forge {
    fn new(local: &Local, token: &str) -> Self {
        let mut parts = token.split('.').map(|part| {
            let json = URL_SAFE_NO_PAD.decode(part).expect("base64url");
            serde_json::from_slice(&json).unwrap_or(Value::Null)
        });
        let header = parts.next().expect("a header");
        let claims = parts.next().expect("claims");
        let file = std::fs::read_to_string(local.fixture.access_keys.path()).expect("the keys");
        let secret = file
            .lines()
            .find(|line| !line.starts_with('#'))
            .expect("a key")
            .to_owned();
        Self {
            header,
            claims,
            secret,
        }
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        signed(&header, &self.claims, &self.secret)
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        signed(&self.header, &claims, &self.secret)
    }
}

fn signed(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let body = format!("{}.{}", part(header), part(claims));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    let mac = mac.chain_update(&body).finalize().into_bytes();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// What is wrong, the token, and the reason in the log.
fn bad_tokens(forge: &Forge, now: i64) -> Vec<(&'static str, String, &'static str)> {
    let header = |name, value| forge.with_header(name, value);
    let claim = |name, value| forge.with_claim(name, value);
    let other_key = signed(&forge.header, &forge.claims, &"x".repeat(40));
    let mut past = forge.claims.clone();
    (past["iat"], past["exp"]) = (json!(now - 905), json!(now - 5));
    let expired = signed(&forge.header, &past, &forge.secret);
    vec![
        ("another key", other_key, "bad_signature"),
        ("alg none", header("alg", json!("none")), "wrong_algorithm"),
        (
            "alg HS512",
            header("alg", json!("HS512")),
            "wrong_algorithm",
        ),
        (
            "alg RS256",
            header("alg", json!("RS256")),
            "wrong_algorithm",
        ),
        ("typ JWT", header("typ", json!("JWT")), "wrong_type"),
        (
            "an unknown kid",
            header("kid", json!("AAAAAAAAAAA")),
            "unknown_key",
        ),
        (
            "a kid that is a path",
            header("kid", json!("../keys")),
            "unknown_key",
        ),
        ("crit", header("crit", json!(["x"])), "unexpected_header"),
        (
            "jku",
            header("jku", json!("https://evil.example")),
            "unexpected_header",
        ),
        (
            "another issuer",
            claim("iss", json!("https://auth.example.com.evil")),
            "wrong_issuer",
        ),
        (
            "another audience",
            claim("aud", json!("api.example.org")),
            "wrong_audience",
        ),
        (
            "an audience in a list",
            claim("aud", json!(["api.example.com"])),
            "bad_claims",
        ),
        (
            "exp as text",
            claim("exp", json!((now + 9).to_string())),
            "bad_claims",
        ),
        ("expired", expired, "expired"),
        (
            "from the future",
            claim("iat", json!(now + 60)),
            "not_yet_valid",
        ),
        (
            "not yet valid",
            claim("nbf", json!(now + 60)),
            "not_yet_valid",
        ),
        (
            "valid for a day",
            claim("exp", json!(now + 86_400)),
            "bad_lifetime",
        ),
    ]
}

#[test]
fn a_bad_token_is_refused_with_its_reason_in_the_log() {
    let local = Local::start();
    let client = local.client();
    let pair = client.log_in(EMAIL, PASSWORD);
    let forge = Forge::new(&local, pair.text("access_token"));
    let resigned = signed(&forge.header, &forge.claims, &forge.secret);
    assert_eq!(
        client.get_as("/me", &resigned).status,
        200,
        "the forge works"
    );

    for (what, token, reason) in bad_tokens(&forge, local.fixture.now().as_unix()) {
        let before = told(reason);
        let answer = client.get_as("/me", &token);
        let description = match reason {
            "expired" => "The access token has expired.",
            _ => "The access token is not valid.",
        };
        let challenge = r#"Bearer realm="tollgate", error="invalid_token""#;
        assert_eq!(answer.refusal(), (401, "invalid_token", "-"), "{what}");
        assert_eq!(answer.text("error_description"), description, "{what}");
        assert_eq!(answer.challenge.as_deref(), Some(challenge), "{what}");
        assert_eq!(told(reason), before + 1, "{what}: {reason} in the log");
    }
}

/// What is no token at all does not reach the authorizer.
#[test]
fn what_does_not_look_like_a_token_is_no_credential() {
    let local = Local::start();
    let client = local.client();
    let pair = client.log_in(EMAIL, PASSWORD);
    let five_parts = format!("{}.a.b", pair.text("access_token"));
    for token in [
        &five_parts,
        pair.text("refresh_token"),
        "a.b",
        "a.b.c=",
        "%41.b.c",
        "",
    ] {
        let answer = client.get_as("/me", token);
        assert_eq!(answer.refusal(), (401, "unauthorized", "-"));
        assert_eq!(
            answer.challenge.as_deref(),
            Some(r#"Bearer realm="tollgate""#)
        );
    }
}

/// How often the log of this process has refused a token for `reason`.
fn told(reason: &str) -> usize {
    let log = logs::folder().join(format!("{}.log", logs::name()));
    let log = std::fs::read_to_string(log).expect("this process logs");
    let reason = format!(r#""reason":"{reason}""#);
    log.lines()
        .filter(|line| line.contains("token.refused") && line.contains(&reason))
        .count()
}
