//! `POST /auth/logout`: the end of a session, on every device that holds a token of it.

use lambda_http::http::HeaderValue;
use lambda_http::{Body, Request, Response};
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
    let answered = answer(logout, &request, allowed_origin, now).await;
    answered.unwrap_or_else(Refusal::into_response)
}

async fn answer<S, K>(
    logout: &Logout<S, K>,
    request: &Request,
    allowed_origin: Option<&HeaderValue>,
    now: Timestamp,
) -> Result<Response<Body>, Refusal>
where
    S: Families + Sync,
    K: KeySource,
{
    let presented = Presented::read(request, allowed_origin)?;
    for token in presented.all() {
        logout.log_out(token, now).await?;
    }
    Ok(tokens::forget(&presented.carrier))
}
