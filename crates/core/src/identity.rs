//! Who a verified token speaks for.

use crate::Timestamp;
use crate::access_token::Claims;
use crate::email::Email;
use crate::scope::Scope;
use crate::user::UserId;

/// What the authorizer vouches for, and a protected function is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who said so: this system, or a [trusted issuer](crate::trusted_issuer).
    pub issuer: String,
    /// The user. Only together with the issuer is it one person for sure (RFC 7519, section 4.1.2).
    pub user: UserId,
    /// The user's address.
    pub email: Email,
    /// What the token allows.
    pub scope: Scope,
    /// Until when.
    pub expires_at: Timestamp,
    /// The refresh family, in tokens of ours.
    pub session: Option<String>,
}

impl From<Claims> for Identity {
    fn from(claims: Claims) -> Self {
        Self {
            issuer: claims.iss,
            user: claims.sub,
            email: claims.email,
            scope: claims.scope,
            expires_at: claims.exp,
            session: Some(claims.sid),
        }
    }
}
