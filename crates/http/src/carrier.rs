//! How a refresh token travels: in the body, for whoever can keep a secret, or in a cookie, for a
//! page, whose scripts cannot.

use lambda_http::Request;
use lambda_http::http::HeaderValue;
use secrecy::SecretString;
use serde::Deserialize;

use crate::body::{self, BadBody, JsonRequest};
use crate::origin;
use crate::refresh_cookie;
use crate::refusal::Refusal;

/// The field `mode` of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The refresh token is a field of the JSON.
    #[default]
    Body,
    /// The browser keeps it.
    Cookie,
}

/// Where the refresh token of an answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Into the JSON.
    Body,
    /// Into a cookie for this path.
    Cookie {
        /// The folder of the endpoint, as the browser sees it.
        path: String,
    },
}

impl Carrier {
    /// What a request asks for. A cookie only for a page of a known origin: whoever could make a
    /// browser log in would choose whose session it has.
    pub fn of(
        request: &Request,
        mode: Mode,
        allowed_origin: Option<&HeaderValue>,
    ) -> Result<Self, Refusal> {
        match mode {
            Mode::Body => Ok(Self::Body),
            Mode::Cookie => {
                origin::check(request.headers(), allowed_origin)?;
                let path = refresh_cookie::path(request);
                Ok(Self::Cookie { path })
            }
        }
    }
}

/// A refresh token that came back.
#[derive(Debug)]
pub struct Presented {
    /// Empty, so as unknown as any text that is no token, from a browser without the cookie.
    pub token: SecretString,
    /// How it came, so how its successor goes.
    pub carrier: Carrier,
}

#[derive(Deserialize)]
struct RefreshTokenRequest {
    #[serde(default)]
    mode: Mode,
    refresh_token: Option<SecretString>,
}

impl JsonRequest for RefreshTokenRequest {
    const SHAPE: &'static str =
        r#"a JSON object {"refresh_token": string}, or {"mode": "cookie"} and a cookie"#;
}

impl Presented {
    /// Reads the request of refresh and of logout.
    pub fn read(request: &Request, allowed_origin: Option<&HeaderValue>) -> Result<Self, Refusal> {
        let RefreshTokenRequest {
            mode,
            refresh_token,
        } = body::read(request)?;
        let carrier = Carrier::of(request, mode, allowed_origin)?;
        let token = match (mode, refresh_token) {
            (Mode::Body, Some(token)) => token,
            (Mode::Cookie, None) => refresh_cookie::read(request)?.unwrap_or_default(),
            (Mode::Body, None) | (Mode::Cookie, Some(_)) => {
                return Err(BadBody::Malformed(RefreshTokenRequest::SHAPE).into());
            }
        };
        Ok(Self { token, carrier })
    }
}
