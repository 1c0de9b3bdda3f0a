//! Refusals in the words of the real services, so that the SDK takes them for what they are.

use std::sync::atomic::{AtomicU64, Ordering};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::calls::{Call, Service};

const DYNAMODB: &str = "com.amazonaws.dynamodb.v20120810#";
/// The layer in front of DynamoDB that checks signatures and permissions.
const CORAL: &str = "com.amazon.coral.service#";

const THROTTLED: &str = "Throughput exceeds the current capacity of your table or index. DynamoDB \
                         is automatically scaling your table or index so please try again shortly.";

/// `ThrottlingException`.
pub(super) fn throttled(call: &Call) -> Response<Full<Bytes>> {
    let message = match call.service {
        Service::DynamoDb => THROTTLED,
        Service::SecretsManager | Service::Other => "Rate exceeded",
    };
    client_error(call, DYNAMODB, "ThrottlingException", message)
}

/// `ProvisionedThroughputExceededException`.
pub(super) fn capacity_exceeded(call: &Call) -> Response<Full<Bytes>> {
    let message = "The level of configured provisioned throughput for the table was exceeded. \
                   Consider increasing your provisioning level with the UpdateTable API.";
    let name = "ProvisionedThroughputExceededException";
    client_error(call, DYNAMODB, name, message)
}

/// A transaction for which there is no capacity.
pub(super) fn transaction_throttled(call: &Call, request: &[u8]) -> Response<Full<Bytes>> {
    canceled(call, request, "ThrottlingError", THROTTLED)
}

/// A canceled transaction with a reason for its first item.
fn canceled(call: &Call, request: &[u8], code: &str, message: &str) -> Response<Full<Bytes>> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let items = request["TransactItems"]
        .as_array()
        .map_or(1, Vec::len)
        .max(1);
    let mut reasons = vec![json!({"Code": "None"}); items];
    reasons[0] = json!({"Code": code, "Message": message});
    let mut codes = vec!["None"; items];
    codes[0] = code;
    let codes = codes.join(", ");
    let body = json!({
        "__type": format!("{DYNAMODB}TransactionCanceledException"),
        "CancellationReasons": reasons,
        "Message": format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        ),
    });
    answer(call, StatusCode::BAD_REQUEST, &body)
}

/// A write to an item that somebody's transaction holds, or a transaction that wants it too.
pub(super) fn conflict(call: &Call, request: &[u8]) -> Response<Full<Bytes>> {
    let message = "Transaction is ongoing for the item";
    if call.operation.starts_with("Transact") {
        return canceled(call, request, "TransactionConflict", message);
    }
    client_error(call, DYNAMODB, "TransactionConflictException", message)
}

/// The service's own fault.
pub(super) fn internal_error(call: &Call) -> Response<Full<Bytes>> {
    let body = match call.service {
        Service::SecretsManager => {
            json!({"__type": "InternalServiceError", "Message": "Dependency exception."})
        }
        Service::DynamoDb | Service::Other => {
            let name = format!("{DYNAMODB}InternalServerError");
            json!({"__type": name, "message": "Internal server error"})
        }
    };
    answer(call, StatusCode::INTERNAL_SERVER_ERROR, &body)
}

/// A role without the permission.
pub(super) fn access_denied(call: &Call, request: &[u8]) -> Response<Full<Bytes>> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let resource = ["TableName", "SecretId"]
        .iter()
        .find_map(|name| request[name].as_str())
        .unwrap_or("*");
    let action = call.action();
    let message = format!(
        "User: arn:aws:sts::123456789012:assumed-role/tollgate-test/tollgate is not authorized to \
         perform: {action} on resource: {resource} because no identity-based policy allows the \
         {action} action"
    );
    let body = json!({"__type": name_of(call, CORAL, "AccessDeniedException"), "Message": message});
    answer(call, StatusCode::BAD_REQUEST, &body)
}

/// No such table, no such secret.
pub(super) fn missing(call: &Call) -> Response<Full<Bytes>> {
    let message = match call.service {
        Service::DynamoDb => "Requested resource not found",
        Service::SecretsManager | Service::Other => {
            "Secrets Manager can't find the specified secret."
        }
    };
    client_error(call, DYNAMODB, "ResourceNotFoundException", message)
}

/// A signature whose time is too far off.
pub(super) fn invalid_signature(call: &Call, message: &str) -> Response<Full<Bytes>> {
    client_error(call, CORAL, "InvalidSignatureException", message)
}

/// Not the services' but ours: what is upstream does not answer.
pub(super) fn unreachable_upstream(call: &Call, why: &str) -> Response<Full<Bytes>> {
    let message = format!("the proxy of the tests cannot reach what is behind it: {why}");
    answer(call, StatusCode::BAD_GATEWAY, &json!({"message": message}))
}

fn client_error(call: &Call, namespace: &str, name: &str, message: &str) -> Response<Full<Bytes>> {
    let message_key = match call.service {
        Service::SecretsManager => "Message",
        Service::DynamoDb | Service::Other => "message",
    };
    let body = json!({"__type": name_of(call, namespace, name), message_key: message});
    answer(call, StatusCode::BAD_REQUEST, &body)
}

/// DynamoDB says where a name comes from, Secrets Manager does not.
fn name_of(call: &Call, namespace: &str, name: &str) -> String {
    match call.service {
        Service::DynamoDb => format!("{namespace}{name}"),
        Service::SecretsManager | Service::Other => name.to_owned(),
    }
}

fn answer(call: &Call, status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    let content_type = match call.service {
        Service::DynamoDb => "application/x-amz-json-1.0",
        Service::SecretsManager | Service::Other => "application/x-amz-json-1.1",
    };
    // As long as DynamoDB's, and to be recognised in a log.
    let id = format!("INJECTED{:044}", REQUESTS.fetch_add(1, Ordering::Relaxed));
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("x-amzn-requestid", id)
        .body(Full::from(body.to_string()))
        .expect("a response")
}
