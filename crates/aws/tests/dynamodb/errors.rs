//! What is tried again, and what the log says of the rest.

use std::error::Error;

use serde_json::json;
use tollgate_core::family::{Families, Opened};
use tollgate_core::store::StoreError;
use tollgate_core::user::{UserDirectory, Users};

use crate::sample::{family, hash, rotation, user, user_item};
use crate::service::{Reply, Service, cancelled, done, error};

fn shown(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// Whatever passes by itself is tried again, on every kind of call.
#[tokio::test]
async fn what_passes_is_tried_again() {
    for (status, code) in [
        (400, "ProvisionedThroughputExceededException"),
        (400, "ThrottlingException"),
        (400, "RequestLimitExceeded"),
        (400, "TransactionInProgressException"),
        (500, "InternalServerError"),
        (500, "InternalFailure"),
        (503, "ServiceUnavailable"),
    ] {
        let service = Service::reply([error(status, code), done(json!({"Item": user_item()}))]);
        let found = service.store.find(&user().id).await;
        assert_eq!(found.expect(code), Some(user()), "{code}");

        let service = Service::reply([error(status, code), done(json!({}))]);
        let opened = service.store.open(&family(), &hash()).await;
        assert_eq!(opened.expect(code), Opened::Yes, "{code}");

        let service = Service::reply([error(status, code), done(json!({}))]);
        assert!(
            service.store.enable(&user().id).await.expect(code),
            "{code}"
        );
    }
    let service = Service::reply([Reply::Lost, done(json!({}))]);
    assert_eq!(service.store.find(&user().id).await.expect("found"), None);
}

/// Whatever does not pass is not.
#[tokio::test]
async fn what_stays_is_said_at_once() {
    for code in [
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ValidationException",
        "ItemCollectionSizeLimitExceededException",
        "SomethingNew",
    ] {
        let service = Service::reply([error(400, code)]);
        let failed = service.store.rotate(&rotation()).await.expect_err(code);
        assert_eq!(
            shown(&failed),
            format!("the store did not answer: UpdateItem: {code}")
        );
        assert_eq!(service.operations(), ["UpdateItem"], "{code}");
    }
}

/// The error has the operation and the code, and nothing of what they were about, in whatever way
/// it is printed: neither DynamoDB's message, nor an item, nor the response.
#[tokio::test]
async fn an_error_holds_no_values() {
    let other = json!({"pk": {"S": "the canary"}});
    let reasons = [("None", &json!(null)), ("ConditionalCheckFailed", &other)];
    let replies = [
        error(400, "ValidationException"),
        cancelled(&reasons),
        Reply::Answer(200, json!({"Attributes": "the canary"})),
        Reply::Answer(
            200,
            json!({"Attributes": {"generation": {"N": "the canary"}}}),
        ),
    ];
    let expected = [
        "TransactWriteItems: ValidationException",
        "TransactWriteItems: TransactionCanceledException (None, ConditionalCheckFailed)",
    ];
    for (reply, expected) in replies.iter().zip(expected) {
        let service = Service::reply([reply.clone()]);
        let opened = service.store.open(&family(), &hash()).await;
        let error = opened.expect_err("it failed");
        assert_eq!(
            shown(&error),
            format!("the store did not answer: {expected}")
        );
        assert!(!format!("{error:?}").contains("canary"));
    }
    for reply in replies {
        let service = Service::start(move |_| reply.clone());
        let rotated = service.store.rotate(&rotation()).await;
        let error = rotated.expect_err("it failed");
        let text = format!("{error:?} {}", shown(&error));
        assert!(!text.contains("canary"), "{text}");
    }
}

/// Nobody is there at all.
#[tokio::test]
async fn an_error_says_why_there_was_no_answer() {
    let service = Service::start(|_| Reply::Lost);
    let error = service.store.list().await.expect_err("nobody answers");
    let text = shown(&error);
    assert!(
        text.starts_with("the store did not answer: Scan: no answer: "),
        "{text}"
    );
}
