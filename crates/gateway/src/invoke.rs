//! Calling functions: the port, and its implementation for Lambda's Invoke endpoint.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// As long as API Gateway and a function together may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Above Lambda's own limit of 6 MB for an answer.
const ANSWER_LIMIT: usize = 10 * 1024 * 1024;
const FUNCTION_ERROR: &str = "x-amz-function-error";

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// Nobody listens there.
    #[error("cannot reach {url}; start `cargo lambda watch` there")]
    Unreachable {
        /// What was called.
        url: String,
        /// What the connection said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is no function of that name.
    #[error("there is no function {function:?} here")]
    Unknown {
        /// The name that was asked for.
        function: String,
    },
    /// The function took longer than API Gateway waits.
    #[error("{function} did not answer in time")]
    TimedOut {
        /// The function's name.
        function: String,
    },
    /// The function ended in a panic.
    #[error("{function} panicked")]
    Panicked {
        /// The function's name.
        function: String,
    },
    /// The function itself failed. Its message is for API Gateway's rule about `Unauthorized`, not for logs.
    #[error("the function failed with {error_type}")]
    Function {
        /// `errorType` of the answer.
        error_type: String,
        /// `errorMessage` of the answer.
        error_message: String,
    },
    /// The endpoint answered with a status that means no answer of the function.
    #[error("{url} answered with status {status}")]
    Status {
        /// What was called.
        url: String,
        /// What came back.
        status: u16,
    },
    /// The answer is not JSON.
    #[error("the answer is not JSON")]
    Malformed {
        /// What the parser said: where, not what.
        #[source]
        source: serde_json::Error,
    },
}

/// An answer on its way.
pub type InvokeFuture<'a> = Pin<Box<dyn Future<Output = Result<Value, InvokeError>> + Send + 'a>>;

/// Something that runs functions: in this process, or behind an Invoke endpoint.
pub trait Invoke: Send + Sync + 'static {
    /// Calls a function with an event, and gives back what it answered.
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a>;
}

impl<T: Invoke + ?Sized> Invoke for Box<T> {
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a> {
        (**self).invoke(function, event)
    }
}

impl<T: Invoke + ?Sized> Invoke for Arc<T> {
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a> {
        (**self).invoke(function, event)
    }
}

/// Why a text is not the address of an Invoke endpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeEndpointError {
    /// Encryption is not offered: the endpoint is on this machine.
    #[error(
        "{url}: only http:// is supported, for an endpoint on this machine such as http://127.0.0.1:9000"
    )]
    Scheme {
        /// What was given.
        url: String,
    },
    /// Not an address.
    #[error("{url}: not an address; expected something like http://127.0.0.1:9000")]
    Address {
        /// What was given.
        url: String,
    },
}

/// A Lambda Invoke endpoint: `POST {base}/2015-03-31/functions/{name}/invocations`, as `cargo lambda watch` has it.
///
/// AWS's runtime interface emulator runs one function, and only under the name `function`. Its whole address,
/// `http://127.0.0.1:8080/2015-03-31/functions/function/invocations`, sends every call there.
pub struct InvokeEndpoint {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
}

impl InvokeEndpoint {
    /// An endpoint at an address such as `http://127.0.0.1:9000`. Nothing is called yet.
    pub fn new(base: &str) -> Result<Self, InvokeEndpointError> {
        let url = base.to_owned();
        let Ok(uri) = base.parse::<Uri>() else {
            return Err(InvokeEndpointError::Address { url });
        };
        match (uri.scheme_str(), uri.authority()) {
            (Some("http"), Some(_)) if uri.query().is_none() => Ok(Self {
                client: Client::builder(TokioExecutor::new()).build_http(),
                base: base.trim_end_matches('/').to_owned(),
            }),
            (Some(scheme), _) if scheme != "http" => Err(InvokeEndpointError::Scheme { url }),
            _ => Err(InvokeEndpointError::Address { url }),
        }
    }

    async fn call(&self, function: &str, event: Value) -> Result<Value, InvokeError> {
        let url = if self.base.ends_with("/invocations") {
            self.base.clone()
        } else {
            format!("{}/2015-03-31/functions/{function}/invocations", self.base)
        };
        let unreachable = |source: Box<dyn Error + Send + Sync>| InvokeError::Unreachable {
            url: url.clone(),
            source,
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(&url)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(event.to_string())))
            .map_err(|error| unreachable(error.into()))?;
        let response = self
            .client
            .request(request)
            .await
            .map_err(|error| unreachable(error.into()))?;
        let status = response.status();
        let failed = response.headers().contains_key(FUNCTION_ERROR);
        let body = Limited::new(response.into_body(), ANSWER_LIMIT)
            .collect()
            .await
            .map_err(unreachable)?;
        read_answer(&url, status, failed, &body.to_bytes())
    }
}

impl Invoke for InvokeEndpoint {
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a> {
        Box::pin(async move {
            match tokio::time::timeout(TIME_LIMIT, self.call(function, event)).await {
                Ok(answer) => answer,
                Err(_) => Err(InvokeError::TimedOut {
                    function: function.to_owned(),
                }),
            }
        })
    }
}

/// Tells a function's answer from its failure. AWS marks the latter with a header; the emulators only by its shape,
/// and some with a status.
fn read_answer(
    url: &str,
    status: StatusCode,
    failed: bool,
    body: &[u8],
) -> Result<Value, InvokeError> {
    let parsed: Result<Value, _> = serde_json::from_slice(body);
    if let Ok(Value::Object(answer)) = &parsed {
        let text = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        if let (Some(error_type), Some(error_message)) = (text("errorType"), text("errorMessage")) {
            return Err(InvokeError::Function {
                error_type,
                error_message,
            });
        }
        if failed {
            return Err(InvokeError::Function {
                error_type: "an unnamed error".to_owned(),
                error_message: text("errorMessage").unwrap_or_default(),
            });
        }
    }
    if !status.is_success() {
        return Err(InvokeError::Status {
            url: url.to_owned(),
            status: status.as_u16(),
        });
    }
    parsed.map_err(|source| InvokeError::Malformed { source })
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::{InvokeEndpoint, InvokeEndpointError, InvokeError, read_answer};

    #[test]
    fn addresses() {
        for base in [
            "http://127.0.0.1:9000",
            "http://localhost:9000/",
            "http://[::1]:9000",
        ] {
            assert!(InvokeEndpoint::new(base).is_ok(), "{base}");
        }
        for base in [
            "",
            "127.0.0.1:9000",
            "localhost",
            "/x",
            "http://",
            "http://a/?b",
            "http://a b",
        ] {
            let refused = InvokeEndpoint::new(base).err();
            assert!(
                matches!(refused, Some(InvokeEndpointError::Address { .. })),
                "{base}"
            );
        }
        let refused = InvokeEndpoint::new("https://lambda.us-east-1.amazonaws.com").err();
        assert!(matches!(refused, Some(InvokeEndpointError::Scheme { .. })));
    }

    #[test]
    fn answers_and_failures() {
        let failure = r#"{"errorType":"E","errorMessage":"Unauthorized"}"#;
        for (status, failed, body, expected) in [
            (200, false, r#"{"statusCode":200}"#, "answer"),
            (200, false, "null", "answer"),
            (200, false, failure, "function"),
            (200, true, failure, "function"),
            (502, false, failure, "function"),
            (200, true, "{}", "function"),
            (404, false, r#"{"statusCode":200}"#, "status"),
            (500, false, "oops", "status"),
            (200, false, "oops", "malformed"),
            (200, false, "", "malformed"),
        ] {
            let status = StatusCode::from_u16(status).expect("a valid status");
            let found = match read_answer("http://x", status, failed, body.as_bytes()) {
                Ok(_) => "answer",
                Err(InvokeError::Function { .. }) => "function",
                Err(InvokeError::Status { .. }) => "status",
                Err(InvokeError::Malformed { .. }) => "malformed",
                Err(_) => "something else",
            };
            assert_eq!(found, expected, "{status} {failed} {body}");
        }
    }
}
