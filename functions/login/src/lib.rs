//! `POST /auth/login`: an e-mail address and a password for a pair of tokens.

use lambda_http::http::HeaderValue;
use lambda_http::{Body, Request, Response};
use rand_core::CryptoRng;
use secrecy::SecretString;
use serde::Deserialize;
use tollgate_core::Timestamp;
use tollgate_core::attempts::AttemptLog;
use tollgate_core::family::Families;
use tollgate_core::key_source::KeySource;
use tollgate_core::login::{Credentials, Login};
use tollgate_core::password::Password;
use tollgate_core::user::Users;
use tollgate_http::body::{self, JsonRequest};
use tollgate_http::{Carrier, Mode, Refusal, source, tokens};

#[derive(Deserialize)]
struct LoginRequest {
    email: String,
    password: SecretString,
    #[serde(default)]
    mode: Mode,
}

impl JsonRequest for LoginRequest {
    const SHAPE: &'static str =
        r#"a JSON object {"email": string, "password": string}, perhaps with "mode": "cookie""#;
}

/// Answers a log-in: 200 with tokens, or a refusal. Pages of `allowed_origin` may ask for a cookie.
pub async fn handle<S, K>(
    login: &Login<S, K>,
    request: Request,
    allowed_origin: Option<&HeaderValue>,
    now: Timestamp,
    mut rng: impl CryptoRng + Send,
) -> Response<Body>
where
    S: Users + Families + AttemptLog + Sync,
    K: KeySource,
{
    let (credentials, carrier) = match read(&request, allowed_origin) {
        Ok(read) => read,
        Err(refusal) => return refusal.into_response(),
    };
    match login.log_in(&credentials, now, &mut rng).await {
        Ok(pair) => tokens::respond(&pair, &carrier),
        Err(error) => Refusal::from(error).into_response(),
    }
}

fn read(
    request: &Request,
    allowed_origin: Option<&HeaderValue>,
) -> Result<(Credentials, Carrier), Refusal> {
    let LoginRequest {
        email,
        password,
        mode,
    } = body::read(request)?;
    let carrier = Carrier::of(request, mode, allowed_origin)?;
    let credentials = Credentials {
        email,
        password: Password::new(password)?,
        source: source::address(request),
    };
    Ok((credentials, carrier))
}
