//! What is read is written in one spelling, and that spelling is read as the same.
#![no_main]

use std::fmt::Display;
use std::str::FromStr;

use libfuzzer_sys::{Corpus, fuzz_target};
use tollgate_core::attempts::AttemptKey;
use tollgate_core::email::Email;
use tollgate_core::key::KeyId;
use tollgate_core::password::PasswordHash;
use tollgate_core::scope::Scope;
use tollgate_core::user::UserId;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    if let Some(email) = stable::<Email>(text) {
        assert!(email.as_str().is_ascii() && email.as_str().len() <= 254);
        assert_eq!(
            AttemptKey::account(text),
            AttemptKey::account(email.as_str()),
            "counted twice"
        );
    }
    stable::<Scope>(text);
    if let Some(id) = stable::<UserId>(text) {
        assert_eq!(id.as_str(), text);
    }
    if let Some(id) = KeyId::parse(text) {
        assert_eq!(id.to_string(), text, "two spellings of one key");
    }
    if let Ok(hash) = PasswordHash::parse(text.to_owned()) {
        assert_eq!(hash.expose(), text);
        assert!(!hash.scheme().is_empty(), "a hash of no scheme");
    }
    Corpus::Keep
});

/// The value of `text`, if it has one.
fn stable<T: FromStr + Display + PartialEq>(text: &str) -> Option<T> {
    let read = text.parse::<T>().ok()?;
    let written = read.to_string();
    let again = written.parse::<T>().ok();
    assert!(
        again.as_ref() == Some(&read),
        "{written:?} is read differently"
    );
    assert_eq!(again.map(|again| again.to_string()), Some(written));
    Some(read)
}
