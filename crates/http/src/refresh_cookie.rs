//! The cookie that keeps a refresh token where no script of a page can read it.

use cookie::time::Duration as CookieDuration;
use cookie::{Cookie, SameSite};
use lambda_http::http::HeaderValue;
use lambda_http::http::header::COOKIE;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use secrecy::SecretString;
use tollgate_core::mint::TokenPair;

/// A browser takes a cookie of this prefix only with `Secure`, so nobody between it and us can set
/// one without TLS. Not `__Host-`: that would be sent to every path, so to every protected function.
const NAME: &str = "__Secure-tollgate_refresh";

/// More than one cookie of that name: another host of the same site set one, and nobody knows whose
/// session is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request has more than one cookie {NAME}; remove those of other hosts")]
pub struct SeveralCookies;

/// Every refresh token that a browser sent. Other cookies may hold any byte; a value of ours that is
/// no text is one that nobody knows.
pub(crate) fn read(request: &Request) -> Vec<SecretString> {
    let headers = request.headers().get_all(COOKIE).iter();
    let pairs = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    let values = pairs.filter_map(|pair| {
        let rest = pair.trim_ascii().strip_prefix(NAME.as_bytes())?;
        rest.strip_prefix(b"=")
    });
    values
        .map(|value| SecretString::from(str::from_utf8(value).unwrap_or_default()))
        .collect()
}

/// `Set-Cookie` for the refresh token of a pair, sent back to `path` and below.
pub(crate) fn keep(pair: &TokenPair, path: &str) -> HeaderValue {
    let lifetime = CookieDuration::try_from(pair.refresh_expires_in);
    header(
        pair.refresh_token.expose(),
        path,
        lifetime.unwrap_or_else(|_| unreachable!("a year at most")),
    )
}

/// `Set-Cookie` that takes it away.
pub(crate) fn remove(path: &str) -> HeaderValue {
    header("", path, CookieDuration::ZERO)
}

fn header(value: &str, path: &str, max_age: CookieDuration) -> HeaderValue {
    let cookie = Cookie::build((NAME, value))
        .path(path)
        .max_age(max_age)
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Strict);
    let mut header = HeaderValue::from_str(&cookie.to_string())
        .unwrap_or_else(|_| unreachable!("base64url, a path of printable characters, and numbers"));
    header.set_sensitive(true);
    header
}

/// The folder of the endpoint as the browser sees it, with the stage or the base path in front:
/// login, refresh and logout share it, and nobody else gets the cookie.
pub(crate) fn path(request: &Request) -> String {
    let seen = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.path.as_deref(),
        Some(RequestContext::ApiGatewayV2(context)) => context.http.path.as_deref(),
        // The enum is open to additions.
        _ => None,
    };
    folder(seen.unwrap_or_else(|| request.uri().path())).to_owned()
}

fn folder(path: &str) -> &str {
    let fits = |folder: &str| {
        let plain = folder.bytes().all(|it| it.is_ascii_graphic() && it != b';');
        folder.starts_with('/') && plain
    };
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) if fits(folder) => folder,
        // Nothing that a cookie can name. A browser keeps it for a path that it never asks for.
        _ => "/auth",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::{Body, http};
    use secrecy::ExposeSecret;

    #[test]
    fn every_cookie_of_the_name_is_read_and_no_other() {
        for (headers, expected) in [
            (vec![], vec![]),
            (vec!["theme=dark"], vec![]),
            (vec!["__Secure-tollgate_refresh=tgr1_a"], vec!["tgr1_a"]),
            (
                vec!["theme=dark; __Secure-tollgate_refresh=tgr1_a;x"],
                vec!["tgr1_a"],
            ),
            (
                vec!["lang=Zürich;__Secure-tollgate_refresh=tgr1_a"],
                vec!["tgr1_a"],
            ),
            (
                vec!["theme=dark", "__Secure-tollgate_refresh=tgr1_a"],
                vec!["tgr1_a"],
            ),
            (vec!["__Secure-tollgate_refresh="], vec![""]),
            (vec!["__secure-tollgate_refresh=tgr1_a"], vec![]),
            (vec!["\u{2000}__Secure-tollgate_refresh=tgr1_a"], vec![]),
            (vec!["tollgate_refresh=tgr1_a"], vec![]),
            (vec!["__Secure-tollgate_refresh2=tgr1_a"], vec![]),
            (
                vec!["__Secure-tollgate_refresh=a; __Secure-tollgate_refresh=b"],
                vec!["a", "b"],
            ),
            (
                vec!["__Secure-tollgate_refresh=a", "__Secure-tollgate_refresh=a"],
                vec!["a", "a"],
            ),
        ] {
            let mut request = http::Request::post("/auth/refresh");
            for header in &headers {
                request = request.header(COOKIE, header.as_bytes());
            }
            let request = request.body(Body::Empty).expect("a request");
            let found = read(&request);
            let found: Vec<&str> = found.iter().map(ExposeSecret::expose_secret).collect();
            assert_eq!(found, expected, "{headers:?}");
        }
    }

    #[test]
    fn it_goes_to_the_folder_of_the_endpoint_and_to_no_script() {
        assert_eq!(
            header("tgr1_a", "/v1/auth", CookieDuration::days(7)),
            "__Secure-tollgate_refresh=tgr1_a; HttpOnly; SameSite=Strict; Secure; \
             Path=/v1/auth; Max-Age=604800"
        );
        assert_eq!(
            remove("/auth"),
            "__Secure-tollgate_refresh=; HttpOnly; SameSite=Strict; Secure; Path=/auth; Max-Age=0"
        );
    }

    #[test]
    fn a_path_without_a_context_is_that_of_the_request() {
        let request = http::Request::post("/v1/auth/login").body(Body::Empty);
        assert_eq!(path(&request.expect("a request")), "/v1/auth");
    }

    #[test]
    fn the_folder_is_one_that_a_cookie_can_name() {
        for (path, expected) in [
            ("/auth/login", "/auth"),
            ("/v1/auth/login", "/v1/auth"),
            ("/login", "/"),
            ("/v1+beta/auth/login", "/v1+beta/auth"),
            ("/a;Domain=example.com/login", "/auth"),
            ("/a b/login", "/auth"),
            ("-auth/login", "/auth"),
            ("login", "/auth"),
            ("", "/auth"),
        ] {
            assert_eq!(folder(path), expected, "{path}");
        }
    }
}
