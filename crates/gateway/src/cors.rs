//! CORS: a REST API's preflight mocks, and what an HTTP API does about CORS by itself.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE, HeaderName, ORIGIN,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use hyper::body::Bytes;

use crate::request::Incoming;

/// What SAM lists for a path that takes any method.
const ALL_METHODS: &str = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT";

/// The CORS settings of an API.
pub(crate) enum Cors {
    Off,
    Rest(RestCors),
    Http(HttpCors),
}

impl Cors {
    /// Puts the platform's headers on an answer, where the platform has any.
    pub(crate) fn mark(&self, request: &Incoming, response: &mut Response<Bytes>) {
        match self {
            Self::Http(cors) => {
                cors.mark(request, response);
            }
            Self::Rest(_) | Self::Off => {}
        }
    }
}

/// `Cors` of a REST API. It only makes OPTIONS methods: other answers carry what the functions put there.
#[derive(Default)]
pub(crate) struct RestCors {
    pub(crate) origin: String,
    pub(crate) headers: Option<String>,
    pub(crate) methods: Option<String>,
    pub(crate) max_age: Option<String>,
    pub(crate) credentials: bool,
}

impl RestCors {
    /// The answer of the OPTIONS mock that SAM adds to a path with these methods.
    pub(crate) fn preflight(&self, methods: &[&str]) -> Response<Bytes> {
        let methods = self
            .methods
            .clone()
            .unwrap_or_else(|| allowed_methods(methods));
        let mut response = Response::new(Bytes::from_static(b"{}\n"));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        put(headers, ACCESS_CONTROL_ALLOW_ORIGIN, &self.origin);
        put(headers, ACCESS_CONTROL_ALLOW_METHODS, &methods);
        if let Some(allowed) = &self.headers {
            put(headers, ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        }
        if let Some(age) = &self.max_age {
            put(headers, ACCESS_CONTROL_MAX_AGE, age);
        }
        if self.credentials {
            put(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        response
    }
}

/// Without `AllowMethods` SAM lists the methods of the path.
fn allowed_methods(methods: &[&str]) -> String {
    if methods.contains(&"ANY") {
        return ALL_METHODS.to_owned();
    }
    let mut listed: Vec<&str> = methods.iter().copied().chain(["OPTIONS"]).collect();
    listed.sort_unstable();
    listed.dedup();
    listed.join(",")
}

/// `CorsConfiguration` of an HTTP API: the platform answers preflights and marks every other answer.
#[derive(Default)]
pub(crate) struct HttpCors {
    pub(crate) origins: Vec<String>,
    pub(crate) headers: Vec<String>,
    pub(crate) methods: Vec<String>,
    pub(crate) expose: Vec<String>,
    pub(crate) max_age: Option<u64>,
    pub(crate) credentials: bool,
}

impl HttpCors {
    pub(crate) fn any_origin() -> Self {
        Self {
            origins: vec!["*".to_owned()],
            ..Self::default()
        }
    }

    /// The answer to a preflight request: 204, and CORS headers only for an origin that is allowed.
    pub(crate) fn preflight(&self, request: &Incoming) -> Option<Response<Bytes>> {
        let asks = request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if request.method != Method::OPTIONS || !request.headers.contains_key(ORIGIN) || !asks {
            return None;
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if self.mark(request, &mut response) {
            let headers = response.headers_mut();
            put(
                headers,
                ACCESS_CONTROL_ALLOW_METHODS,
                &self.methods.join(","),
            );
            put(
                headers,
                ACCESS_CONTROL_ALLOW_HEADERS,
                &self.headers.join(","),
            );
            if let Some(age) = self.max_age {
                headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(age));
            }
        }
        Some(response)
    }

    /// Puts the platform's CORS headers on an answer; what the function put there is ignored.
    /// Tells whether the origin is allowed.
    fn mark(&self, request: &Incoming, response: &mut Response<Bytes>) -> bool {
        let headers = response.headers_mut();
        for name in [
            ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_ALLOW_CREDENTIALS,
            ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_HEADERS,
            ACCESS_CONTROL_EXPOSE_HEADERS,
            ACCESS_CONTROL_MAX_AGE,
        ] {
            headers.remove(name);
        }
        let Some(allowed) = request
            .headers
            .get(ORIGIN)
            .and_then(|origin| self.allowed(origin))
        else {
            return false;
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        put(
            headers,
            ACCESS_CONTROL_EXPOSE_HEADERS,
            &self.expose.join(","),
        );
        if self.credentials {
            put(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        true
    }

    /// What to answer an origin with: itself, or the star that let it in.
    fn allowed(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        if self.origins.iter().any(|allowed| allowed == "*") {
            return Some(HeaderValue::from_static("*"));
        }
        let text = origin.to_str().ok()?;
        let matches = |allowed: &String| match allowed.strip_suffix("://*") {
            Some(scheme) => text
                .strip_prefix(scheme)
                .is_some_and(|rest| rest.starts_with("://")),
            None => allowed == text,
        };
        self.origins.iter().any(matches).then(|| origin.clone())
    }
}

/// Sets a header, unless the value is empty or none a header can hold.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value)
        && !value.is_empty()
    {
        headers.insert(name, value);
    }
}

/// The text between single quotes, which is how SAM writes static values.
pub(crate) fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'')
}
