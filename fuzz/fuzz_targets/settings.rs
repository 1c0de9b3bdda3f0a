//! Whatever the environment says, it is read or refused by the name of the variable, and no error
//! repeats a value: it may be a secret in the wrong variable.
//!
//! The input is lines of the form NAME=VALUE.
#![no_main]

use std::collections::BTreeSet;
use std::time::Duration;

use libfuzzer_sys::{Corpus, fuzz_target};
use tollgate_core::access_token::MAX_LIFETIME;
use tollgate_core::trusted_issuer::TrustedIssuer;
use tollgate_wiring::store::STORE;
use tollgate_wiring::vault::{ACCESS_KEY, REFRESH_KEY};
use tollgate_wiring::{Environment, SettingError, StoreUri, Vault, settings, trusted_issuers};

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
    match StoreUri::read(&environment).inspect_err(refused) {
        Ok(StoreUri::Sqlite(path)) => names(&environment, STORE, "sqlite", &path.to_string_lossy()),
        Ok(StoreUri::DynamoDb(table)) => names(&environment, STORE, "dynamodb", table),
        Err(_) => {}
    }
    if let Ok(trusted) = trusted_issuers::open(&environment).inspect_err(refused) {
        trusts_only_others(&environment, &trusted);
    }
    for variable in [ACCESS_KEY, REFRESH_KEY] {
        if let Ok(Vault::File(file)) = Vault::open(&environment, variable).inspect_err(refused) {
            names(
                &environment,
                variable,
                "file",
                &file.path().to_string_lossy(),
            );
        }
    }
    Corpus::Keep
});

/// A variable names what was read out of it, and nothing beside it.
fn names(environment: &Environment, variable: &str, scheme: &str, rest: &str) {
    let uri = format!("{scheme}://{rest}");
    assert_eq!(environment.get(variable), Some(uri.as_str()));
}

/// Each has a name of its own, and none says what is ours to say.
fn trusts_only_others(environment: &Environment, trusted: &[(TrustedIssuer, Vault)]) {
    let own = settings::profile(environment).map(|profile| profile.issuer);
    let mut known: BTreeSet<&String> = own.as_ref().into_iter().collect();
    for (issuer, _) in trusted {
        assert!(known.insert(&issuer.profile.issuer), "two of one name");
        assert!(!issuer.typ.to_ascii_lowercase().ends_with("at+jwt"));
        let read = [&issuer.email_claim, &issuer.scope_claim];
        for claim in read.into_iter().chain(issuer.require.keys()) {
            assert!(!["iss", "aud", "sub", "iat", "exp", "nbf", "jti"].contains(&claim.as_str()));
        }
    }
}

fn check(error: &SettingError, environment: &Environment) {
    let said = error.to_string();
    let (SettingError::Missing { name, .. } | SettingError::Invalid { name, .. }) = error;
    assert!(said.starts_with(name), "{said}");
    // What a setting should be is said with an example; a longer text is nobody's example.
    let value = environment.get(name).unwrap_or_default();
    let mut texts = value.split('"').chain([value]);
    assert!(
        !texts.any(|text| text.len() > 80 && said.contains(text)),
        "an error repeats a value"
    );
}
