//! What an authorizer's answer may be.

use serde_json::{Map, Value};

/// An answer of the authorizer, in one of its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it lets anybody in.
    pub allows: bool,
    /// The resource of its policy, if it is one.
    pub resource: Option<String>,
    /// What it tells functions and gateway responses.
    pub context: Map<String, Value>,
}

impl Verdict {
    /// Reads an answer; panics if it is of no known form, or contradicts itself.
    #[must_use]
    pub fn read(answer: &Value) -> Self {
        let fields = answer.as_object().expect("an answer is an object");
        let known = ["isAuthorized", "principalId", "policyDocument", "context"];
        assert!(
            fields.keys().all(|name| known.contains(&name.as_str())),
            "{answer}"
        );
        let simple = fields
            .get("isAuthorized")
            .map(|value| value.as_bool().expect("a flag"));
        let policy = fields.get("policyDocument").map(policy);
        let allows = match (simple, &policy) {
            (Some(simple), None) => simple,
            (None, Some((effect, _))) => *effect,
            // A denial in no known form is one in both.
            (Some(false), Some((false, _))) => false,
            _ => panic!("neither a policy nor a simple answer: {answer}"),
        };
        let context = answer["context"].as_object().expect("a context").clone();
        assert!(context.values().all(Value::is_string), "{answer}");
        let names: Vec<&str> = context.keys().map(String::as_str).collect();
        let expected: &[&str] = if allows {
            &["email", "exp", "iss", "scope", "sid", "sub"]
        } else {
            &["error_description", "reason"]
        };
        assert_eq!(names, expected, "{answer}");
        assert_eq!(
            answer["principalId"].is_string(),
            policy.is_some(),
            "{answer}"
        );
        Self {
            allows,
            resource: policy.map(|(_, resource)| resource),
            context,
        }
    }
}

/// Whether a policy allows, and what.
fn policy(document: &Value) -> (bool, String) {
    assert_eq!(document["Version"], "2012-10-17");
    let [statement] = document["Statement"]
        .as_array()
        .expect("statements")
        .as_slice()
    else {
        panic!("not one statement: {document}")
    };
    assert_eq!(statement["Action"], "execute-api:Invoke");
    let resource = statement["Resource"]
        .as_str()
        .expect("a resource")
        .to_owned();
    let allows = match statement["Effect"].as_str() {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => panic!("no effect: {document}"),
    };
    if allows {
        let stage = resource.strip_suffix("/*").expect("the whole stage");
        assert!(
            !stage.contains(['*', '?']),
            "more than one stage: {resource}"
        );
        assert_eq!(stage.split('/').count(), 2, "not a stage: {resource}");
    }
    (allows, resource)
}
