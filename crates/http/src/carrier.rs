//! How a refresh token travels: in the body, for whoever can keep a secret, or in a cookie, for a
//! page, whose scripts cannot.

use lambda_http::Request;
use lambda_http::http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::body::{self, BadBody, JsonRequest};
use crate::origin;
use crate::refresh_cookie::{self, SeveralCookies};
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
    /// One of a body; of a browser none without the cookie, and several when another host of the
    /// site has set one.
    tokens: Vec<SecretString>,
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
        let tokens = match (mode, refresh_token) {
            (Mode::Body, Some(token)) => vec![token],
            (Mode::Cookie, None) => refresh_cookie::read(request),
            (Mode::Body, None) | (Mode::Cookie, Some(_)) => {
                return Err(BadBody::Malformed(RefreshTokenRequest::SHAPE).into());
            }
        };
        Ok(Self { tokens, carrier })
    }

    /// The one that came. Without one it is empty, so as unknown as any text that is no token. Of
    /// several nobody knows whose session is meant.
    pub fn only(&self) -> Result<&str, SeveralCookies> {
        match self.tokens.as_slice() {
            [] => Ok(""),
            [token] => Ok(token.expose_secret()),
            _ => Err(SeveralCookies),
        }
    }

    /// All that came: whoever logs out wants each of them ended.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(ExposeSecret::expose_secret)
    }
}
