//! Does moto do what AWS does, where the tests rely on it?

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tollgate_tests::moto::{CURRENT, Moto, PENDING, PREVIOUS};

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_rotation_moves_the_stages_and_can_be_rolled_back() {
    let moto = Moto::new();
    let secret = moto.access_key();
    let first = secret.value(CURRENT);
    assert_eq!(first.as_ref().map(String::len), Some(43));
    assert_eq!(
        (secret.value(PREVIOUS), secret.value(PENDING)),
        (None, None)
    );

    secret.begin_rotation();
    let second = secret.value(PENDING);
    assert_eq!(secret.value(CURRENT), first);
    secret.finish_rotation();
    assert_eq!(secret.value(CURRENT), second);
    assert_eq!(secret.value(PREVIOUS), first);
    assert_eq!(secret.value(PENDING), None);

    secret.roll_back();
    assert_eq!(secret.value(CURRENT), first);
    assert_eq!(secret.value(PREVIOUS), second);
    secret.remove_stage(PREVIOUS);
    assert_eq!(secret.value(PREVIOUS), None);
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn three_rotations_leave_two_values() {
    let moto = Moto::new();
    let secret = moto.refresh_key();
    let mut seen = vec![secret.value(CURRENT)];
    for _ in 0..3 {
        secret.rotate();
        assert_eq!(
            secret.value(PREVIOUS).as_ref(),
            seen.last().expect("one").as_ref()
        );
        seen.push(secret.value(CURRENT));
    }
    let different: std::collections::BTreeSet<_> = seen.into_iter().flatten().collect();
    assert_eq!(different.len(), 4);
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn secrets_can_be_broken_and_deleted() {
    let moto = Moto::new();
    let secret = moto.access_key();
    secret.put("too short", &[CURRENT]);
    assert_eq!(secret.value(CURRENT).as_deref(), Some("too short"));
    secret.delete();
    assert_eq!(secret.value(CURRENT), None);
    secret.recreate();
    assert_eq!(secret.value(CURRENT).map(|value| value.len()), Some(43));
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_table_goes_back_to_what_it_was() {
    let moto = Moto::new();
    let put = |name: &str| {
        let item = json!({"pk": {"S": name}, "sk": {"S": "-"}});
        let _ = moto.dynamodb("PutItem", &json!({"TableName": moto.table(), "Item": item}));
    };
    put("before");
    let before = moto.items();
    put("after");
    assert_eq!(moto.items().len(), 2);
    moto.restore(&before);
    assert_eq!(moto.items(), before);
    assert_ne!(moto.table(), Moto::new().table());
}

/// As in DynamoDB, and as moto itself does not promise: see `xtask/moto_server.py`.
#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn of_conditional_writes_that_race_one_wins() {
    const RACERS: usize = 48;
    let moto = Moto::new();
    for round in 0..30 {
        let start = Barrier::new(RACERS);
        let wins = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..RACERS {
                scope.spawn(|| {
                    let write = json!({
                        "TableName": moto.table(),
                        "Key": {"pk": {"S": "race"}, "sk": {"S": round.to_string()}},
                        "UpdateExpression": "SET generation = :next",
                        "ConditionExpression": "attribute_not_exists(generation)",
                        "ExpressionAttributeValues": {":next": {"N": "1"}},
                    });
                    start.wait();
                    match moto.try_dynamodb("UpdateItem", &write) {
                        Ok(_) => {
                            wins.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(refusal) => {
                            assert!(refusal.contains("ConditionalCheckFailed"), "{refusal}");
                        }
                    }
                });
            }
        });
        assert_eq!(wins.into_inner(), 1, "round {round}");
    }
}
