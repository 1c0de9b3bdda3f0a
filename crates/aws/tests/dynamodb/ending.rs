//! What ends a user, when it fails half way.

use serde_json::{Value, json};
use tollgate_core::user::UserDirectory;

use crate::sample::{NOW, hash, user, user_item};
use crate::service::{Call, Reply, Service, done, error};

fn family_key(number: usize) -> Value {
    json!({"pk": {"S": "user#ada"}, "sk": {"S": format!("family#{number}")}})
}

/// Two pages of two families each, one of them without.
fn pages(call: &Call) -> Reply {
    match call.body["ExclusiveStartKey"]["sk"]["S"].as_str() {
        None => done(json!({
            "Items": [family_key(1), family_key(2)],
            "LastEvaluatedKey": family_key(2),
        })),
        Some("family#2") => done(json!({"Items": [], "LastEvaluatedKey": family_key(3)})),
        Some(_) => done(json!({"Items": [family_key(4), family_key(5)]})),
    }
}

/// Answers like a table with four families, which are gone at the second look.
fn four_families() -> impl FnMut(&Call) -> Reply + Send {
    let mut looks = 0;
    move |call| match call.operation.as_str() {
        "Query" => {
            looks += 1;
            if looks <= 3 {
                pages(call)
            } else {
                done(json!({}))
            }
        }
        _ => done(json!({"Attributes": user_item()})),
    }
}

fn sort_keys(calls: &[Call], operation: &str) -> Vec<String> {
    let key = |call: &Call| call.body["Key"]["sk"]["S"].as_str().map(str::to_owned);
    let calls = calls.iter().filter(|call| call.operation == operation);
    let mut keys: Vec<_> = calls.filter_map(key).collect();
    keys.sort();
    keys
}

/// The user first, then all pages, and no scan. Nothing that is not there is made.
#[tokio::test]
async fn every_page_is_ended_after_the_user() {
    let families = ["family#1", "family#2", "family#4", "family#5", "user"];
    for change in ["disable", "password"] {
        let service = Service::start(four_families());
        let (store, id) = (&service.store, user().id);
        let found = match change {
            "disable" => store.disable(&id, NOW).await,
            _ => store.set_password(&id, &hash(), NOW).await,
        };
        assert!(found.expect("it is up"));
        let calls = service.calls();
        assert_eq!(calls[0].body["Key"]["sk"]["S"], "user", "{change}");
        assert_eq!(sort_keys(&calls, "UpdateItem"), families, "{change}");
        for call in calls {
            assert_ne!(call.operation, "Scan");
            if call.operation == "UpdateItem" {
                let condition = call.body["ConditionExpression"].as_str();
                assert!(condition.expect("one").starts_with("attribute_exists(pk)"));
            } else {
                assert_eq!(call.body["ConsistentRead"], true);
            }
        }
    }
}

/// A deletion removes the user last, together with the address.
#[tokio::test]
async fn a_deletion_ends_with_the_user() {
    let service = Service::start(four_families());
    let deleted = service.store.delete(&user().id).await;
    assert!(deleted.expect("it is up"));
    let calls = service.calls();
    let (first, last) = (&calls[0], &calls[calls.len() - 1]);
    assert_eq!(
        first.body["ExpressionAttributeValues"][":disabled"]["BOOL"],
        true
    );
    assert_eq!(
        sort_keys(&calls, "DeleteItem"),
        ["family#1", "family#2", "family#4", "family#5"]
    );
    assert_eq!(last.operation, "TransactWriteItems");
    let key = |index: usize| &last.body["TransactItems"][index]["Delete"]["Key"]["pk"]["S"];
    assert_eq!(
        (key(0), key(1)),
        (&json!("user#ada"), &json!("email#ada@example.com"))
    );
}

/// Wherever it fails, the call says so, the user is still there to be found, and another call goes
/// on to the end.
#[tokio::test]
async fn a_deletion_that_failed_can_be_repeated() {
    // The user, four pages, four families, the user and the address.
    for fails_at in 0..10 {
        let (mut table, mut number) = (four_families(), 0);
        let service = Service::start(move |call| {
            number += 1;
            let reply = table(call);
            if number == fails_at + 1 {
                error(400, "AccessDeniedException")
            } else {
                reply
            }
        });
        let failed = service.store.delete(&user().id).await;
        assert!(failed.is_err(), "call {fails_at}");
        let mut calls = service.operations();
        calls.truncate(fails_at);
        let removal = "TransactWriteItems".to_owned();
        assert!(!calls.contains(&removal), "call {fails_at}: {calls:?}");

        let repeated = service.store.delete(&user().id).await;
        assert!(repeated.expect("it is up"), "call {fails_at}");
        assert_eq!(service.operations().pop(), Some(removal));
    }
}
