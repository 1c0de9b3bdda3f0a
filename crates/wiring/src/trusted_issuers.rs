//! Whose tokens the authorizer takes besides our own: `TOLLGATE_TRUSTED_ISSUERS`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};
use tollgate_core::access_token::{self, Profile};
use tollgate_core::scope::Scope;
use tollgate_core::trusted_issuer::TrustedIssuer;

use crate::environment::{Environment, SettingError};
use crate::settings;
use crate::vault::Vault;

/// The variable.
pub const TRUSTED_ISSUERS: &str = "TOLLGATE_TRUSTED_ISSUERS";

/// Each is asked for its key at every start, and has a key that a token is tried with.
const MOST: usize = 8;

/// Claims that have a meaning and a check of their own.
const REGISTERED: [&str; 7] = ["iss", "aud", "sub", "iat", "exp", "nbf", "jti"];

const EXPECTED: &str = "a JSON array of objects with issuer, audience, typ and key, and if need be require, claims and scope";

/// One object of the array.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    issuer: String,
    audience: String,
    typ: String,
    /// A URI, as that of `TOLLGATE_ACCESS_KEY`.
    key: String,
    #[serde(default)]
    require: Map<String, Value>,
    #[serde(default)]
    claims: ClaimNames,
    #[serde(default)]
    scope: Scope,
}

/// Where a token says what has no registered name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ClaimNames {
    email: String,
    scope: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            email: "email".to_owned(),
            scope: "scope".to_owned(),
        }
    }
}

/// Every trusted issuer, and where its key is. Nothing is read yet.
pub fn open(environment: &Environment) -> Result<Vec<(TrustedIssuer, Vault)>, SettingError> {
    let entries = check(environment, read(environment)?)?.into_iter();
    let opened = entries.map(|entry| {
        let vault = Vault::at(environment, TRUSTED_ISSUERS, &entry.key)?;
        Ok((entry.into(), vault))
    });
    opened.collect()
}

/// Refuses what would let one issuer speak for another.
fn check(environment: &Environment, entries: Vec<Entry>) -> Result<Vec<Entry>, SettingError> {
    if entries.is_empty() {
        return Ok(entries);
    }
    if entries.len() > MOST {
        let expected = format!("{EXPECTED}, at most {MOST}");
        return Err(invalid("a list of too many issuers", &expected));
    }
    if let Some(found) = entries.iter().find_map(Entry::problem) {
        return Err(invalid(found, EXPECTED));
    }
    let own = settings::profile(environment)?.issuer;
    let mut known = BTreeSet::from([&own]);
    if !entries.iter().all(|entry| known.insert(&entry.issuer)) {
        let found = "a list in which an issuer is there twice, or is TOLLGATE_ISSUER";
        return Err(invalid(found, EXPECTED));
    }
    Ok(entries)
}

fn read(environment: &Environment) -> Result<Vec<Entry>, SettingError> {
    let Some(text) = environment.get(TRUSTED_ISSUERS) else {
        return Ok(Vec::new());
    };
    let entries: Vec<Entry> = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let place = format!("{EXPECTED}; look at line {line}, column {column}");
        invalid(kind(&error), &place)
    })?;
    Ok(entries)
}

/// What is wrong, without the value: a message of serde may hold one, which may be a secret.
fn kind(error: &serde_json::Error) -> &'static str {
    let message = error.to_string();
    let starts = |start| message.starts_with(start);
    match () {
        () if !error.is_data() => "no JSON",
        () if starts("missing field `issuer`") => "a list in which an issuer is missing",
        () if starts("missing field `audience`") => "a list in which an audience is missing",
        () if starts("missing field `typ`") => "a list in which a typ is missing",
        () if starts("missing field `key`") => "a list in which a key is missing",
        () if starts("unknown field") => "a list in which a field has an unknown name",
        () if starts("duplicate field") => "a list in which a field is there twice",
        () => "a list in which a value is of the wrong type",
    }
}

fn invalid(found: &'static str, expected: &str) -> SettingError {
    SettingError::Invalid {
        name: TRUSTED_ISSUERS,
        found,
        expected: expected.to_owned(),
    }
}

impl Entry {
    fn problem(&self) -> Option<&'static str> {
        let blank =
            |text: &String| text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic());
        let names = [&self.claims.email, &self.claims.scope];
        let is_own = self.typ.to_ascii_lowercase().ends_with(access_token::TYPE);
        let fixed = |name: &String| REGISTERED.contains(&name.as_str());
        let plain =
            |value: &Value| matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_));
        match () {
            () if [&self.issuer, &self.audience, &self.typ]
                .into_iter()
                .any(blank) =>
            {
                Some("a list in which issuer, audience or typ is empty, or no printable ASCII")
            }
            () if is_own => Some("a list in which a typ is at+jwt, as that of our own tokens"),
            () if names.into_iter().chain(self.require.keys()).any(fixed) => {
                Some("a list in which claims or require name a claim that is always checked")
            }
            () if !self.require.values().all(plain) => Some(
                "a list in which require holds something else than texts, numbers, true and false",
            ),
            () => None,
        }
    }
}

impl From<Entry> for TrustedIssuer {
    fn from(entry: Entry) -> Self {
        Self {
            profile: Profile {
                issuer: entry.issuer,
                audience: entry.audience,
            },
            typ: entry.typ,
            require: entry.require,
            email_claim: entry.claims.email,
            scope_claim: entry.claims.scope,
            scope: entry.scope,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "issuer": "https://app.example.com",
            "audience": "api.example.com",
            "typ": "JWT",
            "key": "file:///app.key",
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut entry = good();
        entry[name] = value;
        entry
    }

    fn without(name: &str) -> Value {
        let mut entry = good();
        entry.as_object_mut().expect("an object").remove(name);
        entry
    }

    /// What is wrong with this value of the variable.
    fn found(text: &str) -> Option<&'static str> {
        let environment = Environment::from_iter([
            ("TOLLGATE_ISSUER", "https://auth.example.com"),
            ("TOLLGATE_AUDIENCE", "api.example.com"),
            (TRUSTED_ISSUERS, text),
        ]);
        match read(&environment).and_then(|entries| check(&environment, entries)) {
            Ok(_) => None,
            Err(SettingError::Invalid { name, found, .. }) => {
                assert_eq!(name, TRUSTED_ISSUERS);
                Some(found)
            }
            Err(missing) => panic!("{missing}"),
        }
    }

    #[test]
    fn an_issuer_is_believed_only_as_written() {
        let unknown_name = "a list in which a field has an unknown name";
        let registered = "a list in which claims or require name a claim that is always checked";
        let own_type = "a list in which a typ is at+jwt, as that of our own tokens";
        let blank = "a list in which issuer, audience or typ is empty, or no printable ASCII";
        let twice = "a list in which an issuer is there twice, or is TOLLGATE_ISSUER";
        let wrong_type = "a list in which a value is of the wrong type";
        let no_plain_value =
            "a list in which require holds something else than texts, numbers, true and false";
        for (entries, problem) in [
            (json!([]), None),
            (json!([good()]), None),
            (
                json!([
                    with("require", json!({"email_verified": true})),
                    with("issuer", json!("b"))
                ]),
                None,
            ),
            (json!([with("claims", json!({"email": "mail"}))]), None),
            (json!([with("scope", json!("reports:read"))]), None),
            (good(), Some(wrong_type)),
            (json!(["https://app.example.com"]), Some(wrong_type)),
            (
                json!([without("issuer")]),
                Some("a list in which an issuer is missing"),
            ),
            (
                json!([without("audience")]),
                Some("a list in which an audience is missing"),
            ),
            (
                json!([without("typ")]),
                Some("a list in which a typ is missing"),
            ),
            (
                json!([without("key")]),
                Some("a list in which a key is missing"),
            ),
            (
                json!([with("algorithm", json!("HS512"))]),
                Some(unknown_name),
            ),
            (
                json!([with("claims", json!({"mail": "mail"}))]),
                Some(unknown_name),
            ),
            (json!([with("key", json!(7))]), Some(wrong_type)),
            (json!([with("typ", json!(""))]), Some(blank)),
            (json!([with("issuer", json!("two words"))]), Some(blank)),
            (json!([with("audience", json!("ä"))]), Some(blank)),
            (json!([with("typ", json!("at+jwt"))]), Some(own_type)),
            (
                json!([with("typ", json!("application/AT+JWT"))]),
                Some(own_type),
            ),
            (
                json!([with("claims", json!({"email": "sub"}))]),
                Some(registered),
            ),
            (
                json!([with("require", json!({"exp": 1}))]),
                Some(registered),
            ),
            (
                json!([with("require", json!({"roles": ["a"]}))]),
                Some(no_plain_value),
            ),
            (
                json!([with("require", json!({"banned": null}))]),
                Some(no_plain_value),
            ),
            (
                json!([with("issuer", json!("https://auth.example.com"))]),
                Some(twice),
            ),
            (json!([good(), good()]), Some(twice)),
            (json!(vec![good(); 9]), Some("a list of too many issuers")),
        ] {
            assert_eq!(found(&entries.to_string()), problem, "{entries}");
        }
        assert_eq!(found("[{"), Some("no JSON"));
        assert_eq!(found(""), None);
    }

    #[test]
    fn a_value_is_never_repeated() {
        let secret = "a secret in the wrong place";
        for entries in [
            json!(secret),
            json!([secret]),
            json!([with("require", json!(secret))]),
            json!([with("scope", json!([secret]))]),
            json!([with("issuer", json!(secret))]),
        ] {
            let environment = Environment::from_iter([(TRUSTED_ISSUERS, entries.to_string())]);
            let read = read(&environment).and_then(|entries| check(&environment, entries));
            let error = read.err().expect("it is wrong").to_string();
            assert!(!error.contains(secret), "{error}");
        }
    }
}
