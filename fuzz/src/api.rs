//! An API in front of functions, one of which is an authorizer: the real one, or one that answers
//! what a target tells it to.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};

use http::{Request, Response};
use serde_json::{Value, json};
use tollgate_core::verifier::Verifier;
use tollgate_gateway::{Api, Bytes, Gateway, Invoke, InvokeError, InvokeFuture};

use crate::keys::{ACCESS, Secrets};
use crate::tokens::profile;
use crate::{NOW, block_on};

/// The template of this repository.
pub const TEMPLATE: &str = include_str!("../../template.yaml");
/// `GET /me` of a REST API behind an authorizer whose answers are not kept.
pub const REST: &str = "
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers:
          Tokens: { FunctionArn: !GetAtt Gate.Arn, Identity: { ReauthorizeEvery: 0 } }
  Gate:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: authorizer } }
  Me:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: protected-api } }
    Properties:
      Events:
        Get: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /me, Method: get } }
";
/// The same of an HTTP API.
pub const HTTP: &str = "
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers:
          Tokens:
            FunctionArn: !GetAtt Gate.Arn
            AuthorizerPayloadFormatVersion: 2.0
            EnableSimpleResponses: true
            Identity: { Headers: [Authorization], ReauthorizeEvery: 0 }
  Gate:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: authorizer } }
  Me:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: protected-api } }
    Properties:
      Events:
        Get: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: /me, Method: get } }
";

/// Functions that remember who was called.
#[derive(Clone)]
pub struct Functions {
    authorizer: Authorizer,
    calls: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone)]
enum Authorizer {
    Real(Arc<Verifier<Secrets>>),
    Fixed(Arc<Value>),
}

impl Functions {
    /// Functions behind the authorizer of this repository.
    #[must_use]
    pub fn guarded() -> Self {
        Self::new(Authorizer::Real(Arc::new(Verifier::new(
            profile(),
            ACCESS.keys(),
        ))))
    }

    /// Functions behind an authorizer that always gives the same answer.
    #[must_use]
    pub fn behind(answer: Value) -> Self {
        Self::new(Authorizer::Fixed(Arc::new(answer)))
    }

    fn new(authorizer: Authorizer) -> Self {
        Self {
            authorizer,
            calls: Arc::default(),
        }
    }

    /// Who was called since this was last asked, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Invoke for Functions {
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(function.to_owned());
        Box::pin(async move {
            if function != "authorizer" {
                return Ok(json!({ "statusCode": 200, "body": "{}" }));
            }
            match &self.authorizer {
                Authorizer::Fixed(answer) => Ok((**answer).clone()),
                Authorizer::Real(verifier) => {
                    let answer = tollgate_authorizer::handle(verifier, &(&event).into(), NOW).await;
                    let answer = answer.expect("the keys are there");
                    serde_json::to_value(answer).map_err(|source| InvokeError::Malformed { source })
                }
            }
        })
    }
}

/// Answers one request to a new API.
#[must_use]
pub fn serve(api: Api, functions: &Functions, request: Request<Bytes>) -> Response<Bytes> {
    respond(&Gateway::new(api, functions.clone()), request)
}

/// Answers one request, and checks what holds for every answer.
#[must_use]
pub fn respond(gateway: &Gateway, request: Request<Bytes>) -> Response<Bytes> {
    let response = block_on(gateway.respond(request, IpAddr::V4(Ipv4Addr::LOCALHOST)));
    assert!(response.status().as_u16() >= 200);
    response
}
