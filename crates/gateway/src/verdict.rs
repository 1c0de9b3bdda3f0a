//! What an authorizer answered.

use serde_json::{Map, Value};

use crate::authorizer::Format;
use crate::policy::{Decision, Policy};

/// An authorizer's answer, checked for shape.
pub(crate) struct Verdict {
    judgement: Judgement,
    principal: Option<String>,
    context: Map<String, Value>,
}

enum Judgement {
    Policy(Policy),
    Simple { allowed: bool },
}

impl Verdict {
    /// Reads an answer; the error says what API Gateway would not accept. It is a fault of the function, so it names
    /// no value.
    pub(crate) fn parse(format: Format, answer: &Value) -> Result<Self, &'static str> {
        if !answer.is_object() {
            return Err("the answer is not an object");
        }
        let context = match answer.get("context") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(context)) => context.clone(),
            Some(_) => return Err("context is not an object"),
        };
        let judgement = match format {
            Format::Http { simple: true } => match answer.get("isAuthorized") {
                Some(Value::Bool(allowed)) => Judgement::Simple { allowed: *allowed },
                _ => return Err("isAuthorized is neither true nor false"),
            },
            Format::Token | Format::Request | Format::Http { simple: false } => Judgement::Policy(
                Policy::parse(answer.get("policyDocument").unwrap_or(&Value::Null))?,
            ),
        };
        let principal = answer
            .get("principalId")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if matches!(format, Format::Token | Format::Request) {
            if principal.is_none() {
                return Err("principalId is missing");
            }
            let plain =
                |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
            if !context.values().all(plain) {
                return Err("a context value is neither a string nor a number nor a boolean");
            }
        }
        Ok(Self {
            judgement,
            principal,
            context,
        })
    }

    /// What it says about one method.
    pub(crate) fn decide(&self, arn: &str) -> Decision {
        match &self.judgement {
            Judgement::Policy(policy) => policy.decide(arn),
            Judgement::Simple { allowed: true } => Decision::Allow,
            Judgement::Simple { allowed: false } => Decision::ExplicitDeny,
        }
    }

    /// `requestContext.authorizer` of a REST API: every value is a string, and the principal is among them.
    pub(crate) fn rest_context(&self, latency_ms: u64) -> Map<String, Value> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let pairs = self.context.iter();
        let mut context: Map<String, Value> = pairs
            .map(|(key, value)| (key.clone(), text(value).into()))
            .collect();
        context.insert("principalId".to_owned(), self.principal.clone().into());
        context.insert("integrationLatency".to_owned(), latency_ms.into());
        context
    }

    /// `requestContext.authorizer.lambda` of an HTTP API: types are kept.
    pub(crate) fn http_context(&self) -> Map<String, Value> {
        self.context.clone()
    }

    /// The `reason` an authorizer may give, for the log.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.context.get("reason").and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Verdict;
    use crate::authorizer::Format;
    use crate::policy::Decision;

    const TOKEN: Format = Format::Token;
    const SIMPLE: Format = Format::Http { simple: true };

    fn policy() -> Value {
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] })
    }

    #[test]
    fn answers_that_are_not_verdicts() {
        for (format, answer) in [
            (TOKEN, json!(null)),
            (TOKEN, json!("allow")),
            (TOKEN, json!({})),
            (TOKEN, json!({ "principalId": "u" })),
            (TOKEN, json!({ "policyDocument": policy() })),
            (
                TOKEN,
                json!({ "principalId": 7, "policyDocument": policy() }),
            ),
            (
                TOKEN,
                json!({ "principalId": "u", "policyDocument": policy(), "context": [] }),
            ),
            (
                TOKEN,
                json!({ "principalId": "u", "policyDocument": policy(), "context": { "a": {} } }),
            ),
            (
                TOKEN,
                json!({ "principalId": "u", "policyDocument": policy(), "context": { "a": [1] } }),
            ),
            (
                TOKEN,
                json!({ "principalId": "u", "policyDocument": policy(), "context": { "a": null } }),
            ),
            (SIMPLE, json!({})),
            (SIMPLE, json!({ "isAuthorized": "true" })),
            (
                SIMPLE,
                json!({ "principalId": "u", "policyDocument": policy() }),
            ),
            (
                Format::Http { simple: false },
                json!({ "isAuthorized": true }),
            ),
        ] {
            assert!(Verdict::parse(format, &answer).is_err(), "{answer}");
        }
    }

    #[test]
    fn rest_values_become_strings_and_http_values_keep_their_types() {
        let context = json!({ "s": "x", "n": 1.5, "b": true });
        let answer = json!({ "principalId": "u", "policyDocument": policy(), "context": context });
        let rest = Verdict::parse(TOKEN, &answer)
            .expect("a verdict")
            .rest_context(3);
        let expected = json!({ "s": "x", "n": "1.5", "b": "true", "principalId": "u", "integrationLatency": 3 });
        assert_eq!(Value::Object(rest), expected);

        let context = json!({ "s": "x", "n": 1, "list": ["a"] });
        let answer = json!({ "isAuthorized": false, "context": context });
        let simple = Verdict::parse(SIMPLE, &answer).expect("a verdict");
        assert_eq!(Value::Object(simple.http_context()), context);
        assert_eq!(simple.decide("any"), Decision::ExplicitDeny);
    }
}
