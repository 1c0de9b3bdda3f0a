//! What API Gateway is told.

use serde::Serialize;
use tollgate_core::identity::Identity;

use crate::event::{Event, Form};

/// An allowance or a denial, in the form that the asking API understands. A denial in no known
/// form is one in both.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    is_authorized: Option<bool>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    policy: Option<Policy>,
    context: Context,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
struct Policy {
    principal_id: String,
    policy_document: PolicyDocument,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
struct PolicyDocument {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    action: &'static str,
    effect: &'static str,
    resource: String,
}

/// What functions and gateway responses read: strings, which every kind of API passes on unchanged.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(untagged)]
enum Context {
    Allowed {
        iss: String,
        sub: String,
        email: String,
        scope: String,
        exp: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        sid: Option<String>,
    },
    Denied {
        reason: &'static str,
        error_description: &'static str,
    },
}

impl Answer {
    /// Lets this user call every method of the stage: API Gateway keeps the policy for the token,
    /// whatever is called next. `None`: there is no ARN, so nothing to allow.
    pub(crate) fn allow(event: &Event, identity: Identity) -> Option<Self> {
        let principal = identity.user.to_string();
        let context = Context::Allowed {
            iss: identity.issuer,
            sub: principal.clone(),
            email: identity.email.into(),
            scope: identity.scope.into(),
            exp: identity.expires_at.to_string(),
            sid: identity.session,
        };
        let (is_authorized, policy) = match event.form? {
            Form::Simple => (Some(true), None),
            Form::Policy => {
                let resource = event.arn.as_deref().and_then(whole_stage)?;
                (None, Some(Policy::new(principal, "Allow", resource)))
            }
        };
        Some(Self {
            is_authorized,
            policy,
            context,
        })
    }

    /// Refuses, and says why: `reason` to logs, `error_description` to the client.
    pub(crate) fn deny(
        event: &Event,
        reason: &'static str,
        error_description: &'static str,
    ) -> Self {
        let resource = event
            .arn
            .as_deref()
            .and_then(whole_stage)
            .unwrap_or_else(|| "*".to_owned());
        let policy = || Policy::new("anonymous".to_owned(), "Deny", resource);
        let (is_authorized, policy) = match event.form {
            Some(Form::Simple) => (Some(false), None),
            Some(Form::Policy) => (None, Some(policy())),
            None => (Some(false), Some(policy())),
        };
        Self {
            is_authorized,
            policy,
            context: Context::Denied {
                reason,
                error_description,
            },
        }
    }
}

impl Policy {
    fn new(principal_id: String, effect: &'static str, resource: String) -> Self {
        let statement = Statement {
            action: "execute-api:Invoke",
            effect,
            resource,
        };
        let policy_document = PolicyDocument {
            version: "2012-10-17",
            statement: [statement],
        };
        Self {
            principal_id,
            policy_document,
        }
    }
}

/// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/*` for the ARN of one of its methods.
fn whole_stage(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(3, '/');
    let (api, stage) = (parts.next()?, parts.next()?);
    let is_api = api.starts_with("arn:") && api.split(':').nth(2) == Some("execute-api");
    // A wildcard here would let the policy reach further than the stage.
    let plain = !stage.is_empty() && !api.contains(['*', '?']) && !stage.contains(['*', '?']);
    (is_api && plain).then(|| format!("{api}/{stage}/*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_covers_the_stage_and_no_more() {
        let api = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3";
        for (arn, resource) in [
            (format!("{api}/v1/GET/me"), Some(format!("{api}/v1/*"))),
            (format!("{api}/v1/GET/"), Some(format!("{api}/v1/*"))),
            (
                format!("{api}/$default/GET/reports/*"),
                Some(format!("{api}/$default/*")),
            ),
            (format!("{api}/v1"), Some(format!("{api}/v1/*"))),
            (format!("{api}/*/GET/me"), None),
            (api.to_owned(), None),
            ("arn:aws:s3:::bucket/key".to_owned(), None),
            ("*".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(whole_stage(&arn), resource, "{arn}");
        }
    }
}
