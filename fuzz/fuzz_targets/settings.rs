//! Whatever the environment says, it is read or refused by the name of the variable, and no error
//! repeats a value: it may be a secret in the wrong variable.
//!
//! The input is lines of the form NAME=VALUE.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::{Corpus, fuzz_target};
use tollgate_core::access_token::MAX_LIFETIME;
use tollgate_wiring::vault::{ACCESS_KEY, REFRESH_KEY};
use tollgate_wiring::{Environment, SettingError, Vault, settings};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    let variables: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let environment = Environment::from_iter(variables.iter().copied());
    let refused = |error: &SettingError| check(error, &environment);

    if let Ok(profile) = settings::profile(&environment).inspect_err(refused) {
        for name in [profile.issuer, profile.audience] {
            assert!(
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()),
                "{name:?}"
            );
        }
    }
    if let Ok(lifetimes) = settings::lifetimes(&environment).inspect_err(refused) {
        let (second, year) = (Duration::from_secs(1), Duration::from_hours(365 * 24));
        assert!((second..=MAX_LIFETIME).contains(&lifetimes.access));
        assert!((second..=year).contains(&lifetimes.refresh));
        assert!((second..=year).contains(&lifetimes.family));
        assert!(lifetimes.grace <= Duration::from_mins(1));
    }
    if let Ok(age) = settings::key_max_age(&environment).inspect_err(refused) {
        assert!((Duration::from_secs(1)..=Duration::from_hours(1)).contains(&age));
    }
    if let Ok(Some(origin)) = settings::allowed_origin(&environment).inspect_err(refused) {
        let origin = origin.to_str().expect("it was a text");
        let (_, host) = origin.split_once("://").unwrap_or(("", origin));
        assert!(
            origin == "*" || !host.contains(['/', ' ', ',']),
            "{origin:?} is not one origin"
        );
    }
    for variable in [ACCESS_KEY, REFRESH_KEY] {
        if let Ok(Vault::File(file)) = Vault::open(&environment, variable).inspect_err(refused) {
            let path = format!("file://{}", file.path().display());
            assert_eq!(environment.get(variable), Some(path.as_str()));
        }
    }
    Corpus::Keep
});

fn check(error: &SettingError, environment: &Environment) {
    let said = error.to_string();
    let (SettingError::Missing { name, .. } | SettingError::Invalid { name, .. }) = error;
    assert!(said.starts_with(name), "{said}");
    // What a setting should be is said with an example; a longer value is nobody's example.
    if let Some(value) = environment.get(name).filter(|value| value.len() > 80) {
        assert!(!said.contains(value), "an error repeats a value");
    }
}
