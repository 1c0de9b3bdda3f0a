//! Tables that the store works on, and others.

use serde_json::{Value, json};
use tollgate_aws::dynamodb::{OpenError, TableReport};

use crate::service::{Call, Reply, Service, done, error, refused};

async fn probe(reply: Reply) -> (Result<(), OpenError>, Vec<Call>) {
    let service = Service::start(move |_| reply.clone());
    let probed = service.store.probe().await;
    (probed, service.calls())
}

/// What the start of a process is refused for, and what it is told to do.
#[tokio::test]
async fn a_table_that_cannot_work_is_refused() {
    let words = [
        (
            "ResourceNotFoundException",
            "there is no table tollgate in eu-central-1",
        ),
        ("ValidationException", "other keys than pk"),
        (
            "AccessDeniedException",
            "the role needs dynamodb:UpdateItem",
        ),
        (
            "UnrecognizedClientException",
            "does not accept the credentials",
        ),
        ("ExpiredTokenException", "(ExpiredTokenException)"),
    ];
    for (code, words) in words {
        let (probed, calls) = probe(error(400, code)).await;
        let error = probed.expect_err(code);
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        assert_eq!(calls.len(), 1, "{code}");
    }
}

/// One write that never happens; a store that is away now may be back when it is needed.
#[tokio::test]
async fn a_table_that_is_away_is_none_of_them() {
    let (probed, calls) = probe(refused(&Value::Null)).await;
    assert!(probed.is_ok());
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].operation, "UpdateItem");
    assert_eq!(calls[0].body["ConditionExpression"], "attribute_exists(pk)");
    for reply in [
        error(400, "ThrottlingException"),
        error(500, "InternalServerError"),
        Reply::Lost,
    ] {
        let (probed, _) = probe(reply).await;
        assert!(probed.is_ok());
    }
}

fn schema(keys: &[(&str, &str, &str)]) -> Value {
    let key =
        |(name, kind, _): &(&str, &str, &str)| json!({"AttributeName": name, "KeyType": kind});
    let definition =
        |(name, _, of): &(&str, &str, &str)| json!({"AttributeName": name, "AttributeType": of});
    json!({"Table": {
        "KeySchema": keys.iter().map(key).collect::<Vec<_>>(),
        "AttributeDefinitions": keys.iter().map(definition).collect::<Vec<_>>(),
        "ItemCount": 7,
        "TableSizeBytes": 700,
    }})
}

async fn inspect(schema: Value, expiry: Value) -> Result<TableReport, OpenError> {
    let expiry = json!({"TimeToLiveDescription": expiry});
    Service::reply([done(schema), done(expiry)])
        .store
        .inspect()
        .await
}

#[tokio::test]
async fn an_inspection_sees_keys_and_expiry() {
    let ours = [("pk", "HASH", "S"), ("sk", "RANGE", "S")];
    let on = |attribute| json!({"TimeToLiveStatus": "ENABLED", "AttributeName": attribute});
    let report = inspect(schema(&ours), on("expires_at")).await;
    let expected = TableReport {
        items: Some(7),
        bytes: Some(700),
    };
    assert_eq!(report.expect("it is good"), expected);

    for keys in [
        &ours[..1],
        &[("pk", "HASH", "S"), ("sk", "RANGE", "N")],
        &[("id", "HASH", "S"), ("sk", "RANGE", "S")],
        &[],
    ] {
        let error = inspect(schema(keys), on("expires_at")).await;
        assert!(
            matches!(error, Err(OpenError::OtherKeys { .. })),
            "{keys:?}"
        );
    }
    for off in [json!({"TimeToLiveStatus": "DISABLED"}), json!({})] {
        let error = inspect(schema(&ours), off).await.expect_err("it keeps all");
        assert!(error.to_string().contains(
            "aws dynamodb update-time-to-live --region eu-central-1 --table-name tollgate"
        ));
    }
    let error = inspect(schema(&ours), on("ttl"))
        .await
        .expect_err("another");
    assert!(matches!(error, OpenError::OtherExpiry { attribute, .. } if attribute == "ttl"));
}

/// Here somebody waits for the answer, so that a table which does not answer is one.
#[tokio::test]
async fn an_inspection_says_when_it_fails() {
    let denied = Service::reply([error(400, "AccessDeniedException")]);
    let error = denied.store.inspect().await.expect_err("denied");
    assert!(
        error.to_string().contains("dynamodb:DescribeTable"),
        "{error}"
    );
    let away = Service::start(|_| Reply::Lost);
    let error = away.store.inspect().await.expect_err("away");
    assert!(matches!(error, OpenError::Unknown { .. }), "{error}");
}
