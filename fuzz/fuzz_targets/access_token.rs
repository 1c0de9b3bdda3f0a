//! A text is an access token if it is, byte for byte, one that was signed here; nothing else is.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use tollgate_core::access_token::Unverified;
use tollgate_core::verifier::{Unverifiable, Verifier};
use tollgate_fuzz::keys::{ACCESS, Secrets};
use tollgate_fuzz::tokens::{GOOD, claims, profile};
use tollgate_fuzz::{NOW, block_on};

static VERIFIER: LazyLock<Verifier<Secrets>> =
    LazyLock::new(|| Verifier::new(profile(), ACCESS.keys()));

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    match block_on(VERIFIER.verify(text, NOW)) {
        Ok(found) => {
            assert!(
                GOOD.iter().any(|good| good == text),
                "a forged token got in"
            );
            assert_eq!(found, claims(NOW).into());
        }
        Err(refused) => {
            assert!(
                !GOOD.iter().any(|good| good == text),
                "a good token: {refused}"
            );
            let Unverifiable::Invalid(invalid) = refused else {
                panic!("the keys were there: {refused}");
            };
            assert!(!invalid.reason().is_empty());
        }
    }
    // Whoever knows no key reads the same key id out of it, and nothing else.
    if let Ok(unverified) = Unverified::parse(text) {
        let (header, _) = text.split_once('.').expect("three parts");
        assert!(!header.is_empty() && !unverified.key_id().to_string().is_empty());
    }
    Corpus::Keep
});
