//! What a protected function answers when it does not serve.

use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde_json::json;

/// Why a request is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no authorizer in front of the function, or not ours.
    #[error("the request did not come through the authorizer")]
    NoContext,
    /// More than one header `Authorization` (RFC 6750, section 2).
    #[error("the request has more than one Authorization header")]
    SeveralCredentials,
    /// API Gateway answered from its cache after the token had expired.
    #[error("the access token has expired")]
    Expired,
    /// The token is good, but not for this.
    #[error("the access token does not have the scope {0}")]
    InsufficientScope(&'static str),
}

impl Refusal {
    /// The stable name in logs.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoContext => "no_context",
            Self::SeveralCredentials => "several_credentials",
            Self::Expired => "expired",
            Self::InsufficientScope(_) => "insufficient_scope",
        }
    }

    /// 401 or 403 as RFC 6750, section 3, has them.
    #[must_use]
    pub fn into_response(self) -> Response<Body> {
        let realm = r#"Bearer realm="tollgate""#;
        let (status, error, description, challenge) = match self {
            Self::NoContext | Self::SeveralCredentials => (
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "A Bearer access token is required.".to_owned(),
                realm.to_owned(),
            ),
            Self::Expired => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "The access token has expired.".to_owned(),
                format!(r#"{realm}, error="invalid_token""#),
            ),
            Self::InsufficientScope(scope) => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                format!("The access token needs the scope {scope}."),
                format!(r#"{realm}, error="insufficient_scope", scope="{scope}""#),
            ),
        };
        let body = json!({ "error": error, "error_description": description });
        let mut response = Response::new(Body::Text(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
