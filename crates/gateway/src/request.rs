//! A request as API Gateway received it, and the call it becomes.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, Method, Version};
use hyper::body::Bytes;

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
    /// The address of the caller.
    pub(crate) source: String,
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
            source: source.to_string(),
            id: request_id(),
            received,
        }
    }

    /// The values of a header, in order; bytes that are no text become U+FFFD.
    pub(crate) fn header_values(
        &self,
        name: &str,
    ) -> impl DoubleEndedIterator<Item = Cow<'_, str>> {
        self.headers.get_all(name).iter().map(text)
    }

    /// The last value of a header: what a REST API shows where it shows one.
    pub(crate) fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.header_values(name).next_back()
    }

    /// All values of a header as one: what an HTTP API shows.
    pub(crate) fn joined_header(&self, name: &str) -> String {
        self.header_values(name).collect::<Vec<_>>().join(",")
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
    pub(crate) fn host(&self) -> Cow<'_, str> {
        self.header("host").unwrap_or(Cow::Borrowed("localhost"))
    }
}

fn text(value: &HeaderValue) -> Cow<'_, str> {
    match str::from_utf8(value.as_bytes()) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(value.as_bytes()),
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
    let [high, low] = [(); 2].map(|()| RandomState::new().build_hasher().finish());
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff,
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
