//! Hashes that other systems made: each known answer below was made by another implementation,
//! with the salt `sixteen byte sal` where one could be chosen.

use std::time::Instant;

use proptest::prelude::*;
use tollgate_core::password::{
    HashCost, Hasher, InvalidPasswordHash, Password, PasswordHash, Verdict,
};

const PASSWORD: &str = "correct horse";

fn password(text: &str) -> Password {
    Password::new(text).expect("short enough")
}

fn hasher() -> Hasher {
    let cost = HashCost {
        memory_kib: 128,
        passes: 1,
        lanes: 1,
    };
    Hasher::new(cost).expect("a valid cost")
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::parse(text.to_owned()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn check(hash: &PasswordHash, text: &str) -> Verdict {
    hasher().check(Some(hash), &password(text))
}

/// By argon2-cffi 25.1 (the reference implementation in C), Python's hashlib (OpenSSL) and bcrypt
/// 5.0. OpenBSD's `2b`, PHP's `2y` and the `2a` of most libraries are the same function.
const KNOWN: [(&str, &str); 12] = [
    (
        "argon2id m=64,t=1,p=1",
        "$argon2id$v=19$m=64,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$OZHVl+0kMwiFhnO0lrin1VAhuqQ/IpFS0BZ2dU7nUh8",
    ),
    (
        "argon2id m=64,t=1,p=1",
        "$argon2id$v=16$m=64,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$oNf2ehNREwrZm05TGGDB47AemLPZ3Kf2xnSMQAP3fbA",
    ),
    (
        "argon2id m=64,t=1,p=1",
        "$argon2id$m=64,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$oNf2ehNREwrZm05TGGDB47AemLPZ3Kf2xnSMQAP3fbA",
    ),
    (
        "argon2id m=256,t=3,p=4",
        "$argon2id$v=19$m=256,t=3,p=4$c2l4dGVlbiBieXRlIHNhbA$XNGP2hntvbrcEGJwKJ9JHQ",
    ),
    (
        "argon2i m=64,t=1,p=1",
        "$argon2i$v=19$m=64,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$SQpfP1+TSdz21AEiEa8U7E6TBQ3sA1dnuBSevINcqds",
    ),
    (
        "argon2d m=64,t=1,p=1",
        "$argon2d$v=19$m=64,t=1,p=1$c2l4dGVlbiBieXRlIHNhbA$mBUCeEsSocFLW1RFivsr2+X7x3GMcrNPzHO6jGfHS78",
    ),
    (
        "scrypt ln=10,r=8,p=2",
        "$scrypt$ln=10,r=8,p=2$c2l4dGVlbiBieXRlIHNhbA$IGD9zCVx1xW6V1vHDUdW5e2ehRDyPkBTH8m237SsEEs",
    ),
    (
        "pbkdf2-sha256 i=1000",
        "$pbkdf2-sha256$i=1000$c2l4dGVlbiBieXRlIHNhbA$ME1Iv4J4X2grhY8tE/VHkBAgYmPZD28K1T/C0Ky9yC0",
    ),
    (
        "pbkdf2-sha512 i=1000",
        "$pbkdf2-sha512$i=1000,l=64$c2l4dGVlbiBieXRlIHNhbA$uOZ5lW9DGtljratYZBG0rKaJBoJaZ37rjV2yeFmouG+78xHWUu5ax100ucooZMdd30uEfI+d0FNbwyQwUw2Ijw",
    ),
    (
        "bcrypt cost=4",
        "$2b$04$yQjutN1w4usxecFdQ9456eITNc2F9o3EVlPrVg7LJ/qmwwnTezW9G",
    ),
    (
        "bcrypt cost=4",
        "$2a$04$yQjutN1w4usxecFdQ9456eITNc2F9o3EVlPrVg7LJ/qmwwnTezW9G",
    ),
    (
        "bcrypt cost=4",
        "$2y$04$yQjutN1w4usxecFdQ9456eITNc2F9o3EVlPrVg7LJ/qmwwnTezW9G",
    ),
];

#[test]
fn the_right_password_of_another_system_is_right_and_the_hash_outdated() {
    for (scheme, text) in KNOWN {
        let hash = hash(text);
        assert_eq!(hash.scheme(), scheme, "{text}");
        assert_eq!(hash.expose(), text, "kept as it is");
        assert_eq!(check(&hash, PASSWORD), Verdict::RightButOutdated, "{text}");
        for wrong in ["", "correct horsf", "Correct horse", "correct horse ", "\0"] {
            assert_eq!(check(&hash, wrong), Verdict::Wrong, "{text}: {wrong:?}");
        }
    }
}

/// By better-auth 1.6.0 itself (`hashPassword` of `better-auth/crypto`). It signs somebody up and in
/// by the NFKC form of what was typed, so both spellings are one password to it.
#[test]
fn better_auths_hash_is_read_as_better_auth_checks_it() {
    let plain = "48d86d17abfca75d4004965354787279:b4550ef95c1e5e6f1cf6bcd65198336aee37638ddbb850df0fb66b89e8a408b406767a4517d361fc643f65e675cb5eb49aa2c6d16f8dc09127c53d3fa05b3797";
    let composed = "81fcbdf466274ed3ccbfedc212d21881:06409e5cbca61dc6145e7aa0b42b4bd3037db032193095b7c977d8223ae03a903b77e2f2f72f8322837899a6e4f1e1946c4b5069f00a2d34aab63e7e16f9ab7c";
    for (text, right, wrong) in [
        (plain, &[PASSWORD][..], &["correct  horse", ""][..]),
        (
            composed,
            &["Pa\u{308}sswo\u{308}rd \u{fb01}", "Pässwörd fi"],
            &["Password fi", "pässwörd fi"],
        ),
    ] {
        let hash = PasswordHash::from_better_auth(text).expect("one of its hashes");
        assert!(hash.expose().starts_with("$scrypt-nfkc$ln=14,r=16,p=1$"));
        let again = PasswordHash::parse(hash.expose().to_owned()).expect("what is kept is read");
        for right in right {
            assert_eq!(check(&again, right), Verdict::RightButOutdated, "{right}");
        }
        for wrong in wrong {
            assert_eq!(check(&again, wrong), Verdict::Wrong, "{wrong}");
        }
    }
    let own = PasswordHash::from_better_auth(KNOWN[9].1).expect("a hash function of its own");
    assert_eq!(check(&own, PASSWORD), Verdict::RightButOutdated);
}

#[test]
fn bcrypt_sees_72_bytes_and_no_nul() {
    // Of 72 times x, which is what other libraries make of any longer password.
    let long = hash("$2b$04$yQjutN1w4usxecFdQ9456eTbl7dH2nUjvZE4aEUJde/OjwXNIYrjG");
    for (typed, verdict) in [
        ("x".repeat(71), Verdict::Wrong),
        ("x".repeat(72), Verdict::RightButOutdated),
        ("x".repeat(80), Verdict::RightButOutdated),
        (format!("{}y", "x".repeat(72)), Verdict::RightButOutdated),
        (format!("{}y", "x".repeat(71)), Verdict::Wrong),
    ] {
        assert_eq!(check(&long, &typed), verdict, "{typed}");
    }
    // A key that ends is one that goes on with NUL: `correct horse` and this are one to bcrypt.
    let short = hash(KNOWN[9].1);
    for typed in ["correct horse\0", "correct horse\0correct horse", "\0"] {
        assert_eq!(check(&short, typed), Verdict::Wrong, "{typed:?}");
    }
    let umlaut = hash("$2b$04$lt3hLWbhhMEZ2TzO7w3ZKuk9UgUBStgOMLbQq5AHbJoLPQxeJz3Wm");
    assert_eq!(check(&umlaut, "Pässwörd €"), Verdict::RightButOutdated);
    let decomposed = "Pa\u{308}sswo\u{308}rd €";
    assert_eq!(
        check(&umlaut, decomposed),
        Verdict::Wrong,
        "as it was typed"
    );
    let empty = hash("$2b$04$rBqL1X41H8ET7L.DAkL8ZeVgeGzYxiNLo9aKN3gfsAftVQJKx7Fym");
    assert_eq!(check(&empty, ""), Verdict::RightButOutdated);
    assert_eq!(check(&empty, "\0"), Verdict::Wrong);
}

/// `$SCHEME$PARAMETERS` with a salt of 16 bytes and a hash of 32.
fn phc(head: &str) -> String {
    format!("{head}${}${}", "A".repeat(22), "A".repeat(43))
}

#[test]
fn a_hash_that_costs_more_than_a_log_in_may_is_refused() {
    let bcrypt = |cost| format!("$2b${cost}${}", "a".repeat(53));
    for (most, more) in [
        (
            phc("$argon2id$v=19$m=131072,t=8,p=1"),
            phc("$argon2id$v=19$m=131073,t=1,p=1"),
        ),
        (
            phc("$argon2i$v=19$m=65536,t=16,p=4"),
            phc("$argon2i$v=19$m=65536,t=17,p=4"),
        ),
        (
            phc("$argon2id$v=19$m=8,t=131072,p=1"),
            phc("$argon2id$v=19$m=8,t=4294967295,p=1"),
        ),
        (phc("$scrypt$ln=17,r=8,p=1"), phc("$scrypt$ln=17,r=9,p=1")),
        (phc("$scrypt$ln=16,r=16,p=2"), phc("$scrypt$ln=18,r=8,p=1")),
        (phc("$scrypt$ln=14,r=16,p=8"), phc("$scrypt$ln=14,r=16,p=9")),
        (phc("$scrypt$ln=1,r=32,p=32"), phc("$scrypt$ln=1,r=33,p=32")),
        (phc("$scrypt$ln=14,r=8,p=5"), phc("$scrypt$ln=31,r=1,p=1")),
        (
            phc("$pbkdf2-sha256$i=2000000"),
            phc("$pbkdf2-sha256$i=2000001"),
        ),
        (
            phc("$pbkdf2-sha512$i=2000000"),
            phc("$pbkdf2-sha512$i=4294967295"),
        ),
        (
            format!(
                "$pbkdf2-sha256$i=1000000${}${}",
                "A".repeat(22),
                "A".repeat(86)
            ),
            format!(
                "$pbkdf2-sha256$i=1000001${}${}",
                "A".repeat(22),
                "A".repeat(86)
            ),
        ),
        (bcrypt("14"), bcrypt("15")),
        (bcrypt("04"), bcrypt("31")),
    ] {
        assert!(PasswordHash::parse(most.clone()).is_ok(), "{most}");
        let refused = PasswordHash::parse(more.clone()).err();
        assert!(
            matches!(refused, Some(InvalidPasswordHash::TooCostly(_))),
            "{more}: {refused:?}"
        );
    }
    let beyond = HashCost {
        memory_kib: 131_073,
        ..HashCost::default()
    };
    assert!(
        Hasher::new(beyond).is_err(),
        "nothing is made that is not read back"
    );
}

#[test]
fn what_is_no_hash_is_refused_with_its_reason() {
    let bcrypt = |text: &str| format!("$2b$10${text}");
    for (text, reason) in [
        (String::new(), "none of the forms"),
        ("plain text".to_owned(), "none of the forms"),
        (
            "5f4dcc3b5aa765d61d8327deb882cf99".to_owned(),
            "none of the forms",
        ),
        ("$6$salt$hash".to_owned(), "none of the forms"),
        ("$argon2$".to_owned(), "none of the forms"),
        ("$ARGON2ID$v=19$".to_owned(), "none of the forms"),
        ("{SSHA}abc".to_owned(), "none of the forms"),
        (
            "pbkdf2_sha256$1000$salt$aaaa".to_owned(),
            "none of the forms",
        ),
        (phc("$pbkdf2$i=1000"), "SHA-1"),
        (phc("$pbkdf2-sha1$i=1000"), "SHA-1"),
        (format!("$2x$10${}", "a".repeat(53)), "taken as $2a$"),
        (phc("$argon2id$v=18$m=64,t=1,p=1"), "damaged Argon2id"),
        (phc("$argon2id$v=19$m=64,t=1,p=1,x=1"), "damaged Argon2id"),
        (phc("$argon2id$v=19$t=1,m=64,p=1"), "damaged Argon2id"),
        (
            phc("$argon2id$v=19$m=64,t=1,p=536870912"),
            "damaged Argon2id",
        ),
        (
            phc("$argon2id$v=19$m=134217728,t=1,p=536870912"),
            "damaged Argon2id",
        ),
        (phc("$argon2id$v=19$m=64,t=1,p=0"), "damaged Argon2id"),
        (phc("$argon2id$v=19"), "damaged Argon2id"),
        (phc("$scrypt$ln=0,r=8,p=1"), "damaged scrypt"),
        (phc("$scrypt$ln=32,r=8,p=1"), "damaged scrypt"),
        (phc("$scrypt$ln=14,r=0,p=1"), "damaged scrypt"),
        (
            phc("$scrypt$ln=14,r=4294967295,p=4294967295"),
            "damaged scrypt",
        ),
        (phc("$scrypt$v=1$ln=14,r=8,p=1"), "damaged scrypt"),
        (phc("$pbkdf2-sha256$i=0"), "damaged PBKDF2"),
        (phc("$pbkdf2-sha256$i=-1"), "damaged PBKDF2"),
        (phc("$pbkdf2-sha256$1000"), "damaged PBKDF2"),
        (phc("$pbkdf2-sha256$i=1000,l=31"), "damaged PBKDF2"),
        (bcrypt(&"a".repeat(52)), "damaged bcrypt"),
        (bcrypt(&"a".repeat(54)), "damaged bcrypt"),
        (bcrypt(&format!("{}!", "a".repeat(52))), "damaged bcrypt"),
        (
            bcrypt(&format!("{}é{}", "a".repeat(21), "a".repeat(30))),
            "damaged bcrypt",
        ),
        (format!("$2b$1${}", "a".repeat(53)), "damaged bcrypt"),
        (format!("$2b$+4${}", "a".repeat(53)), "damaged bcrypt"),
        (format!("$2b$03${}", "a".repeat(53)), "damaged bcrypt"),
        (format!("$2b$32${}", "a".repeat(53)), "damaged bcrypt"),
    ] {
        let refused = PasswordHash::parse(text.clone())
            .expect_err(&text)
            .to_string();
        assert!(refused.contains(reason), "{text}: {refused}");
        assert!(text.len() < 20 || !refused.contains(&text), "{refused}");
    }
    let key = "0".repeat(128);
    for text in [
        ":".to_owned(),
        format!(":{key}"),
        format!("0011223344556677889:{}", &key[1..]),
        format!("001122334455667g:{key}"),
        format!("00112233:{}0", &key[..126]),
        format!("{}:{key}", "0".repeat(49)),
        format!("0011223344556677:{key}:"),
        format!("é011223344556677:{key}"),
    ] {
        let refused = PasswordHash::from_better_auth(&text).err();
        assert_eq!(
            refused,
            Some(InvalidPasswordHash::Malformed("Better Auth")),
            "{text}"
        );
    }
}

#[test]
fn a_hash_below_the_cheat_sheet_is_called_weak() {
    let bcrypt = |cost| format!("$2b${cost}${}", "a".repeat(53));
    for (text, weak) in [
        (phc("$argon2id$v=19$m=47104,t=1,p=1"), false),
        (phc("$argon2id$v=19$m=7168,t=5,p=1"), false),
        (phc("$argon2id$v=19$m=4096,t=3,p=1"), true),
        (phc("$scrypt$ln=17,r=8,p=1"), false),
        (phc("$scrypt$ln=14,r=8,p=5"), false),
        (phc("$scrypt-nfkc$ln=14,r=16,p=1"), true),
        (phc("$pbkdf2-sha256$i=600000"), false),
        (phc("$pbkdf2-sha256$i=599999"), true),
        (phc("$pbkdf2-sha512$i=210000"), false),
        (phc("$pbkdf2-sha512$i=209999"), true),
        (bcrypt("10"), false),
        (bcrypt("09"), true),
    ] {
        assert_eq!(hash(&text).is_weak(), weak, "{text}");
    }
}

/// However cheap the hash, a refusal takes no less than that of an unknown address. One that is
/// costlier takes longer, until its owner logs in.
#[test]
#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn a_cheap_hash_is_not_refused_faster_than_nobody() {
    let hasher = Hasher::new(HashCost::default()).expect("the default");
    let cheap = hash(KNOWN[7].1);
    let fastest = |stored: Option<&PasswordHash>| {
        let times = (0..5).map(|_| {
            let start = Instant::now();
            assert_eq!(hasher.check(stored, &password("wrong")), Verdict::Wrong);
            start.elapsed()
        });
        times.min().expect("five")
    };
    let (nobody, somebody) = (fastest(None), fastest(Some(&cheap)));
    assert!(somebody > nobody / 2, "{somebody:?}, and nobody {nobody:?}");
}

proptest! {
    /// Anything may be in a file, or in a store.
    #[test]
    fn no_text_makes_the_reader_panic(
        head in r"\$(argon2id|argon2i|scrypt|scrypt-nfkc|pbkdf2-sha256|2b|2a|x)",
        parameters in r"(\$v=[0-9]{1,3})?(\$[a-z]{1,2}=[0-9]{1,11}(,[a-z]{1,2}=[0-9]{1,11}){0,3}|\$[0-9]{1,2})?",
        rest in r"(\$[A-Za-z0-9+/.]{0,90}){0,3}",
        anything in ".*",
    ) {
        for text in [format!("{head}{parameters}{rest}"), format!("{head}${anything}"), anything] {
            let _ = PasswordHash::from_better_auth(&text);
            if let Ok(hash) = PasswordHash::parse(text.clone()) {
                prop_assert_eq!(hash.expose(), &text);
                prop_assert!(!hash.scheme().is_empty());
            }
        }
    }

    /// Another character in the hash is another hash, or none.
    #[test]
    fn a_damaged_hash_is_never_right(
        which in 0..KNOWN.len(),
        from_the_end in 2_usize..20,
        character in "[A-Za-z0-9$,=]",
    ) {
        let known = KNOWN[which].1;
        let at = known.len() - from_the_end;
        let mut damaged = known.to_owned();
        damaged.replace_range(at..=at, &character);
        if damaged != known && let Ok(hash) = PasswordHash::parse(damaged) {
            prop_assert_eq!(check(&hash, PASSWORD), Verdict::Wrong);
        }
    }
}
