//! A text is a refresh token if a key of ours made it, and then it has this one spelling.
#![no_main]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::{Corpus, fuzz_target};
use sha2::Sha256;
use tollgate_core::key::{Key, KeyRing};
use tollgate_core::refresh_token::{MAX_LENGTH, PREFIX, RefreshToken};
use tollgate_fuzz::keys::REFRESH;

static RING: LazyLock<KeyRing> = LazyLock::new(|| REFRESH.ring());
static CURRENT: LazyLock<Key> = LazyLock::new(|| REFRESH.current());
const MAC_BYTES: usize = 16;

fuzz_target!(|data: &[u8]| -> Corpus {
    // The same bytes as what a client sent, and as what the key has signed.
    if let Ok(text) = std::str::from_utf8(data) {
        check(text);
    }
    let mac = authenticated(data);
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([data, &mac].concat()));
    check(&token);
    Corpus::Keep
});

fn check(text: &str) {
    let Ok(token) = RefreshToken::decode(text, &RING) else {
        return;
    };
    assert!(text.len() <= MAX_LENGTH);
    let bytes = URL_SAFE_NO_PAD
        .decode(&text[PREFIX.len()..])
        .expect("base64url");
    let (body, mac) = bytes.split_at(bytes.len() - MAC_BYTES);
    if RefreshToken::key_id(text) == Some(CURRENT.id()) {
        assert_eq!(mac, authenticated(body), "a forged token got in");
        assert_eq!(
            token.encode(&CURRENT).expose(),
            text,
            "two spellings of one token"
        );
    }
    assert!((1..=64).contains(&token.user().as_str().len()));
    let Some(next) = token.successor() else {
        assert_eq!(token.generation(), u32::MAX);
        return;
    };
    assert_eq!((next.family(), next.user()), (token.family(), token.user()));
    assert_eq!(next.generation(), token.generation() + 1);
    let sent = next.encode(&CURRENT);
    assert!(RefreshToken::decode(sent.expose(), &RING).is_ok_and(|read| read == next));
}

/// What a key adds to the bytes of a token: the code that is tested is not asked.
fn authenticated(body: &[u8]) -> [u8; MAC_BYTES] {
    let mac = Hmac::<Sha256>::new_from_slice(REFRESH.0.as_bytes()).expect("any length");
    let mac = mac
        .chain_update(PREFIX)
        .chain_update(body)
        .finalize()
        .into_bytes();
    mac[..MAC_BYTES]
        .try_into()
        .expect("32 bytes are more than 16")
}
