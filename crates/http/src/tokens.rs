//! The answer that carries tokens.

use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;
use tollgate_core::mint::TokenPair;

use crate::carrier::Carrier;
use crate::refresh_cookie;

/// RFC 6749, section 5.1, and for how long the refresh token may lie unused.
#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    refresh_expires_in: u64,
}

/// 200 with the pair: the one place where tokens leave the house. The refresh token leaves it once,
/// in the body or in the cookie.
#[must_use]
pub fn respond(pair: &TokenPair, carrier: &Carrier) -> Response<Body> {
    let (refresh_token, cookie) = match carrier {
        Carrier::Body => (Some(pair.refresh_token.expose()), None),
        Carrier::Cookie { path } => (None, Some(refresh_cookie::keep(pair, path))),
    };
    let mut response = json(
        StatusCode::OK,
        &TokenResponse {
            access_token: pair.access_token.expose(),
            token_type: "Bearer",
            expires_in: pair.expires_in.as_secs(),
            refresh_token,
            refresh_expires_in: pair.refresh_expires_in.as_secs(),
        },
    );
    response
        .headers_mut()
        .extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}

/// 204, without the cookie if there may be one: what a log-out leaves.
#[must_use]
pub fn forget(carrier: &Carrier) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Carrier::Cookie { path } = carrier {
        headers.insert(SET_COOKIE, refresh_cookie::remove(path));
    }
    response
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
