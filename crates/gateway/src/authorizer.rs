//! A Lambda authorizer: what it is asked about, and when it is not asked at all.

use std::borrow::Cow;
use std::time::Duration;

use regex::Regex;
use serde_json::{Map, Value};

use crate::request::Call;
use crate::template::ApiKind;
use crate::{http_event, rest_event};

/// An authorizer of the template.
pub(crate) struct Authorizer {
    pub(crate) name: String,
    /// The binary.
    pub(crate) function: String,
    pub(crate) format: Format,
    /// What has to be there before it is asked, and the key of its cache.
    pub(crate) identity: Vec<IdentitySource>,
    /// What a token has to look like before it is asked; TOKEN authorizers only.
    pub(crate) expression: Option<Regex>,
    /// Zero: its answers are not kept.
    pub(crate) cache_for: Duration,
}

/// Which event it gets, and which answer it gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A REST API's TOKEN event; an IAM policy comes back.
    Token,
    /// A REST API's REQUEST event; an IAM policy comes back.
    Request,
    /// An HTTP API's payload 2.0; `isAuthorized` comes back if `simple`, else an IAM policy.
    Http { simple: bool },
}

/// Where a part of the caller's identity is found.
pub(crate) enum IdentitySource {
    Header(String),
    Query(String),
    /// A dotted name in `requestContext`.
    Context(String),
}

/// An expression that has to match all of a token, which is what Java's `matches` does.
pub(crate) fn whole_match(expression: &str) -> Result<Regex, regex::Error> {
    // Compiled alone first: put in parentheses, `a)(b` would turn into something valid.
    Regex::new(expression)?;
    Regex::new(&format!(r"\A(?:{expression})\z"))
}

impl Authorizer {
    /// The values of the identity sources; nothing if the request is refused without asking the function.
    ///
    /// A header sent twice counts with its last value on a REST API, as in `headers` of the proxy event; an HTTP API
    /// joins the values with a comma. A function that minds has `multiValueHeaders`.
    pub(crate) fn identify(&self, call: &Call<'_>) -> Option<Vec<String>> {
        let mut values = Vec::with_capacity(self.identity.len());
        for source in &self.identity {
            values.push(source.value(call).filter(|value| !value.is_empty())?);
        }
        match (&self.expression, values.first()) {
            (Some(expression), Some(token)) if !expression.is_match(token) => None,
            _ => Some(values),
        }
    }

    /// The event it gets.
    pub(crate) fn event(&self, call: &Call<'_>, identity: &[String]) -> Value {
        match self.format {
            Format::Token => rest_event::token(
                call,
                identity.first().map(String::as_str).unwrap_or_default(),
            ),
            Format::Request => rest_event::request(call),
            Format::Http { .. } => http_event::authorizer(call, identity),
        }
    }
}

impl IdentitySource {
    fn value(&self, call: &Call<'_>) -> Option<String> {
        let rest = call.api.kind == ApiKind::Rest;
        match self {
            Self::Header(name) if rest => call.request.header(name).map(Cow::into_owned),
            Self::Header(name) => Some(call.request.joined_header(name)),
            Self::Query(name) if rest => call.request.query_values(name).pop().map(str::to_owned),
            Self::Query(name) => Some(call.request.query_values(name).join(",")),
            Self::Context(name) if rest => dotted(rest_event::request_context(call), name),
            Self::Context(name) => dotted(http_event::request_context(call), name),
        }
    }
}

fn dotted(context: Map<String, Value>, name: &str) -> Option<String> {
    let mut value = &Value::Object(context);
    for key in name.split('.') {
        value = value.get(key)?;
    }
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::whole_match;

    #[test]
    fn the_whole_token_has_to_match() {
        for (expression, token, expected) in [
            ("Bearer .+", "Bearer x", true),
            ("Bearer .+", "xBearer x", false),
            ("^Bearer .+$", "Bearer x", true),
            ("Bearer [a-z]+", "Bearer x1", false),
            ("Bearer [a-z]+", "Bearer x\n", false),
            ("^[a-z]+$", "abc\n", false),
            ("a|b", "ab", false),
            ("a|b", "b", true),
        ] {
            let pattern = whole_match(expression).expect(expression);
            assert_eq!(pattern.is_match(token), expected, "{expression} {token:?}");
        }
        for expression in ["(", "a)(b", "(?=x)", "["] {
            assert!(whole_match(expression).is_err(), "{expression}");
        }
    }
}
