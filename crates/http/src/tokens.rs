//! The answer that carries tokens.

use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;
use tollgate_core::mint::TokenPair;

/// RFC 6749, section 5.1, and for how long the refresh token may lie unused.
#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    refresh_token: &'a str,
    refresh_expires_in: u64,
}

/// 200 with the pair: the one place where tokens leave the house.
#[must_use]
pub fn respond(pair: &TokenPair) -> Response<Body> {
    json(
        StatusCode::OK,
        &TokenResponse {
            access_token: pair.access_token.expose(),
            token_type: "Bearer",
            expires_in: pair.expires_in.as_secs(),
            refresh_token: pair.refresh_token.expose(),
            refresh_expires_in: pair.refresh_expires_in.as_secs(),
        },
    )
}

/// A JSON answer that no cache keeps.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response<Body> {
    let body = serde_json::to_string(body)
        .unwrap_or_else(|_| unreachable!("strings and numbers are JSON"));
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
