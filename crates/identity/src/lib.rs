//! Who is calling, as the authorizer vouches for it: what a protected function imports.
//!
//! ```
//! use lambda_http::{Body, Request, Response};
//! use std::time::SystemTime;
//! use tollgate_identity::{Identity, Refusal};
//!
//! fn reports(request: &Request, now: SystemTime) -> Result<Response<Body>, Refusal> {
//!     let identity = Identity::from_request(request, now)?;
//!     identity.require_scope("reports:read")?;
//!     Ok(Response::new(Body::from(format!("the reports of {}", identity.id()))))
//! }
//! # let bare = Request::new(Body::Empty);
//! // No authorizer in front: nobody comes in.
//! assert!(reports(&bare, SystemTime::UNIX_EPOCH).is_err());
//! ```

mod refusal;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_http::http::header::AUTHORIZATION;
use lambda_http::{Request, RequestExt};
use serde_json::Value;

pub use refusal::Refusal;

/// Clocks may differ by this much: the same as when the token was verified.
const LEEWAY: Duration = Duration::from_secs(5);

/// The user behind a request, from the context that API Gateway took from the authorizer's answer.
/// No client can write there.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    issuer: String,
    id: String,
    email: String,
    scope: String,
    expires_at: u64,
}

impl Identity {
    /// The identity, if there is one that is still good.
    ///
    /// API Gateway may answer from its cache for a while after the token has expired, so the time
    /// is checked again. A request without a context came past the authorizer: it is refused.
    pub fn from_request(request: &Request, now: SystemTime) -> Result<Self, Refusal> {
        let identity = Self::from_context(request).inspect_err(|refusal| report(*refusal))?;
        let end = UNIX_EPOCH + Duration::from_secs(identity.expires_at) + LEEWAY;
        if now >= end {
            report(Refusal::Expired);
            return Err(Refusal::Expired);
        }
        Ok(identity)
    }

    fn from_context(request: &Request) -> Result<Self, Refusal> {
        // API Gateway shows a TOKEN authorizer one of them; which one the caller meant, nobody knows.
        if request.headers().get_all(AUTHORIZATION).iter().count() > 1 {
            return Err(Refusal::SeveralCredentials);
        }
        let context = request.request_context_ref().ok_or(Refusal::NoContext)?;
        let fields = &context.authorizer().ok_or(Refusal::NoContext)?.fields;
        // REST APIs hand every value over as a string, HTTP APIs keep the type.
        let text = |name| match fields.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            _ => Err(Refusal::NoContext),
        };
        let expires_at = text("exp")?.parse().map_err(|_| Refusal::NoContext)?;
        // A year 2200 in seconds keeps the addition above from overflowing.
        if expires_at > 7_258_118_400 {
            return Err(Refusal::NoContext);
        }
        // No scope and an empty one allow the same: nothing that needs one.
        let scope = text("scope").unwrap_or_default();
        let named = |name| {
            text(name).and_then(|text| {
                if text.is_empty() {
                    Err(Refusal::NoContext)
                } else {
                    Ok(text)
                }
            })
        };
        Ok(Self {
            issuer: named("iss")?,
            id: named("sub")?,
            email: text("email")?,
            scope,
            expires_at,
        })
    }

    /// Who vouches for the user, the `iss` of the token. An authorizer that trusts nobody but its own
    /// log-in always says the same.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The user's id, the `sub` of the token: what to key data by. Where other issuers are trusted,
    /// key it by issuer and id, unless their ids are known to be the same people.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The user's address. It may change; the id does not.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// What the token allows, separated by spaces.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// When the token expires, in seconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }

    /// Refuses unless the token allows `needed`: 403, RFC 6750, section 3.1.
    pub fn require_scope(&self, needed: &'static str) -> Result<(), Refusal> {
        if self.scope.split(' ').any(|held| held == needed) {
            return Ok(());
        }
        let refusal = Refusal::InsufficientScope(needed);
        report(refusal);
        Err(refusal)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn report(refusal: Refusal) {
    tracing::info!(event = "identity.refused", reason = refusal.reason());
}
