//! The SDK sends a call again whose answer was lost. It then meets its own work.

use std::time::Duration;

use serde_json::{Value, json};
use tollgate_core::attempts::{AttemptLog, Swapped};
use tollgate_core::family::{Families, Opened, Revocation, Rotated};
use tollgate_core::user::{Added, UserDirectory};

use crate::sample::{
    NOW, REVOCATION, address_item, attempt_key, attempts, attempts_item, family, family_item, hash,
    revoked_item, rotation, user, user_item,
};
use crate::service::{Reply, Service, cancelled, done, error, refused};

const NOTHING: &Value = &Value::Null;

/// Whoever ends a family says so, once: the event of a theft hangs on it.
#[tokio::test]
async fn who_ended_a_family_knows_it() {
    let ours = refused(&revoked_item(REVOCATION));
    let a_second_earlier = Revocation {
        at: tollgate_core::Timestamp::from_unix(NOW.as_unix() - 1),
        ..REVOCATION
    };
    let theirs = refused(&revoked_item(a_second_earlier));
    for (what, replies, ended) in [
        ("done", vec![done(json!({}))], true),
        ("the answer was lost", vec![Reply::Lost, ours.clone()], true),
        (
            "lost twice",
            vec![Reply::Lost, Reply::Lost, ours.clone()],
            true,
        ),
        (
            "a failure on their side",
            vec![error(500, "InternalServerError"), ours.clone()],
            true,
        ),
        (
            "somebody did the same in the same second",
            vec![ours],
            false,
        ),
        ("somebody ended it before", vec![theirs.clone()], false),
        ("and the answer was lost", vec![Reply::Lost, theirs], false),
        ("no such family", vec![refused(NOTHING)], false),
        (
            "nor at the second try",
            vec![Reply::Lost, refused(NOTHING)],
            false,
        ),
    ] {
        let count = replies.len();
        let service = Service::reply(replies);
        let revoked = service
            .store
            .revoke(&user().id, family().id, REVOCATION)
            .await;
        assert_eq!(revoked.expect("it is up"), ended, "{what}");
        assert_eq!(service.operations(), vec!["UpdateItem"; count], "{what}");
    }
}

/// A rotation is one write and no read, also when it is refused; the row comes with the answer.
#[tokio::test]
async fn a_rotation_is_one_call() {
    let row = json!({"Attributes": family_item()});
    let service = Service::reply([done(row), refused(&family_item()), refused(NOTHING)]);
    let rotate = async || service.store.rotate(&rotation()).await.expect("it is up");
    assert!(matches!(rotate().await, Rotated::Done(row) if row == family()));
    assert!(matches!(rotate().await, Rotated::Refused(Some(row)) if row == family()));
    assert!(matches!(rotate().await, Rotated::Refused(None)));
    let calls = service.calls();
    assert_eq!(calls.len(), 3);
    for call in calls {
        assert_eq!(call.operation, "UpdateItem");
        let condition = call.body["ConditionExpression"].as_str().expect("a text");
        for attribute in [
            "generation =",
            "secret_hash =",
            "attribute_not_exists(revoked_at)",
            "idle_expiry >",
            "absolute_expiry >",
        ] {
            assert!(condition.contains(attribute), "{attribute}");
        }
    }
}

/// What opens a family.
#[tokio::test]
async fn an_opened_family_is_what_was_checked() {
    let there = family_item();
    let mut other = family_item();
    other["generation"] = json!({"N": "5"});
    let failed = "ConditionalCheckFailed";
    for (what, reply, opened) in [
        ("done", done(json!({})), Some(Opened::Yes)),
        (
            "the user changed",
            cancelled(&[(failed, NOTHING), ("None", NOTHING)]),
            Some(Opened::UserChanged),
        ),
        (
            "they changed after an earlier try",
            cancelled(&[(failed, NOTHING), (failed, &there)]),
            Some(Opened::UserChanged),
        ),
        (
            "an earlier try did it",
            cancelled(&[("None", NOTHING), (failed, &there)]),
            Some(Opened::Yes),
        ),
        (
            "another family has the id",
            cancelled(&[("None", NOTHING), (failed, &other)]),
            None,
        ),
        (
            "an unreadable one has the id",
            cancelled(&[("None", NOTHING), (failed, &json!({"pk": {"S": "x"}}))]),
            None,
        ),
    ] {
        let service = Service::reply([reply]);
        let result = service.store.open(&family(), &hash()).await;
        assert_eq!(result.ok(), opened, "{what}");
        let [call] = &service.calls()[..] else {
            panic!("{what}: one call");
        };
        let put = &call.body["TransactItems"][1]["Put"]["Item"];
        assert_eq!(put, &family_item(), "{what}");
    }
}

/// An account that is there is ours if all of it is.
#[tokio::test]
async fn an_added_account_is_ours_or_taken() {
    let (ours, address) = (user_item(), address_item());
    let mut theirs = user_item();
    theirs["scope"] = json!({"S": "admin"});
    let mut their_address = address_item();
    their_address["user_id"] = json!({"S": "eve"});
    let failed = "ConditionalCheckFailed";
    for (what, reasons, added) in [
        (
            "ours",
            [(failed, &ours), (failed, &address)],
            Some(Added::Yes),
        ),
        (
            "the id",
            [(failed, &theirs), ("None", NOTHING)],
            Some(Added::Taken),
        ),
        (
            "the address",
            [("None", NOTHING), (failed, &their_address)],
            Some(Added::Taken),
        ),
        (
            "both",
            [(failed, &theirs), (failed, &their_address)],
            Some(Added::Taken),
        ),
        ("half of ours", [(failed, &ours), ("None", NOTHING)], None),
    ] {
        let service = Service::reply([cancelled(&reasons)]);
        let result = service.store.add(&user()).await;
        assert_eq!(result.ok(), added, "{what}");
        let body = &service.calls()[0].body["TransactItems"];
        assert_eq!(body[0]["Put"]["Item"], ours, "{what}");
        assert_eq!(body[1]["Put"]["Item"], address, "{what}");
    }
}

/// Transactions of one user collide, and so do they with single writes. The way is free soon.
#[tokio::test]
async fn a_collision_is_tried_again() {
    let conflict = || cancelled(&[("TransactionConflict", NOTHING), ("None", NOTHING)]);
    let throttled = || cancelled(&[("None", NOTHING), ("ThrottlingError", NOTHING)]);
    let service = Service::reply([conflict(), throttled(), conflict(), done(json!({}))]);
    let opened = service.store.open(&family(), &hash()).await;
    assert_eq!(opened.expect("in the end"), Opened::Yes);
    let tokens: Vec<_> = service
        .calls()
        .into_iter()
        .map(|call| call.body["ClientRequestToken"].clone())
        .collect();
    assert_eq!(tokens.len(), 4);
    assert!(tokens[0].is_string(), "DynamoDB knows it again by that");
    assert!(tokens.iter().all(|token| *token == tokens[0]));

    let conflict = error(400, "TransactionConflictException");
    let service = Service::reply([conflict.clone(), conflict, done(json!({}))]);
    let enabled = service.store.enable(&user().id).await;
    assert!(enabled.expect("in the end"));
    assert_eq!(service.operations(), ["UpdateItem"; 3]);
}

/// A collision that does not end is given up before the function is stopped.
#[tokio::test]
async fn patience_has_an_end() {
    let service =
        Service::start(|_| cancelled(&[("TransactionConflict", NOTHING), ("None", NOTHING)]));
    let (family, hash) = (family(), hash());
    let opened = service.store.open(&family, &hash);
    let limit = tollgate_aws::account::CALL_TIMEOUT + Duration::from_secs(2);
    let opened = tokio::time::timeout(limit, opened).await.expect("in time");
    assert!(opened.is_err());
    let tries = service.operations().len();
    assert!((2..=8).contains(&tries), "{tries}");
}

/// An attempt whose answer was lost is counted twice: the safe side.
#[tokio::test]
async fn a_lost_swap_is_a_conflict_with_itself() {
    let service = Service::reply([Reply::Lost, refused(&attempts_item())]);
    let swapped = service.store.swap(attempt_key(), None, attempts()).await;
    assert_eq!(
        swapped.expect("it is up"),
        Swapped::Conflict(Some(attempts()))
    );
    for call in service.calls() {
        assert_eq!(call.operation, "PutItem");
        assert_eq!(call.body["Item"], attempts_item());
    }
}
