//! `POST /auth/refresh`: a refresh token for its successor and a new access token.

use lambda_http::{Body, Request, Response};
use rand_core::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tollgate_core::Timestamp;
use tollgate_core::family::Families;
use tollgate_core::key_source::KeySource;
use tollgate_core::refresh::Refresh;
use tollgate_core::user::Users;
use tollgate_http::body::{self, JsonRequest};
use tollgate_http::{Refusal, idempotency_key, tokens};

#[derive(Deserialize)]
struct RefreshRequest {
    refresh_token: SecretString,
}

impl JsonRequest for RefreshRequest {
    const SHAPE: &'static str = r#"a JSON object {"refresh_token": string}"#;
}

/// Answers a refresh: 200 with tokens, or a refusal.
pub async fn handle<S, K>(
    refresh: &Refresh<S, K>,
    request: Request,
    now: Timestamp,
    mut rng: impl CryptoRng + Send,
) -> Response<Body>
where
    S: Users + Families + Sync,
    K: KeySource,
{
    let (token, key) = match read(&request) {
        Ok(read) => read,
        Err(refusal) => return refusal.into_response(),
    };
    match refresh
        .refresh(token.expose_secret(), key, now, &mut rng)
        .await
    {
        Ok(pair) => tokens::respond(&pair),
        Err(error) => Refusal::from(error).into_response(),
    }
}

fn read(request: &Request) -> Result<(SecretString, Option<&str>), Refusal> {
    let RefreshRequest { refresh_token } = body::read(request)?;
    Ok((refresh_token, idempotency_key::read(request)?))
}
