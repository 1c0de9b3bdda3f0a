//! What a gateway response may say: text with `$context` variables, and header values.
//!
//! API Gateway only replaces variables here; it runs no mapping template. A variable without a value is an empty
//! text. Values are inserted as they are, so a quote in an authorizer's context is a quote in the answer.

use http::HeaderValue;
use serde_json::{Map, Value};

/// The `$context` variables that are known here, besides `authorizer.KEY`.
const KNOWN: &[&str] = &[
    "accountId",
    "apiId",
    "domainName",
    "error.message",
    "error.messageString",
    "error.responseType",
    "error.validationErrorString",
    "extendedRequestId",
    "httpMethod",
    "identity.sourceIp",
    "identity.userAgent",
    "path",
    "protocol",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "resourcePath",
    "stage",
];

/// The values of the variables, shaped like `$context`.
pub(crate) type Variables = Map<String, Value>;

/// A body template.
#[derive(Default)]
pub(crate) struct ResponseText {
    pieces: Vec<Piece>,
}

enum Piece {
    Literal(String),
    Variable(Variable),
}

/// A dotted name below `$context`.
struct Variable(String);

impl ResponseText {
    /// Cuts a template at its variables; the error names what is not supported.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            pieces.push(Piece::Literal(before.to_owned()));
            if !after
                .starts_with(|next: char| next.is_ascii_alphabetic() || next == '{' || next == '!')
            {
                // A dollar that starts no name is a dollar.
                pieces.push(Piece::Literal("$".to_owned()));
                rest = after;
                continue;
            }
            let end = after
                .find(|next: char| !is_name(next))
                .unwrap_or(after.len());
            let name = after[..end].trim_end_matches(['.', '-']);
            pieces.push(Piece::Variable(Variable::parse(name)?));
            rest = &after[name.len()..];
        }
        pieces.push(Piece::Literal(rest.to_owned()));
        Ok(Self { pieces })
    }

    pub(crate) fn render(&self, variables: &Variables) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Variable(variable) => variable.value(variables).unwrap_or_default(),
        };
        self.pieces.iter().map(piece).collect()
    }
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}

impl Variable {
    /// From `context.requestId`, without the dollar.
    fn parse(name: &str) -> Result<Self, String> {
        match name.strip_prefix("context.") {
            Some(key) if KNOWN.contains(&key) => Ok(Self(key.to_owned())),
            Some(key)
                if key
                    .strip_prefix("authorizer.")
                    .is_some_and(|key| !key.is_empty()) =>
            {
                Ok(Self(key.to_owned()))
            }
            _ => Err(format!(
                "${name} is not supported; $context.authorizer.KEY and these are: $context.{}",
                KNOWN.join(", $context.")
            )),
        }
    }

    fn value(&self, variables: &Variables) -> Option<String> {
        // A key of the authorizer's context may have dots of its own.
        let found = match self.0.split_once('.') {
            Some((parent, key)) => variables.get(parent)?.get(key)?,
            None => variables.get(&self.0)?,
        };
        match found {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

/// The value of a header in `ResponseParameters`.
pub(crate) enum HeaderExpression {
    Static(HeaderValue),
    Context(HeaderVariable),
}

/// A `context.…` expression.
pub(crate) struct HeaderVariable(Variable);

impl HeaderExpression {
    /// A text in single quotes, or `context.` and a name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some(value) = crate::cors::unquoted(text) {
            let value =
                HeaderValue::from_str(value).map_err(|_| "is not a header value".to_owned())?;
            return Ok(Self::Static(value));
        }
        if text.starts_with("context.") {
            return Ok(Self::Context(HeaderVariable(Variable::parse(text)?)));
        }
        Err(format!(
            "{text:?} is not supported; a static value in single quotes (\"'no-store'\") and context.… are"
        ))
    }

    /// Nothing if the variable has no value, or none that a header can hold.
    pub(crate) fn value(&self, variables: &Variables) -> Option<HeaderValue> {
        match self {
            Self::Static(value) => Some(value.clone()),
            Self::Context(HeaderVariable(variable)) => {
                HeaderValue::from_str(&variable.value(variables)?).ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{HeaderExpression, ResponseText, Variables};

    fn variables() -> Variables {
        let value = json!({
            "requestId": "r-1",
            "error": { "message": "No", "messageString": "\"No\"" },
            "authorizer": { "reason": "expired", "n": 7, "a.b": "dotted" },
        });
        match value {
            Value::Object(map) => map,
            _ => Variables::new(),
        }
    }

    #[test]
    fn templates() {
        for (template, expected) in [
            ("", ""),
            ("plain", "plain"),
            (
                r#"{"message":$context.error.messageString}"#,
                r#"{"message":"No"}"#,
            ),
            (
                "$context.requestId: $context.authorizer.reason.",
                "r-1: expired.",
            ),
            ("$context.authorizer.n$context.authorizer.a.b", "7dotted"),
            ("<$context.authorizer.missing>", "<>"),
            ("<$context.error.validationErrorString>", "<>"),
            ("5 $ and $1 and $", "5 $ and $1 and $"),
            ("ä$context.requestIdä", "är-1ä"),
        ] {
            let text = ResponseText::parse(template).map(|text| text.render(&variables()));
            assert_eq!(text.as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_is_refused() {
        for template in [
            "$input.path('$')",
            "$util.escapeJavaScript($context.requestId)",
            "${context.requestId}",
            "$!context.requestId",
            "$context",
            "$context.authorizer.",
            "$context.nothing",
            "$stageVariables.x",
        ] {
            assert!(ResponseText::parse(template).is_err(), "{template}");
        }
    }

    #[test]
    fn headers() {
        for (expression, expected) in [
            ("'no-store'", Some("no-store")),
            ("'Bearer realm=\"x\"'", Some("Bearer realm=\"x\"")),
            ("context.authorizer.reason", Some("expired")),
            ("context.authorizer.missing", None),
        ] {
            let header = HeaderExpression::parse(expression).expect(expression);
            let value = header.value(&variables());
            assert_eq!(
                value.as_ref().and_then(|value| value.to_str().ok()),
                expected,
                "{expression}"
            );
        }
        for expression in [
            "bare",
            "",
            "'",
            "'a\nb'",
            "method.request.header.X",
            "gatewayresponse.header.X",
        ] {
            assert!(HeaderExpression::parse(expression).is_err(), "{expression}");
        }
    }
}
