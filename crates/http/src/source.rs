//! Where a request came from.

use std::net::IpAddr;

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

/// The address that API Gateway saw, which no header of the client can change.
#[must_use]
pub fn address(request: &Request) -> Option<IpAddr> {
    let text = match request.request_context_ref()? {
        RequestContext::ApiGatewayV1(context) => context.identity.source_ip.as_deref(),
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref(),
        // The enum is open to additions; an unknown source is a stranger.
        _ => None,
    };
    text?.parse().ok()
}
