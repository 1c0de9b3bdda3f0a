//! The project's own template, once it is there.

use std::path::Path;

use tollgate_gateway::{Api, ApiKind};

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
