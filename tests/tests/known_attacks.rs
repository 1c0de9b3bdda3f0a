//! Attacks that other systems fell to, each against ours, under the number that it is known by.
//!
//! Many of them are in the other tests too, in more forms. Here they are found by their names.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use tokio::task::JoinSet;
use tollgate_core::email::{Email, InvalidEmail};
use tollgate_core::password::{HashCost, Hasher, Password, Verdict};
use tollgate_core::user::UserDirectory;
use tollgate_gateway::Invoke;
use tollgate_sandbox::Functions;
use tollgate_tests::client::Answer;
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::events::{Scene, authorizer_event, http_answer, refresh_event};
use tollgate_tests::functions::{START, hash, login_event, user};
use tollgate_wiring::Environment;

/// A house with a user, and the key of its tokens: the worst that an issuer with a bug can do.
struct House {
    scene: Scene,
    header: Value,
    claims: Value,
    secret: String,
}

impl House {
    async fn build() -> Self {
        let scene = Scene::start().await;
        let parts = scene.value("{{access_token}}").split('.');
        let json = parts.map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
        let json: Vec<Vec<u8>> = json.collect();
        let file = fs::read_to_string(scene.fixture.access_keys.path()).expect("the keys");
        let secret = file.lines().find(|line| !line.starts_with('#'));
        Self {
            header: serde_json::from_slice(&json[0]).expect("JSON"),
            claims: serde_json::from_slice(&json[1]).expect("JSON"),
            secret: secret.expect("a key").to_owned(),
            scene,
        }
    }

    /// A good token but for one field of its header.
    fn header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        signed(&self.secret, &header.to_string(), &self.claims.to_string())
    }

    /// A good token but for one claim.
    fn claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        signed(&self.secret, &self.header.to_string(), &claims.to_string())
    }

    /// A good token but for its signature.
    fn under(&self, secret: &[u8], alg: &str) -> String {
        let mut header = self.header.clone();
        header["alg"] = json!(alg);
        let body = body(&header.to_string(), &self.claims.to_string());
        format!("{body}.{}", hs256(secret, &body))
    }

    async fn decide(&self, token: &str) -> Value {
        let event = authorizer_event(token);
        self.scene
            .invoke("authorizer", event)
            .await
            .expect("an answer, not an error")
    }

    async fn refresh(&self, token: &str) -> Answer {
        let answer = self.scene.invoke("refresh", refresh_event(token)).await;
        http_answer(&answer.expect("an answer"))
    }
}

fn body(header: &str, claims: &str) -> String {
    [header, claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".")
}

fn hs256(secret: &[u8], body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
    URL_SAFE_NO_PAD.encode(mac.chain_update(body).finalize().into_bytes())
}

fn signed(secret: &str, header: &str, claims: &str) -> String {
    let body = body(header, claims);
    format!("{body}.{}", hs256(secret.as_bytes(), &body))
}

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
            "CVE-2026-32597",
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

/// CVE-2026-1035, CVE-2026-9802, GHSA-392p-2q2v-4372: of refreshes at once, several had successors of
/// their own, so that a thief and a victim both went on.
#[tokio::test(flavor = "multi_thread")]
async fn refresh_races_have_one_successor() {
    let house = House::build().await;
    let token = house.scene.value("{{refresh_token}}").to_owned();
    let mut racers = JoinSet::new();
    for _ in 0..16 {
        let (functions, event) = (house.scene.fixture.functions.clone(), refresh_event(&token));
        racers.spawn(async move { functions.invoke("refresh", event).await.expect("an answer") });
    }
    let mut successors = BTreeSet::new();
    while let Some(answer) = racers.join_next().await {
        let answer = http_answer(&answer.expect("it ended"));
        successors.insert(answer.text("refresh_token").to_owned());
    }
    assert_eq!(successors.len(), 1);
    let successor = successors.first().expect("there is one");

    house.scene.fixture.pass(Duration::from_secs(11));
    assert_eq!(
        house.refresh(&token).await.refusal(),
        (401, "invalid_grant", "reused")
    );
    assert_eq!(
        house.refresh(successor).await.refusal(),
        (401, "invalid_grant", "revoked")
    );
}

/// GHSA-2vg6-77g8-24mp: whoever was deleted went on with the session that they had.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_does_not_survive_its_user() {
    let house = House::build().await;
    let token = house.scene.value("{{refresh_token}}").to_owned();
    let store = &house.scene.fixture.store;
    let users = store.list().await.expect("the users");
    for user in users {
        assert!(store.delete(&user.id).await.expect("it is deleted"));
    }
    assert_eq!(
        house.refresh(&token).await.refusal(),
        (401, "invalid_grant", "revoked")
    );
    // Nor does it come back with another user of the same address.
    store
        .add(&user(EMAIL, ""))
        .await
        .expect("the address is free");
    assert_eq!(
        house.refresh(&token).await.refusal(),
        (401, "invalid_grant", "revoked")
    );
}

/// GHSA-7rqj-j65f-68wh: an address was checked, and only then normalised into another one.
#[tokio::test(flavor = "multi_thread")]
async fn no_address_becomes_another_one_by_unicode() {
    let house = House::build().await;
    for address in [
        "ａda@example.com",
        "ada@ｅxample.com",
        "ada@example。com",
        "ada@example․com",
        "ad\u{61}\u{301}@example.com",
        "adа@example.com",
        "ada\u{200b}@example.com",
        "ADA@EXAMPLE.COM\u{feff}",
        "ada＠example.com",
        "ada@ex\u{ad}ample.com",
    ] {
        let parsed = address.parse::<Email>();
        assert_eq!(parsed, Err(InvalidEmail::NotAscii), "{address}");
        let event = login_event(address, PASSWORD, "192.0.2.10");
        let answer = house.scene.invoke("login", event).await.expect("an answer");
        assert_eq!(http_answer(&answer).status, 401, "{address}");
    }
}

/// GHSA-xmf8-cvqr-rfgj: a malformed header was an exception, and the request went on without a check.
#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_authorization_header_is_a_denial() {
    let house = House::build().await;
    for header in [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer  ",
        "bearer",
        "Bearer\t",
        "Bearer\0",
        "Bearer:",
        "Bearer=",
        "Bearer ,",
        ",",
        "Bearer null",
        "Bearer undefined",
        "Bearer [object Object]",
        "Bearer .",
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer é.é.é",
        "Basic",
        "Basic !!!",
        "Digest username=\"",
        "Negotiate",
        "null",
        "\u{feff}Bearer x",
        "🦀",
        "%",
    ] {
        for event in [
            json!({"type": "TOKEN", "authorizationToken": header, "methodArn": "arn:aws:execute-api:eu-central-1:1:a/v1/GET/me"}),
            json!({"type": "REQUEST", "headers": {"Authorization": header}, "methodArn": "arn:aws:execute-api:eu-central-1:1:a/v1/GET/me"}),
            json!({"type": "REQUEST", "multiValueHeaders": {"Authorization": [header]}}),
            json!({"type": "REQUEST", "version": "2.0", "headers": {"authorization": header}}),
        ] {
            let answer = house
                .scene
                .invoke("authorizer", event)
                .await
                .expect("an answer, not an error");
            let effect = &answer["policyDocument"]["Statement"][0]["Effect"];
            assert!(
                effect == "Deny" || answer["isAuthorized"] == false,
                "{header}: {answer}"
            );
            assert!(
                answer["context"]["reason"].is_string(),
                "{header}: {answer}"
            );
        }
    }
}

/// GHSA-8fpg-xm3f-6cx3: with a setting that could not be read, everybody was let in.
#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_cannot_be_read_stops_the_start() {
    let house = House::build().await;
    let fixture = &house.scene.fixture;
    let file = |path: &std::path::Path| format!("file://{}", path.display());
    let good = [
        ("TOLLGATE_ISSUER", "https://auth.example.com".to_owned()),
        ("TOLLGATE_AUDIENCE", "api.example.com".to_owned()),
        ("TOLLGATE_ACCESS_KEY", file(fixture.access_keys.path())),
        ("TOLLGATE_REFRESH_KEY", file(fixture.refresh_keys.path())),
        (
            "TOLLGATE_STORE",
            format!("sqlite://{}", fixture.database().display()),
        ),
    ];
    let starts = async |variables: Vec<(&'static str, String)>| {
        let environment = Environment::from_iter(variables);
        Functions::start(&environment, || START).await.is_ok()
    };
    assert!(starts(good.to_vec()).await);
    for (name, _) in &good {
        let mut missing = good.to_vec();
        missing.retain(|(other, _)| other != name);
        assert!(!starts(missing).await, "without {name}");
        for wrong in [
            "",
            " ",
            "file:///nowhere/at.all",
            "sqlite:///nowhere/at.all",
            "https://auth.example.com\n",
        ] {
            // Two of them are names, and a name of a file is one.
            if wrong.contains("nowhere") && matches!(*name, "TOLLGATE_ISSUER" | "TOLLGATE_AUDIENCE")
            {
                continue;
            }
            let wrongly = good.iter().map(|(other, value)| {
                (
                    *other,
                    if other == name {
                        wrong.to_owned()
                    } else {
                        value.clone()
                    },
                )
            });
            assert!(!starts(wrongly.collect()).await, "{name}={wrong:?}");
        }
    }
    let mut swapped = good.to_vec();
    swapped[3].1 = swapped[2].1.clone();
    assert!(!starts(swapped).await, "one key for both");
}

/// keycloak#29304: the hash for those who do not exist was none, so the time told who does.
#[test]
fn the_hash_for_nobody_is_real_work() {
    let hasher = Hasher::new(HashCost::default()).expect("the default");
    let (stored, guess) = (hash(PASSWORD), Password::new("a guess").expect("short"));
    let fastest = |stored| {
        let times = (0..3).map(|_| {
            let begun = now();
            assert_eq!(hasher.check(stored, &guess), Verdict::Wrong);
            begun.elapsed()
        });
        times.min().expect("three")
    };
    let (known, unknown) = (fastest(Some(&stored)), fastest(None));
    // Nothing at all would be a thousand times less; a third is for the noise of a busy machine.
    assert!(
        unknown * 3 > known,
        "{unknown:?} for nobody, {known:?} for a user"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether there is work is seen in the time that it takes"
)]
fn now() -> Instant {
    Instant::now()
}

/// CVE-2013-1443: hashing a very long password kept a server busy.
#[tokio::test(flavor = "multi_thread")]
async fn a_very_long_password_is_refused_before_it_is_hashed() {
    let house = House::build().await;
    for (length, status) in [
        (1_024, 401),
        (1_025, 400),
        (7_000, 400),
        (9_000, 413),
        (1 << 20, 413),
    ] {
        let long = "x".repeat(length);
        assert_eq!(
            Password::new(long.clone()).is_err(),
            length > Password::MAX_BYTES
        );
        let event = login_event(EMAIL, &long, "192.0.2.10");
        let answer = house.scene.invoke("login", event).await.expect("an answer");
        assert_eq!(http_answer(&answer).status, status, "{length}");
    }
}
