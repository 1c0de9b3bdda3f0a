//! Static files beside the API.

use http::{Method, Response};
use tollgate_gateway::{Bytes, Gateway, Pages};

use crate::functions::{gateway, http_template, request, rest_template, send};

fn pages() -> Pages {
    Pages::default()
        .with("/", "text/html; charset=utf-8", "<p>hello")
        .with("/assets/page.css", "text/css; charset=utf-8", "p {}")
        // Paths that the API of the tests has, too.
        .with("/me", "text/plain", "hidden by the API")
        .with("/users/7", "text/plain", "hidden by the API")
        .with("/open/echo", "text/plain", "hidden by the API")
}

async fn ask(gateway: &Gateway, method: Method, path: &str) -> Response<Bytes> {
    send(gateway, request(method, path, &[])).await
}

#[tokio::test]
async fn pages_are_where_the_api_has_no_path() {
    for template in [rest_template("{}", ""), http_template("", "")] {
        let without = gateway(&template).0;
        let with = gateway(&template).0.with_pages(pages());
        for (method, path, body) in [
            (Method::GET, "/", "<p>hello"),
            (Method::GET, "/?query=1", "<p>hello"),
            (Method::GET, "/assets/page.css", "p {}"),
            (Method::HEAD, "/", ""),
        ] {
            let answer = ask(&with, method.clone(), path).await;
            assert_eq!(answer.status(), 200, "{method} {path}");
            assert_eq!(answer.body(), body, "{method} {path}");
        }
        for (method, path) in [
            // What is no page is what it was.
            (Method::GET, "/nowhere"),
            (Method::GET, "/assets/"),
            (Method::GET, "/assets/page.css/"),
            (Method::GET, "/assets/../"),
            (Method::GET, "//"),
            (Method::POST, "/"),
            (Method::PUT, "/assets/page.css"),
            (Method::OPTIONS, "/"),
            // A path of the API is the API's: with a guard, with a parameter, and with another method.
            (Method::GET, "/me"),
            (Method::GET, "/users/7"),
            (Method::GET, "/open/echo"),
            (Method::HEAD, "/open/echo"),
        ] {
            let (before, after) = (
                ask(&without, method.clone(), path).await,
                ask(&with, method.clone(), path).await,
            );
            assert_eq!(after.status(), before.status(), "{method} {path}");
            assert_eq!(after.body(), before.body(), "{method} {path}");
            assert_ne!(after.status(), 200, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_page_is_told_what_it_may_do() {
    let gateway = gateway(&rest_template("{}", "")).0.with_pages(pages());
    for method in [Method::GET, Method::HEAD] {
        let answer = ask(&gateway, method.clone(), "/").await;
        for (name, expected) in [
            ("content-type", "text/html; charset=utf-8"),
            ("content-length", "8"),
            ("cache-control", "no-cache"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                 img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            ),
        ] {
            assert_eq!(answer.headers()[name], expected, "{method} {name}");
        }
        assert!(
            !answer.headers().contains_key("access-control-allow-origin"),
            "no other page may read it"
        );
    }
}
