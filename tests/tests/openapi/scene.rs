//! The gateway on `template.yaml`, in front of the functions or of one answer.

use std::future::ready;
use std::net::{IpAddr, Ipv4Addr};

use lambda_http::{Body, Response as FunctionResponse};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use tollgate_gateway::{Api, Bytes, Gateway, Invoke, InvokeFuture};
use tollgate_invocation::{Cors, answer};
use tollgate_tests::server::repository;
use ureq::http::{Request, Response};

use crate::document::Operation;

pub(crate) fn api() -> Api {
    Api::load(&repository().join("template.yaml")).expect("a good template")
}

/// Any function: it answers this, whoever asks, and its authorizer lets everybody in.
pub(crate) struct Answering(pub(crate) FunctionResponse<Body>);

impl Invoke for Answering {
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a> {
        Box::pin(async move {
            if function == "authorizer" {
                return Ok(allow(&event));
            }
            let event = LambdaEvent::new(event, Context::default());
            Ok(answer(event, &Cors::default(), |_| ready(self.0.clone())).await)
        })
    }
}

fn allow(event: &Value) -> Value {
    let statement = json!({
        "Action": "execute-api:Invoke",
        "Effect": "Allow",
        "Resource": event["methodArn"],
    });
    json!({
        "principalId": "ada",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {},
    })
}

/// A request of an operation; it looks like one that has an access token.
pub(crate) fn request(operation: Operation<'_>, body: &str) -> Request<Bytes> {
    let request = Request::builder()
        .method(operation.method.to_uppercase().as_str())
        .uri(operation.path)
        .header("host", "api.example.com")
        .header("origin", "https://app.example.com")
        .header("content-type", "application/json");
    let request = if operation.is_protected() {
        request.header("authorization", "Bearer a.b.c")
    } else {
        request
    };
    request
        .body(Bytes::from(body.to_owned()))
        .expect("a request")
}

/// What a client gets.
pub(crate) async fn ask(gateway: &Gateway, request: Request<Bytes>) -> Response<Bytes> {
    gateway
        .respond(request, IpAddr::from(Ipv4Addr::LOCALHOST))
        .await
}
