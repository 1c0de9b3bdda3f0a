//! Whether a request may pass: the authorizer's last verdict, or a new one.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::authorizer::Authorizer;
use crate::clock;
use crate::event::method_arn;
use crate::gateway::{Gateway, Trace, malformed, report};
use crate::invoke::InvokeError;
use crate::policy::Decision;
use crate::refusal::Refusal;
use crate::request::Call;
use crate::template::ApiKind;
use crate::verdict::Verdict;

impl Gateway {
    /// Asks the authorizer, or its last verdict; gives the context for the function.
    pub(crate) async fn admit(
        &self,
        authorizer: &Authorizer,
        call: &Call<'_>,
        trace: &mut Trace,
    ) -> Result<Map<String, Value>, Refusal> {
        trace.authorizer = "not asked";
        let identity = authorizer.identify(call).ok_or(Refusal::Unauthorized)?;
        let key = (authorizer.name.clone(), identity);
        let asked = clock::now();
        let verdict = if let Some(verdict) = self.verdicts.get(&key, asked.instant) {
            trace.authorizer = "hit";
            verdict
        } else {
            trace.authorizer = "miss";
            let verdict = Arc::new(self.ask(authorizer, call, &key.1).await?);
            let answered = clock::now().instant;
            self.verdicts
                .put(key, Arc::clone(&verdict), answered, authorizer.cache_for);
            verdict
        };
        verdict
            .reason()
            .unwrap_or_default()
            .clone_into(&mut trace.reason);
        let latency = if trace.authorizer == "hit" {
            0
        } else {
            clock::millis_since(asked)
        };
        let context = match self.api.kind {
            ApiKind::Rest => verdict.rest_context(latency),
            ApiKind::Http => verdict.http_context(),
        };
        match verdict.decide(&method_arn(call)) {
            Decision::Allow => Ok(context),
            Decision::ExplicitDeny => Err(Refusal::Denied {
                explicit: true,
                context,
            }),
            Decision::ImplicitDeny => Err(Refusal::Denied {
                explicit: false,
                context,
            }),
        }
    }

    /// Calls the authorizer. Whatever goes wrong is a refusal, and nothing that went wrong is kept.
    async fn ask(
        &self,
        authorizer: &Authorizer,
        call: &Call<'_>,
        identity: &[String],
    ) -> Result<Verdict, Refusal> {
        // The quotas of API Gateway: an HTTP API gives up on an authorizer sooner.
        let limit = match self.api.kind {
            ApiKind::Rest => Duration::from_secs(29),
            ApiKind::Http => Duration::from_secs(10),
        };
        let event = authorizer.event(call, identity);
        let answer = match self.call(&authorizer.function, event, limit).await {
            Ok(answer) => answer,
            Err(InvokeError::Function { error_message, .. }) if error_message == "Unauthorized" => {
                return Err(Refusal::Unauthorized);
            }
            Err(error) => {
                report(&authorizer.function, &error);
                return Err(match error {
                    InvokeError::Function { .. }
                    | InvokeError::Panicked { .. }
                    | InvokeError::TimedOut { .. } => Refusal::AuthorizerFailed,
                    _ => Refusal::AuthorizerMisconfigured,
                });
            }
        };
        Verdict::parse(authorizer.format, &answer).map_err(|problem| {
            malformed(&authorizer.function, problem);
            Refusal::AuthorizerMisconfigured
        })
    }
}
