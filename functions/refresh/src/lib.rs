//! `POST /auth/refresh`: a refresh token for its successor and a new access token.

use lambda_http::http::HeaderValue;
use lambda_http::{Body, Request, Response};
use rand_core::CryptoRng;
use secrecy::ExposeSecret;
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
    mut rng: impl CryptoRng + Send,
) -> Response<Body>
where
    S: Users + Families + Sync,
    K: KeySource,
{
    let (Presented { token, carrier }, key) = match read(&request, allowed_origin) {
        Ok(read) => read,
        Err(refusal) => return refusal.into_response(),
    };
    match refresh
        .refresh(token.expose_secret(), key, now, &mut rng)
        .await
    {
        Ok(pair) => tokens::respond(&pair, &carrier),
        Err(error) => Refusal::from(error).into_response(),
    }
}

fn read<'a>(
    request: &'a Request,
    allowed_origin: Option<&HeaderValue>,
) -> Result<(Presented, Option<&'a str>), Refusal> {
    let presented = Presented::read(request, allowed_origin)?;
    Ok((presented, idempotency_key::read(request)?))
}
