//! What a function answered, turned into an HTTP response: the Lambda proxy format and payload format 2.0.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::Bytes;
use serde_json::Value;

/// Headers of an integration that a REST API sends on under another name (API Gateway's "important notes").
const REMAPPED: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "trailer",
    "upgrade",
    "user-agent",
    "www-authenticate",
];

/// An answer that API Gateway would call malformed, and why.
pub(crate) type Malformed = &'static str;

/// The answer of a function behind a REST API.
pub(crate) fn rest(answer: &Value) -> Result<Response<Bytes>, Malformed> {
    if !answer.is_object() {
        return Err("the answer is not an object");
    }
    let mut headers = HeaderMap::new();
    for (name, value) in pairs(answer, "multiValueHeaders")? {
        let name = sent_as(name);
        let values = value
            .as_array()
            .ok_or("a value of multiValueHeaders is not a list")?;
        for value in values {
            headers.append(&name, header_value(value)?);
        }
    }
    for (name, value) in pairs(answer, "headers")? {
        let (name, value) = (sent_as(name), header_value(value)?);
        // The same pair in both places counts once.
        if !headers.get_all(&name).iter().any(|known| *known == value) {
            headers.append(name, value);
        }
    }
    let mut response = Response::new(body(answer)?);
    *response.status_mut() = status(answer.get("statusCode").unwrap_or(&Value::Null))?;
    headers.remove(TRANSFER_ENCODING);
    *response.headers_mut() = headers;
    default_content_type(&mut response, "application/json");
    Ok(response)
}

/// The answer of a function behind an HTTP API; without a `statusCode` it is the body alone.
pub(crate) fn http(answer: &Value) -> Result<Response<Bytes>, Malformed> {
    let Some(code) = answer.get("statusCode") else {
        let text = answer
            .as_str()
            .map_or_else(|| answer.to_string(), str::to_owned);
        let mut response = Response::new(Bytes::from(text));
        default_content_type(&mut response, "application/json");
        return Ok(response);
    };
    let mut response = Response::new(body(answer)?);
    *response.status_mut() = status(code)?;
    let headers = response.headers_mut();
    for (name, value) in pairs(answer, "headers")? {
        headers.append(name, header_value(value)?);
    }
    match answer.get("cookies") {
        None | Some(Value::Null) => {}
        Some(Value::Array(cookies)) => {
            for cookie in cookies {
                headers.append(SET_COOKIE, header_value(cookie)?);
            }
        }
        Some(_) => return Err("cookies is not a list"),
    }
    for own in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(own);
    }
    default_content_type(&mut response, "text/plain;charset=UTF-8");
    Ok(response)
}

/// A number, or the text of one. Informational ones cannot be an answer.
fn status(value: &Value) -> Result<StatusCode, Malformed> {
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let code = number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|code| (200..600).contains(code));
    code.and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or("statusCode is not an HTTP status")
}

fn body(answer: &Value) -> Result<Bytes, Malformed> {
    let text = match answer.get("body") {
        None | Some(Value::Null) => return Ok(Bytes::new()),
        Some(Value::String(text)) => text,
        Some(_) => return Err("body is not a string"),
    };
    match answer.get("isBase64Encoded") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(Bytes::from(text.clone())),
        Some(Value::Bool(true)) => STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(|_| "body is not valid base64"),
        Some(_) => Err("isBase64Encoded is neither true nor false"),
    }
}

/// The entries of a map of headers; an absent one has none, and an entry that is null does not count.
fn pairs<'a>(answer: &'a Value, key: &str) -> Result<Vec<(HeaderName, &'a Value)>, Malformed> {
    let map = match answer.get(key) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(map)) => map,
        Some(_) => return Err("the headers are not an object"),
    };
    let set = map.iter().filter(|(_, value)| !value.is_null());
    let name = |name: &str| {
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| "a header has an invalid name")
    };
    set.map(|(key, value)| Ok((name(key)?, value))).collect()
}

fn header_value(value: &Value) -> Result<HeaderValue, Malformed> {
    let value = match value {
        Value::String(text) => HeaderValue::from_str(text),
        Value::Number(_) | Value::Bool(_) => HeaderValue::try_from(value.to_string()),
        _ => return Err("a header's value is neither a string nor a number nor a boolean"),
    };
    value.map_err(|_| "a header has an invalid value")
}

/// The name that a REST API gives a header of an integration.
fn sent_as(name: HeaderName) -> HeaderName {
    if !REMAPPED.contains(&name.as_str()) {
        return name;
    }
    HeaderName::from_bytes(format!("x-amzn-remapped-{name}").as_bytes()).unwrap_or(name)
}

fn default_content_type(response: &mut Response<Bytes>, content_type: &'static str) {
    let value = HeaderValue::from_static(content_type);
    response.headers_mut().entry(CONTENT_TYPE).or_insert(value);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{http, rest};

    #[test]
    fn malformed_answers() {
        for answer in [
            json!(null),
            json!("text"),
            json!([]),
            json!({}),
            json!({ "statusCode": null }),
            json!({ "statusCode": 99 }),
            json!({ "statusCode": 101 }),
            json!({ "statusCode": 600 }),
            json!({ "statusCode": 200.5 }),
            json!({ "statusCode": "ok" }),
            json!({ "statusCode": 200, "body": {} }),
            json!({ "statusCode": 200, "body": "%", "isBase64Encoded": true }),
            json!({ "statusCode": 200, "isBase64Encoded": "true", "body": "" }),
            json!({ "statusCode": 200, "headers": [] }),
            json!({ "statusCode": 200, "headers": { "a b": "c" } }),
            json!({ "statusCode": 200, "headers": { "a": "c\r\nd: e" } }),
            json!({ "statusCode": 200, "headers": { "a": {} } }),
            json!({ "statusCode": 200, "multiValueHeaders": { "a": "b" } }),
        ] {
            assert!(rest(&answer).is_err(), "{answer}");
            if answer.get("statusCode").is_some() && answer.get("multiValueHeaders").is_none() {
                assert!(http(&answer).is_err(), "{answer}");
            }
        }
        assert!(http(&json!({ "statusCode": 200, "cookies": "a=b" })).is_err());
    }

    #[test]
    fn rest_answers() {
        let answer = json!({
            "statusCode": "201",
            "headers": { "WWW-Authenticate": "Bearer", "Date": "x", "X-One": 1, "X-Null": null, "Set-Cookie": "a=1" },
            "multiValueHeaders": { "Set-Cookie": ["a=1", "b=2"] },
            "body": "aGk=",
            "isBase64Encoded": true,
        });
        let response = rest(&answer).expect("a valid answer");
        let header = |name: &str| {
            let values = response.headers().get_all(name).iter();
            values
                .map(|value| value.to_str().unwrap_or_default())
                .collect::<Vec<_>>()
                .join("|")
        };
        assert_eq!(response.status(), 201);
        assert_eq!(response.body(), "hi");
        for (name, expected) in [
            ("www-authenticate", ""),
            ("x-amzn-remapped-www-authenticate", "Bearer"),
            ("x-amzn-remapped-date", "x"),
            ("x-one", "1"),
            ("x-null", ""),
            ("set-cookie", "a=1|b=2"),
            ("content-type", "application/json"),
        ] {
            assert_eq!(header(name), expected, "{name}");
        }
    }

    #[test]
    fn http_answers() {
        for (answer, body, content_type) in [
            (json!("Hello"), "Hello", "application/json"),
            (json!({ "a": 1 }), "{\"a\":1}", "application/json"),
            (
                json!({ "statusCode": 200, "body": "x" }),
                "x",
                "text/plain;charset=UTF-8",
            ),
            (
                json!({ "statusCode": 200, "headers": { "Content-Type": "a/b" } }),
                "",
                "a/b",
            ),
        ] {
            let response = http(&answer).expect("a valid answer");
            assert_eq!(response.body(), body, "{answer}");
            assert_eq!(response.headers()["content-type"], content_type, "{answer}");
        }
        let answer: Value = json!({ "statusCode": 200, "cookies": ["a=1", "b=2"], "headers": { "Content-Length": 9 } });
        let response = http(&answer).expect("a valid answer");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert!(!response.headers().contains_key("content-length"));
    }
}
