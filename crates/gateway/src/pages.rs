//! Static files beside the API: what a browser shows when somebody opens the address.
//!
//! API Gateway has nothing of the kind, and neither has what deploys: only a gateway that was given
//! pages has any, and wherever the API has a path, the API answers.

use std::collections::BTreeMap;

use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Response};
use hyper::body::Bytes;

use crate::request::Incoming;

/// Scripts, styles and calls of this origin alone, and nobody may frame it: a script that got in by
/// mistake could neither be loaded nor send a token away.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// What every page is sent with. They change with the binary, so a browser has to ask each time.
const HEADERS: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-cache"),
    (CONTENT_SECURITY_POLICY, POLICY),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// Files by their paths.
#[derive(Default)]
pub struct Pages(BTreeMap<&'static str, Page>);

struct Page {
    content_type: HeaderValue,
    body: Bytes,
}

impl Pages {
    /// Adds a file, or puts it in the place of the one at that path.
    #[must_use]
    pub fn with(
        mut self,
        path: &'static str,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let page = Page {
            content_type: HeaderValue::from_static(content_type),
            body: body.into(),
        };
        self.0.insert(path, page);
        self
    }

    /// The path of a file and the answer to a request for it; none to other methods than GET and HEAD.
    pub(crate) fn answer(&self, request: &Incoming) -> Option<(&'static str, Response<Bytes>)> {
        let whole = match request.method {
            Method::GET => true,
            Method::HEAD => false,
            _ => return None,
        };
        let (path, page) = self.0.get_key_value(request.path.as_str())?;
        let mut response = Response::new(Bytes::new());
        let headers = response.headers_mut();
        headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
        headers.insert(CONTENT_TYPE, page.content_type.clone());
        headers.insert(CONTENT_LENGTH, page.body.len().into());
        if whole {
            *response.body_mut() = page.body.clone();
        }
        Some((path, response))
    }
}
