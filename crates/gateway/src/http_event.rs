//! The events of an HTTP API: payload format 2.0 for functions and for authorizers.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::clock;
use crate::event::{ACCOUNT, API_ID, body, method_arn, or_null, text_map};
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
        context.insert(
            "authorizer".to_owned(),
            json!({ "lambda": or_null(authorizer) }),
        );
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
    let context = json!({
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": host,
        "domainPrefix": host.split(['.', ':']).next(),
        "http": {
            "method": request.method.as_str(),
            "path": decoded_path(request),
            "protocol": request.protocol,
            "sourceIp": request.source.to_string(),
            "userAgent": request.header("user-agent").unwrap_or_default(),
        },
        "requestId": request.id,
        "routeKey": route_key(call),
        "stage": call.api.stage,
        "time": clock::common_log_format(request.received.unix_ms),
        "timeEpoch": request.received.unix_ms,
    });
    match context {
        Value::Object(context) => context,
        _ => Map::new(),
    }
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
        let parameters = text_map(call.parameters.clone());
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
        .map(|name| (name.to_owned(), request.header_values(name).join(",")));
    let mut headers = text_map(own);
    headers.extend(text_map(
        forwarded(request).map(|(name, value)| (name.to_owned(), value)),
    ));
    headers
}

fn cookies(request: &Incoming) -> Vec<String> {
    let lines = request.header_values("cookie");
    let parts = lines.iter().flat_map(|line| line.split(';'));
    parts
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .map(str::to_owned)
        .collect()
}

fn query(request: &Incoming) -> Map<String, Value> {
    let names = request.query.iter().map(|(name, _)| name);
    text_map(names.map(|name| (name.clone(), request.query_values(name).join(","))))
}
