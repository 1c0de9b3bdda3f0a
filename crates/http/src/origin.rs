//! Which pages may use the cookie: a browser adds it to whatever page asks.
//!
//! `SameSite=Strict` keeps it from other sites already. This keeps it from other hosts of the same
//! site, and from browsers that do not know `SameSite`.

use lambda_http::http::header::{HOST, ORIGIN};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};

/// The page is another site's, or nobody knows whose: 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cookie is taken only from pages of this API's own origin, or of its allowed origin")]
pub struct CrossSite;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Passes a request of a page of our own origin, or of the one that is allowed. `*` allows nobody:
/// it is for tokens in headers, which no browser adds by itself.
pub(crate) fn check(headers: &HeaderMap, allowed: Option<&HeaderValue>) -> Result<(), CrossSite> {
    let near = |site: &HeaderValue| site == "same-origin" || site == "same-site";
    let is_near = headers.get_all(SEC_FETCH_SITE).iter().all(near);
    let origin = only(headers, &ORIGIN).ok_or(CrossSite)?;
    let is_allowed = origin != "*" && allowed == Some(origin);
    if is_near && (is_allowed || is_own(headers, origin)) {
        Ok(())
    } else {
        Err(CrossSite)
    }
}

/// Whether the page came from where the request went, over TLS or from this machine.
fn is_own(headers: &HeaderMap, origin: &HeaderValue) -> bool {
    let (Some(host), Ok(origin)) = (only(headers, &HOST), origin.to_str()) else {
        return false;
    };
    match origin.split_once("://") {
        Some(("https", page)) => host == page,
        Some(("http", page)) => host == page && is_loopback(page),
        _ => false,
    }
}

fn is_loopback(authority: &str) -> bool {
    let name = authority
        .rsplit_once(':')
        .map_or(authority, |(name, port)| {
            if port.bytes().all(|byte| byte.is_ascii_digit()) {
                name
            } else {
                authority
            }
        });
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
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

    #[test]
    fn only_a_page_that_is_known_may_use_the_cookie() {
        let app = "https://app.example.com";
        let own = "https://api.example.com";
        let host = ("host", "api.example.com");
        for (what, allowed, headers, passes) in [
            ("our own page", "*", vec![host, ("origin", own)], true),
            ("the allowed page", app, vec![host, ("origin", app)], true),
            (
                "said by the browser, too",
                app,
                vec![host, ("origin", app), ("sec-fetch-site", "same-site")],
                true,
            ),
            (
                "our own page, when another is allowed",
                app,
                vec![host, ("origin", own), ("sec-fetch-site", "same-origin")],
                true,
            ),
            (
                "this machine",
                "*",
                vec![
                    ("host", "localhost:8787"),
                    ("origin", "http://localhost:8787"),
                ],
                true,
            ),
            (
                "this machine by number",
                "*",
                vec![
                    ("host", "127.0.0.1:8787"),
                    ("origin", "http://127.0.0.1:8787"),
                ],
                true,
            ),
            ("no origin", app, vec![host], false),
            (
                "a star for an origin",
                "*",
                vec![host, ("origin", "*")],
                false,
            ),
            ("a hidden page", "*", vec![host, ("origin", "null")], false),
            ("any page", "*", vec![host, ("origin", app)], false),
            (
                "another site",
                app,
                vec![host, ("origin", "https://evil.example")],
                false,
            ),
            (
                "another host of the site",
                app,
                vec![host, ("origin", "https://old.example.com")],
                false,
            ),
            (
                "another port",
                app,
                vec![host, ("origin", "https://api.example.com:444")],
                false,
            ),
            (
                "without TLS",
                app,
                vec![host, ("origin", "http://api.example.com")],
                false,
            ),
            (
                "a name that only begins like this machine's",
                "*",
                vec![
                    ("host", "localhost.evil.example"),
                    ("origin", "http://localhost.evil.example"),
                ],
                false,
            ),
            (
                "the browser says another site",
                app,
                vec![host, ("origin", app), ("sec-fetch-site", "cross-site")],
                false,
            ),
            (
                "one header says this, another that",
                app,
                vec![
                    host,
                    ("origin", app),
                    ("sec-fetch-site", "same-origin"),
                    ("sec-fetch-site", "cross-site"),
                ],
                false,
            ),
            (
                "two origins",
                app,
                vec![host, ("origin", app), ("origin", app)],
                false,
            ),
            (
                "two hosts",
                app,
                vec![host, ("host", "api.example.com"), ("origin", own)],
                false,
            ),
            ("no host", app, vec![("origin", own)], false),
        ] {
            let headers = headers.into_iter().map(|(name, value)| {
                let name: HeaderName = name.parse().expect("a name");
                (name, HeaderValue::from_static(value))
            });
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(name, value);
            }
            let allowed = HeaderValue::from_static(allowed);
            let checked = check(&map, Some(&allowed));
            assert_eq!(checked.is_ok(), passes, "{what}");
        }
    }
}
