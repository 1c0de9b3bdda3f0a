//! Which tokens of another issuer are taken: those of its own key, type, names and claims.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use tollgate_core::Timestamp;
use tollgate_core::access_token::InvalidToken::{
    self, Algorithm, Audience, Claims, Expired, Header, Issuer, Lifetime, NotYetValid, Requirement,
    Signature, Type, UnknownKey,
};
use tollgate_core::access_token::Profile;
use tollgate_core::identity::Identity;
use tollgate_core::key::{Key, KeyRing};
use tollgate_core::key_source::{KeySource, KeySourceError, Keys};
use tollgate_core::trusted_issuer::TrustedIssuer;
use tollgate_core::verifier::{Unverifiable, Verifier};

const OURS: &str = "Zv7pN2xQ9rT4wY6bC8dF1gH3jK5mL0sA";
const THEIRS: &str = "the secret of the other system, 1";
const THEIR_OLDER: &str = "the secret that they had before 2";
const ANOTHERS: &str = "the secret of a third system, 3!!";
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// A ring that never changes; the first signs.
struct Fixed(&'static [&'static str]);

impl KeySource for Fixed {
    async fn load(&self) -> Result<KeyRing, KeySourceError> {
        let mut keys = self.0.iter().map(|secret| key(secret));
        let current = keys.next().expect("there is one");
        Ok(KeyRing::new(current, keys.collect()))
    }
}

fn key(secret: &str) -> Key {
    Key::new(SecretString::from(secret)).expect("a good key")
}

/// Runs what never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a ring in memory never waits"),
    }
}

fn keys(secrets: &'static [&'static str]) -> Keys<Fixed> {
    now(Keys::load(Fixed(secrets), NOW, |_| ())).expect("the keys are good")
}

fn issuer(name: &str, typ: &str) -> TrustedIssuer {
    let require = json!({"email_verified": true});
    TrustedIssuer {
        profile: Profile {
            issuer: name.to_owned(),
            audience: "api.example.com".to_owned(),
        },
        typ: typ.to_owned(),
        require: require.as_object().expect("an object").clone(),
        email_claim: "mail".to_owned(),
        scope_claim: "permissions".to_owned(),
        scope: "reports:read".parse().expect("a scope"),
    }
}

fn verifier() -> Verifier<Fixed> {
    let profile = Profile {
        issuer: "https://auth.example.com".to_owned(),
        audience: "api.example.com".to_owned(),
    };
    Verifier::new(profile, keys(&[OURS]))
        .trusting(
            issuer("https://app.example.com", "JWT"),
            keys(&[THEIRS, THEIR_OLDER]),
        )
        .trusting(
            issuer("https://third.example.com", "JWT"),
            keys(&[ANOTHERS]),
        )
}

fn header() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

fn claims() -> Value {
    json!({
        "iss": "https://app.example.com", "aud": "api.example.com", "sub": "u1",
        "iat": NOW.as_unix(), "exp": NOW.as_unix() + 900,
        "mail": "ada@example.com", "email_verified": true, "name": "Ada",
        "permissions": "reports:read reports:write",
    })
}

fn with(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        unreachable!("written as an object")
    };
    for (name, value) in changes {
        object[name] = value;
    }
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().expect("an object").remove(name);
    object
}

fn signed(header: &Value, claims: &str, secret: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let body = format!("{}.{}", part(&header.to_string()), part(claims));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    let mac = mac.chain_update(&body).finalize().into_bytes();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn verify(token: &str) -> Result<Identity, InvalidToken> {
    match now(verifier().verify(token, NOW)) {
        Ok(identity) => Ok(identity),
        Err(Unverifiable::Invalid(invalid)) => Err(invalid),
        Err(Unverifiable::KeysUnavailable) => panic!("the keys are in memory"),
    }
}

#[test]
fn what_it_says_is_read_as_configured_and_its_scope_is_bounded() {
    for secret in [THEIRS, THEIR_OLDER] {
        let identity =
            verify(&signed(&header(), &claims().to_string(), secret)).expect("it is good");
        assert_eq!(identity.issuer, "https://app.example.com");
        assert_eq!(identity.user.as_str(), "u1");
        assert_eq!(identity.email.as_str(), "ada@example.com");
        assert_eq!(identity.scope.to_string(), "reports:read");
        assert_eq!(identity.expires_at.as_unix(), NOW.as_unix() + 900);
        assert_eq!(identity.session, None);
    }
    let claims = without(claims(), "permissions").to_string();
    let identity = verify(&signed(&header(), &claims, THEIRS)).expect("it is good");
    assert_eq!(identity.scope.to_string(), "");
}

#[test]
fn each_issuer_signs_for_itself_alone() {
    let ours = json!({"alg": "HS256", "typ": "at+jwt", "kid": key(OURS).id().to_string()});
    let their_kid = json!({"kid": key(THEIRS).id().to_string()});
    let third = with(claims(), json!({"iss": "https://third.example.com"}));
    for (what, header, claims, secret, refusal) in [
        ("their token", header(), claims(), THEIRS, None),
        (
            "with a kid",
            with(header(), their_kid.clone()),
            claims(),
            THEIRS,
            None,
        ),
        (
            "with a kid of any form",
            with(header(), json!({"kid": "../x"})),
            claims(),
            THEIRS,
            None,
        ),
        ("the third's token", header(), third.clone(), ANOTHERS, None),
        (
            "signed with our key",
            header(),
            claims(),
            OURS,
            Some(Signature),
        ),
        (
            "signed with no key",
            header(),
            claims(),
            "",
            Some(Signature),
        ),
        (
            "signed by the third for them",
            header(),
            claims(),
            ANOTHERS,
            Some(Issuer),
        ),
        (
            "signed by them for the third",
            header(),
            third,
            THEIRS,
            Some(Issuer),
        ),
        (
            "our type and their key",
            with(ours.clone(), their_kid),
            claims(),
            THEIRS,
            Some(UnknownKey),
        ),
        (
            "our header and their key",
            ours.clone(),
            claims(),
            THEIRS,
            Some(Signature),
        ),
        (
            "their token under our key and type",
            ours,
            claims(),
            OURS,
            Some(Claims),
        ),
    ] {
        let token = signed(&header, &claims.to_string(), secret);
        assert_eq!(verify(&token).err(), refusal, "{what}");
    }
}

#[test]
fn a_header_says_no_more_than_algorithm_type_and_key() {
    for (what, header, refusal) in [
        (
            "a type that nobody has",
            with(header(), json!({"typ": "jwt"})),
            Some(Type),
        ),
        ("no type", without(header(), "typ"), Some(Type)),
        (
            "another algorithm",
            with(header(), json!({"alg": "HS512"})),
            Some(Algorithm),
        ),
        (
            "no algorithm",
            with(header(), json!({"alg": "none"})),
            Some(Algorithm),
        ),
        (
            "crit",
            with(header(), json!({"crit": ["exp"]})),
            Some(Header),
        ),
    ] {
        let token = signed(&header, &claims().to_string(), THEIRS);
        assert_eq!(verify(&token).err(), refusal, "{what}");
    }
}

#[test]
fn a_claim_is_there_once_and_of_its_type() {
    let at = |seconds: i64| json!(NOW.as_unix() + seconds);
    for (name, value, refusal) in [
        ("iss", json!("https://app.example.com/"), Issuer),
        ("iss", json!("https://app.example.com.evil.example"), Issuer),
        ("iss", json!("https://auth.example.com"), Issuer),
        ("iss", json!(["https://app.example.com"]), Claims),
        ("aud", json!("api.example.com.evil.example"), Audience),
        ("sub", json!(""), Claims),
        ("sub", json!("../admin"), Claims),
        ("sub", json!(7), Claims),
        ("iat", json!("1800000000"), Claims),
        ("iat", at(6), NotYetValid),
        ("nbf", at(6), NotYetValid),
        ("nbf", json!("soon"), Claims),
        ("nbf", json!(null), Claims),
        ("exp", json!("1800000900"), Claims),
        ("exp", json!(1_800_000_900.5), Claims),
        ("exp", at(3_601), Lifetime),
        ("exp", at(0), Lifetime),
        ("mail", json!("no address"), Claims),
        ("mail", json!({"ada": "example.com"}), Claims),
        ("permissions", json!(["reports:read"]), Claims),
        ("permissions", json!("two  blanks"), Claims),
        ("email_verified", json!(false), Requirement),
        ("email_verified", json!("true"), Requirement),
        ("email_verified", json!(1), Requirement),
    ] {
        let claims = with(claims(), json!({name: value}));
        let token = signed(&header(), &claims.to_string(), THEIRS);
        let refused = verify(&token).err();
        assert_eq!(refused, Some(refusal), "{name} {value}");
    }
    for (name, refusal) in [
        ("iss", Claims),
        ("aud", Claims),
        ("sub", Claims),
        ("iat", Claims),
        ("exp", Claims),
        ("mail", Claims),
        ("email_verified", Requirement),
    ] {
        let token = signed(&header(), &without(claims(), name).to_string(), THEIRS);
        assert_eq!(verify(&token).err(), Some(refusal), "without {name}");
    }
    let past = with(claims(), json!({"iat": at(-900), "exp": at(-5)}));
    let token = signed(&header(), &past.to_string(), THEIRS);
    assert_eq!(verify(&token).err(), Some(Expired));
    for doubled in [
        r#""sub":"u2","#,
        r#""email_verified":true,"#,
        r#""name":"Eve","#,
    ] {
        let claims = claims()
            .to_string()
            .replacen('{', &format!("{{{doubled}"), 1);
        let token = signed(&header(), &claims, THEIRS);
        assert_eq!(verify(&token).err(), Some(Claims), "{doubled} twice");
    }
}

/// As Better Auth makes them under its own secret: an e-mail verification token, and a session
/// cookie, which is no JWT.
#[test]
fn other_tokens_of_the_same_system_are_no_access_tokens() {
    let verification =
        json!({"email": "ada@example.com", "iat": NOW.as_unix(), "exp": NOW.as_unix() + 3_600});
    for header in [header(), json!({"alg": "HS256"})] {
        let token = signed(&header, &verification.to_string(), THEIRS);
        assert!(verify(&token).is_err(), "{header}");
    }
    assert_eq!(
        verify("aBcDeFgHiJkLmNoP.c2lnbmF0dXJl").err(),
        Some(InvalidToken::Malformed)
    );
}

#[test]
fn everybody_who_is_trusted_is_listed() {
    let verifier = verifier();
    let listed: Vec<_> = verifier.trusted_issuers().collect();
    assert_eq!(
        listed,
        ["https://app.example.com", "https://third.example.com"]
    );
}

#[test]
fn nobody_is_trusted_unless_it_is_said() {
    let profile = issuer("https://app.example.com", "JWT").profile;
    let alone = Verifier::new(profile, keys(&[THEIRS]));
    let token = signed(&header(), &claims().to_string(), THEIRS);
    assert_eq!(
        now(alone.verify(&token, NOW)),
        Err(Unverifiable::Invalid(Type))
    );
}
