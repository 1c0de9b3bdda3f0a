//! The header `Idempotency-Key`.

use lambda_http::Request;

/// The longest key that is taken: room for several UUIDs.
pub const MAX_LENGTH: usize = 255;

/// A key that cannot be used: 400. Ignoring it would break the promise that the client relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Idempotency-Key is one header of 1 to {MAX_LENGTH} printable ASCII characters")]
pub struct BadIdempotencyKey;

/// The key of a request, if it has one.
pub fn read(request: &Request) -> Result<Option<&str>, BadIdempotencyKey> {
    let mut values = request.headers().get_all("idempotency-key").iter();
    let (Some(first), more) = (values.next(), values.next()) else {
        return Ok(None);
    };
    let key = first.to_str().map_err(|_| BadIdempotencyKey)?;
    if more.is_some() || !(1..=MAX_LENGTH).contains(&key.len()) {
        return Err(BadIdempotencyKey);
    }
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::Body;
    use lambda_http::http;

    #[test]
    fn a_key_is_one_short_header() {
        let long = "a".repeat(MAX_LENGTH + 1);
        let bad = Err(BadIdempotencyKey);
        for (headers, read_as) in [
            (vec![], Ok(None)),
            (vec!["k-1"], Ok(Some("k-1"))),
            (vec![""], bad),
            (vec![&long], bad),
            (vec!["a", "b"], bad),
            (vec!["ä"], bad),
        ] {
            let mut request = http::Request::post("/");
            for value in &headers {
                request = request.header("Idempotency-Key", *value);
            }
            let request = request.body(Body::Empty).expect("a request");
            assert_eq!(read(&request), read_as, "{headers:?}");
        }
    }
}
