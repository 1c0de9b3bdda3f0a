//! The project's own template, once it is there.

use std::path::Path;

use http::Request;
use serde_json::Value;
use tollgate_gateway::{Api, ApiKind, Bytes, Gateway, Invoke, InvokeFuture};

#[test]
fn the_projects_template_is_served_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    assert!(path.exists(), "template.yaml is a part of the repository");
    let api = Api::load(&path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(api.kind(), ApiKind::Rest);
    let functions: Vec<&str> = api.functions().into_iter().collect();
    assert_eq!(
        functions,
        ["authorizer", "login", "logout", "protected-api", "refresh"]
    );
    let routes: Vec<(String, bool)> = api
        .routes()
        .map(|route| (route.to_string(), route.authorizer().is_some()))
        .collect();
    let expected = [
        ("POST /auth/login", false),
        ("POST /auth/refresh", false),
        ("POST /auth/logout", false),
        ("GET /me", true),
        ("GET /reports", true),
    ];
    assert_eq!(
        routes,
        expected.map(|(route, guarded)| (route.to_owned(), guarded))
    );
}

#[tokio::test]
async fn a_preflight_names_the_origin_that_is_given() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let app = "https://app.example.com";
    for (parameters, origin) in [
        (vec![], "*"),
        (
            vec![("AllowedOrigin", app), ("Unknown", "counts for nothing")],
            app,
        ),
    ] {
        let api = Api::load_with(&path, &parameters).unwrap_or_else(|error| panic!("{error}"));
        let gateway = Gateway::new(api, Nobody);
        let request = Request::options("/auth/refresh")
            .header("origin", app)
            .header("access-control-request-method", "POST")
            .body(Bytes::new())
            .expect("a request");
        let answer = gateway.respond(request, [127, 0, 0, 1].into()).await;
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .map(|it| it.to_str().expect("ASCII"))
        };
        assert_eq!(header("access-control-allow-origin"), Some(origin));
        assert_eq!(header("access-control-allow-credentials"), Some("true"));
        let refused = Request::get("/me").body(Bytes::new()).expect("a request");
        let refused = gateway.respond(refused, [127, 0, 0, 1].into()).await;
        assert_eq!(refused.headers()["access-control-allow-origin"], origin);
    }
}

/// No function is called here.
struct Nobody;

impl Invoke for Nobody {
    fn invoke<'a>(&'a self, function: &'a str, _: Value) -> InvokeFuture<'a> {
        Box::pin(async move { panic!("{function} was called") })
    }
}
