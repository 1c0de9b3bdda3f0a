//! The events of an HTTP API: payload format 2.0 for functions and for authorizers.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::clock;
use crate::event::{ACCOUNT, API_ID, body, method_arn, object, or_null, text_map};
use crate::request::{Call, Incoming, Target};
use crate::rest_event::forwarded;

/// The event that a function gets. Parts without content are left out, as API Gateway does.
pub(crate) fn proxy(call: &Call<'_>, authorizer: Option<Map<String, Value>>) -> Value {
    let mut event = common(call);
    let (body, is_base64) = body(&call.request.body);
    if !body.is_null() {
        event.insert("body".to_owned(), body);
    }
    event.insert("isBase64Encoded".to_owned(), Value::Bool(is_base64));
    if let Some(authorizer) = authorizer
        && let Some(Value::Object(context)) = event.get_mut("requestContext")
    {
        let authorizer = object([("lambda", or_null(authorizer))]);
        context.insert("authorizer".to_owned(), authorizer.into());
    }
    Value::Object(event)
}

/// The event of a Lambda authorizer with payload format 2.0.
pub(crate) fn authorizer(call: &Call<'_>, identity: &[String]) -> Value {
    let mut event = common(call);
    event.insert("type".to_owned(), "REQUEST".into());
    event.insert("routeArn".to_owned(), method_arn(call).into());
    let sources = if identity.is_empty() {
        Value::Null
    } else {
        Value::from(identity)
    };
    event.insert("identitySource".to_owned(), sources);
    Value::Object(event)
}

/// `requestContext`.
pub(crate) fn request_context(call: &Call<'_>) -> Map<String, Value> {
    let request = call.request;
    let host = request.host();
    let received = request.received.unix_ms;
    let user_agent = request.header("user-agent").unwrap_or_default();
    let http = object([
        ("method", request.method.as_str().into()),
        ("path", decoded_path(request).into()),
        ("protocol", request.protocol.into()),
        ("sourceIp", request.source.as_str().into()),
        ("userAgent", user_agent.into()),
    ]);
    object([
        ("accountId", ACCOUNT.into()),
        ("apiId", API_ID.into()),
        ("domainName", host.as_ref().into()),
        ("domainPrefix", host.split(['.', ':']).next().into()),
        ("http", http.into()),
        ("requestId", request.id.as_str().into()),
        ("routeKey", route_key(call).into()),
        ("stage", call.api.stage.as_str().into()),
        ("time", clock::common_log_format(received).into()),
        ("timeEpoch", received.into()),
    ])
}

fn common(call: &Call<'_>) -> Map<String, Value> {
    let request = call.request;
    let mut event = Map::new();
    event.insert("version".to_owned(), "2.0".into());
    event.insert("routeKey".to_owned(), route_key(call).into());
    event.insert("rawPath".to_owned(), decoded_path(request).into());
    event.insert(
        "rawQueryString".to_owned(),
        request.raw_query.clone().into(),
    );
    let cookies = cookies(request);
    if !cookies.is_empty() {
        event.insert("cookies".to_owned(), cookies.into());
    }
    event.insert("headers".to_owned(), Value::Object(headers(request)));
    if !request.query.is_empty() {
        event.insert(
            "queryStringParameters".to_owned(),
            Value::Object(query(request)),
        );
    }
    if !call.parameters.is_empty() {
        let parameters = text_map(&call.parameters);
        event.insert("pathParameters".to_owned(), Value::Object(parameters));
    }
    event.insert(
        "requestContext".to_owned(),
        Value::Object(request_context(call)),
    );
    event
}

fn route_key(call: &Call<'_>) -> String {
    match call.target {
        Target::Route(route) => route.key(),
        Target::Preflight { resource } => resource.to_owned(),
    }
}

/// An HTTP API decodes the path, whatever `rawPath` may sound like.
fn decoded_path(request: &Incoming) -> String {
    percent_decode_str(&request.path)
        .decode_utf8_lossy()
        .into_owned()
}

/// Names in lower case, values joined by commas; cookies have their own place.
fn headers(request: &Incoming) -> Map<String, Value> {
    let names = request.header_names().map(http::HeaderName::as_str);
    let own = names
        .filter(|name| !matches!(*name, "cookie" | "connection" | "transfer-encoding"))
        .map(|name| (name, request.joined_header(name)));
    own.chain(forwarded(request))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

fn cookies(request: &Incoming) -> Vec<String> {
    let lines: Vec<_> = request.header_values("cookie").collect();
    let parts = lines.iter().flat_map(|line| line.split(';'));
    parts
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .map(str::to_owned)
        .collect()
}

fn query(request: &Incoming) -> Map<String, Value> {
    let names = request.query.iter().map(|(name, _)| name);
    names
        .map(|name| (name.clone(), request.query_values(name).join(",").into()))
        .collect()
}
