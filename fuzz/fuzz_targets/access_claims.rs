//! A header and claims that the real key signed are taken only if they say what RFC 9068 and the
//! profile ask for: nobody with a leaked signature oracle gets more than a token can give.
//!
//! The input is the header and the claims, with a line break between them.
#![no_main]

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use sha2::Sha256;
use tollgate_core::access_token::Unverified;
use tollgate_fuzz::NOW;
use tollgate_fuzz::keys::ACCESS;
use tollgate_fuzz::tokens::profile;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(at) = data.iter().position(|byte| *byte == b'\n') else {
        return Corpus::Reject;
    };
    let (header, claims) = (&data[..at], &data[at + 1..]);
    let token = signed(header, claims);
    let Ok(unverified) = Unverified::parse(&token) else {
        return Corpus::Keep;
    };
    let key = ACCESS.current();
    let Ok(found) = unverified.verify(&key, &profile(), NOW) else {
        return Corpus::Keep;
    };
    let header: Value = serde_json::from_slice(header).expect("a header that was read");
    assert_eq!(names(&header), ["alg", "kid", "typ"].into(), "{header}");
    assert_eq!(header["alg"], "HS256");
    assert_eq!(header["typ"], "at+jwt");
    // Read by somebody else. What no claim of ours is need not even be UTF-8: it was not read.
    let text = String::from_utf8_lossy(claims);
    let Ok(claims) = serde_json::from_str::<Value>(&text) else {
        return Corpus::Keep;
    };
    let number = |name: &str| claims[name].as_i64().expect("a whole number");
    let text = |name: &str| claims[name].as_str().expect("a text");
    assert_eq!(text("iss"), profile().issuer);
    assert_eq!(text("aud"), profile().audience);
    assert_eq!(text("sub"), found.sub.as_str());
    assert!((1..=64).contains(&text("sub").len()));
    assert_eq!(text("jti"), found.jti);
    assert_eq!(text("sid"), found.sid);
    let now = NOW.as_unix();
    assert!(number("iat") <= now + 5, "issued in the future");
    assert!(number("exp") > now - 5, "expired");
    let lifetime = i128::from(number("exp")) - i128::from(number("iat"));
    assert!((1..=3600).contains(&lifetime), "good for {lifetime} s");
    if claims.get("nbf").is_some_and(|nbf| !nbf.is_null()) {
        assert!(number("nbf") <= now + 5, "not good yet");
    }
    Corpus::Keep
});

fn names(object: &Value) -> BTreeSet<&str> {
    object
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

fn signed(header: &[u8], claims: &[u8]) -> String {
    let body = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mac = Hmac::<Sha256>::new_from_slice(ACCESS.0.as_bytes()).expect("any length");
    let mac = mac.chain_update(&body).finalize().into_bytes();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac))
}
