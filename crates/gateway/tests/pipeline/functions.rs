//! A small set of functions, and the templates that put them behind an API.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Method, Request, Response};
use serde_json::{Value, json};
use tollgate_gateway::{Api, Bytes, Gateway, Invoke, InvokeError, InvokeFuture};

/// Functions that do what their input says, and remember what they were asked.
#[derive(Clone, Default)]
pub(crate) struct Functions {
    calls: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Functions {
    pub(crate) fn calls(&self) -> Vec<(String, Value)> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How often a function was called.
    pub(crate) fn count(&self, function: &str) -> usize {
        self.calls()
            .iter()
            .filter(|(name, _)| name == function)
            .count()
    }

    /// The event of a function's last call.
    pub(crate) fn last(&self, function: &str) -> Value {
        let calls = self.calls();
        let last = calls.into_iter().rfind(|(name, _)| name == function);
        last.expect("the function was called").1
    }
}

impl Invoke for Functions {
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((function.to_owned(), event.clone()));
        Box::pin(async move {
            match function {
                "authorizer" => authorize(&event).await,
                "echo" => Ok(json!({
                    "statusCode": 200,
                    "headers": { "WWW-Authenticate": "Bearer", "X-Function": "echo" },
                    "body": json!({ "path": event["path"], "authorizer": event["requestContext"]["authorizer"] })
                        .to_string(),
                })),
                "simple" => Ok(json!({ "hello": "world" })),
                "garbage" => Ok(json!({ "statusCode": "garbage" })),
                "broken" => Err(failure("Runtime.ExitError", "exited")),
                "gone" => Err(InvokeError::Unreachable {
                    url: "http://127.0.0.1:9".to_owned(),
                    source: "connection refused".into(),
                }),
                "panics" => panic!("a function may do that"),
                "collapses" => {
                    tokio::task::yield_now().await;
                    panic!("a function may do that later, too")
                }
                "slow" => {
                    tokio::time::sleep(Duration::from_mins(1)).await;
                    Ok(json!({ "statusCode": 200 }))
                }
                other => Err(InvokeError::Unknown {
                    function: other.to_owned(),
                }),
            }
        })
    }
}

/// An authorizer that answers as the token's name says.
async fn authorize(event: &Value) -> Result<Value, InvokeError> {
    let token = event["authorizationToken"]
        .as_str()
        .or(event["identitySource"][0].as_str())
        .or(event["headers"]["Authorization"].as_str())
        .unwrap_or_default();
    let arn = event["methodArn"]
        .as_str()
        .or(event["routeArn"].as_str())
        .unwrap_or_default();
    let stage = arn.splitn(3, '/').take(2).collect::<Vec<_>>().join("/") + "/*";
    let policy = |effect: &str, resource: &str, context: Value| {
        json!({
            "principalId": "user-1",
            "policyDocument": {
                "Version": "2012-10-17",
                "Statement": [{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resource }],
            },
            "context": context,
        })
    };
    match token.strip_prefix("Bearer ").unwrap_or_default() {
        "allow" => Ok(policy(
            "Allow",
            &stage,
            json!({ "email": "a@example.com", "exp": 12, "admin": false }),
        )),
        "allow-this" => Ok(policy("Allow", arn, json!({}))),
        "deny" => Ok(policy("Deny", &stage, json!({ "reason": "expired" }))),
        "nested" => Ok(policy("Allow", &stage, json!({ "list": [1] }))),
        "nothing" => Ok(Value::Null),
        "yes" => Ok(json!({ "isAuthorized": true, "context": { "exp": 12, "list": [1] } })),
        "no" => Ok(json!({ "isAuthorized": false })),
        "unauthorized" => Err(failure("Error", "Unauthorized")),
        "slow" => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Ok(Value::Null)
        }
        _ => Err(failure("Error", "crashed")),
    }
}

fn failure(error_type: &str, error_message: &str) -> InvokeError {
    InvokeError::Function {
        error_type: error_type.to_owned(),
        error_message: error_message.to_owned(),
    }
}

/// A REST API with an authorizer in front of everything but `/open…`; both arguments are YAML.
pub(crate) fn rest_template(identity: &str, api: &str) -> String {
    let mut template = format!(
        "
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers:
          Tokens: {{ FunctionArn: !GetAtt Authorizer.Arn, Identity: {identity} }}
{api}
  Authorizer:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildProperties: {{ Binary: authorizer }} }}
"
    );
    template.push_str(&function(
        "echo",
        "RestApiId",
        "Api",
        &["/me", "/other", "/users/{id}", "/files/{path+}"],
    ));
    for name in [
        "echo",
        "garbage",
        "broken",
        "panics",
        "collapses",
        "gone",
        "slow",
    ] {
        template.push_str(&open_function(name, "RestApiId", "Api"));
    }
    template
}

/// An HTTP API with a simple authorizer, in the same shape.
pub(crate) fn http_template(authorizer: &str, api: &str) -> String {
    let mut template = format!(
        "
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers:
          Tokens:
            FunctionArn: !GetAtt Authorizer.Arn
            AuthorizerPayloadFormatVersion: 2.0
            {authorizer}
{api}
  Authorizer:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildProperties: {{ Binary: authorizer }} }}
"
    );
    template.push_str(&function(
        "echo",
        "ApiId",
        "HttpApi",
        &["/me", "/other", "/users/{id}"],
    ));
    for name in [
        "echo", "simple", "garbage", "broken", "panics", "gone", "slow",
    ] {
        template.push_str(&open_function(name, "ApiId", "HttpApi"));
    }
    template
}

fn function(binary: &str, reference: &str, kind: &str, paths: &[&str]) -> String {
    let event = |(index, path): (usize, &&str)| {
        let properties = format!("{reference}: !Ref Api, Path: '{path}', Method: any");
        format!("        E{index}: {{ Type: {kind}, Properties: {{ {properties} }} }}\n")
    };
    let events: Vec<String> = paths.iter().enumerate().map(event).collect();
    resource("Guarded", binary) + &events.concat()
}

fn open_function(binary: &str, reference: &str, kind: &str) -> String {
    let path = format!("/open/{binary}");
    let event =
        format!("{reference}: !Ref Api, Path: {path}, Method: post, Auth: {{ Authorizer: NONE }}");
    format!(
        "{}        Open: {{ Type: {kind}, Properties: {{ {event} }} }}\n",
        resource(&format!("Open{binary}"), binary)
    )
}

fn resource(id: &str, binary: &str) -> String {
    format!(
        "  {id}:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildProperties: {{ Binary: {binary} }} }}
    Properties:
      Events:
"
    )
}

/// A gateway with its functions.
pub(crate) fn gateway(template: &str) -> (Gateway, Functions) {
    let functions = Functions::default();
    let api =
        Api::parse(template, "template.yaml").unwrap_or_else(|error| panic!("{error}\n{template}"));
    (Gateway::new(api, functions.clone()), functions)
}

/// A request without a body.
pub(crate) fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request<Bytes> {
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Bytes::new()).expect("a valid request")
}

/// Sends one, from a documentation address.
pub(crate) async fn send(gateway: &Gateway, request: Request<Bytes>) -> Response<Bytes> {
    gateway
        .respond(request, IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)))
        .await
}

/// `GET` with a bearer token.
pub(crate) async fn get(gateway: &Gateway, path: &str, token: &str) -> Response<Bytes> {
    let value = format!("Bearer {token}");
    send(
        gateway,
        request(Method::GET, path, &[("authorization", &value)]),
    )
    .await
}

/// `POST` without one.
pub(crate) async fn post(gateway: &Gateway, path: &str) -> Response<Bytes> {
    send(gateway, request(Method::POST, path, &[])).await
}

/// Status and body.
pub(crate) fn told(response: &Response<Bytes>) -> (u16, String) {
    let body = String::from_utf8_lossy(response.body()).into_owned();
    (response.status().as_u16(), body)
}

/// A header's value, or nothing.
pub(crate) fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
