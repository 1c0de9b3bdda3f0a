//! The page that `serve` shows. Its files are in the binary, so there is nothing to install.

use tollgate_gateway::Pages;

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const IMAGE: &str = "image/svg+xml";
const JSON: &str = "application/json";

/// A file of the page's folder, by the name that it is served under, too.
macro_rules! asset {
    ($pages:expr, $kind:expr, $($name:literal),+ $(,)?) => {
        $pages$(.with(
            concat!("/assets/", $name),
            $kind,
            include_str!(concat!("../page/", $name)),
        ))+
    };
}

/// The page, its parts, the client that it runs on, and the contract of the API beside it.
pub(crate) fn pages() -> Pages {
    let pages = Pages::default()
        .with("/", HTML, include_str!("../page/index.html"))
        .with(
            "/assets/tollgate.js",
            SCRIPT,
            include_str!("../../../clients/javascript/src/index.js"),
        )
        .with("/openapi.json", JSON, include_str!("../../../openapi.json"));
    let pages = asset!(pages, STYLE, "page.css");
    let pages = asset!(pages, IMAGE, "favicon.svg");
    asset!(
        pages,
        SCRIPT,
        "calls.js",
        "chain.js",
        "countdown.js",
        "dom.js",
        "exchange_view.js",
        "explanation.js",
        "log_in_view.js",
        "log_view.js",
        "page.js",
        "readable.js",
        "session.js",
        "tabs.js",
        "thief.js",
        "token.js",
        "token_view.js",
        "wire.js",
    )
}
