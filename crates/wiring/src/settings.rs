//! What tokens say of themselves, how long they last, and who may read answers.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::HeaderValue;
use tollgate_core::access_token::{MAX_LIFETIME, Profile};
use tollgate_core::key_source::MAX_AGE;
use tollgate_core::mint::Lifetimes;

use crate::environment::{Environment, SettingError};

/// `TOLLGATE_ISSUER` and `TOLLGATE_AUDIENCE`.
pub fn profile(environment: &Environment) -> Result<Profile, SettingError> {
    let text = |name, expected| {
        let value = environment.require(name, expected)?;
        let printable = value.bytes().all(|byte| byte.is_ascii_graphic());
        let invalid = || SettingError::Invalid {
            name,
            found: "a text with blanks, or with other characters than those of ASCII",
            expected: expected.to_owned(),
        };
        printable.then(|| value.to_owned()).ok_or_else(invalid)
    };
    Ok(Profile {
        issuer: text(
            "TOLLGATE_ISSUER",
            "the URL of the issuer, as https://auth.example.com",
        )?,
        audience: text(
            "TOLLGATE_AUDIENCE",
            "the name of the service, as api.example.com",
        )?,
    })
}

/// `TOLLGATE_ACCESS_TTL`, `TOLLGATE_REFRESH_TTL`, `TOLLGATE_REFRESH_MAX_AGE` and
/// `TOLLGATE_REFRESH_GRACE`; each has a default.
pub fn lifetimes(environment: &Environment) -> Result<Lifetimes, SettingError> {
    let day = Duration::from_hours(24);
    let second = Duration::from_secs(1);
    let default = Lifetimes::default();
    let span = |name, default, range| span(environment, name, default, range);
    Ok(Lifetimes {
        access: span("TOLLGATE_ACCESS_TTL", default.access, second..=MAX_LIFETIME)?,
        // Either may be the longer one; a family ends with whichever comes first.
        refresh: span("TOLLGATE_REFRESH_TTL", default.refresh, second..=365 * day)?,
        family: span(
            "TOLLGATE_REFRESH_MAX_AGE",
            default.family,
            second..=365 * day,
        )?,
        grace: span(
            "TOLLGATE_REFRESH_GRACE",
            default.grace,
            Duration::ZERO..=60 * second,
        )?,
    })
}

/// `TOLLGATE_KEY_MAX_AGE`: how old a ring of keys may be before it is renewed; a minute, if it is
/// not set. A dropped key is refused after about as long.
pub fn key_max_age(environment: &Environment) -> Result<Duration, SettingError> {
    let (second, hour) = (Duration::from_secs(1), Duration::from_hours(1));
    span(environment, "TOLLGATE_KEY_MAX_AGE", MAX_AGE, second..=hour)
}

/// `TOLLGATE_ALLOWED_ORIGIN`: `*`, or the one web origin whose pages may read answers. Not set: no
/// page of another origin may.
pub fn allowed_origin(environment: &Environment) -> Result<Option<HeaderValue>, SettingError> {
    const NAME: &str = "TOLLGATE_ALLOWED_ORIGIN";
    const EXPECTED: &str =
        "* or an origin as browsers send it, without a path, as https://app.example.com";
    let Some(origin) = environment.get(NAME) else {
        return Ok(None);
    };
    // An authority may name a user, and is not always a name that a browser would send.
    let plain = |host: &str| !host.contains(['@', ',', '*']);
    // As browsers write it: in lower case, and without the port that goes without saying.
    let as_sent = |scheme: &str, host: &str| {
        let default = if scheme == "https" { ":443" } else { ":80" };
        !host.ends_with(default) && !host.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    let is_origin = origin.split_once("://").is_some_and(|(scheme, host)| {
        let good = plain(host) && host.parse::<http::uri::Authority>().is_ok();
        ["http", "https"].contains(&scheme) && good && as_sent(scheme, host)
    });
    let value = HeaderValue::from_str(origin)
        .ok()
        .filter(|_| origin == "*" || is_origin);
    let invalid = || SettingError::Invalid {
        name: NAME,
        found: "no origin",
        expected: EXPECTED.to_owned(),
    };
    value.map(Some).ok_or_else(invalid)
}

fn span(
    environment: &Environment,
    name: &'static str,
    default: Duration,
    range: RangeInclusive<Duration>,
) -> Result<Duration, SettingError> {
    let Some(text) = environment.get(name) else {
        return Ok(default);
    };
    let found = match humantime::parse_duration(text) {
        Ok(span) if range.contains(&span) && span.subsec_nanos() == 0 => return Ok(span),
        Ok(span) if range.contains(&span) => "no whole number of seconds",
        Ok(_) => "a time out of range",
        Err(_) => "no time with a unit",
    };
    let show = |span: &Duration| match span.as_secs() {
        secs if secs > 0 && secs.is_multiple_of(86_400) => format!("{}d", secs / 86_400),
        _ => humantime::format_duration(*span).to_string(),
    };
    let (from, to) = (show(range.start()), show(range.end()));
    Err(SettingError::Invalid {
        name,
        found,
        expected: format!("a time from {from} to {to}, as 15m"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_defaults_and_bounds() {
        for (name, value, problem) in [
            ("TOLLGATE_ACCESS_TTL", "15m", None),
            ("TOLLGATE_ACCESS_TTL", "", None),
            ("TOLLGATE_ACCESS_TTL", "1h", None),
            (
                "TOLLGATE_ACCESS_TTL",
                "61m",
                Some(("a time out of range", "a time from 1s to 1h, as 15m")),
            ),
            (
                "TOLLGATE_ACCESS_TTL",
                "0s",
                Some(("a time out of range", "a time from 1s to 1h, as 15m")),
            ),
            (
                "TOLLGATE_ACCESS_TTL",
                "900",
                Some(("no time with a unit", "a time from 1s to 1h, as 15m")),
            ),
            (
                "TOLLGATE_ACCESS_TTL",
                "1500ms",
                Some(("no whole number of seconds", "a time from 1s to 1h, as 15m")),
            ),
            (
                "TOLLGATE_ACCESS_TTL",
                "-5m",
                Some(("no time with a unit", "a time from 1s to 1h, as 15m")),
            ),
            ("TOLLGATE_REFRESH_TTL", "60d", None),
            (
                "TOLLGATE_REFRESH_TTL",
                "366d",
                Some(("a time out of range", "a time from 1s to 365d, as 15m")),
            ),
            ("TOLLGATE_REFRESH_MAX_AGE", "3d", None),
            ("TOLLGATE_REFRESH_GRACE", "0s", None),
            (
                "TOLLGATE_REFRESH_GRACE",
                "2m",
                Some(("a time out of range", "a time from 0s to 1m, as 15m")),
            ),
        ] {
            let read = lifetimes(&Environment::from_iter([(name, value)]));
            let expected = problem.map(|(found, expected)| SettingError::Invalid {
                name,
                found,
                expected: expected.to_owned(),
            });
            assert_eq!(read.err(), expected, "{name}={value}");
        }
        assert_eq!(lifetimes(&Environment::default()), Ok(Lifetimes::default()));
    }

    #[test]
    fn a_profile_has_no_default() {
        let issuer = ("TOLLGATE_ISSUER", "https://auth.example.com");
        for (variables, names) in [
            (vec![], "TOLLGATE_ISSUER"),
            (vec![issuer], "TOLLGATE_AUDIENCE"),
            (
                vec![issuer, ("TOLLGATE_AUDIENCE", "two words")],
                "TOLLGATE_AUDIENCE",
            ),
        ] {
            let error = profile(&variables.into_iter().collect()).expect_err("incomplete");
            assert!(error.to_string().starts_with(names), "{error}");
        }
    }

    #[test]
    fn an_origin_has_no_path() {
        for (value, good) in [
            ("", true),
            ("*", true),
            ("https://app.example.com", true),
            ("http://localhost:3000", true),
            ("https://app.example.com/", false),
            ("app.example.com", false),
            ("https://", false),
            ("ftp://app.example.com", false),
            ("https://a.example, https://b.example", false),
            ("https://a.example,b.example", false),
            ("https://*.example", false),
            ("https://user@app.example.com", false),
        ] {
            let read = allowed_origin(&Environment::from_iter([(
                "TOLLGATE_ALLOWED_ORIGIN",
                value,
            )]));
            assert_eq!(read.is_ok(), good, "{value:?}");
        }
    }
}
