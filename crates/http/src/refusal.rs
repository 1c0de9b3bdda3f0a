//! Every refusal of the functions that issue tokens, and its status: the whole table is here.

use std::time::Duration;

use lambda_http::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;
use tollgate_core::login::LoginError;
use tollgate_core::logout::LogoutError;
use tollgate_core::password::PasswordTooLong;
use tollgate_core::refresh::{InvalidGrant, RefreshError};

use crate::body::BadBody;
use crate::idempotency_key::BadIdempotencyKey;
use crate::origin::CrossSite;
use crate::refresh_cookie::SeveralCookies;
use crate::tokens::json;

/// Where to prove who one is (RFC 6750, section 3). Nothing was wrong with a token, so it says
/// no more.
const CHALLENGE: HeaderValue = HeaderValue::from_static(r#"Bearer realm="tollgate""#);
/// How long to wait for the store or the vault.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(1);

/// A refusal, as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
    reason: Option<&'static str>,
    retry_after: Option<Duration>,
}

/// RFC 6749, section 5.2, and for `invalid_grant` the reason.
#[derive(Serialize)]
struct ErrorResponse<'a> {
    error: &'static str,
    error_description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        let description = description.into();
        Self {
            status,
            error,
            description,
            reason: None,
            retry_after: None,
        }
    }

    fn invalid_request(problem: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            sentence(problem),
        )
    }

    /// A dependency failed. What failed stands in the log, not here.
    fn unavailable() -> Self {
        let description = "The service cannot answer right now. Try again.";
        Self {
            retry_after: Some(UNAVAILABLE_RETRY),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                description,
            )
        }
    }

    /// The answer.
    #[must_use]
    pub fn into_response(self) -> Response<Body> {
        let body = ErrorResponse {
            error: self.error,
            error_description: &self.description,
            reason: self.reason,
        };
        let mut response = json(self.status, &body);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response
    }
}

impl From<BadBody> for Refusal {
    fn from(bad: BadBody) -> Self {
        let (status, error) = match bad {
            BadBody::Method => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            BadBody::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request"),
            BadBody::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request"),
            BadBody::Malformed(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
        };
        Self::new(status, error, sentence(&bad.to_string()))
    }
}

impl From<PasswordTooLong> for Refusal {
    fn from(too_long: PasswordTooLong) -> Self {
        Self::invalid_request(&too_long.to_string())
    }
}

impl From<BadIdempotencyKey> for Refusal {
    fn from(bad: BadIdempotencyKey) -> Self {
        Self::invalid_request(&bad.to_string())
    }
}

impl From<SeveralCookies> for Refusal {
    fn from(several: SeveralCookies) -> Self {
        Self::invalid_request(&several.to_string())
    }
}

impl From<CrossSite> for Refusal {
    fn from(cross_site: CrossSite) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "cross_site_request",
            sentence(&cross_site.to_string()),
        )
    }
}

impl From<LoginError> for Refusal {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::InvalidCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_credentials",
                "The e-mail address or the password is wrong.",
            ),
            LoginError::TooManyAttempts { retry_after } => Self {
                retry_after: Some(retry_after),
                ..Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_attempts",
                    "Too many attempts. Wait for as long as Retry-After says.",
                )
            },
            LoginError::Store(_) => Self::unavailable(),
        }
    }
}

impl From<RefreshError> for Refusal {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::InvalidGrant(grant) => Self {
                reason: Some(grant.reason()),
                ..Self::new(
                    StatusCode::UNAUTHORIZED,
                    "invalid_grant",
                    match grant {
                        InvalidGrant::Expired => "The session has expired. Log in again.",
                        InvalidGrant::Revoked => "The session has ended. Log in again.",
                        InvalidGrant::Reused => {
                            "The refresh token was used before, so the session was ended. \
                             Log in again."
                        }
                        InvalidGrant::Unknown => "The refresh token is not known. Log in again.",
                    },
                )
            },
            RefreshError::KeysUnavailable | RefreshError::Store(_) => Self::unavailable(),
        }
    }
}

impl From<LogoutError> for Refusal {
    fn from(error: LogoutError) -> Self {
        match error {
            LogoutError::KeysUnavailable | LogoutError::Store(_) => Self::unavailable(),
        }
    }
}

/// An error message of ours as a sentence.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_core::store::StoreError;

    fn away() -> StoreError {
        StoreError::unavailable("10.0.0.7 refused the connection")
    }

    fn shown(refusal: Refusal) -> String {
        let response = refusal.into_response();
        let header = |name| {
            let value = response
                .headers()
                .get(name)
                .map(|value| value.to_str().expect("ASCII"));
            value.unwrap_or("-").to_owned()
        };
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("content-type"), "application/json");
        let Body::Text(body) = response.body() else {
            unreachable!("JSON is text")
        };
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        let reason = body
            .get("reason")
            .and_then(|reason| reason.as_str())
            .unwrap_or("-");
        let error = body["error"].as_str().expect("an error");
        assert!(
            body["error_description"]
                .as_str()
                .is_some_and(|text| text.ends_with('.'))
        );
        assert!(
            !body.to_string().contains("10.0.0.7"),
            "a client learns nothing of the inside"
        );
        format!(
            "{} {error} {reason} {} {}",
            response.status().as_u16(),
            header("retry-after"),
            header("www-authenticate")
        )
    }

    #[test]
    fn every_refusal_has_its_status() {
        let challenge = r#"Bearer realm="tollgate""#;
        let grant = |grant| Refusal::from(RefreshError::InvalidGrant(grant));
        for (refusal, expected) in [
            (
                BadBody::Method.into(),
                "405 method_not_allowed - - -".to_owned(),
            ),
            (
                BadBody::TooLarge.into(),
                "413 invalid_request - - -".to_owned(),
            ),
            (
                BadBody::MediaType.into(),
                "415 invalid_request - - -".to_owned(),
            ),
            (
                BadBody::Malformed("JSON").into(),
                "400 invalid_request - - -".to_owned(),
            ),
            (
                PasswordTooLong.into(),
                "400 invalid_request - - -".to_owned(),
            ),
            (
                BadIdempotencyKey.into(),
                "400 invalid_request - - -".to_owned(),
            ),
            (
                SeveralCookies.into(),
                "400 invalid_request - - -".to_owned(),
            ),
            (CrossSite.into(), "403 cross_site_request - - -".to_owned()),
            (
                LoginError::InvalidCredentials.into(),
                format!("401 invalid_credentials - - {challenge}"),
            ),
            (
                LoginError::TooManyAttempts {
                    retry_after: Duration::from_mins(2),
                }
                .into(),
                "429 too_many_attempts - 120 -".to_owned(),
            ),
            (
                LoginError::Store(away()).into(),
                "503 temporarily_unavailable - 1 -".to_owned(),
            ),
            (
                grant(InvalidGrant::Expired),
                format!("401 invalid_grant expired - {challenge}"),
            ),
            (
                grant(InvalidGrant::Revoked),
                format!("401 invalid_grant revoked - {challenge}"),
            ),
            (
                grant(InvalidGrant::Reused),
                format!("401 invalid_grant reused - {challenge}"),
            ),
            (
                grant(InvalidGrant::Unknown),
                format!("401 invalid_grant unknown - {challenge}"),
            ),
            (
                RefreshError::KeysUnavailable.into(),
                "503 temporarily_unavailable - 1 -".to_owned(),
            ),
            (
                RefreshError::Store(away()).into(),
                "503 temporarily_unavailable - 1 -".to_owned(),
            ),
            (
                LogoutError::KeysUnavailable.into(),
                "503 temporarily_unavailable - 1 -".to_owned(),
            ),
            (
                LogoutError::Store(away()).into(),
                "503 temporarily_unavailable - 1 -".to_owned(),
            ),
        ] {
            assert_eq!(shown(refusal), expected);
        }
    }
}
