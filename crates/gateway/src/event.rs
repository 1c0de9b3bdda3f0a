//! What all events have in common: the account, the region and the API that a machine stands for.

use serde_json::{Map, Value};

use crate::request::Call;

/// AWS's own placeholder for an account.
pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const REGION: &str = "us-east-1";
/// The id of the one API.
pub(crate) const API_ID: &str = "local";

/// The ARN that an authorizer's policy has to cover: stage, method and the path as sent.
pub(crate) fn method_arn(call: &Call<'_>) -> String {
    let stage = &call.api.stage;
    let method = &call.request.method;
    let path = call.request.path.trim_start_matches('/');
    format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}/{stage}/{method}/{path}")
}

/// A JSON object of these members, which move into it: `json!` would copy each.
pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Pairs of texts as a JSON object; of a name that repeats, the last one stays.
pub(crate) fn text_map(pairs: &[(String, String)]) -> Map<String, Value> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect()
}

/// What API Gateway sends for a map without entries.
pub(crate) fn or_null(map: Map<String, Value>) -> Value {
    if map.is_empty() {
        Value::Null
    } else {
        Value::Object(map)
    }
}

/// A body as events carry it: text where it is text, base64 otherwise.
pub(crate) fn body(bytes: &[u8]) -> (Value, bool) {
    use base64::Engine as _;

    if bytes.is_empty() {
        return (Value::Null, false);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (Value::from(text), false),
        Err(_) => (
            Value::from(base64::engine::general_purpose::STANDARD.encode(bytes)),
            true,
        ),
    }
}
