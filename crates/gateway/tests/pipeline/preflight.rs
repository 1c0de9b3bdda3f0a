//! The OPTIONS methods that SAM adds to a REST API.

use http::Method;

use crate::functions::{gateway, header, post, request, rest_template, send};

const IDENTITY: &str = "{ ReauthorizeEvery: 300 }";

const CORS: &str = r#"
      Cors: { AllowOrigin: "'https://app.example.com'", AllowHeaders: "'authorization'", MaxAge: "'600'" }
"#;

#[tokio::test]
async fn preflights_are_answered_by_a_mock() {
    let template = rest_template(IDENTITY, CORS).replace(
        "DefaultAuthorizer:",
        "AddDefaultAuthorizerToCorsPreflight: false\n        DefaultAuthorizer:",
    );
    let (gateway, functions) = gateway(&template);
    for (path, methods) in [
        ("/open/echo", "OPTIONS,POST"),
        ("/me", "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"),
        ("/users/7", "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"),
    ] {
        let response = send(&gateway, request(Method::OPTIONS, path, &[])).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(
            header(&response, "access-control-allow-origin"),
            "https://app.example.com"
        );
        assert_eq!(
            header(&response, "access-control-allow-headers"),
            "authorization"
        );
        assert_eq!(
            header(&response, "access-control-allow-methods"),
            methods,
            "{path}"
        );
        assert_eq!(header(&response, "access-control-max-age"), "600");
    }
    let response = send(&gateway, request(Method::OPTIONS, "/nowhere", &[])).await;
    assert_eq!(response.status(), 403);
    assert!(functions.calls().is_empty());
    // A REST API adds nothing to other answers.
    let response = post(&gateway, "/open/echo").await;
    assert_eq!(header(&response, "access-control-allow-origin"), "");
}

#[tokio::test]
async fn by_default_sam_guards_preflights_too() {
    let (gateway, _) = gateway(&rest_template(IDENTITY, CORS));
    let response = send(&gateway, request(Method::OPTIONS, "/me", &[])).await;
    assert_eq!(response.status(), 401);
    let headers = [("authorization", "Bearer allow")];
    let response = send(&gateway, request(Method::OPTIONS, "/me", &headers)).await;
    assert_eq!(response.status(), 200);
}
