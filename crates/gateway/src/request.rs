//! A request as API Gateway received it, and the call it becomes.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;

use axum::body::Bytes;
use http::header::HeaderName;
use http::{HeaderMap, Method, Version};

use crate::clock::Now;
use crate::route::{Parameters, Route};
use crate::template::Api;

/// What came in, read once.
pub(crate) struct Incoming {
    pub(crate) method: Method,
    /// As sent: percent-encoded, without the query.
    pub(crate) path: String,
    pub(crate) raw_query: String,
    /// Decoded, in the order of the URL.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) protocol: &'static str,
    pub(crate) source: IpAddr,
    /// Shaped like a UUID of version 4.
    pub(crate) id: String,
    pub(crate) received: Now,
}

impl Incoming {
    pub(crate) fn new(request: http::Request<Bytes>, source: IpAddr, received: Now) -> Self {
        let (parts, body) = request.into_parts();
        let raw_query = parts.uri.query().unwrap_or_default().to_owned();
        Self {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: form_urlencoded::parse(raw_query.as_bytes())
                .into_owned()
                .collect(),
            raw_query,
            headers: parts.headers,
            body,
            protocol: if parts.version == Version::HTTP_10 {
                "HTTP/1.0"
            } else {
                "HTTP/1.1"
            },
            source,
            id: request_id(),
            received,
        }
    }

    /// The values of a header, in order; bytes that are no text become U+FFFD.
    pub(crate) fn header_values(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter();
        values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }

    /// The last value of a header: what a REST API shows where it shows one.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.header_values(name).pop()
    }

    /// The names of the headers, each once.
    pub(crate) fn header_names(&self) -> impl Iterator<Item = &HeaderName> {
        self.headers.keys()
    }

    /// The values of a query parameter, decoded.
    pub(crate) fn query_values(&self, name: &str) -> Vec<&str> {
        let named = self.query.iter().filter(|(key, _)| key == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The name of the host, with its port if the client named one.
    pub(crate) fn host(&self) -> String {
        self.header("host")
            .unwrap_or_else(|| "localhost".to_owned())
    }
}

/// A request on its way to a route.
pub(crate) struct Call<'a> {
    pub(crate) api: &'a Api,
    pub(crate) request: &'a Incoming,
    pub(crate) target: Target<'a>,
    pub(crate) parameters: Parameters,
}

/// What a request was matched to.
#[derive(Clone, Copy)]
pub(crate) enum Target<'a> {
    Route(&'a Route),
    /// The OPTIONS method that SAM adds to a REST path.
    Preflight {
        resource: &'a str,
    },
}

impl Call<'_> {
    /// The path of the template, such as `/users/{id}`.
    pub(crate) fn resource(&self) -> &str {
        match self.target {
            Target::Route(route) => route.path(),
            Target::Preflight { resource } => resource,
        }
    }
}

/// An identifier that does not repeat: it names a request in logs and protects nothing.
fn request_id() -> String {
    // Every RandomState hashes with other keys.
    let halves =
        [RandomState::new(), RandomState::new()].map(|state| state.build_hasher().finish());
    let mut hex = String::with_capacity(32);
    for half in halves {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{half:016x}");
    }
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

#[cfg(test)]
mod tests {
    use super::request_id;

    #[test]
    fn request_ids_have_the_shape_of_a_uuid() {
        let (one, other) = (request_id(), request_id());
        assert_ne!(one, other);
        let lengths: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&one[14..15], "4");
    }
}
