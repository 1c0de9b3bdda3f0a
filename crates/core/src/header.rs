//! The JOSE header (RFC 7515, section 4): all that is read of a token before its signature is checked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::access_token::InvalidToken;

/// API Gateway takes 10,240 bytes of headers; our tokens have about 500. Nothing longer is parsed.
pub(crate) const MAX_LENGTH: usize = 8 * 1024;

/// A header that says HS256, and nothing that would have to be obeyed.
pub(crate) struct Header {
    /// Which kind of token this is.
    pub(crate) typ: Option<String>,
    /// Which key signed it.
    pub(crate) kid: Option<String>,
}

/// The header, exactly: an unknown or doubled field is refused before anything else is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
}

impl Header {
    /// Reads the header of a compact JWS (RFC 7515, section 3.1), and pins its algorithm.
    pub(crate) fn of(token: &str) -> Result<Self, InvalidToken> {
        if token.len() > MAX_LENGTH {
            return Err(InvalidToken::TooLong);
        }
        let mut parts = token.splitn(4, '.');
        let (Some(header), Some(_claims), Some(_signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidToken::Malformed);
        };
        let header = URL_SAFE_NO_PAD
            .decode(header)
            .map_err(|_| InvalidToken::Malformed)?;
        // Serde would take a list of the three values, too.
        if header.first() != Some(&b'{') {
            return Err(InvalidToken::Malformed);
        }
        let Fields { alg, typ, kid } = serde_json::from_slice(&header).map_err(problem)?;
        if alg != "HS256" {
            return Err(InvalidToken::Algorithm);
        }
        Ok(Self { typ, kid })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn problem(error: serde_json::Error) -> InvalidToken {
    if error.to_string().starts_with("unknown field") {
        return InvalidToken::Header;
    }
    InvalidToken::Malformed
}
