//! Which refresh tokens are ours.

use proptest::prelude::*;
use secrecy::SecretString;
use tollgate_core::key::{Key, KeyRing};
use tollgate_core::refresh_token::{
    FamilyId, InvalidRefreshToken, MAX_LENGTH, PREFIX, RefreshToken,
};

fn key(secret: &str) -> Key {
    Key::new(SecretString::from(secret)).expect("a good key")
}

fn ring() -> KeyRing {
    KeyRing::new(
        key("the current refresh secret, 32 bytes or more"),
        vec![key("the former refresh secret, 32 bytes or more")],
    )
}

fn token(user: &str) -> RefreshToken {
    let user = user.parse().expect("a user id");
    RefreshToken::first(
        user,
        &mut getrandom::rand_core::UnwrapErr(getrandom::SysRng),
    )
}

#[test]
fn what_is_encoded_is_read_back_with_any_key_of_the_ring() {
    let ring = ring();
    for user in ["u", "a-user_of-another-system", &"x".repeat(64)] {
        let token = token(user).successor().expect("the second");
        for key in ring.iter() {
            let text = token.encode(key);
            assert!(text.expose().starts_with(PREFIX) && text.expose().len() <= MAX_LENGTH);
            assert_eq!(
                RefreshToken::decode(text.expose(), &ring),
                Ok(token.clone())
            );
        }
    }
}

#[test]
fn a_token_names_its_key() {
    for key in ring().iter() {
        let text = token("ada").encode(key);
        assert_eq!(RefreshToken::key_id(text.expose()), Some(key.id()));
    }
    for text in ["", PREFIX, "tgr1_AAAA", "tgr1_!", "tgr2_AAAAAAAAAAAAAAAA"] {
        assert_eq!(RefreshToken::key_id(text), None, "{text}");
    }
}

#[test]
fn a_family_has_22_characters_of_base64url() {
    let family = FamilyId::from_bytes([0xff; 16]);
    assert_eq!(family.to_string(), "_____________________w");
    assert_eq!(family.as_bytes(), &[0xff; 16]);
}

#[test]
fn a_successor_is_derived() {
    let token = token("ada");
    let successor = token.successor().expect("the second");
    assert_eq!(successor, token.successor().expect("the second, again"));
    assert_eq!(
        (successor.generation(), successor.family()),
        (1, token.family())
    );
    assert_eq!(successor.secret_hash(), token.secret_hash());
    assert_ne!(token.family(), self::token("ada").family());
}

#[test]
fn the_form_is_strict() {
    let ring = ring();
    let good = token("ada").encode(ring.current()).expose().to_owned();
    let unknown = token("ada").encode(&key("somebody else's secret, 32 bytes or more"));
    assert!(matches!(
        RefreshToken::decode(unknown.expose(), &ring),
        Err(InvalidRefreshToken::UnknownKey(_))
    ));
    let access_token = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl";
    for text in [
        "",
        PREFIX,
        "tgr1_AAAA",
        access_token,
        &good[PREFIX.len()..],
        &good.replacen("tgr1_", "tgr2_", 1),
        &good.replacen("tgr1_", "TGR1_", 1),
        &format!("{good}="),
        &format!("{good} "),
        &format!(" {good}"),
        &format!("{good}{}", "A".repeat(MAX_LENGTH)),
        "tgr1_äöü",
    ] {
        let malformed = Err(InvalidRefreshToken::Malformed);
        assert_eq!(
            RefreshToken::decode(text, &ring),
            malformed,
            "{}",
            text.len()
        );
    }
}

#[test]
fn no_bit_may_be_changed_and_no_byte_removed() {
    let ring = ring();
    let good = token("ada").encode(ring.current()).expose().to_owned();
    for index in PREFIX.len()..good.len() {
        for replacement in "AZaz09-_"
            .chars()
            .filter(|new| !good[index..].starts_with(*new))
        {
            let mut text = good.clone();
            text.replace_range(index..=index, &replacement.to_string());
            assert!(
                RefreshToken::decode(&text, &ring).is_err(),
                "{index} {replacement}"
            );
        }
        let shorter = [&good[..index], &good[index + 1..]].concat();
        // Removing one of two equal neighbours is the same as removing the other: still shorter.
        assert!(
            RefreshToken::decode(&shorter, &ring).is_err(),
            "without {index}"
        );
    }
}

#[test]
fn nothing_is_printed() {
    let ring = ring();
    let token = token("ada");
    let text = token.encode(ring.current());
    let shown = format!("{token:?} {text:?} {ring:?}");
    assert!(
        !shown.contains(text.expose()) && !shown.contains("secret, 32"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn no_text_crashes_the_reader(text in ".{0,300}") {
        prop_assert!(RefreshToken::decode(&text, &ring()).is_err());
        let prefixed = format!("{PREFIX}{text}");
        prop_assert!(RefreshToken::decode(&prefixed, &ring()).is_err());
    }
}
