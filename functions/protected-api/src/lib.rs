//! The example to copy: a function behind the authorizer.

use std::time::SystemTime;

use lambda_http::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use serde_json::{Value, json};
use tollgate_identity::{Identity, Refusal};

/// Answers `GET /me` and `GET /reports`.
#[must_use]
pub fn handle(request: &Request, now: SystemTime) -> Response<Body> {
    let answer = match (request.method(), request.raw_http_path()) {
        (&Method::GET, "/me") => me(request, now),
        (&Method::GET, "/reports") => reports(request, now),
        _ => return not_found(),
    };
    match answer {
        Ok(body) => respond(StatusCode::OK, &body),
        Err(refusal) => refusal.into_response(),
    }
}

/// For everybody who is logged in.
fn me(request: &Request, now: SystemTime) -> Result<Value, Refusal> {
    let identity = Identity::from_request(request, now)?;
    Ok(json!({
        "id": identity.id(),
        "email": identity.email(),
        "scope": identity.scope(),
        "expires_at": identity.expires_at(),
    }))
}

/// For those whose token has the scope `reports:read`.
fn reports(request: &Request, now: SystemTime) -> Result<Value, Refusal> {
    let identity = Identity::from_request(request, now)?;
    identity.require_scope("reports:read")?;
    // Here your own function would ask its own data for what belongs to this user.
    Ok(json!({ "owner": identity.id(), "reports": [] }))
}

fn not_found() -> Response<Body> {
    let description = "There is no such method here.";
    let body = json!({ "error": "not_found", "error_description": description });
    respond(StatusCode::NOT_FOUND, &body)
}

fn respond(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::Text(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
