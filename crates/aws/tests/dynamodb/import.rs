//! An import of more users than one call takes, when something goes wrong on its way.

use std::sync::Mutex;

use serde_json::{Value, json};
use tollgate_core::user::{Place, StopCause, User, UserDirectory};

use crate::sample::{address_item, user, user_item};
use crate::service::{Reply, Service, TABLE, cancelled, done, error};

/// Ten are added with one call, and the others with the next.
fn users(count: usize) -> Vec<User> {
    let user = |number| User {
        id: format!("id-{number}").parse().expect("an id"),
        email: format!("user{number}@example.com")
            .parse()
            .expect("an address"),
        ..user()
    };
    (0..count).map(user).collect()
}

/// What a `BatchGetItem` that finds these items answers.
fn found(items: &[Value], rest: &[Value]) -> Reply {
    let mut body = json!({"Responses": {TABLE: items}, "UnprocessedKeys": {}});
    if !rest.is_empty() {
        body["UnprocessedKeys"] = json!({TABLE: {"Keys": rest, "ConsistentRead": true}});
    }
    done(body)
}

#[tokio::test]
async fn an_import_that_fails_says_how_far_it_came() {
    for (what, replies, kept) in [
        ("at once", vec![error(400, "AccessDeniedException")], 0),
        (
            "later",
            vec![done(json!({})), error(400, "AccessDeniedException")],
            10,
        ),
        (
            "when it looks who is in the way",
            vec![
                done(json!({})),
                cancelled(&[("ConditionalCheckFailed", &Value::Null)]),
                error(400, "AccessDeniedException"),
            ],
            10,
        ),
    ] {
        let service = Service::reply(replies);
        let told = Mutex::new(Vec::new());
        let progress = |done| told.lock().expect("no panic").push(done);
        let stopped = service.store.import(&users(12), &progress).await;
        let stopped = stopped.expect_err(what);
        assert_eq!(stopped.kept, kept, "{what}");
        assert!(matches!(stopped.cause, StopCause::Store(_)), "{what}");
        let told = told.into_inner().expect("no panic");
        assert_eq!(told.last().copied().unwrap_or(0), kept, "{what}");
    }
}

/// The SDK sends a transaction again whose answer was lost, and it is cancelled by its own items.
#[tokio::test]
async fn an_import_whose_answer_was_lost_is_done() {
    let (user_item, address_item) = (user_item(), address_item());
    let in_the_way = cancelled(&[
        ("ConditionalCheckFailed", &user_item),
        ("ConditionalCheckFailed", &address_item),
    ]);
    let there = found(&[user_item, address_item], &[]);
    let service = Service::reply([Reply::Lost, in_the_way, there]);
    let imported = service.store.import(&[user()], &|_| {}).await;
    imported.expect("it was added by the first try");
    assert_eq!(
        service.operations(),
        ["TransactWriteItems", "TransactWriteItems", "BatchGetItem"]
    );
}

/// DynamoDB answers a part of the keys when the items are many or the table is busy.
#[tokio::test]
async fn keys_that_were_not_answered_are_asked_again() {
    let key = json!({"pk": {"S": "email#ada@example.com"}, "sk": {"S": "email"}});
    let service = Service::reply([
        found(&[user_item()], std::slice::from_ref(&key)),
        found(&[address_item()], &[]),
    ]);
    let places = service.store.places(&[user()]).await.expect("it is up");
    assert_eq!(places, [Place::Theirs(user())]);
    let calls = service.calls();
    let asked = |call: usize| &calls[call].body["RequestItems"][TABLE];
    assert_eq!(asked(0)["ConsistentRead"], true);
    assert_eq!(asked(0)["Keys"].as_array().map(Vec::len), Some(2));
    assert_eq!(asked(1), &json!({"Keys": [key], "ConsistentRead": true}));
}

#[tokio::test]
async fn a_table_that_stays_busy_is_asked_a_few_times_and_not_for_ever() {
    let key = json!({"pk": {"S": "email#ada@example.com"}, "sk": {"S": "email"}});
    let busy = || found(&[], std::slice::from_ref(&key));
    let service = Service::reply((0..9).map(|_| busy()));
    let places = service.store.places(&[user()]).await;
    assert!(places.is_err(), "{places:?}");
    assert_eq!(service.operations().len(), 6);
}

/// Whatever does not fit together is somebody else's.
#[tokio::test]
async fn a_user_without_their_address_is_in_the_way() {
    let mut strangers = address_item();
    strangers["user_id"]["S"] = json!("eve");
    for items in [
        vec![user_item()],
        vec![address_item()],
        vec![user_item(), strangers],
    ] {
        let service = Service::reply([found(&items, &[])]);
        let places = service.store.places(&[user()]).await.expect("it is up");
        assert_eq!(places, [Place::Taken], "{items:?}");
    }
}
