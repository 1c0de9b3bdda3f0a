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
pub const NAME: &str = "__Secure-tollgate_refresh";

/// More than one cookie of that name: another host of the same site set one, and nobody knows whose
/// session is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request has two cookies {NAME}; remove those of other hosts")]
pub struct SeveralCookies;

/// The refresh token that a browser sent, if it has one.
pub(crate) fn read(request: &Request) -> Result<Option<SecretString>, SeveralCookies> {
    let headers = request.headers().get_all(COOKIE).iter();
    let texts = headers.filter_map(|header| header.to_str().ok());
    let mut found = texts
        .flat_map(Cookie::split_parse)
        .flatten()
        .filter(|cookie| cookie.name() == NAME)
        .map(|cookie| SecretString::from(cookie.value()));
    let first = found.next();
    match found.next() {
        Some(_) => Err(SeveralCookies),
        None => Ok(first),
    }
}

/// `Set-Cookie` for the refresh token of a pair, sent back to `path` and below.
pub(crate) fn keep(pair: &TokenPair, path: &str) -> HeaderValue {
    let lifetime = CookieDuration::try_from(pair.refresh_expires_in);
    header(
        pair.refresh_token.expose(),
        path,
        lifetime.unwrap_or(CookieDuration::MAX),
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
    HeaderValue::from_str(&cookie.to_string())
        .unwrap_or_else(|_| unreachable!("base64url, a path of plain characters, and numbers"))
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
    let seen = seen.unwrap_or_else(|| request.uri().path());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    match seen.rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() && folder.bytes().all(plain) => folder.to_owned(),
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::{Body, http};
    use secrecy::ExposeSecret;

    #[test]
    fn one_cookie_of_the_name_is_read() {
        let token = |text: &str| Ok(Some(text.to_owned()));
        for (headers, expected) in [
            (vec![], Ok(None)),
            (vec!["theme=dark"], Ok(None)),
            (vec!["__Secure-tollgate_refresh=tgr1_a"], token("tgr1_a")),
            (
                vec!["theme=dark; __Secure-tollgate_refresh=tgr1_a;x"],
                token("tgr1_a"),
            ),
            (
                vec!["theme=dark", "__Secure-tollgate_refresh=tgr1_a"],
                token("tgr1_a"),
            ),
            (vec!["__Secure-tollgate_refresh="], token("")),
            (vec!["__secure-tollgate_refresh=tgr1_a"], Ok(None)),
            (vec!["tollgate_refresh=tgr1_a"], Ok(None)),
            (
                vec!["__Secure-tollgate_refresh=a; __Secure-tollgate_refresh=b"],
                Err(SeveralCookies),
            ),
            (
                vec!["__Secure-tollgate_refresh=a", "__Secure-tollgate_refresh=a"],
                Err(SeveralCookies),
            ),
        ] {
            let mut request = http::Request::post("/auth/refresh");
            for header in &headers {
                request = request.header(COOKIE, *header);
            }
            let request = request.body(Body::Empty).expect("a request");
            let found = read(&request).map(|it| it.map(|it| it.expose_secret().to_owned()));
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
        for (path_of_request, folder) in [
            ("/auth/login", "/auth"),
            ("/v1/auth/login", "/v1/auth"),
            ("/login", "/"),
            ("/a;Domain=example.com/login", "/"),
        ] {
            let request = http::Request::post(path_of_request)
                .body(Body::Empty)
                .expect("a request");
            assert_eq!(path(&request), folder, "{path_of_request}");
        }
    }
}
