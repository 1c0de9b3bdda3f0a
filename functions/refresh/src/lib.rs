//! `POST /auth/refresh`: a refresh token for its successor and a new access token.

use lambda_http::http::HeaderValue;
use lambda_http::{Body, Request, Response};
use rand_core::CryptoRng;
use tollgate_core::Timestamp;
use tollgate_core::family::Families;
use tollgate_core::key_source::KeySource;
use tollgate_core::refresh::Refresh;
use tollgate_core::user::Users;
use tollgate_http::{Presented, Refusal, idempotency_key, tokens};

/// Answers a refresh: 200 with tokens, or a refusal. Pages of `allowed_origin` may use the cookie.
pub async fn handle<S, K>(
    refresh: &Refresh<S, K>,
    request: Request,
    allowed_origin: Option<&HeaderValue>,
    now: Timestamp,
    rng: impl CryptoRng + Send,
) -> Response<Body>
where
    S: Users + Families + Sync,
    K: KeySource,
{
    let answered = answer(refresh, &request, allowed_origin, now, rng).await;
    answered.unwrap_or_else(Refusal::into_response)
}

async fn answer<S, K>(
    refresh: &Refresh<S, K>,
    request: &Request,
    allowed_origin: Option<&HeaderValue>,
    now: Timestamp,
    mut rng: impl CryptoRng + Send,
) -> Result<Response<Body>, Refusal>
where
    S: Users + Families + Sync,
    K: KeySource,
{
    let presented = Presented::read(request, allowed_origin)?;
    let token = presented.only()?;
    let key = idempotency_key::read(request)?;
    let pair = refresh.refresh(token, key, now, &mut rng).await?;
    Ok(tokens::respond(&pair, &presented.carrier))
}
