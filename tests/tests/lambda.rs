//! The binaries that deploy, as Lambda runs them, on AWS as moto plays it.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;

use serde_json::Value;
use tollgate_tests::client::Client;
use tollgate_tests::credentials::{EMAIL, PASSWORD, WRONG_PASSWORD};
use tollgate_tests::deployed::Deployed;
use tollgate_tests::emulator::Emulator;
use tollgate_tests::events::{authorizer_event, refresh_event};
use tollgate_tests::functions::user;
use tollgate_tests::moto::{Moto, PREVIOUS};
use tollgate_tests::proxy::Proxy;

/// Log in, authorize, call, refresh, reuse, log out, rotate.
#[test]
#[ignore = "needs TOLLGATE_MOTO, TOLLGATE_FUNCTIONS and TOLLGATE_TOOLS"]
fn a_session_from_beginning_to_end() {
    let deployed = Deployed::start(2, &[("TOLLGATE_REFRESH_GRACE", "0s")]);
    deployed.add(&user(EMAIL, "reports:read"));
    deployed.add(&user("bob@example.com", ""));
    let client = deployed.client();

    let wrong = client.log_in(EMAIL, WRONG_PASSWORD);
    assert_eq!(wrong.refusal(), (401, "invalid_credentials", "-"));
    let first = client.log_in(EMAIL, PASSWORD);
    assert_eq!(first.status, 200, "{first:?}");
    let me = client.get_as("/me", first.text("access_token"));
    assert_eq!((me.status, me.text("email")), (200, EMAIL));
    assert_eq!(
        client.get_as("/reports", first.text("access_token")).status,
        200
    );
    let bob = client.log_in("bob@example.com", PASSWORD);
    let forbidden = client.get_as("/reports", bob.text("access_token"));
    assert_eq!(forbidden.refusal(), (403, "insufficient_scope", "-"));
    let forged = client.get("/me", &[&format!("Bearer {}x", first.text("access_token"))]);
    assert_eq!(forged.refusal(), (401, "invalid_token", "-"));
    assert_eq!(client.get("/me", &[]).refusal(), (401, "unauthorized", "-"));

    let second = client.refresh(first.text("refresh_token"));
    assert_eq!(second.status, 200, "{second:?}");
    // Without a grace time, the second of the next second is the latest that the first is repeated.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let stolen = client.refresh(first.text("refresh_token"));
    assert_eq!(stolen.refusal(), (401, "invalid_grant", "reused"));
    let owner = client.refresh(second.text("refresh_token"));
    assert_eq!(owner.refusal(), (401, "invalid_grant", "revoked"));

    assert_eq!(client.log_out(bob.text("refresh_token")).status, 204);
    let over = client.refresh(bob.text("refresh_token"));
    assert_eq!(over.refusal(), (401, "invalid_grant", "revoked"));
    rotate_and_drop(&deployed, &client);
}

/// A rotation ends nothing; a dropped key ends what was signed with it.
fn rotate_and_drop(deployed: &Deployed, client: &Client) {
    let before = client.log_in(EMAIL, PASSWORD);
    deployed.rotate(deployed.moto.access_key());
    deployed.rotate(deployed.moto.refresh_key());
    assert_eq!(
        client.get_as("/me", before.text("access_token")).status,
        200
    );
    let after = client.refresh(before.text("refresh_token"));
    assert_eq!(after.status, 200, "{after:?}");
    assert_eq!(client.get_as("/me", after.text("access_token")).status, 200);

    // Sandboxes that start now know what there is now.
    deployed.moto.refresh_key().remove_stage(PREVIOUS);
    let fresh = Emulator::start(&["refresh"], 1, deployed.variables());
    let event = refresh_event(before.text("refresh_token"));
    let refused = fresh.call("refresh", &event).expect("an answer");
    assert_eq!(refused["statusCode"], 401);
}

/// Once it has started, the authorizer calls nobody, whatever it is shown.
#[test]
#[ignore = "needs TOLLGATE_MOTO, TOLLGATE_FUNCTIONS and TOLLGATE_TOOLS"]
fn a_warm_authorizer_makes_no_network_call() {
    let moto = Moto::new();
    let proxy = Proxy::start(moto.url());
    let deployed = Deployed::start_at(moto, proxy.url(), 1, &[]);
    deployed.add(&user(EMAIL, ""));
    let token = deployed.client().log_in(EMAIL, PASSWORD);
    let token = token.text("access_token");
    let authorize = |token: &str| {
        let answer = deployed
            .emulator
            .call("authorizer", &authorizer_event(token));
        answer.expect("an answer")["policyDocument"]["Statement"][0]["Effect"].clone()
    };
    assert_eq!(authorize(token), "Allow");
    let started = proxy.calls();
    assert!(
        started.operation("GetSecretValue") >= 3,
        "the start reads its key"
    );
    for _ in 0..200 {
        assert_eq!(authorize(token), "Allow");
        assert_eq!(authorize(&format!("{token}x")), "Deny");
    }
    let calls = proxy.calls().total();
    print(&format!(
        "network calls of a warm authorizer in 400 events: {calls}"
    ));
    assert_eq!(calls, 0);
}

/// A thousand refreshes with one token at once, across processes: one successor, nobody logged out.
#[test]
#[ignore = "needs TOLLGATE_MOTO, TOLLGATE_FUNCTIONS and TOLLGATE_TOOLS"]
fn a_thousand_refreshes_at_once_have_one_successor() {
    const REFRESHES: usize = 1_000;
    const SANDBOXES: usize = 12;
    let deployed = Deployed::start(SANDBOXES, &[("TOLLGATE_REFRESH_GRACE", "60s")]);
    deployed.add(&user(EMAIL, ""));
    let first = deployed.client().log_in(EMAIL, PASSWORD);
    let event = refresh_event(first.text("refresh_token"));
    let refresh = || {
        deployed
            .emulator
            .call("refresh", &event)
            .expect("an answer")
    };
    let share = |count| move || (0..count).map(|_| refresh()).collect::<Vec<_>>();
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..SANDBOXES * 2)
            .map(|thread| {
                let count = (REFRESHES + thread) / (SANDBOXES * 2);
                scope.spawn(share(count))
            })
            .collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().expect("answers"));
        joined.flatten().collect()
    });
    assert_eq!(answers.len(), REFRESHES);
    let successors: BTreeSet<String> = answers.iter().map(successor).collect();
    print(&format!(
        "{REFRESHES} refreshes with one token, {SANDBOXES} processes at a time: {} distinct successor",
        successors.len()
    ));
    assert_eq!(successors.len(), 1, "distinct successors");
    let successor = successors.first().expect("one");
    assert_eq!(deployed.client().refresh(successor).status, 200);
}

#[expect(clippy::print_stdout, reason = "what cargo xtask figures shows")]
fn print(line: &str) {
    println!("{line}");
}

fn successor(answer: &Value) -> String {
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let body = answer["body"].as_str().expect("a body");
    let body: Value = serde_json::from_str(body).expect("JSON");
    body["refresh_token"].as_str().expect("a token").to_owned()
}
