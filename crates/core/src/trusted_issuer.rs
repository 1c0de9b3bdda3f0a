//! Tokens of somebody else, whom an operator has chosen to believe.
//!
//! Each such issuer has a key, a `typ`, an `iss` and an `aud` of its own, so that no token of one
//! passes for a token of another (RFC 8725, sections 3.8, 3.9 and 3.11), and is told what its
//! tokens may say at most. Nothing of this is on unless it is configured.

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::Timestamp;
use crate::access_token::{self, InvalidToken, Profile};
use crate::email::Email;
use crate::identity::Identity;
use crate::jws::Jws;
use crate::key::KeyRing;
use crate::scope::Scope;
use crate::timestamp;
use crate::user::UserId;

/// Which tokens of another issuer are taken, and what is read in them.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustedIssuer {
    /// Its `iss`, and the `aud` that its tokens for us have.
    pub profile: Profile,
    /// The `typ` of the header, exactly. Never that of our own tokens.
    pub typ: String,
    /// Claims that must be there with exactly these values, as `"email_verified": true`.
    pub require: Map<String, Value>,
    /// The claim that holds the user's address.
    pub email_claim: String,
    /// The claim that holds what the token allows, separated by spaces. A token without it allows
    /// nothing that needs a scope.
    pub scope_claim: String,
    /// The most that a token may allow, whatever it says.
    pub scope: Scope,
}

/// The claims whose names and types are fixed.
#[derive(Deserialize)]
struct Registered {
    iss: String,
    aud: String,
    sub: UserId,
    iat: Timestamp,
    exp: Timestamp,
    #[serde(default, deserialize_with = "timestamp::if_there")]
    nbf: Option<Timestamp>,
}

impl TrustedIssuer {
    /// Who the token speaks for, if one key of the ring signed it and it is valid now.
    /// [`InvalidToken::Signature`] means that none did: the token may be another issuer's.
    pub(crate) fn verify(
        &self,
        jws: &Jws<'_>,
        ring: &KeyRing,
        now: Timestamp,
    ) -> Result<Identity, InvalidToken> {
        // Tokens of others need not name their key, so each is tried: a secret has three at most, a
        // file as many as somebody wrote into it.
        let signed = ring
            .iter()
            .map(|key| jws.claims::<Claims>(key))
            .find(|signed| !matches!(signed, Err(InvalidToken::Signature)))
            .ok_or(InvalidToken::Signature)?;
        self.read(&signed?.0, now)
    }

    fn read(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<Identity, InvalidToken> {
        let registered = Registered::deserialize(claims).map_err(|_| InvalidToken::Claims)?;
        self.profile.check(&registered.iss, &registered.aud)?;
        access_token::check_time(registered.iat, registered.exp, registered.nbf, now)?;
        let required = self
            .require
            .iter()
            .all(|(name, value)| claims.get(name) == Some(value));
        let text = |name: &str| {
            claims
                .get(name)
                .map(|value| value.as_str().ok_or(InvalidToken::Claims))
        };
        let email = text(&self.email_claim).ok_or(InvalidToken::Claims)??;
        let email: Email = email.parse().map_err(|_| InvalidToken::Claims)?;
        let scope: Scope = text(&self.scope_claim)
            .unwrap_or(Ok(""))?
            .parse()
            .map_err(|_| InvalidToken::Claims)?;
        if !required {
            return Err(InvalidToken::Requirement);
        }
        Ok(Identity {
            issuer: self.profile.issuer.clone(),
            user: registered.sub,
            email,
            scope: scope.intersection(&self.scope),
            expires_at: registered.exp,
            session: None,
        })
    }
}

/// Claims of any names, each of them once: of two, readers disagree which one counts.
#[derive(Clone)]
struct Claims(Map<String, Value>);

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Distinct)
    }
}

struct Distinct;

impl<'de> Visitor<'de> for Distinct {
    type Value = Claims;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object with each claim once")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
        let mut claims = Map::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if claims.insert(name, value).is_some() {
                return Err(A::Error::custom("a claim is there twice"));
            }
        }
        Ok(Claims(claims))
    }
}
