//! Items that nobody can have written.

use serde_json::{Value, json};
use tollgate_core::attempts::AttemptLog;
use tollgate_core::family::{Families, Rotated};
use tollgate_core::store::StoreError;
use tollgate_core::user::Users;

use crate::sample::{
    REVOCATION, attempt_key, attempts, attempts_item, family, family_item, revoked_item, rotation,
    user, user_item,
};
use crate::service::{Service, done, refused};

/// Every way to spoil an item: each attribute missing, of another type, empty, or too much.
fn spoiled(item: &Value) -> Vec<(String, Value)> {
    let values = [
        Value::Null,
        json!({"NULL": true}),
        json!({"S": ""}),
        json!({"S": "the canary ä"}),
        json!({"N": "1.5"}),
        json!({"N": "99999999999999999999"}),
        json!({"B": "AAAA"}),
        json!({"M": {}}),
        json!({"L": []}),
    ];
    let mut all = Vec::new();
    for name in item.as_object().expect("an item").keys() {
        for value in &values {
            let mut item = item.clone();
            item[name] = value.clone();
            if value.is_null() {
                item.as_object_mut().expect("an item").remove(name);
            }
            all.push((format!("{name}: {value}"), item));
        }
    }
    all
}

fn assert_corrupt(what: &str, expected: &str, error: &StoreError) {
    let StoreError::Corrupt { table, source } = error else {
        panic!("{what}: {error:?}");
    };
    assert_eq!(*table, expected, "{what}");
    let name = what.split(':').next().expect("a name");
    assert!(source.to_string().contains(name), "{what}: {source}");
    assert!(!format!("{error:?} {source}").contains("canary"), "{what}");
}

#[tokio::test]
async fn a_spoiled_user_is_an_error() {
    let item = json!({"Item": user_item()});
    let service = Service::reply([done(item)]);
    let found = service.store.find(&user().id).await;
    assert_eq!(found.expect("it is up"), Some(user()));
    for (what, item) in spoiled(&user_item()) {
        // The sort key is what was asked for; an empty scope is one.
        if what.starts_with("sk") || what == r#"scope: {"S":""}"# {
            continue;
        }
        let service = Service::reply([done(json!({"Item": item}))]);
        let found = service.store.find(&user().id).await;
        assert_corrupt(&what, "users", &found.expect_err(&what));
    }
}

#[tokio::test]
async fn a_spoiled_family_is_an_error() {
    let whole = refused(&revoked_item(REVOCATION));
    let service = Service::reply([whole]);
    let Rotated::Refused(Some(row)) = service.store.rotate(&rotation()).await.expect("it is up")
    else {
        panic!("it is there");
    };
    assert_eq!(row.revoked, Some(REVOCATION));
    assert_eq!((row.id, row.generation), (family().id, 4));

    for (what, item) in spoiled(&revoked_item(REVOCATION)) {
        let optional = ["idempotency: null", r#"scope: {"S":""}"#];
        // When DynamoDB drops it is nobody else's business.
        if what.starts_with("expires_at") || optional.contains(&what.as_str()) {
            continue;
        }
        let service = Service::reply([refused(&item)]);
        let rotated = service.store.rotate(&rotation()).await;
        if what == "revoked_at: null" {
            // A reason alone revokes nothing; a time alone does not say why.
            continue;
        }
        assert_corrupt(&what, "families", &rotated.expect_err(&what));
    }
    let service = Service::reply([done(json!({"Attributes": family_item()}))]);
    assert!(service.store.rotate(&rotation()).await.is_ok());
}

#[tokio::test]
async fn a_spoiled_count_is_an_error() {
    let whole = refused(&attempts_item());
    let service = Service::reply([whole]);
    let swapped = service.store.swap(attempt_key(), None, attempts()).await;
    assert!(swapped.is_ok());
    for (what, item) in spoiled(&attempts_item()) {
        if what.starts_with("pk") || what.starts_with("sk") {
            continue;
        }
        let service = Service::reply([refused(&item)]);
        let swapped = service.store.swap(attempt_key(), None, attempts()).await;
        assert_corrupt(&what, "attempts", &swapped.expect_err(&what));
    }
}
