//! Request bodies.

use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::http::{HeaderValue, Method};
use lambda_http::{Body, Request};
use serde::de::DeserializeOwned;

/// The largest body that is read: many times what a log-in needs.
pub const MAX_BYTES: usize = 8 * 1024;

/// Why a body could not be read. Nothing of the body is repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBody {
    /// 405.
    #[error("send a POST request")]
    Method,
    /// 413.
    #[error("the body has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// 415.
    #[error("send the body as JSON, with Content-Type: application/json")]
    MediaType,
    /// 400.
    #[error("the body is not {0}")]
    Malformed(&'static str),
}

/// A type that requests carry.
pub trait JsonRequest: DeserializeOwned {
    /// What the body should be, to complete "the body is not …".
    const SHAPE: &'static str;
}

/// Reads the JSON body of a POST request.
pub fn read<T: JsonRequest>(request: &Request) -> Result<T, BadBody> {
    if request.method() != Method::POST {
        return Err(BadBody::Method);
    }
    let bytes: &[u8] = match request.body() {
        Body::Text(text) => text.as_bytes(),
        Body::Binary(bytes) => bytes,
        // The enum is open to additions; what cannot be read is no JSON.
        _ => &[],
    };
    if bytes.len() > MAX_BYTES {
        return Err(BadBody::TooLarge);
    }
    let mut types = request.headers().get_all(CONTENT_TYPE).iter();
    let (Some(content_type), None) = (types.next(), types.next()) else {
        return Err(BadBody::MediaType);
    };
    if !is_json(content_type) {
        return Err(BadBody::MediaType);
    }
    // Serde would take a list of the values, too.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(BadBody::Malformed(T::SHAPE));
    }
    // The message of serde_json may quote the value that it did not like.
    serde_json::from_slice(bytes).map_err(|_| BadBody::Malformed(T::SHAPE))
}

fn is_json(content_type: &HeaderValue) -> bool {
    let Ok(text) = content_type.to_str() else {
        return false;
    };
    let essence = text.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Greeting {
        name: String,
    }

    impl JsonRequest for Greeting {
        const SHAPE: &'static str = r#"{"name": string}"#;
    }

    fn posted(content_type: &str, body: impl Into<Body>) -> Result<Greeting, BadBody> {
        let request = lambda_http::http::Request::post("/")
            .header(CONTENT_TYPE, content_type)
            .body(body.into())
            .expect("a request");
        read(&request)
    }

    #[test]
    fn a_body_is_a_small_json_object() {
        let malformed = Err(BadBody::Malformed(Greeting::SHAPE));
        let ada = Ok(Greeting {
            name: "Ada".to_owned(),
        });
        let json = "application/json";
        let exact = format!(r#"{{"name":"{}"}}"#, "a".repeat(MAX_BYTES - 11));
        let large = format!("{exact} ");
        for (content_type, body, read) in [
            (json, r#"{"name":"Ada"}"#, ada),
            (
                "Application/JSON; charset=utf-8",
                r#"{"name":"Ada"}"#,
                Ok(Greeting { name: "Ada".into() }),
            ),
            (
                json,
                r#"{"name":"Ada","later":"maybe"}"#,
                Ok(Greeting { name: "Ada".into() }),
            ),
            (json, "", malformed),
            (json, r#"["Ada"]"#, Err(BadBody::Malformed(Greeting::SHAPE))),
            (json, "null", Err(BadBody::Malformed(Greeting::SHAPE))),
            (
                json,
                r#"{"name":1}"#,
                Err(BadBody::Malformed(Greeting::SHAPE)),
            ),
            (
                json,
                r#"{"name":"Ada","name":"Eve"}"#,
                Err(BadBody::Malformed(Greeting::SHAPE)),
            ),
            (
                json,
                r#"{"name":"Ada"} x"#,
                Err(BadBody::Malformed(Greeting::SHAPE)),
            ),
            (
                json,
                &exact,
                Ok(Greeting {
                    name: "a".repeat(MAX_BYTES - 11),
                }),
            ),
            (json, &large, Err(BadBody::TooLarge)),
            ("text/plain", r#"{"name":"Ada"}"#, Err(BadBody::MediaType)),
            (
                "application/json-seq",
                r#"{"name":"Ada"}"#,
                Err(BadBody::MediaType),
            ),
        ] {
            assert_eq!(
                posted(content_type, body),
                read,
                "{content_type}: {}",
                body.len()
            );
        }
    }

    #[test]
    fn only_post_has_a_body() {
        let request = lambda_http::http::Request::get("/")
            .body(Body::Empty)
            .expect("a request");
        assert_eq!(read::<Greeting>(&request), Err(BadBody::Method));
    }

    #[test]
    fn a_body_has_one_type() {
        let request = lambda_http::http::Request::post("/")
            .header(CONTENT_TYPE, "application/json")
            .header(CONTENT_TYPE, "text/plain")
            .body(Body::from(r#"{"name":"Ada"}"#))
            .expect("a request");
        assert_eq!(read::<Greeting>(&request), Err(BadBody::MediaType));
    }
}
