//! Access tokens: JSON Web Tokens (RFC 7519) in the profile of RFC 9068, signed with HS256.
//!
//! Short-lived and verified without asking anybody, which is what lets every gate check them.

use std::fmt;
use std::time::Duration;

use jsonwebtoken::Algorithm;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::email::Email;
use crate::jws::{Jws, MAX_LENGTH, Type};
use crate::key::{Key, KeyId};
use crate::scope::Scope;
use crate::timestamp;
use crate::user::UserId;

/// The `typ` of RFC 9068, section 2.1: keeps ID tokens and every other kind of JWT out (RFC 8725,
/// section 3.11).
pub const TYPE: &str = "at+jwt";
/// Clocks of issuer and verifier may differ by this much, not more.
pub const LEEWAY: Duration = Duration::from_secs(5);
/// Whatever a token says, it is not accepted for longer than this: a stolen key must not mint
/// tokens that outlive the theft's discovery.
pub const MAX_LIFETIME: Duration = Duration::from_hours(1);

/// Who issues tokens, and for whom. Both are compared exactly, never by prefix
/// (RFC 8725, sections 3.8 and 3.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// `iss`: the URL of the issuer.
    pub issuer: String,
    /// `aud`: the name of the services that accept the token.
    pub audience: String,
}

impl Profile {
    /// Whether a token is this issuer's, and for this audience.
    pub(crate) fn check(&self, iss: &str, aud: &str) -> Result<(), InvalidToken> {
        if iss != self.issuer {
            return Err(InvalidToken::Issuer);
        }
        if aud != self.audience {
            return Err(InvalidToken::Audience);
        }
        Ok(())
    }
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The audience; one string, never a list.
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// Issued at.
    pub iat: Timestamp,
    /// Expires at.
    pub exp: Timestamp,
    /// Not before; we never write it, and honour it where somebody else did.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "timestamp::if_there"
    )]
    pub nbf: Option<Timestamp>,
    /// The id of this token, 22 characters of base64url.
    pub jti: String,
    /// The refresh family that it belongs to.
    pub sid: String,
    /// The user's address.
    pub email: Email,
    /// What the token allows, separated by spaces.
    pub scope: Scope,
}

/// An access token as it travels. It cannot be printed by accident.
#[derive(Clone, Debug)]
pub struct AccessToken(SecretString);

impl AccessToken {
    /// Signs `claims` with `key`.
    ///
    /// # Panics
    /// Never: the claims are strings and numbers, and the provider signs with HS256.
    #[must_use]
    pub fn sign(claims: &Claims, key: &Key) -> Self {
        let token = jsonwebtoken::encode(&header(key), claims, key.encoding())
            .unwrap_or_else(|_| unreachable!("claims are JSON and HS256 signs anything"));
        Self(SecretString::from(token))
    }

    /// The token, for the one response that hands it out.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// What a token that this key signs begins with.
pub(crate) fn header(key: &Key) -> jsonwebtoken::Header {
    let mut header = jsonwebtoken::Header::new(Algorithm::HS256);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(key.id().to_string());
    header
}

/// Why a token is not accepted. [`reason`](Self::reason) is what logs and metrics say; a client
/// learns no more than RFC 6750, section 3.1, allows: `invalid_token`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Longer than any token of ours could be.
    #[error("it is longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// Not three parts of strict base64url, the first of them a JSON object.
    #[error("it is not a JSON Web Token")]
    Malformed,
    /// `alg` is not HS256, in exactly that spelling.
    #[error("alg is not HS256")]
    Algorithm,
    /// `typ` is missing, or says that this is another kind of token.
    #[error("typ is not {TYPE}, nor that of a trusted issuer")]
    Type,
    /// The header says more than alg, typ and kid: `crit`, `jwk`, `jku`, `x5u`, `zip`, `b64` …
    #[error("the header has a field besides alg, typ and kid")]
    Header,
    /// No key has this `kid`.
    #[error("no key has this kid")]
    UnknownKey,
    /// Somebody else signed it, or it was changed.
    #[error("the signature does not match")]
    Signature,
    /// A required claim is missing, doubled, or of another type.
    #[error("a claim is missing or of the wrong type")]
    Claims,
    /// A claim that is required of this issuer is missing, or has another value.
    #[error("a claim has not the value that is required of its issuer")]
    Requirement,
    /// `iss` is somebody else.
    #[error("iss is another issuer")]
    Issuer,
    /// `aud` is somebody else.
    #[error("aud is another audience")]
    Audience,
    /// `exp` has passed.
    #[error("it has expired")]
    Expired,
    /// `nbf` or `iat` lies in the future.
    #[error("it is not valid yet")]
    NotYetValid,
    /// `exp - iat` is not positive, or more than [`MAX_LIFETIME`].
    #[error("exp - iat is not between 1 s and {} s", MAX_LIFETIME.as_secs())]
    Lifetime,
}

impl InvalidToken {
    /// The stable name of this refusal in logs and metrics.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::TooLong => "token_too_long",
            Self::Malformed => "token_malformed",
            Self::Algorithm => "wrong_algorithm",
            Self::Type => "wrong_type",
            Self::Header => "unexpected_header",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "bad_signature",
            Self::Claims => "bad_claims",
            Self::Requirement => "required_claim",
            Self::Issuer => "wrong_issuer",
            Self::Audience => "wrong_audience",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Lifetime => "bad_lifetime",
        }
    }
}

/// A token of which only the outside was looked at: enough to know which key to try.
pub struct Unverified<'a> {
    jws: Jws<'a>,
    key_id: KeyId,
}

impl<'a> Unverified<'a> {
    /// Reads the header of a compact JWS (RFC 7515, section 3.1) and pins what it may say.
    pub fn parse(token: &'a str) -> Result<Self, InvalidToken> {
        Self::of(Jws::parse(token)?)
    }

    /// The same, where the header has been read.
    pub(crate) fn of(jws: Jws<'a>) -> Result<Self, InvalidToken> {
        if jws.header.typ != Some(Type::AccessToken) {
            return Err(InvalidToken::Type);
        }
        Ok(Self {
            key_id: jws.header.kid.ok_or(InvalidToken::UnknownKey)?,
            jws,
        })
    }

    /// Which key it says signed it.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Checks the signature, then what was signed, and only then the time.
    pub fn verify(
        &self,
        key: &Key,
        profile: &Profile,
        now: Timestamp,
    ) -> Result<Claims, InvalidToken> {
        let claims: Claims = self.jws.claims(key)?;
        profile.check(&claims.iss, &claims.aud)?;
        check_time(claims.iat, claims.exp, claims.nbf, now)?;
        Ok(claims)
    }
}

pub(crate) fn check_time(
    iat: Timestamp,
    exp: Timestamp,
    nbf: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), InvalidToken> {
    let latest = now.plus(LEEWAY);
    if iat > latest || nbf.is_some_and(|nbf| nbf > latest) {
        return Err(InvalidToken::NotYetValid);
    }
    if exp <= iat || exp > iat.plus(MAX_LIFETIME) {
        return Err(InvalidToken::Lifetime);
    }
    if now >= exp.plus(LEEWAY) {
        return Err(InvalidToken::Expired);
    }
    Ok(())
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}
