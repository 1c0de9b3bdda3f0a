//! `POST /auth/logout`: the end of a session, on every device that holds a token of it.

use lambda_http::http::HeaderValue;
use lambda_http::{Body, Request, Response};
use secrecy::ExposeSecret;
use tollgate_core::Timestamp;
use tollgate_core::family::Families;
use tollgate_core::key_source::KeySource;
use tollgate_core::logout::Logout;
use tollgate_http::{Presented, Refusal, tokens};

/// Answers a log-out: 204, whether or not there was anything left to end. Pages of `allowed_origin`
/// may use the cookie.
pub async fn handle<S, K>(
    logout: &Logout<S, K>,
    request: Request,
    allowed_origin: Option<&HeaderValue>,
    now: Timestamp,
) -> Response<Body>
where
    S: Families + Sync,
    K: KeySource,
{
    let Presented { token, carrier } = match Presented::read(&request, allowed_origin) {
        Ok(presented) => presented,
        Err(refusal) => return refusal.into_response(),
    };
    match logout.log_out(token.expose_secret(), now).await {
        Ok(()) => tokens::forget(&carrier),
        Err(error) => Refusal::from(error).into_response(),
    }
}
