//! API Gateway on one machine: reads a SAM template, asks the authorizer, calls the functions.
//!
//! What deploys is what runs: routes, authorizer, cache time, identity validation expression, gateway responses and
//! CORS come from the template, and the events are the ones API Gateway builds. The functions are reached through
//! [`Invoke`]: in the same process, or over HTTP ([`InvokeEndpoint`]). Nothing here parses a token or holds a secret.
//! Beside the API there may be static [`Pages`], which no API Gateway has.
//!
//! What is *not* emulated: throttling and usage plans, API keys, IAM and Cognito authorizers, request validation,
//! mapping templates beyond gateway responses, the limit of 10,240 bytes for request line and headers, caching of answers, stage variables, binary media types (a base64
//! answer is always decoded), and Lambda's own 6 MB limit. A template that asks for one of them where it would change
//! an answer is refused by name and line.
//!
//! ```
//! use tollgate_gateway::{Api, ApiKind};
//!
//! let template = "
//! Resources:
//!   Api:
//!     Type: AWS::Serverless::Api
//!     Properties: { StageName: live }
//!   Hello:
//!     Type: AWS::Serverless::Function
//!     Metadata: { BuildProperties: { Binary: hello } }
//!     Properties:
//!       Events:
//!         Get: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /hello, Method: get } }
//! ";
//! let api = Api::parse(template, "template.yaml")?;
//! assert_eq!(api.kind(), ApiKind::Rest);
//! assert!(api.functions().contains("hello"));
//! # Ok::<(), tollgate_gateway::TemplateError>(())
//! ```

mod admission;
mod answer;
mod authorizer;
mod clock;
mod cors;
mod event;
mod gateway;
mod gateway_response;
mod http_event;
mod invoke;
mod pages;
mod policy;
mod refusal;
mod request;
mod response_text;
mod rest_event;
mod route;
mod server;
mod template;
mod verdict;
mod verdict_cache;
mod yaml;

pub use gateway::Gateway;
pub use hyper::body::Bytes;
pub use invoke::{Invoke, InvokeEndpoint, InvokeEndpointError, InvokeError, InvokeFuture};
pub use pages::Pages;
pub use route::Route;
pub use template::{Api, ApiKind, TemplateError};
