//! Which function a method and path lead to.

use http::Method;

use crate::functions::{gateway, request, send};

#[tokio::test]
async fn the_most_specific_route_wins() {
    let routes = [
        ("any", "/{proxy+}", "any"),
        ("user", "/users/{id}", "get"),
        ("me", "/users/me", "get"),
        ("create", "/users", "post"),
    ];
    let function = |(id, path, method): (&str, &str, &str)| {
        let event = format!("{{ RestApiId: !Ref Api, Path: '{path}', Method: {method} }}");
        format!(
            "  {id}: {{ Type: AWS::Serverless::Function, Metadata: {{ BuildProperties: {{ Binary: {id} }} }}, \
             Properties: {{ Events: {{ E: {{ Type: Api, Properties: {event} }} }} }} }}\n"
        )
    };
    let api = "Resources:\n  Api: { Type: AWS::Serverless::Api, Properties: { StageName: v1 } }\n";
    let template = api.to_owned() + &routes.map(function).concat();
    let (gateway, functions) = gateway(&template);
    for (method, path, expected) in [
        (Method::GET, "/users/me", Some("me")),
        (Method::GET, "/users/7", Some("user")),
        (Method::GET, "/users/7/x", Some("any")),
        (Method::POST, "/users", Some("create")),
        (Method::GET, "/anything", Some("any")),
        // The resource is settled before the method: no way back to the greedy one.
        (Method::DELETE, "/users/me", None),
        (Method::GET, "/users", None),
        (Method::GET, "/", None),
    ] {
        let before = functions.calls().len();
        send(&gateway, request(method.clone(), path, &[])).await;
        let calls = functions.calls();
        let called = calls.get(before).map(|(name, _)| name.as_str());
        assert_eq!(called, expected, "{method} {path}");
    }
}
