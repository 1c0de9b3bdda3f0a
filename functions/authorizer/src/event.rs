//! Authorizer events, read leniently: an event that cannot be read is denied, not a crash.

use serde_json::Value;

/// What API Gateway asks, in whichever of its forms.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    /// Every value of the header Authorization; for TOKEN events the one that API Gateway took.
    credentials: Vec<&'a str>,
    /// The ARN of the called method, if there is one.
    pub(crate) arn: Option<&'a str>,
    /// Whether a policy or `isAuthorized` is understood; `None` for an event of no known form.
    pub(crate) form: Option<Form>,
}

/// What the answer must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// REST APIs, WebSocket APIs, and HTTP APIs with the payload format 1.0.
    Policy,
    /// HTTP APIs with the payload format 2.0.
    Simple,
}

/// No token to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadCredentials {
    /// No header, or an event of no known form.
    Missing,
    /// Another scheme, or no scheme.
    NotBearer,
    /// Which one is meant is nobody's to guess (RFC 6750, section 2).
    Several,
}

impl BadCredentials {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Missing => "no_credentials",
            Self::NotBearer => "not_bearer",
            Self::Several => "several_credentials",
        }
    }
}

impl<'a> Event<'a> {
    pub(crate) fn read(event: &'a Value) -> Self {
        let text = |name| event.get(name).and_then(Value::as_str);
        match (text("type"), text("version")) {
            (Some("TOKEN"), _) => Self {
                credentials: text("authorizationToken").into_iter().collect(),
                arn: text("methodArn"),
                form: Some(Form::Policy),
            },
            (Some("REQUEST"), Some("2.0")) => Self {
                credentials: single(event.get("headers")),
                arn: text("routeArn"),
                form: Some(Form::Simple),
            },
            (Some("REQUEST"), _) => Self {
                credentials: Self::headers(event),
                arn: text("methodArn"),
                form: Some(Form::Policy),
            },
            _ => Self {
                credentials: vec![],
                arn: None,
                form: None,
            },
        }
    }

    /// REST events have every value under `multiValueHeaders` and the last again under `headers`. One
    /// that is there alone is one more.
    fn headers(event: &'a Value) -> Vec<&'a str> {
        let mut all = multiple(event.get("multiValueHeaders"));
        let last = single(event.get("headers"));
        let is_again = matches!(last.as_slice(), [one] if all.contains(one));
        if !is_again {
            all.extend(last);
        }
        all
    }

    /// The token of `Authorization: Bearer TOKEN`; the scheme's case does not matter
    /// (RFC 9110, section 11.1).
    pub(crate) fn bearer_token(&self) -> Result<&'a str, BadCredentials> {
        let credentials = match self.credentials.as_slice() {
            [] => return Err(BadCredentials::Missing),
            [one] => one.trim_matches(' '),
            [_, _, ..] => return Err(BadCredentials::Several),
        };
        if credentials.is_empty() {
            return Err(BadCredentials::Missing);
        }
        // HTTP APIs join two headers with a comma, which no token holds.
        if credentials.contains(',') {
            return Err(BadCredentials::Several);
        }
        let (scheme, token) = credentials
            .split_once(' ')
            .ok_or(BadCredentials::NotBearer)?;
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Err(BadCredentials::NotBearer);
        }
        Ok(token.trim_start_matches(' '))
    }
}

fn authorization(headers: Option<&Value>) -> impl Iterator<Item = &Value> {
    let headers = headers.and_then(Value::as_object).into_iter().flatten();
    let named = headers.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    named.map(|(_, value)| value)
}

fn single(headers: Option<&Value>) -> Vec<&str> {
    authorization(headers).map(text).collect()
}

fn multiple(headers: Option<&Value>) -> Vec<&str> {
    let values = authorization(headers).filter_map(Value::as_array).flatten();
    values.map(text).collect()
}

/// A value that is no text is no credential, but it counts.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn credentials_are_read_from_every_form_of_event() {
        let token = |value| json!({"type": "TOKEN", "authorizationToken": value});
        let request = |headers| json!({"type": "REQUEST", "headers": headers});
        let multiple = |values: &[&str]| json!({"type": "REQUEST", "multiValueHeaders": {"Authorization": values}});
        let http = |value| json!({"version": "2.0", "type": "REQUEST", "headers": {"authorization": value}});
        for (event, read) in [
            (token(json!("Bearer a.b.c")), Ok("a.b.c")),
            (token(json!("bearer a.b.c")), Ok("a.b.c")),
            (token(json!("BEARER   a.b.c ")), Ok("a.b.c")),
            (token(json!("Bearer")), Err(BadCredentials::NotBearer)),
            (token(json!("a.b.c")), Err(BadCredentials::NotBearer)),
            (token(json!("Basic dTpw")), Err(BadCredentials::NotBearer)),
            (
                token(json!("Bearer a.b.c, Bearer d.e.f")),
                Err(BadCredentials::Several),
            ),
            (token(json!("")), Err(BadCredentials::Missing)),
            (token(json!(7)), Err(BadCredentials::Missing)),
            (token(json!(null)), Err(BadCredentials::Missing)),
            (
                request(json!({"Authorization": "Bearer a.b.c"})),
                Ok("a.b.c"),
            ),
            (
                request(json!({"authorization": "Bearer a.b.c"})),
                Ok("a.b.c"),
            ),
            (
                request(json!({"authorization": "Bearer a", "Authorization": "Bearer b"})),
                Err(BadCredentials::Several),
            ),
            (
                json!({"type": "REQUEST", "headers": {"Authorization": "Bearer a"}, "multiValueHeaders": {"Authorization": ["Bearer b"]}}),
                Err(BadCredentials::Several),
            ),
            (
                json!({"type": "REQUEST", "headers": {"Authorization": "Bearer a"}, "multiValueHeaders": {"Authorization": ["Bearer a"]}}),
                Ok("a"),
            ),
            (
                request(json!({"Authorization": ["Bearer a"]})),
                Err(BadCredentials::Missing),
            ),
            (
                json!({"type": "REQUEST", "multiValueHeaders": {"Authorization": ["Bearer a", null]}}),
                Err(BadCredentials::Several),
            ),
            (
                request(json!({"authorization": "Bearer a", "Authorization": "Bearer a"})),
                Err(BadCredentials::Several),
            ),
            (
                request(json!({"Cookie": "a"})),
                Err(BadCredentials::Missing),
            ),
            (
                request(json!(["Authorization"])),
                Err(BadCredentials::Missing),
            ),
            (multiple(&["Bearer a.b.c"]), Ok("a.b.c")),
            (
                multiple(&["Bearer a.b.c", "Bearer d.e.f"]),
                Err(BadCredentials::Several),
            ),
            (http(json!("Bearer a.b.c")), Ok("a.b.c")),
            (
                http(json!("Bearer a.b.c,Bearer d.e.f")),
                Err(BadCredentials::Several),
            ),
            (
                json!({"version": "2.0", "type": "REQUEST"}),
                Err(BadCredentials::Missing),
            ),
            (
                json!({"authorizationToken": "Bearer a.b.c"}),
                Err(BadCredentials::Missing),
            ),
            (json!([]), Err(BadCredentials::Missing)),
            (json!(null), Err(BadCredentials::Missing)),
        ] {
            assert_eq!(Event::read(&event).bearer_token(), read, "{event}");
        }
    }
}
