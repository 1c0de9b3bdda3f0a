//! Attacks that other systems fell to, each against ours, under the number that it is known by.
//!
//! Many of them are in the other tests too, in more forms. Here they are found by their names.

mod house;
mod tokens;

use std::collections::BTreeSet;
use std::time::Duration;

use house::House;
use serde_json::json;
use tokio::task::JoinSet;
use tollgate_core::email::{Email, InvalidEmail};
use tollgate_core::password::Password;
use tollgate_core::user::UserDirectory;
use tollgate_gateway::Invoke;
use tollgate_sandbox::Functions;
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::events::{http_answer, refresh_event};
use tollgate_tests::functions::{START, login_event, user};
use tollgate_wiring::Environment;

/// CVE-2026-1035, CVE-2026-9802, GHSA-392p-2q2v-4372: of refreshes at once, several had successors of
/// their own, so that a thief and a victim both went on.
#[tokio::test(flavor = "multi_thread")]
async fn refresh_races_have_one_successor() {
    let house = House::build().await;
    let token = house.scene.value("{{refresh_token}}").to_owned();
    let mut racers = JoinSet::new();
    for _ in 0..16 {
        let (functions, event) = (house.scene.fixture.functions.clone(), refresh_event(&token));
        racers.spawn(async move { functions.invoke("refresh", event).await.expect("an answer") });
    }
    let mut successors = BTreeSet::new();
    while let Some(answer) = racers.join_next().await {
        let answer = http_answer(&answer.expect("it ended"));
        successors.insert(answer.text("refresh_token").to_owned());
    }
    assert_eq!(successors.len(), 1);
    let successor = successors.first().expect("there is one");

    house.scene.fixture.pass(Duration::from_secs(11));
    assert_eq!(
        house.refresh(&token).await.refusal(),
        (401, "invalid_grant", "reused")
    );
    assert_eq!(
        house.refresh(successor).await.refusal(),
        (401, "invalid_grant", "revoked")
    );
}

/// GHSA-2vg6-77g8-24mp: whoever was deleted went on with the session that they had.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_does_not_survive_its_user() {
    let house = House::build().await;
    let token = house.scene.value("{{refresh_token}}").to_owned();
    let store = &house.scene.fixture.store;
    let users = store.list().await.expect("the users");
    for user in users {
        assert!(store.delete(&user.id).await.expect("it is deleted"));
    }
    assert_eq!(
        house.refresh(&token).await.refusal(),
        (401, "invalid_grant", "revoked")
    );
    // Nor does it come back with another user of the same address.
    store
        .add(&user(EMAIL, ""))
        .await
        .expect("the address is free");
    assert_eq!(
        house.refresh(&token).await.refusal(),
        (401, "invalid_grant", "revoked")
    );
}

/// GHSA-7rqj-j65f-68wh: an address was checked, and only then normalised into another one.
#[tokio::test(flavor = "multi_thread")]
async fn no_address_becomes_another_one_by_unicode() {
    let house = House::build().await;
    for address in [
        "ａda@example.com",
        "ada@ｅxample.com",
        "ada@example。com",
        "ada@example․com",
        "ad\u{61}\u{301}@example.com",
        "adа@example.com",
        "ada\u{200b}@example.com",
        "ADA@EXAMPLE.COM\u{feff}",
        "ada＠example.com",
        "ada@ex\u{ad}ample.com",
    ] {
        let parsed = address.parse::<Email>();
        assert_eq!(parsed, Err(InvalidEmail::NotAscii), "{address}");
        let event = login_event(address, PASSWORD, "192.0.2.10");
        let answer = house.scene.invoke("login", event).await.expect("an answer");
        assert_eq!(http_answer(&answer).status, 401, "{address}");
    }
}

/// GHSA-xmf8-cvqr-rfgj: a malformed header was an exception, and the request went on without a check.
#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_authorization_header_is_a_denial() {
    let house = House::build().await;
    for header in [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer  ",
        "bearer",
        "Bearer\t",
        "Bearer\0",
        "Bearer:",
        "Bearer=",
        "Bearer ,",
        ",",
        "Bearer null",
        "Bearer undefined",
        "Bearer [object Object]",
        "Bearer .",
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer é.é.é",
        "Basic",
        "Basic !!!",
        "Digest username=\"",
        "Negotiate",
        "null",
        "\u{feff}Bearer x",
        "🦀",
        "%",
    ] {
        for event in [
            json!({"type": "TOKEN", "authorizationToken": header, "methodArn": "arn:aws:execute-api:eu-central-1:1:a/v1/GET/me"}),
            json!({"type": "REQUEST", "headers": {"Authorization": header}, "methodArn": "arn:aws:execute-api:eu-central-1:1:a/v1/GET/me"}),
            json!({"type": "REQUEST", "multiValueHeaders": {"Authorization": [header]}}),
            json!({"type": "REQUEST", "version": "2.0", "headers": {"authorization": header}}),
        ] {
            let answer = house
                .scene
                .invoke("authorizer", event)
                .await
                .expect("an answer, not an error");
            let effect = &answer["policyDocument"]["Statement"][0]["Effect"];
            assert!(
                effect == "Deny" || answer["isAuthorized"] == false,
                "{header}: {answer}"
            );
            assert!(
                answer["context"]["reason"].is_string(),
                "{header}: {answer}"
            );
        }
    }
}

/// GHSA-8fpg-xm3f-6cx3: with a setting that could not be read, everybody was let in.
#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_cannot_be_read_stops_the_start() {
    let house = House::build().await;
    let fixture = &house.scene.fixture;
    let file = |path: &std::path::Path| format!("file://{}", path.display());
    let good = [
        ("TOLLGATE_ISSUER", "https://auth.example.com".to_owned()),
        ("TOLLGATE_AUDIENCE", "api.example.com".to_owned()),
        ("TOLLGATE_ACCESS_KEY", file(fixture.access_keys.path())),
        ("TOLLGATE_REFRESH_KEY", file(fixture.refresh_keys.path())),
        (
            "TOLLGATE_STORE",
            format!("sqlite://{}", fixture.database().display()),
        ),
    ];
    let starts = async |variables: Vec<(&'static str, String)>| {
        let environment = Environment::from_iter(variables);
        Functions::start(&environment, || START).await.is_ok()
    };
    assert!(starts(good.to_vec()).await);
    for (name, _) in &good {
        let mut missing = good.to_vec();
        missing.retain(|(other, _)| other != name);
        assert!(!starts(missing).await, "without {name}");
        for wrong in [
            "",
            " ",
            "file:///nowhere/at.all",
            "sqlite:///nowhere/at.all",
            "https://auth.example.com\n",
        ] {
            // Two of them are names, and a name of a file is one.
            if wrong.contains("nowhere") && matches!(*name, "TOLLGATE_ISSUER" | "TOLLGATE_AUDIENCE")
            {
                continue;
            }
            let wrongly = good.iter().map(|(other, value)| {
                (
                    *other,
                    if other == name {
                        wrong.to_owned()
                    } else {
                        value.clone()
                    },
                )
            });
            assert!(!starts(wrongly.collect()).await, "{name}={wrong:?}");
        }
    }
    let mut swapped = good.to_vec();
    swapped[3].1 = swapped[2].1.clone();
    assert!(!starts(swapped).await, "one key for both");
}

/// CVE-2013-1443: hashing a very long password kept a server busy.
#[tokio::test(flavor = "multi_thread")]
async fn a_very_long_password_is_refused_before_it_is_hashed() {
    let house = House::build().await;
    for (length, status) in [
        (1_024, 401),
        (1_025, 400),
        (7_000, 400),
        (9_000, 413),
        (1 << 20, 413),
    ] {
        let long = "x".repeat(length);
        assert_eq!(
            Password::new(long.clone()).is_err(),
            length > Password::MAX_BYTES
        );
        let event = login_event(EMAIL, &long, "192.0.2.10");
        let answer = house.scene.invoke("login", event).await.expect("an answer");
        assert_eq!(http_answer(&answer).status, status, "{length}");
    }
}
