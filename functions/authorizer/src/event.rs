//! Authorizer events, read leniently: an event that cannot be read is denied, not a crash.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess};
use serde_json::Value;

use crate::lenient::{Lenient, Read};

/// What API Gateway asks, in whichever of its forms. Printed without its credentials.
#[derive(Default)]
pub struct Event {
    /// Every value of the header Authorization; for TOKEN events the one that API Gateway took.
    credentials: Vec<String>,
    /// The ARN of the called method, if there is one.
    pub(crate) arn: Option<String>,
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

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("arn", &self.arn)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

/// Any JSON is an event: one of no known form is denied.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Read::<Fields>::deserialize(deserializer).map(|fields| fields.0.into())
    }
}

impl From<&Value> for Event {
    fn from(value: &Value) -> Self {
        Self::deserialize(value).unwrap_or_default()
    }
}

/// What is read of an event before its form is known.
#[derive(Default)]
struct Fields {
    kind: Text,
    version: Text,
    authorization_token: Text,
    method_arn: Text,
    route_arn: Text,
    headers: Single,
    multi_value_headers: Multiple,
}

/// A text, if it is one.
#[derive(Default)]
struct Text(Option<String>);

/// The values of Authorization under `headers`. One that is no text is no credential, but it counts.
#[derive(Default)]
struct Single(Vec<String>);

/// The values of Authorization under `multiValueHeaders`.
#[derive(Default)]
struct Multiple(Vec<String>);

/// The values of one name there.
#[derive(Default)]
struct List(Vec<String>);

impl Lenient for Fields {
    fn of_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut fields = Self::default();
        while let Some(name) = object.next_key::<Name>()? {
            match name {
                Name::Type => fields.kind = object.next_value::<Read<_>>()?.0,
                Name::Version => fields.version = object.next_value::<Read<_>>()?.0,
                Name::AuthorizationToken => {
                    fields.authorization_token = object.next_value::<Read<_>>()?.0;
                }
                Name::MethodArn => fields.method_arn = object.next_value::<Read<_>>()?.0,
                Name::RouteArn => fields.route_arn = object.next_value::<Read<_>>()?.0,
                Name::Headers => fields.headers = object.next_value::<Read<_>>()?.0,
                Name::MultiValueHeaders => {
                    fields.multi_value_headers = object.next_value::<Read<_>>()?.0;
                }
                Name::Other => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields)
    }
}

/// What an event has.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
enum Name {
    Type,
    Version,
    AuthorizationToken,
    MethodArn,
    RouteArn,
    Headers,
    MultiValueHeaders,
    #[serde(other)]
    Other,
}

impl Lenient for Text {
    fn of_text(text: &str) -> Self {
        Self(Some(text.to_owned()))
    }
}

impl Lenient for Single {
    fn of_object<'de, A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        let values: Vec<Text> = authorization(object)?;
        Ok(Self(values.into_iter().map(Text::or_empty).collect()))
    }
}

impl Lenient for Multiple {
    fn of_object<'de, A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        let lists: Vec<List> = authorization(object)?;
        Ok(Self(lists.into_iter().flat_map(|list| list.0).collect()))
    }
}

impl Lenient for List {
    fn of_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut values = Vec::new();
        while let Some(Read(value)) = list.next_element::<Read<Text>>()? {
            values.push(value.or_empty());
        }
        Ok(Self(values))
    }
}

impl Text {
    fn is(&self, text: &str) -> bool {
        self.0.as_deref() == Some(text)
    }

    fn or_empty(self) -> String {
        self.0.unwrap_or_default()
    }
}

/// What stands under the name Authorization, in whatever case.
fn authorization<'de, A: MapAccess<'de>, T: Lenient>(mut object: A) -> Result<Vec<T>, A::Error> {
    let mut values = Vec::new();
    while let Some(Read(HeaderName { is_authorization })) = object.next_key()? {
        if is_authorization {
            values.push(object.next_value::<Read<T>>()?.0);
        } else {
            object.next_value::<IgnoredAny>()?;
        }
    }
    Ok(values)
}

#[derive(Default)]
struct HeaderName {
    is_authorization: bool,
}

impl Lenient for HeaderName {
    fn of_text(text: &str) -> Self {
        Self {
            is_authorization: text.eq_ignore_ascii_case("authorization"),
        }
    }
}

impl From<Fields> for Event {
    fn from(fields: Fields) -> Self {
        if fields.kind.is("TOKEN") {
            return Self {
                credentials: fields.authorization_token.0.into_iter().collect(),
                arn: fields.method_arn.0,
                form: Some(Form::Policy),
            };
        }
        if !fields.kind.is("REQUEST") {
            return Self::default();
        }
        if fields.version.is("2.0") {
            return Self {
                credentials: fields.headers.0,
                arn: fields.route_arn.0,
                form: Some(Form::Simple),
            };
        }
        Self {
            credentials: all(fields.multi_value_headers, fields.headers),
            arn: fields.method_arn.0,
            form: Some(Form::Policy),
        }
    }
}

/// REST events have every value under `multiValueHeaders` and the last again under `headers`. One
/// that is there alone is one more.
fn all(Multiple(mut all): Multiple, Single(last): Single) -> Vec<String> {
    let is_again = matches!(last.as_slice(), [one] if all.contains(one));
    if !is_again {
        all.extend(last);
    }
    all
}

impl Event {
    /// The token of `Authorization: Bearer TOKEN`; the scheme's case does not matter
    /// (RFC 9110, section 11.1).
    pub(crate) fn bearer_token(&self) -> Result<&str, BadCredentials> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_is_not_printed() {
        let event =
            json!({"type": "TOKEN", "authorizationToken": "Bearer secret", "methodArn": "arn"});
        let event = Event::from(&event);
        assert_eq!(event.bearer_token(), Ok("secret"));
        let printed = format!("{event:?}");
        assert!(
            !printed.contains("secret") && printed.contains("arn"),
            "{printed}"
        );
    }

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
            assert_eq!(Event::from(&event).bearer_token(), read, "{event}");
            let text = event.to_string();
            let event: Event = serde_json::from_str(&text).expect("any JSON is an event");
            assert_eq!(event.bearer_token(), read, "{text}");
        }
    }
}
