//! The real handlers, and what they make of an attack.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tollgate_core::key_source::COOL_DOWN;
use tollgate_gateway::Invoke;
use tollgate_sandbox::Functions;

use super::class::Attack;
use super::honest::Honest;
use super::trusted;
use crate::events::{in_repository, on_disk};
use crate::functions::{START, wire};

/// What the sample events have where a token belongs.
const PLACEHOLDER: &str = "{{access_token}}";
/// A good event in each form that an authorizer is asked in.
const FORMS: [(&str, &str); 3] = [
    ("TOKEN", "authorizer-token-valid"),
    ("REQUEST", "authorizer-request-valid"),
    ("HTTP 2.0", "authorizer-http-valid"),
];

/// What came of one call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A well-formed refusal.
    Refused,
    /// It was let in.
    Accepted,
    /// Neither: no answer, or one that is not by the contract.
    Failed(String),
}

/// One call: who was asked, what came of it, and after what time.
pub(super) struct Call {
    pub(super) asked: &'static str,
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
}

/// The functions, each wired as its `main` does it, with a clock of their own.
pub(super) struct Gate {
    functions: Functions,
    clock: Arc<AtomicI64>,
    /// How many bodies were tried.
    bodies: AtomicI64,
    forms: Vec<(&'static str, Value)>,
}

impl Gate {
    /// On the keys and the database of `honest`.
    pub(super) async fn open(honest: &Honest) -> Self {
        let clock = Arc::new(AtomicI64::new(START.as_unix()));
        let folder = in_repository("events");
        let event = |name| serde_json::from_str(&on_disk(&folder, name)).expect("JSON");
        Self {
            functions: wire(honest.data(), &clock, &trusted::setting(honest.data())).await,
            clock,
            bodies: AtomicI64::new(0),
            forms: FORMS.map(|(form, name)| (form, event(name))).into(),
        }
    }

    /// Tries it wherever it could be let in.
    pub(super) async fn try_out(&self, attack: &Attack) -> Vec<Call> {
        let mut calls = Vec::with_capacity(FORMS.len());
        match attack {
            Attack::Access(token) => {
                self.clock.store(START.as_unix(), Ordering::Relaxed);
                for (form, event) in &self.forms {
                    calls.push(self.call(form, "authorizer", filled(event, token)).await);
                }
            }
            Attack::Body(body) => {
                self.let_time_pass();
                for function in ["refresh", "logout"] {
                    calls.push(self.call(function, function, posted(function, body)).await);
                }
            }
        }
        calls
    }

    /// Within the cool-down, a second key id that nobody knows is a 503: the key may be a new one, and
    /// nobody looked. That is by the contract, and not what is asked here.
    fn let_time_pass(&self) {
        let step = i64::try_from(COOL_DOWN.as_secs()).unwrap_or(0) + 1;
        let bodies = self.bodies.fetch_add(1, Ordering::Relaxed) + 1;
        self.clock
            .store(START.as_unix() + bodies * step, Ordering::Relaxed);
    }

    async fn call(&self, asked: &'static str, function: &'static str, event: Value) -> Call {
        let begun = now();
        let answer = self.functions.invoke(function, event).await;
        let took = begun.elapsed();
        let outcome = match answer {
            Err(error) => Outcome::Failed(error.to_string()),
            Ok(answer) if function == "authorizer" => decision(asked, &answer),
            Ok(answer) => response(function, &answer),
        };
        Call {
            asked,
            outcome,
            took,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it says how long a call took, and decides nothing"
)]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// The event with a token in it.
fn filled(event: &Value, token: &str) -> Value {
    match event {
        Value::String(text) => text.replace(PLACEHOLDER, token).into(),
        Value::Array(values) => values.iter().map(|value| filled(value, token)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|(name, value)| (name.clone(), filled(value, token)))
                .collect()
        }
        other => other.clone(),
    }
}

fn posted(function: &str, body: &[u8]) -> Value {
    let (body, is_base64) = match str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(body), true),
    };
    json!({
        "resource": format!("/auth/{function}"),
        "path": format!("/auth/{function}"),
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "requestContext": {"httpMethod": "POST", "stage": "v1"},
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// A denial is known by its whole form: what is neither that nor an allowance is an error.
fn decision(form: &str, answer: &Value) -> Outcome {
    let statement = &answer["policyDocument"]["Statement"][0];
    if statement["Effect"] == "Allow" || answer["isAuthorized"] == true {
        return Outcome::Accepted;
    }
    let context = &answer["context"];
    let denial = match form {
        "HTTP 2.0" => json!({"isAuthorized": false, "context": context}),
        _ => json!({
            "principalId": "anonymous",
            "policyDocument": {"Version": "2012-10-17", "Statement": [{
                "Action": "execute-api:Invoke",
                "Effect": "Deny",
                "Resource": "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/v1/*",
            }]},
            "context": context,
        }),
    };
    if *answer == denial && context["reason"].is_string() {
        return Outcome::Refused;
    }
    Outcome::Failed("an answer that is no denial".to_owned())
}

/// A log-out answers 204 whether or not there was anything to end; whether there was is seen when the
/// good tokens are used at last.
fn response(function: &str, answer: &Value) -> Outcome {
    match (answer["statusCode"].as_u64(), function) {
        (Some(200..300), "refresh") => Outcome::Accepted,
        (Some(204), "logout") | (Some(400..500), _) => Outcome::Refused,
        (status, _) => Outcome::Failed(format!("status {status:?}")),
    }
}
