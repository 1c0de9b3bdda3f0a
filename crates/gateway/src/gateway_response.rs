//! Gateway responses: what a REST API says when it refuses by itself.

use std::collections::BTreeMap;

use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use hyper::body::Bytes;

use crate::response_text::{HeaderExpression, ResponseText, Variables};

/// The kinds of refusal, as API Gateway names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ResponseType {
    AccessDenied,
    ApiConfigurationError,
    AuthorizerConfigurationError,
    AuthorizerFailure,
    BadRequestBody,
    BadRequestParameters,
    Default4xx,
    Default5xx,
    ExpiredToken,
    IntegrationFailure,
    IntegrationTimeout,
    InvalidApiKey,
    InvalidSignature,
    MissingAuthenticationToken,
    QuotaExceeded,
    RequestTooLarge,
    ResourceNotFound,
    Throttled,
    Unauthorized,
    UnsupportedMediaType,
    WafFiltered,
}

/// Name and default status of each type. The two DEFAULTs have no status of their own; theirs is the class.
const TYPES: &[(ResponseType, &str, StatusCode)] = &[
    (
        ResponseType::AccessDenied,
        "ACCESS_DENIED",
        StatusCode::FORBIDDEN,
    ),
    (
        ResponseType::ApiConfigurationError,
        "API_CONFIGURATION_ERROR",
        StatusCode::INTERNAL_SERVER_ERROR,
    ),
    (
        ResponseType::AuthorizerConfigurationError,
        "AUTHORIZER_CONFIGURATION_ERROR",
        StatusCode::INTERNAL_SERVER_ERROR,
    ),
    (
        ResponseType::AuthorizerFailure,
        "AUTHORIZER_FAILURE",
        StatusCode::INTERNAL_SERVER_ERROR,
    ),
    (
        ResponseType::BadRequestBody,
        "BAD_REQUEST_BODY",
        StatusCode::BAD_REQUEST,
    ),
    (
        ResponseType::BadRequestParameters,
        "BAD_REQUEST_PARAMETERS",
        StatusCode::BAD_REQUEST,
    ),
    (
        ResponseType::Default4xx,
        "DEFAULT_4XX",
        StatusCode::BAD_REQUEST,
    ),
    (
        ResponseType::Default5xx,
        "DEFAULT_5XX",
        StatusCode::INTERNAL_SERVER_ERROR,
    ),
    (
        ResponseType::ExpiredToken,
        "EXPIRED_TOKEN",
        StatusCode::FORBIDDEN,
    ),
    (
        ResponseType::IntegrationFailure,
        "INTEGRATION_FAILURE",
        StatusCode::GATEWAY_TIMEOUT,
    ),
    (
        ResponseType::IntegrationTimeout,
        "INTEGRATION_TIMEOUT",
        StatusCode::GATEWAY_TIMEOUT,
    ),
    (
        ResponseType::InvalidApiKey,
        "INVALID_API_KEY",
        StatusCode::FORBIDDEN,
    ),
    (
        ResponseType::InvalidSignature,
        "INVALID_SIGNATURE",
        StatusCode::FORBIDDEN,
    ),
    (
        ResponseType::MissingAuthenticationToken,
        "MISSING_AUTHENTICATION_TOKEN",
        StatusCode::FORBIDDEN,
    ),
    (
        ResponseType::QuotaExceeded,
        "QUOTA_EXCEEDED",
        StatusCode::TOO_MANY_REQUESTS,
    ),
    (
        ResponseType::RequestTooLarge,
        "REQUEST_TOO_LARGE",
        StatusCode::PAYLOAD_TOO_LARGE,
    ),
    (
        ResponseType::ResourceNotFound,
        "RESOURCE_NOT_FOUND",
        StatusCode::NOT_FOUND,
    ),
    (
        ResponseType::Throttled,
        "THROTTLED",
        StatusCode::TOO_MANY_REQUESTS,
    ),
    (
        ResponseType::Unauthorized,
        "UNAUTHORIZED",
        StatusCode::UNAUTHORIZED,
    ),
    (
        ResponseType::UnsupportedMediaType,
        "UNSUPPORTED_MEDIA_TYPE",
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
    ),
    (
        ResponseType::WafFiltered,
        "WAF_FILTERED",
        StatusCode::FORBIDDEN,
    ),
];

impl ResponseType {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        TYPES
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(kind, _, _)| *kind)
    }

    fn row(self) -> (&'static str, StatusCode) {
        let row = TYPES.iter().find(|(kind, _, _)| *kind == self);
        row.map_or(
            ("DEFAULT_5XX", StatusCode::INTERNAL_SERVER_ERROR),
            |(_, name, status)| (*name, *status),
        )
    }

    pub(crate) fn name(self) -> &'static str {
        self.row().0
    }

    pub(crate) fn status(self) -> StatusCode {
        self.row().1
    }

    /// The type that speaks for it where the template does not.
    fn fallback(self) -> Self {
        if self.status().is_server_error() {
            Self::Default5xx
        } else {
            Self::Default4xx
        }
    }
}

/// What the template says about one type; what it leaves out is AWS's default.
#[derive(Default)]
pub(crate) struct CustomResponse {
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: Vec<(HeaderName, HeaderExpression)>,
    pub(crate) body: Option<ResponseText>,
}

/// The template's `GatewayResponses`.
#[derive(Default)]
pub(crate) struct GatewayResponses {
    custom: BTreeMap<ResponseType, CustomResponse>,
}

impl GatewayResponses {
    pub(crate) fn set(&mut self, kind: ResponseType, response: CustomResponse) {
        self.custom.insert(kind, response);
    }

    /// Those of the template, each by its name and as the answer that it is.
    pub(crate) fn all(
        &self,
        variables: &Variables,
    ) -> impl Iterator<Item = (&'static str, Response<Bytes>)> {
        let kinds = self.custom.keys().copied();
        kinds.map(|kind| (kind.name(), self.render(kind, kind.status(), "", variables)))
    }

    /// Its own response, else the one of its class, else AWS's default with `default_body`.
    pub(crate) fn render(
        &self,
        kind: ResponseType,
        status: StatusCode,
        default_body: &str,
        variables: &Variables,
    ) -> Response<Bytes> {
        let custom = self
            .custom
            .get(&kind)
            .or_else(|| self.custom.get(&kind.fallback()));
        let body = match custom {
            None => default_body.to_owned(),
            Some(CustomResponse {
                body: Some(template),
                ..
            }) => template.render(variables),
            Some(_) => fallback_body(variables),
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = custom.and_then(|custom| custom.status).unwrap_or(status);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, expression) in custom
            .map(|custom| custom.headers.as_slice())
            .unwrap_or_default()
        {
            if let Some(value) = expression.value(variables) {
                headers.insert(name.clone(), value);
            }
        }
        response
    }
}

/// AWS's default template: `{"message":$context.error.messageString}`.
fn fallback_body(variables: &Variables) -> String {
    let message = variables
        .get("error")
        .and_then(|error| error.get("messageString"));
    let text = message
        .and_then(serde_json::Value::as_str)
        .unwrap_or("null");
    format!("{{\"message\":{text}}}")
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use super::{CustomResponse, GatewayResponses, ResponseType};
    use crate::response_text::{HeaderExpression, ResponseText, Variables};

    fn custom(status: Option<u16>, body: Option<&str>) -> CustomResponse {
        CustomResponse {
            status: status.and_then(|code| StatusCode::from_u16(code).ok()),
            headers: vec![(
                http::header::CACHE_CONTROL,
                HeaderExpression::parse("'no-store'").expect("a static value"),
            )],
            body: body.map(|text| ResponseText::parse(text).expect("a valid template")),
        }
    }

    fn variables() -> Variables {
        match json!({ "error": { "messageString": "\"Unauthorized\"", "responseType": "UNAUTHORIZED" } })
        {
            Value::Object(map) => map,
            _ => Variables::new(),
        }
    }

    #[test]
    fn own_response_then_default_then_awss() {
        let kind = ResponseType::Unauthorized;
        let own = || (kind, custom(Some(418), Some("own")));
        let class = |status| {
            (
                ResponseType::Default4xx,
                custom(status, Some("$context.error.responseType")),
            )
        };
        let other = || (ResponseType::Default5xx, custom(Some(599), Some("server")));
        for (case, given, status, body, cached) in [
            ("nothing", vec![], 401, "default", false),
            ("only its own", vec![own()], 418, "own", true),
            (
                "its own over its class",
                vec![own(), class(Some(400))],
                418,
                "own",
                true,
            ),
            ("its class", vec![class(None)], 401, "UNAUTHORIZED", true),
            (
                "its class with a status",
                vec![class(Some(400))],
                400,
                "UNAUTHORIZED",
                true,
            ),
            ("the other class", vec![other()], 401, "default", false),
            (
                "no body of its own",
                vec![(kind, custom(None, None))],
                401,
                "{\"message\":\"Unauthorized\"}",
                true,
            ),
            (
                "its own without a status",
                vec![(kind, custom(None, Some("x"))), class(Some(400))],
                401,
                "x",
                true,
            ),
        ] {
            let mut responses = GatewayResponses::default();
            for (kind, response) in given {
                responses.set(kind, response);
            }
            let response = responses.render(kind, kind.status(), "default", &variables());
            assert_eq!(response.status().as_u16(), status, "{case}");
            assert_eq!(response.body(), body.as_bytes(), "{case}");
            assert_eq!(
                response.headers().contains_key("cache-control"),
                cached,
                "{case}"
            );
        }
    }
}
