//! A JSON object whose fields are taken out one by one.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use tollgate_core::Timestamp;

use super::row::Problem;

/// The fields that nobody has asked for yet.
#[derive(Debug, Default)]
pub(super) struct Record {
    fields: BTreeMap<String, Value>,
    doubled: Option<String>,
}

impl Record {
    /// A field under its name, or under that in `snake_case`. `null` is none.
    fn take(&mut self, name: &str) -> Option<Value> {
        let value = self.fields.remove(name);
        let value = value.or_else(|| self.fields.remove(&snake_case(name)));
        value.filter(|value| !value.is_null())
    }

    /// A text.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::of(name, "it is not a string")),
        }
    }

    /// A text, or a whole number in its place, as databases count their rows.
    pub(super) fn id(&mut self, name: &str) -> Result<String, Problem> {
        match self.take(name) {
            Some(Value::String(text)) => Ok(text),
            Some(Value::Number(number)) if number.is_u64() => Ok(number.to_string()),
            Some(_) => Err(Problem::of(
                name,
                "it is neither a string nor a whole number",
            )),
            None => Err(missing(name)),
        }
    }

    /// A text that is something more.
    pub(super) fn parsed<T: FromStr<Err: Error>>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, Problem> {
        let text = self.text(name)?;
        text.map(|text| text.parse().map_err(|error| Problem::of(name, &error)))
            .transpose()
    }

    /// `true`, `false`, or the 1 and 0 of SQLite.
    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, Problem> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match (value.as_bool(), value.as_u64()) {
            (Some(flag), _) => Ok(Some(flag)),
            (_, Some(number @ (0 | 1))) => Ok(Some(number == 1)),
            _ => Err(Problem::of(name, "it is neither true nor false")),
        }
    }

    /// Seconds since 1970, or a text as `2026-01-31T12:00:00Z`.
    pub(super) fn moment(&mut self, name: &str) -> Result<Option<Timestamp>, Problem> {
        let moment = match self.take(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64().map(Timestamp::from_unix),
            Some(Value::String(text)) => read_moment(&text),
            Some(_) => None,
        };
        let expected = "it is neither a number of seconds nor like 2026-01-31T12:00:00Z";
        moment.map(Some).ok_or_else(|| Problem::of(name, expected))
    }

    /// Refuses a field that is there twice: nobody knows which is meant.
    pub(super) fn once(&self) -> Result<(), Problem> {
        match &self.doubled {
            Some(name) => Err(about(name, "it is there twice")),
            None => Ok(()),
        }
    }

    /// Refuses what is left.
    pub(super) fn finish(self) -> Result<(), Problem> {
        self.once()?;
        match self.fields.into_keys().next() {
            Some(name) => Err(about(&name, "there is no such field")),
            None => Ok(()),
        }
    }
}

pub(super) fn missing(name: &str) -> Problem {
    Problem::of(name, "it is missing")
}

/// A problem with a field that the file has named; only what looks like a name is repeated.
fn about(name: &str, reason: &str) -> Problem {
    let is_name = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if name.len() <= 40 && is_name(name) {
        Problem::of(name, reason)
    } else {
        Problem::of("a field whose name is none", reason)
    }
}

/// Databases write a blank for the `T`, an offset for the `Z`, or neither.
fn read_moment(text: &str) -> Option<Timestamp> {
    let (time, offset) = match text.rfind(['+', '-']) {
        // In front of it are at least a date and an hour.
        Some(at) if at > "2026-01-31T12".len() => text.split_at(at),
        _ => (text, ""),
    };
    let time = humantime::parse_rfc3339_weak(time).ok()?;
    let digits: String = offset.chars().skip(1).filter(|&c| c != ':').collect();
    let minutes: u64 = match digits.len() {
        0 if offset.is_empty() => 0,
        2 => digits.parse::<u64>().ok()? * 60,
        4 => digits[..2].parse::<u64>().ok()? * 60 + digits[2..].parse::<u64>().ok()?,
        _ => return None,
    };
    let offset_by = Duration::from_secs(minutes * 60);
    let time = if offset.starts_with('-') {
        time.checked_add(offset_by)
    } else {
        time.checked_sub(offset_by)
    };
    time.map(Timestamp::from)
}

/// `emailVerified` is `email_verified` in many a database.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 2);
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut record = Record::default();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if record.fields.insert(name.clone(), value).is_some() {
                record.doubled = Some(name);
            }
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_databases_write_it() {
        for (text, seconds) in [
            ("2026-01-31T12:00:00Z", Some(1_769_860_800)),
            ("2026-01-31T12:00:00.999Z", Some(1_769_860_800)),
            ("2026-01-31 12:00:00", Some(1_769_860_800)),
            ("2026-01-31T12:00:00.123456", Some(1_769_860_800)),
            ("2026-01-31T12:00:00+00:00", Some(1_769_860_800)),
            ("2026-01-31T14:30:00.5+02:30", Some(1_769_860_800)),
            ("2026-01-31 07:00:00-05", Some(1_769_860_800)),
            ("2026-01-31 14:00:00+0200", Some(1_769_860_800)),
            ("2026-01-31T12:00:00+2", None),
            ("2026-01-31T12:00:00+", None),
            ("2026-01-31T12:00:00+éé", None),
            ("2026-01-31", None),
            ("yesterday", None),
            ("", None),
        ] {
            let read = read_moment(text).map(Timestamp::as_unix);
            assert_eq!(read, seconds, "{text}");
        }
    }

    #[test]
    fn a_field_that_nobody_asked_for_is_named_unless_it_may_be_a_secret() {
        for (json, field) in [
            (r#"{"nickname": 1}"#, Some("nickname")),
            (r#"{"a": 1, "a": 2}"#, Some("a")),
            (
                r#"{"$2b$12$canary": 1}"#,
                Some("a field whose name is none"),
            ),
            (r"{}", None),
        ] {
            let record: Record = serde_json::from_str(json).expect("an object");
            let problem = record.finish().err().and_then(|problem| problem.field);
            assert_eq!(problem.as_deref(), field, "{json}");
        }
    }
}
