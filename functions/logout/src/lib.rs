//! `POST /auth/logout`: the end of a session, on every device that holds a token of it.

use lambda_http::http::HeaderValue;
use lambda_http::http::StatusCode;
use lambda_http::http::header::CACHE_CONTROL;
use lambda_http::{Body, Request, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tollgate_core::Timestamp;
use tollgate_core::family::Families;
use tollgate_core::key_source::KeySource;
use tollgate_core::logout::Logout;
use tollgate_http::Refusal;
use tollgate_http::body::{self, JsonRequest};

#[derive(Deserialize)]
struct LogoutRequest {
    refresh_token: SecretString,
}

impl JsonRequest for LogoutRequest {
    const SHAPE: &'static str = r#"a JSON object {"refresh_token": string}"#;
}

/// Answers a log-out: 204, whether or not there was anything left to end.
pub async fn handle<S, K>(logout: &Logout<S, K>, request: Request, now: Timestamp) -> Response<Body>
where
    S: Families + Sync,
    K: KeySource,
{
    let token = match body::read::<LogoutRequest>(&request) {
        Ok(request) => request.refresh_token,
        Err(bad) => return Refusal::from(bad).into_response(),
    };
    match logout.log_out(token.expose_secret(), now).await {
        Ok(()) => no_content(),
        Err(error) => Refusal::from(error).into_response(),
    }
}

fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
