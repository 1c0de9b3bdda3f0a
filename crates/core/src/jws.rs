//! A token as it travels: a compact JWS (RFC 7515, section 7.1) that is signed with HS256.

use base64_simd::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::access_token::{self, InvalidToken};
use crate::key::{Key, KeyId};

/// API Gateway takes 10,240 bytes of headers; our tokens have about 500. Nothing longer is parsed.
pub(crate) const MAX_LENGTH: usize = 8 * 1024;

/// A token that was taken apart. Nothing of it is proven yet.
pub(crate) struct Jws<'a> {
    /// The header, which is all that is read before the signature is checked.
    pub(crate) header: Header,
    /// What was signed: header and claims, encoded.
    message: &'a str,
    claims: &'a str,
    signature: &'a str,
}

/// A header that says HS256, and nothing that would have to be obeyed.
pub(crate) struct Header {
    /// Which kind of token this is.
    pub(crate) typ: Option<Type>,
    /// Which key signed it, if it can be one of ours.
    pub(crate) kid: Option<KeyId>,
}

/// What `typ` says.
#[derive(PartialEq, Eq)]
pub(crate) enum Type {
    /// An access token of ours.
    AccessToken,
    /// Something else: a trusted issuer's, or nobody's.
    Other(String),
}

/// The header, exactly: an unknown or doubled field is refused before anything else is read, and so
/// is a value that needs escapes, as no name of an algorithm, a type or a key does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    alg: &'a str,
    typ: Option<&'a str>,
    kid: Option<&'a str>,
}

impl<'a> Jws<'a> {
    /// Takes a token apart, reads its header, and pins what that may say.
    pub(crate) fn parse(token: &'a str) -> Result<Self, InvalidToken> {
        if token.len() > MAX_LENGTH {
            return Err(InvalidToken::TooLong);
        }
        let mut dots = memchr::memchr_iter(b'.', token.as_bytes());
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            return Err(InvalidToken::Malformed);
        };
        Ok(Self {
            header: Header::read(&token[..first])?,
            message: &token[..second],
            claims: &token[first + 1..second],
            signature: &token[second + 1..],
        })
    }

    /// Checks the signature, and reads what was signed only if it is this key's.
    pub(crate) fn claims<T: DeserializeOwned>(&self, key: &Key) -> Result<T, InvalidToken> {
        if !key.is_mac(&decode(self.signature)?, self.message.as_bytes()) {
            return Err(InvalidToken::Signature);
        }
        let claims = decode(self.claims)?;
        // RFC 7519, section 7.2, step 10, also for claims that nobody reads: serde would skip them
        // without a look.
        let claims = str::from_utf8(&claims).map_err(|_| InvalidToken::Claims)?;
        // Serde would take a list of the values, too.
        if !claims.trim_ascii_start().starts_with('{') {
            return Err(InvalidToken::Claims);
        }
        serde_json::from_str(claims).map_err(|_| InvalidToken::Claims)
    }
}

impl Header {
    /// How every header of ours begins; its `kid` and an end follow.
    const OURS: &[u8] = br#"{"typ":"at+jwt","alg":"HS256","kid":""#;

    fn read(header: &str) -> Result<Self, InvalidToken> {
        let header = decode(header)?;
        match Self::of_ours(&header) {
            Some(ours) => Ok(ours),
            None => Self::parse(&header),
        }
    }

    /// What nearly every token begins with is recognised without a parser.
    fn of_ours(header: &[u8]) -> Option<Self> {
        let kid = header.strip_prefix(Self::OURS)?.strip_suffix(br#""}"#)?;
        Some(Self {
            typ: Some(Type::AccessToken),
            kid: Some(KeyId::parse(kid)?),
        })
    }

    fn parse(header: &[u8]) -> Result<Self, InvalidToken> {
        // Serde would take a list of the three values, too.
        if header.first() != Some(&b'{') {
            return Err(InvalidToken::Malformed);
        }
        let Fields { alg, typ, kid } = serde_json::from_slice(header).map_err(problem)?;
        if alg != "HS256" {
            return Err(InvalidToken::Algorithm);
        }
        let typ = typ.map(|typ| match typ {
            access_token::TYPE => Type::AccessToken,
            other => Type::Other(other.to_owned()),
        });
        let kid = kid.and_then(KeyId::parse);
        Ok(Self { typ, kid })
    }
}

/// Strictly: no padding, no white space, no bits that would be lost.
fn decode(part: &str) -> Result<Vec<u8>, InvalidToken> {
    URL_SAFE_NO_PAD
        .decode_to_vec(part)
        .map_err(|_| InvalidToken::Malformed)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn problem(error: serde_json::Error) -> InvalidToken {
    if error.to_string().starts_with("unknown field") {
        return InvalidToken::Header;
    }
    InvalidToken::Malformed
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    /// A change of what is signed must not make every header take the long way unnoticed.
    #[test]
    fn a_header_of_ours_is_recognised_as_the_parser_reads_it() {
        let key = Key::new(SecretString::from("Zv7pN2xQ9rT4wY6bC8dF1gH3jK5mL0sA"));
        let key = key.expect("a good key");
        let header = access_token::header(&key);
        let header = serde_json::to_vec(&header).expect("a header is JSON");
        let recognised = Header::of_ours(&header).expect("it is ours");
        let parsed = Header::parse(&header).expect("it is good");
        for header in [recognised, parsed] {
            assert!(header.typ == Some(Type::AccessToken));
            assert_eq!(header.kid, Some(key.id()));
        }
    }
}
