//! The events of a REST API: the Lambda proxy event, and those of TOKEN and REQUEST authorizers.

use serde_json::{Map, Value};

use crate::clock;
use crate::event::{ACCOUNT, API_ID, body, method_arn, object, or_null, text_map};
use crate::request::{Call, Incoming};

/// Headers that API Gateway keeps for itself, and functions never see.
const DROPPED: &[&str] = &[
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

/// The event that a function behind a Lambda proxy integration gets.
pub(crate) fn proxy(call: &Call<'_>, authorizer: Option<Map<String, Value>>) -> Value {
    let request = call.request;
    let (body, is_base64) = body(&request.body);
    let mut context = request_context(call);
    if let Some(authorizer) = authorizer {
        context.insert("authorizer".to_owned(), authorizer.into());
    }
    let (single, multi) = headers(request);
    let (query, multi_query) = query(request);
    let event = object([
        ("resource", call.resource().into()),
        ("path", request.path.as_str().into()),
        ("httpMethod", request.method.as_str().into()),
        ("headers", single.into()),
        ("multiValueHeaders", multi.into()),
        ("queryStringParameters", or_null(query)),
        ("multiValueQueryStringParameters", or_null(multi_query)),
        ("pathParameters", or_null(text_map(&call.parameters))),
        ("stageVariables", Value::Null),
        ("requestContext", context.into()),
        ("body", body),
        ("isBase64Encoded", is_base64.into()),
    ]);
    Value::Object(event)
}

/// The event of a TOKEN authorizer.
pub(crate) fn token(call: &Call<'_>, token: &str) -> Value {
    let event = object([
        ("type", "TOKEN".into()),
        ("methodArn", method_arn(call).into()),
        ("authorizationToken", token.into()),
    ]);
    Value::Object(event)
}

/// The event of a REQUEST authorizer: the request without its body. Here empty maps stay maps.
pub(crate) fn request(call: &Call<'_>) -> Value {
    let request = call.request;
    let (single, multi) = headers(request);
    let (query, multi_query) = query(request);
    let event = object([
        ("type", "REQUEST".into()),
        ("methodArn", method_arn(call).into()),
        ("resource", call.resource().into()),
        ("path", request.path.as_str().into()),
        ("httpMethod", request.method.as_str().into()),
        ("headers", single.into()),
        ("multiValueHeaders", multi.into()),
        ("queryStringParameters", query.into()),
        ("multiValueQueryStringParameters", multi_query.into()),
        ("pathParameters", text_map(&call.parameters).into()),
        ("stageVariables", Map::new().into()),
        ("requestContext", request_context(call).into()),
    ]);
    Value::Object(event)
}

/// `requestContext`, as behind a custom domain: the path has no stage in front of it.
pub(crate) fn request_context(call: &Call<'_>) -> Map<String, Value> {
    let request = call.request;
    let host = request.host();
    let received = request.received.unix_ms;
    object([
        ("accountId", ACCOUNT.into()),
        ("apiId", API_ID.into()),
        ("domainName", host.as_ref().into()),
        ("domainPrefix", host.split(['.', ':']).next().into()),
        ("extendedRequestId", Value::Null),
        ("httpMethod", request.method.as_str().into()),
        ("identity", identity(request).into()),
        ("path", request.path.as_str().into()),
        ("protocol", request.protocol.into()),
        ("requestId", request.id.as_str().into()),
        ("requestTime", clock::common_log_format(received).into()),
        ("requestTimeEpoch", received.into()),
        ("resourceId", API_ID.into()),
        ("resourcePath", call.resource().into()),
        ("stage", call.api.stage.as_str().into()),
    ])
}

/// Who is calling, as far as an address and a header say.
fn identity(request: &Incoming) -> Map<String, Value> {
    object([
        ("accessKey", Value::Null),
        ("accountId", Value::Null),
        ("apiKey", Value::Null),
        ("apiKeyId", Value::Null),
        ("caller", Value::Null),
        ("cognitoAuthenticationProvider", Value::Null),
        ("cognitoAuthenticationType", Value::Null),
        ("cognitoIdentityId", Value::Null),
        ("cognitoIdentityPoolId", Value::Null),
        ("principalOrgId", Value::Null),
        ("sourceIp", request.source.as_str().into()),
        ("user", Value::Null),
        ("userAgent", request.header("user-agent").into()),
        ("userArn", Value::Null),
    ])
}

/// `headers` with the last value of each, and `multiValueHeaders` with all of them.
fn headers(request: &Incoming) -> (Map<String, Value>, Map<String, Value>) {
    let names = request.header_names().map(http::HeaderName::as_str);
    let own = names
        .filter(|name| !DROPPED.contains(name) && !name.starts_with("x-forwarded-"))
        .map(|name| (name, request.header_values(name).map(Value::from).collect()));
    let forwarded = forwarded(request).map(|(name, value)| (name, vec![value.into()]));
    let (mut single, mut multi) = (Map::new(), Map::new());
    for (name, values) in own.chain(forwarded) {
        let name = title_case(name);
        single.extend(values.last().map(|last| (name.clone(), last.clone())));
        multi.insert(name, Value::Array(values));
    }
    (single, multi)
}

/// What API Gateway says about the connection. The caller's own address comes last in the list, after what it claims.
pub(crate) fn forwarded(request: &Incoming) -> [(&'static str, String); 3] {
    let mut addresses: Vec<_> = request.header_values("x-forwarded-for").collect();
    addresses.push(request.source.as_str().into());
    let host = request.host();
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    [
        ("x-forwarded-for", addresses.join(", ")),
        ("x-forwarded-port", port.to_owned()),
        ("x-forwarded-proto", "http".to_owned()),
    ]
}

fn query(request: &Incoming) -> (Map<String, Value>, Map<String, Value>) {
    let single = text_map(&request.query);
    let multi = single
        .keys()
        .map(|name| (name.clone(), Value::from(request.query_values(name))))
        .collect();
    (single, multi)
}

/// `user-agent` becomes `User-Agent`: API Gateway passes names on as they were sent, HTTP libraries here lower them,
/// and this is how most clients write them. A function that minds the case finds out on one machine already.
fn title_case(name: &str) -> String {
    let mut starts = true;
    let letter = |letter: char| {
        let upper = starts;
        starts = letter == '-';
        if upper {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    };
    let mut title = String::with_capacity(name.len());
    title.extend(name.chars().map(letter));
    title
}
