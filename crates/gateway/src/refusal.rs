//! Why the gateway answers by itself, and what it says then: on each kind of API, in one table.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::Bytes;
use serde_json::{Map, Value, json};

use crate::clock;
use crate::event::{ACCOUNT, API_ID};
use crate::gateway_response::ResponseType;
use crate::request::Incoming;
use crate::response_text::Variables;
use crate::template::{Api, ApiKind};

/// A request that no function answers.
pub(crate) enum Refusal {
    NoRoute,
    TooLarge,
    /// No token, or one that does not look like one; or the authorizer said `Unauthorized`.
    Unauthorized,
    /// The policy says no. The context is the authorizer's.
    Denied {
        explicit: bool,
        context: Map<String, Value>,
    },
    /// The authorizer crashed or took too long.
    AuthorizerFailed,
    /// The authorizer's answer makes no sense, or it could not be reached.
    AuthorizerMisconfigured,
    /// The function crashed, or its answer makes no sense.
    FunctionFailed,
    FunctionUnreachable,
    FunctionTimedOut,
}

impl Refusal {
    /// The answer, as the API's kind gives it.
    pub(crate) fn render(
        &self,
        api: &Api,
        request: &Incoming,
        resource: Option<&str>,
    ) -> Response<Bytes> {
        match api.kind {
            ApiKind::Rest => self.rest_response(api, request, resource),
            ApiKind::Http => self.http_response(),
        }
    }

    /// The gateway response type, its status, and AWS's message and `x-amzn-ErrorType`.
    fn rest(
        &self,
        request: &Incoming,
    ) -> (ResponseType, StatusCode, Option<&'static str>, &'static str) {
        use ResponseType as Type;
        let (kind, message, error_type) = match self {
            // API Gateway takes a header it has no authorizer for as an AWS signature.
            Self::NoRoute if request.headers.contains_key(AUTHORIZATION) => (
                Type::InvalidSignature,
                Some("Invalid key=value pair (missing equal-sign) in Authorization header"),
                "IncompleteSignatureException",
            ),
            Self::NoRoute => (
                Type::MissingAuthenticationToken,
                Some("Missing Authentication Token"),
                "MissingAuthenticationTokenException",
            ),
            Self::TooLarge => (
                Type::RequestTooLarge,
                Some("Request Too Long"),
                "RequestTooLargeException",
            ),
            Self::Unauthorized => (
                Type::Unauthorized,
                Some("Unauthorized"),
                "UnauthorizedException",
            ),
            Self::Denied { explicit: true, .. } => (
                Type::AccessDenied,
                Some("User is not authorized to access this resource with an explicit deny"),
                "AccessDeniedException",
            ),
            Self::Denied {
                explicit: false, ..
            } => (
                Type::AccessDenied,
                Some("User is not authorized to access this resource"),
                "AccessDeniedException",
            ),
            Self::AuthorizerFailed => (Type::AuthorizerFailure, None, "AuthorizerFailureException"),
            Self::AuthorizerMisconfigured => (
                Type::AuthorizerConfigurationError,
                None,
                "AuthorizerConfigurationException",
            ),
            Self::FunctionFailed => (
                Type::Default5xx,
                Some("Internal server error"),
                "InternalServerErrorException",
            ),
            Self::FunctionUnreachable => (
                Type::IntegrationFailure,
                Some("Internal server error"),
                "InternalServerErrorException",
            ),
            Self::FunctionTimedOut => (
                Type::IntegrationTimeout,
                Some("Endpoint request timed out"),
                "InternalServerErrorException",
            ),
        };
        // DEFAULT_5XX has no status of its own: a failed proxy integration is a 502.
        let status = if kind == Type::Default5xx {
            StatusCode::BAD_GATEWAY
        } else {
            kind.status()
        };
        (kind, status, message, error_type)
    }

    fn rest_response(
        &self,
        api: &Api,
        request: &Incoming,
        resource: Option<&str>,
    ) -> Response<Bytes> {
        let (kind, status, message, error_type) = self.rest(request);
        let variables = self.variables(api, request, resource, kind, message);
        // The one default body with a capital letter.
        let key = if kind == ResponseType::AccessDenied {
            "Message"
        } else {
            "message"
        };
        let default_body = json!({ key: message }).to_string();
        let mut response = api
            .responses
            .render(kind, status, &default_body, &variables);
        let name = HeaderName::from_static("x-amzn-errortype");
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(error_type));
        response
    }

    /// `$context`, as far as gateway responses may use it.
    fn variables(
        &self,
        api: &Api,
        request: &Incoming,
        resource: Option<&str>,
        kind: ResponseType,
        message: Option<&str>,
    ) -> Variables {
        let authorizer = match self {
            Self::Denied { context, .. } => Value::Object(context.clone()),
            _ => Value::Null,
        };
        let context = json!({
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "authorizer": authorizer,
            "domainName": request.host(),
            "error": {
                "message": message,
                "messageString": Value::from(message).to_string(),
                "responseType": kind.name(),
            },
            "httpMethod": request.method.as_str(),
            "identity": { "sourceIp": request.source, "userAgent": request.header("user-agent") },
            "path": request.path,
            "protocol": request.protocol,
            "requestId": request.id,
            "requestTime": clock::common_log_format(request.received.unix_ms),
            "requestTimeEpoch": request.received.unix_ms,
            "resourcePath": resource,
            "stage": api.stage,
        });
        match context {
            Value::Object(map) => map,
            _ => Variables::new(),
        }
    }

    /// An HTTP API's refusals are fixed.
    fn http_response(&self) -> Response<Bytes> {
        let (status, message) = match self {
            Self::NoRoute => (StatusCode::NOT_FOUND, "Not Found"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Denied { .. } => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::FunctionTimedOut => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            Self::AuthorizerFailed
            | Self::AuthorizerMisconfigured
            | Self::FunctionFailed
            | Self::FunctionUnreachable => {
                (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
        };
        let mut response = Response::new(Bytes::from(json!({ "message": message }).to_string()));
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}
