//! The IAM policy an authorizer returns, judged for one method ARN.

use std::str::Chars;

use serde_json::Value;

/// The one action that matters.
const ACTION: &str = "execute-api:Invoke";

/// A policy document, reduced to what decides.
pub(crate) struct Policy {
    statements: Vec<Statement>,
}

struct Statement {
    allow: bool,
    resources: Vec<String>,
}

/// What a policy says about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Allow,
    ExplicitDeny,
    /// No statement speaks about it.
    ImplicitDeny,
}

impl Policy {
    /// Reads a `policyDocument`; the error says what API Gateway would not accept, or what is not evaluated here.
    pub(crate) fn parse(document: &Value) -> Result<Self, &'static str> {
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(statement @ Value::Object(_)) => vec![statement],
            _ => return Err("the policy has no Statement"),
        };
        let mut parsed = Vec::new();
        for statement in statements {
            parsed.extend(Statement::parse(statement)?);
        }
        Ok(Self { statements: parsed })
    }

    /// An explicit Deny wins over any Allow; silence is a denial.
    pub(crate) fn decide(&self, arn: &str) -> Decision {
        let mut decision = Decision::ImplicitDeny;
        let matches = |statement: &&Statement| {
            statement
                .resources
                .iter()
                .any(|pattern| wildcard_match(pattern, arn))
        };
        for statement in self.statements.iter().filter(matches) {
            if !statement.allow {
                return Decision::ExplicitDeny;
            }
            decision = Decision::Allow;
        }
        decision
    }
}

impl Statement {
    /// `None` for a statement about other actions.
    fn parse(statement: &Value) -> Result<Option<Self>, &'static str> {
        let allow = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("a statement's Effect is neither Allow nor Deny"),
        };
        // Taking no notice of one of these could open what it closes.
        if ["Condition", "NotAction", "NotResource"]
            .iter()
            .any(|key| statement.get(key).is_some())
        {
            return Err(
                "a statement has a Condition, NotAction or NotResource, which one machine does not evaluate",
            );
        }
        let actions = texts(statement.get("Action")).ok_or("a statement has no Action")?;
        let resources = texts(statement.get("Resource")).ok_or("a statement has no Resource")?;
        let about_invoke = actions.iter().any(|action| {
            wildcard_match(&action.to_ascii_lowercase(), &ACTION.to_ascii_lowercase())
        });
        Ok(about_invoke.then_some(Self { allow, resources }))
    }
}

/// One text, or a list of texts.
fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    match value? {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

/// IAM's patterns: `*` is any number of characters, slashes and colons too, and `?` is one.
fn wildcard_match(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on after a mismatch: behind the last star, and one character further than it took so far.
    let mut retry: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let (mut after, mut rest) = (pattern.clone(), text.clone());
        match (after.next(), rest.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                retry = Some((after.clone(), text.clone()));
                pattern = after;
            }
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
                (pattern, text) = (after, rest);
            }
            _ => {
                let Some((after_star, taken)) = &mut retry else {
                    return false;
                };
                if taken.next().is_none() {
                    return false;
                }
                (pattern, text) = (after_star.clone(), taken.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Decision, Policy, wildcard_match};

    const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:local/v1/GET/me";

    fn decided(statement: &Value) -> Result<Decision, &'static str> {
        Policy::parse(&json!({ "Version": "2012-10-17", "Statement": statement }))
            .map(|policy| policy.decide(ARN))
    }

    fn statement(effect: &str, action: &str, resource: &str) -> Value {
        json!({ "Effect": effect, "Action": action, "Resource": resource })
    }

    #[test]
    fn decisions() {
        use Decision::{Allow, ExplicitDeny, ImplicitDeny};
        let invoke = "execute-api:Invoke";
        let stage = "arn:aws:execute-api:us-east-1:123456789012:local/v1/*";
        for (case, given, expected) in [
            (
                "an object instead of a list",
                statement("Allow", invoke, ARN),
                Allow,
            ),
            (
                "the whole stage",
                json!([statement("Allow", invoke, stage)]),
                Allow,
            ),
            ("everything", json!([statement("Allow", "*", "*")]), Allow),
            (
                "actions in any case",
                json!([statement("Allow", "EXECUTE-API:invoke", "*")]),
                Allow,
            ),
            (
                "another method",
                json!([statement("Allow", invoke, &ARN.replace("GET", "POST"))]),
                ImplicitDeny,
            ),
            (
                "another action",
                json!([statement("Allow", "execute-api:ManageConnections", "*")]),
                ImplicitDeny,
            ),
            (
                "the path in another case",
                json!([statement("Allow", invoke, &ARN.replace("me", "ME"))]),
                ImplicitDeny,
            ),
            (
                "a longer path",
                json!([statement("Allow", invoke, &format!("{ARN}/more"))]),
                ImplicitDeny,
            ),
            ("no statement at all", json!([]), ImplicitDeny),
            (
                "deny",
                json!([statement("Deny", invoke, "*")]),
                ExplicitDeny,
            ),
            (
                "deny wins over allow",
                json!([
                    statement("Deny", invoke, ARN),
                    statement("Allow", invoke, "*")
                ]),
                ExplicitDeny,
            ),
            (
                "a deny of something else",
                json!([
                    statement("Allow", invoke, "*"),
                    statement("Deny", invoke, "arn:aws:s3:::x")
                ]),
                Allow,
            ),
            (
                "lists",
                json!([{ "Effect": "Allow", "Action": ["s3:*", invoke], "Resource": ["x", stage] }]),
                Allow,
            ),
        ] {
            assert_eq!(decided(&given), Ok(expected), "{case}");
        }
    }

    #[test]
    fn what_is_not_a_policy() {
        for given in [
            json!(null),
            json!("Allow"),
            json!([{}]),
            json!(["Allow"]),
            json!([statement("allow", "*", "*")]),
            json!([{ "Effect": "Allow", "Action": "*" }]),
            json!([{ "Effect": "Allow", "Resource": "*" }]),
            json!([{ "Effect": "Allow", "Action": [1], "Resource": "*" }]),
            json!([{ "Effect": "Allow", "Action": "*", "NotResource": "x" }]),
            json!([{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {} }]),
        ] {
            assert!(decided(&given).is_err(), "{given}");
        }
    }

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*c", "abbbc", true),
            ("a*c", "abbbcd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*ab", "aaab", true),
            ("**", "anything", true),
            ("a*b*c", "a/b:c", true),
        ] {
            assert_eq!(wildcard_match(pattern, text), expected, "{pattern} {text}");
        }
        // A pattern that a naive matcher would take years for.
        assert!(!wildcard_match(&"*a".repeat(40), &"b".repeat(4000)));
    }
}
