//! Whatever a protected function is sent, it answers; 200 is for an identity in the context of the
//! authorizer, where no client can write, and only before that identity expires.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;
use tollgate_fuzz::panics::let_lambda_http_panic;
use tollgate_fuzz::service::Service;
use tollgate_fuzz::tokens::fill;

/// What the clocks of two machines may differ by.
const LEEWAY: i64 = 5;

fuzz_target!(init: let_lambda_http_panic(), |data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    Service::with(|service| {
        let now = service.now().as_unix();
        let text = text.replace("{{expires_at}}", &(now + 900).to_string());
        let text = text.replace("\"{{expires_at_number}}\"", &(now + 900).to_string());
        let Ok(event) = serde_json::from_str::<Value>(&fill(&text)) else {
            return Corpus::Reject;
        };
        let answer = service.invoke("protected-api", event.clone());
        match answer.status {
            200 => {
                let context = &event["requestContext"]["authorizer"];
                let context = if context["sub"].is_null() { &context["lambda"] } else { context };
                let exp = match &context["exp"] {
                    Value::String(text) => text.parse::<i64>().expect("a number"),
                    other => other.as_i64().expect("a number"),
                };
                assert!(now < exp + LEEWAY, "an identity that is over");
                let id = answer.body["id"].as_str().or(answer.body["owner"].as_str());
                assert_eq!(id.map(Value::from), Some(as_text(&context["sub"])), "another user");
            }
            400 | 401 | 403 | 404 => {}
            other => panic!("{other} is not in the contract"),
        }
        Corpus::Keep
    })
});

/// Values of the context may come as numbers.
fn as_text(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.to_string()),
        other => other.clone(),
    }
}
