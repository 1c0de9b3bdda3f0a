//! One invocation of an HTTP function: any event in, an answer out.
//!
//! `lambda_http` reports an event that it cannot read as an error of the function, panics at a
//! `Host` that is no host, and keeps one of two equal headers of a REST event. A gate must answer
//! whatever knocks, and must see all of it; so what a function runs is this, around `lambda_http`.

use std::convert::Infallible;
use std::future::Future;
use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lambda_http::http::HeaderValue;
use lambda_http::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    VARY,
};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, Request, Response, Service, service_fn};
use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Value, from_value, json};

/// What a page of another origin may read besides the body.
const EXPOSED: HeaderValue =
    HeaderValue::from_static("retry-after, www-authenticate, x-amzn-remapped-www-authenticate");

/// How a function answers pages of other origins.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    /// `*`, or the one origin whose pages may read answers; `None`: no page may. API Gateway answers
    /// the preflight, and leaves the answers themselves to the function.
    pub allowed_origin: Option<HeaderValue>,
}

/// What the `main` of an HTTP function runs: a handler of requests as one of events.
pub fn service<F>(
    cors: &Cors,
    handle: impl Fn(Request) -> F + Send + Sync,
) -> impl AsyncFn(LambdaEvent<Value>) -> Result<Value, Error>
where
    F: Future<Output = Response<Body>> + Send,
{
    async move |event| Ok(answer(event, cors, &handle).await)
}

/// The answer to one event, as API Gateway expects it. Whatever the event is, there is one.
pub async fn answer<F>(
    event: LambdaEvent<Value>,
    cors: &Cors,
    handle: impl Fn(Request) -> F + Send + Sync,
) -> Value
where
    F: Future<Output = Response<Body>> + Send,
{
    let LambdaEvent {
        mut payload,
        context,
    } = event;
    keep_every_header(&mut payload);
    let Some(payload) = read(payload) else {
        return not_a_request();
    };
    let mut adapter = Adapter::from(service_fn(|request| {
        let response = handle(request);
        async move { Ok::<_, Infallible>(cors.mark(response.await)) }
    }));
    let event = LambdaEvent { payload, context };
    // The call makes the request, and the handler's future, which nobody has polled yet: nothing
    // that a panic could leave half done. What the handler does later is not caught here.
    let Ok(answer) = catch_unwind(AssertUnwindSafe(|| adapter.call(event))) else {
        return not_a_request();
    };
    match answer.await {
        Ok(response) => serde_json::to_value(response).unwrap_or_else(|_| not_a_request()),
        Err(never) => match never {},
    }
}

impl Cors {
    fn mark(&self, mut response: Response<Body>) -> Response<Body> {
        if let Some(origin) = &self.allowed_origin {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
            headers.insert(VARY, HeaderValue::from_static("origin"));
            // With its cookie, and so only for an origin that was named.
            if origin != "*" {
                headers.insert(
                    ACCESS_CONTROL_ALLOW_CREDENTIALS,
                    HeaderValue::from_static("true"),
                );
            }
        }
        response
    }
}

/// A REST event has every value of a header under `multiValueHeaders`, and the last one again under
/// `headers`, where `lambda_http` prefers it.
fn keep_every_header(event: &mut Value) {
    let Some(event) = event.as_object_mut() else {
        return;
    };
    let Some(Value::Object(all)) = event.get_mut("multiValueHeaders") else {
        return;
    };
    if all.is_empty() {
        return;
    }
    for values in all.values_mut() {
        // A text may stand for a list of one, and is tried first: a list costs the text of an error.
        if let Value::Array(list) = values
            && let [Value::String(only)] = list.as_mut_slice()
        {
            *values = Value::String(take(only));
        }
    }
    event.remove("headers");
}

/// The event in the one of its forms that has its method in front, or in the other. `LambdaRequest`
/// would make a text of it, to try each form on that.
fn read(event: Value) -> Option<LambdaRequest> {
    let read = if event.get("httpMethod").is_some() {
        from_value(event).map(LambdaRequest::ApiGatewayV1)
    } else {
        from_value(event).map(LambdaRequest::ApiGatewayV2)
    };
    read.ok()
}

/// 400, in the form that REST and HTTP APIs both understand.
fn not_a_request() -> Value {
    let description = "The request cannot be read.";
    let body = json!({ "error": "invalid_request", "error_description": description });
    json!({
        "statusCode": 400,
        "headers": { "content-type": "application/json", "cache-control": "no-store" },
        "body": body.to_string(),
        "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a handler sees of an event: its method and every value of one header.
    async fn seen(event: Value) -> Value {
        seen_by("https://app.example", event).await
    }

    async fn seen_by(allowed_origin: &'static str, event: Value) -> Value {
        let cors = Cors {
            allowed_origin: Some(HeaderValue::from_static(allowed_origin)),
        };
        let event = LambdaEvent::new(event, lambda_runtime::Context::default());
        let handle = async |request: Request| {
            let values = request.headers().get_all("x-twice").iter();
            let values: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
            Response::new(Body::from(format!(
                "{} {}",
                request.method(),
                values.join("+")
            )))
        };
        answer(event, &cors, handle).await
    }

    fn rest(extra: &Value) -> Value {
        let mut event = json!({
            "resource": "/me", "path": "/me", "httpMethod": "GET", "headers": {}, "body": null,
            "requestContext": { "httpMethod": "GET", "stage": "v1" }, "isBase64Encoded": false,
        });
        for (name, value) in extra.as_object().into_iter().flatten() {
            event[name] = value.clone();
        }
        event
    }

    #[tokio::test]
    async fn every_event_is_answered() {
        let twice = json!({ "multiValueHeaders": { "X-Twice": ["a", "b"] }, "headers": { "X-Twice": "b" } });
        let listed =
            json!({ "multiValueHeaders": { "X-Twice": ["b"] }, "headers": { "X-Twice": "b" } });
        let http = json!({
            "version": "2.0", "routeKey": "GET /me", "rawPath": "/me", "rawQueryString": "",
            "headers": { "x-twice": "a,b" }, "isBase64Encoded": false,
            "requestContext": { "http": { "method": "GET", "path": "/me" }, "stage": "$default" },
        });
        let mut odd_query = http.clone();
        odd_query["rawQueryString"] = json!("a b");
        for (what, event, status, body) in [
            (
                "one header",
                rest(&json!({ "headers": { "X-Twice": "b" } })),
                200,
                "GET b",
            ),
            ("a list of one", rest(&listed), 200, "GET b"),
            ("two of one name", rest(&twice), 200, "GET a+b"),
            ("an HTTP API", http, 200, "GET a,b"),
            (
                "no host",
                rest(&json!({ "headers": { "Host": "a\"b" } })),
                400,
                "invalid_request",
            ),
            (
                "a port too far",
                rest(&json!({ "headers": { "Host": "x:99999" } })),
                400,
                "invalid_request",
            ),
            ("no query", odd_query, 400, "invalid_request"),
            (
                "a body in no base64",
                rest(&json!({ "body": "!", "isBase64Encoded": true })),
                400,
                "invalid_request",
            ),
            (
                "not a request",
                json!({ "type": "TOKEN" }),
                400,
                "invalid_request",
            ),
            ("nothing", json!(null), 400, "invalid_request"),
            ("a list", json!([1, 2]), 400, "invalid_request"),
        ] {
            let answer = seen(event).await;
            assert_eq!(answer["statusCode"], status, "{what}: {answer}");
            assert!(
                answer["body"]
                    .as_str()
                    .is_some_and(|text| text.contains(body)),
                "{what}: {answer}"
            );
        }
    }

    #[test]
    fn an_event_is_read_as_lambda_http_reads_it() {
        let context = json!({ "http": { "method": "GET", "path": "/me" }, "stage": "$default" });
        for event in [
            rest(&json!({ "queryStringParameters": { "a": "b" }, "body": "text" })),
            rest(&json!({ "headers": { "X-Twice": ["a", "b"] }, "pathParameters": { "id": "7" } })),
            rest(&json!({ "httpMethod": "NO METHOD" })),
            rest(&json!({ "requestContext": null })),
            json!({ "rawPath": "/me", "rawQueryString": "a=b", "requestContext": context }),
            json!({ "headers": { "a": "b" }, "cookies": ["a=b"], "requestContext": context }),
            json!({ "requestContext": {} }),
            json!({ "httpMethod": "GET" }),
            json!([]),
        ] {
            let theirs = from_value::<LambdaRequest>(event.clone()).ok();
            let (ours, event) = (read(event.clone()), event);
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{event}");
        }
    }

    #[tokio::test]
    async fn an_answer_names_the_origin_that_may_read_it() {
        let answer = seen(rest(&json!({}))).await;
        let headers = answer["multiValueHeaders"].as_object().expect("headers");
        assert_eq!(
            headers["access-control-allow-origin"],
            json!(["https://app.example"])
        );
        assert_eq!(headers["vary"], json!(["origin"]));
        assert_eq!(headers["access-control-allow-credentials"], json!(["true"]));
    }

    #[tokio::test]
    async fn nobody_sends_cookies_where_everybody_may_read() {
        let answer = seen_by("*", rest(&json!({}))).await;
        let headers = answer["multiValueHeaders"].as_object().expect("headers");
        assert_eq!(headers["access-control-allow-origin"], json!(["*"]));
        assert!(!headers.contains_key("access-control-allow-credentials"));
    }
}
