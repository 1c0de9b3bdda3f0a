//! Which pages may use the cookie: a browser adds it to whatever page asks.
//!
//! `SameSite=Strict` keeps it from other sites already. This keeps it from other hosts of the same
//! site, and from browsers that do not know `SameSite`.

use std::net::IpAddr;

use lambda_http::http::header::{HOST, ORIGIN};
use lambda_http::http::uri::Authority;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};

/// The page is another site's, or nobody knows whose: 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cookie is taken only from pages of this API's own origin, or of its allowed origin")]
pub struct CrossSite;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Passes a request of a page of our own origin, or of the one that is allowed, which came over TLS
/// or from this machine. `*` allows nobody: it is for tokens in headers, which no browser adds by
/// itself.
pub(crate) fn check(headers: &HeaderMap, allowed: Option<&HeaderValue>) -> Result<(), CrossSite> {
    let near = |site: &HeaderValue| site == "same-origin" || site == "same-site";
    let is_near = headers.get_all(SEC_FETCH_SITE).iter().all(near);
    let origin = only(headers, &ORIGIN).ok_or(CrossSite)?;
    let authority = unspoilt(origin).ok_or(CrossSite)?;
    // Own is what the request went to.
    let is_own = only(headers, &HOST).is_some_and(|host| host == authority);
    if is_near && (is_own || allowed == Some(origin)) {
        Ok(())
    } else {
        Err(CrossSite)
    }
}

/// The authority of an origin whose pages nobody on the way could write into.
fn unspoilt(origin: &HeaderValue) -> Option<&str> {
    match origin.to_str().ok()?.split_once("://")? {
        ("https", authority) => Some(authority),
        ("http", authority) if is_loopback(authority) => Some(authority),
        _ => None,
    }
}

fn is_loopback(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "https://app.example.com";
    const OWN: &str = "https://api.example.com";
    const HOST_HEADER: (&str, &str) = ("host", "api.example.com");

    /// Whether a request with these headers passes where this origin is allowed.
    fn passes(allowed: &'static str, headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a name");
            map.append(name, HeaderValue::from_static(value));
        }
        check(&map, Some(&HeaderValue::from_static(allowed))).is_ok()
    }

    fn from(host: &'static str, origin: &'static str) -> [(&'static str, &'static str); 2] {
        [("host", host), ("origin", origin)]
    }

    #[test]
    fn a_page_that_is_known_may_use_the_cookie() {
        let said = |origin, site| [HOST_HEADER, ("origin", origin), ("sec-fetch-site", site)];
        assert!(passes("*", &from("api.example.com", OWN)), "our own");
        assert!(passes(APP, &from("api.example.com", APP)), "the allowed");
        assert!(passes(APP, &said(APP, "same-site")));
        assert!(passes(APP, &said(OWN, "same-origin")), "our own, too");
        for here in [
            "localhost:8787",
            "127.0.0.1:8787",
            "[::1]:8787",
            "localhost",
        ] {
            let origin = format!("http://{here}").leak();
            assert!(passes("*", &from(here, origin)), "{here}");
        }
    }

    #[test]
    fn only_a_page_that_is_known_may_use_the_cookie() {
        let elsewhere = "http://localhost.evil.example";
        let beside = "https://old.example.com";
        for (what, allowed, headers) in [
            ("no origin", APP, vec![HOST_HEADER]),
            (
                "a star for an origin",
                "*",
                vec![HOST_HEADER, ("origin", "*")],
            ),
            ("a hidden page", "*", vec![HOST_HEADER, ("origin", "null")]),
            ("any page", "*", vec![HOST_HEADER, ("origin", APP)]),
            ("another host", APP, vec![HOST_HEADER, ("origin", beside)]),
            (
                "another port",
                APP,
                from("api.example.com", "https://api.example.com:444").to_vec(),
            ),
            (
                "without TLS",
                APP,
                from("api.example.com", "http://api.example.com").to_vec(),
            ),
            (
                "allowed without TLS",
                "http://app.example.com",
                vec![HOST_HEADER, ("origin", "http://app.example.com")],
            ),
            (
                "a name that begins like this machine's",
                "*",
                from("localhost.evil.example", elsewhere).to_vec(),
            ),
            (
                "the browser says another site",
                APP,
                vec![
                    HOST_HEADER,
                    ("origin", APP),
                    ("sec-fetch-site", "cross-site"),
                ],
            ),
            (
                "one header says this, another that",
                APP,
                vec![
                    HOST_HEADER,
                    ("origin", APP),
                    ("sec-fetch-site", "same-origin"),
                    ("sec-fetch-site", "cross-site"),
                ],
            ),
            (
                "two origins",
                APP,
                vec![HOST_HEADER, ("origin", APP), ("origin", APP)],
            ),
            (
                "two hosts",
                APP,
                vec![HOST_HEADER, HOST_HEADER, ("origin", OWN)],
            ),
            ("no host", APP, vec![("origin", OWN)]),
        ] {
            assert!(!passes(allowed, &headers), "{what}");
        }
    }
}
