//! Which passwords are taken, and how they are kept.

use std::path::Path;

use tollgate_core::email::Email;
use tollgate_core::password::{
    HashCost, Hasher, Password, PasswordHash, PasswordPolicy, PasswordTooLong, Verdict,
    WeakPassword,
};

fn password(text: &str) -> Password {
    Password::new(text).expect("short enough")
}

fn email() -> Email {
    "ada.lovelace@example.com".parse().expect("an address")
}

fn rng() -> getrandom::rand_core::UnwrapErr<getrandom::SysRng> {
    getrandom::rand_core::UnwrapErr(getrandom::SysRng)
}

/// Cheap enough for many cases; the cost in production is the default.
fn hasher() -> Hasher {
    Hasher::new(HashCost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    })
    .expect("a valid cost")
}

#[test]
fn a_new_password_is_long_and_not_the_first_guess() {
    let policy = PasswordPolicy::default();
    for (text, taken) in [
        ("correct horse battery staple", true),
        ("кораблі лавірували", true),
        ("   fifteen blanks are fine too   ", true),
        (&"a long passphrase ".repeat(10), true),
        ("fourteen chars", false),
        ("aaaaaaaaaaaaaaaaaaaa", false),
        ("passwordpassword", false),
        ("123456789012345678", false),
        ("qwertyuiopasdfghjkl", false),
        ("ada.lovelace@example.com", false),
        ("ada.lovelaceada.lovelace", false),
    ] {
        let checked = policy.check(&password(text), &email());
        assert_eq!(checked.is_ok(), taken, "{text}: {checked:?}");
    }
    let short = policy.check(&password("short"), &email());
    assert_eq!(short, Err(WeakPassword::TooShort { min: 15 }));
}

#[test]
fn the_minimum_can_be_lowered_to_eight() {
    assert!(PasswordPolicy::with_minimum(7).is_none());
    let policy = PasswordPolicy::with_minimum(8).expect("the lowest");
    assert_eq!(policy.check(&password("vK8#qz2L"), &email()), Ok(()));
    assert!(policy.check(&password("vK8#qz2"), &email()).is_err());
}

/// With the public list beside the repository, no password of it is taken, even at eight.
#[test]
fn common_passwords_are_refused() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/vectors/django_common_passwords.txt");
    let Ok(list) = std::fs::read_to_string(&list) else {
        println!(
            "skipped about 20,000 cases: {} is not there",
            list.display()
        );
        return;
    };
    let policy = PasswordPolicy::with_minimum(8).expect("the lowest");
    let taken: Vec<&str> = list
        .lines()
        .filter(|text| text.chars().count() >= 8)
        .filter(|text| policy.check(&password(text), &email()).is_ok())
        .collect();
    assert_eq!(taken, Vec::<&str>::new());
}

#[test]
fn a_password_is_checked_exactly_as_it_was_typed() {
    let hasher = hasher();
    let text = "Pässwörd with  two blanks ";
    let hash = hasher.hash(&password(text), &mut rng());
    assert_eq!(hasher.check(Some(&hash), &password(text)), Verdict::Right);
    for other in [
        "pässwörd with  two blanks ",
        "Pässwörd with  two blanks",
        "Pässwörd with two blanks ",
        "Pa\u{308}sswo\u{308}rd with  two blanks ",
        "Pässwörd with  two blanks \0",
        "",
    ] {
        assert_eq!(
            hasher.check(Some(&hash), &password(other)),
            Verdict::Wrong,
            "{other:?}"
        );
    }
    let longest = "x".repeat(Password::MAX_BYTES);
    let hash = hasher.hash(&password(&longest), &mut rng());
    let cut = &longest[1..];
    assert_eq!(
        hasher.check(Some(&hash), &password(&longest)),
        Verdict::Right
    );
    assert_eq!(
        hasher.check(Some(&hash), &password(cut)),
        Verdict::Wrong,
        "nothing is cut off"
    );
    assert_eq!(
        Password::new(format!("{longest}x")).err(),
        Some(PasswordTooLong)
    );
}

#[test]
fn hashes_are_salted_and_say_their_cost() {
    let default = Hasher::new(HashCost::default()).expect("the default");
    let hash = default.hash(&password("correct horse"), &mut rng());
    assert!(
        hash.expose().starts_with("$argon2id$v=19$m=47104,t=1,p=1$"),
        "the policy"
    );
    let again = default.hash(&password("correct horse"), &mut rng());
    assert_ne!(hash.expose(), again.expose());
    assert_eq!(format!("{hash:?}"), "PasswordHash([redacted])");
}

#[test]
fn a_cheaper_hash_is_right_but_outdated() {
    let cheap = hasher().hash(&password("correct horse"), &mut rng());
    let today = Hasher::new(HashCost {
        memory_kib: 128,
        passes: 1,
        lanes: 1,
    })
    .expect("valid");
    let right = today.check(Some(&cheap), &password("correct horse"));
    assert_eq!(right, Verdict::RightButOutdated);
    assert_eq!(
        today.check(Some(&cheap), &password("wrong horse")),
        Verdict::Wrong
    );
}

#[test]
fn without_a_user_no_password_is_right() {
    let hasher = hasher();
    for text in ["", "A", "correct horse"] {
        assert_eq!(
            hasher.check(None, &password(text)),
            Verdict::Wrong,
            "{text}"
        );
    }
}

#[test]
fn a_hash_of_ours_is_read_back() {
    let good = hasher().hash(&password("correct horse"), &mut rng());
    let read = PasswordHash::parse(good.expose().to_owned());
    assert_eq!(read.as_ref(), Ok(&good));
    for text in [
        "",
        "plain text",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ",
        "$argon2id$v=19$m=0,t=1,p=1$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert!(PasswordHash::parse(text.to_owned()).is_err(), "{text}");
    }
}
