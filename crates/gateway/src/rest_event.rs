//! The events of a REST API: the Lambda proxy event, and those of TOKEN and REQUEST authorizers.

use serde_json::{Map, Value, json};

use crate::clock;
use crate::event::{ACCOUNT, API_ID, body, method_arn, or_null, text_map};
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
        context.insert("authorizer".to_owned(), Value::Object(authorizer));
    }
    let (single, multi) = headers(request);
    let (query, multi_query) = query(request);
    json!({
        "resource": call.resource(),
        "path": request.path,
        "httpMethod": request.method.as_str(),
        "headers": single,
        "multiValueHeaders": multi,
        "queryStringParameters": or_null(query),
        "multiValueQueryStringParameters": or_null(multi_query),
        "pathParameters": or_null(text_map(call.parameters.clone())),
        "stageVariables": null,
        "requestContext": context,
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// The event of a TOKEN authorizer.
pub(crate) fn token(call: &Call<'_>, token: &str) -> Value {
    json!({ "type": "TOKEN", "methodArn": method_arn(call), "authorizationToken": token })
}

/// The event of a REQUEST authorizer: the request without its body. Here empty maps stay maps.
pub(crate) fn request(call: &Call<'_>) -> Value {
    let request = call.request;
    let (single, multi) = headers(request);
    let (query, multi_query) = query(request);
    json!({
        "type": "REQUEST",
        "methodArn": method_arn(call),
        "resource": call.resource(),
        "path": request.path,
        "httpMethod": request.method.as_str(),
        "headers": single,
        "multiValueHeaders": multi,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": multi_query,
        "pathParameters": text_map(call.parameters.clone()),
        "stageVariables": {},
        "requestContext": request_context(call),
    })
}

/// `requestContext`, as behind a custom domain: the path has no stage in front of it.
pub(crate) fn request_context(call: &Call<'_>) -> Map<String, Value> {
    let request = call.request;
    let host = request.host();
    let context = json!({
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": host,
        "domainPrefix": host.split(['.', ':']).next(),
        "extendedRequestId": null,
        "httpMethod": request.method.as_str(),
        "identity": {
            "accessKey": null,
            "accountId": null,
            "apiKey": null,
            "apiKeyId": null,
            "caller": null,
            "cognitoAuthenticationProvider": null,
            "cognitoAuthenticationType": null,
            "cognitoIdentityId": null,
            "cognitoIdentityPoolId": null,
            "principalOrgId": null,
            "sourceIp": request.source.to_string(),
            "user": null,
            "userAgent": request.header("user-agent"),
            "userArn": null,
        },
        "path": request.path,
        "protocol": request.protocol,
        "requestId": request.id,
        "requestTime": clock::common_log_format(request.received.unix_ms),
        "requestTimeEpoch": request.received.unix_ms,
        "resourceId": API_ID,
        "resourcePath": call.resource(),
        "stage": call.api.stage,
    });
    match context {
        Value::Object(context) => context,
        _ => Map::new(),
    }
}

/// `headers` with the last value of each, and `multiValueHeaders` with all of them.
fn headers(request: &Incoming) -> (Map<String, Value>, Map<String, Value>) {
    let names = request.header_names().map(http::HeaderName::as_str);
    let mut lines: Vec<(String, Vec<String>)> = names
        .filter(|name| !DROPPED.contains(name) && !name.starts_with("x-forwarded-"))
        .map(|name| (title_case(name), request.header_values(name)))
        .collect();
    lines.extend(forwarded(request).map(|(name, value)| (title_case(name), vec![value])));
    let single = lines
        .iter()
        .filter_map(|(name, values)| Some((name.clone(), values.last()?.clone())));
    let single = text_map(single);
    let multi = lines
        .into_iter()
        .map(|(name, values)| (name, Value::from(values)))
        .collect();
    (single, multi)
}

/// What API Gateway says about the connection. The caller's own address comes last in the list, after what it claims.
pub(crate) fn forwarded(request: &Incoming) -> [(&'static str, String); 3] {
    let mut addresses = request.header_values("x-forwarded-for");
    addresses.push(request.source.to_string());
    let host = request.host();
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    [
        ("x-forwarded-for", addresses.join(", ")),
        ("x-forwarded-port", port.to_owned()),
        ("x-forwarded-proto", "http".to_owned()),
    ]
}

fn query(request: &Incoming) -> (Map<String, Value>, Map<String, Value>) {
    let single = text_map(request.query.iter().cloned());
    let multi = single
        .keys()
        .map(|name| (name.clone(), Value::from(request.query_values(name))))
        .collect();
    (single, multi)
}

/// `user-agent` becomes `User-Agent`: API Gateway passes names on as they were sent, HTTP libraries here lower them,
/// and this is how most clients write them. A function that minds the case finds out on one machine already.
fn title_case(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}
