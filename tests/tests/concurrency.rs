//! Refresh races: many requests with one token, at once and late.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::time::Duration;

use tollgate_tests::client::{Answer, Client};
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::local::Local;
use tollgate_tests::logs;
use tollgate_tests::server::{Server, add_user, data_directory};

/// The same refresh from many clients at the same moment.
fn race(client: &Client, token: &str, racers: usize) -> Vec<Answer> {
    let barrier = Barrier::new(racers);
    std::thread::scope(|scope| {
        let racing = || {
            // A connection of its own for each.
            let client = client.fresh();
            barrier.wait();
            client.refresh(token)
        };
        let racers: Vec<_> = (0..racers).map(|_| scope.spawn(racing)).collect();
        racers
            .into_iter()
            .map(|racer| racer.join().expect("an answer"))
            .collect()
    })
}

#[test]
fn parallel_refreshes_have_one_successor_and_log_nobody_out() {
    let data = data_directory();
    add_user(data.path(), "");
    let server = Server::start(data.path());
    let client = server.client();
    let mut chain = vec![
        client
            .log_in(EMAIL, PASSWORD)
            .text("refresh_token")
            .to_owned(),
    ];
    for racers in [2, 20, 100] {
        let token = chain.last().expect("the log-in");
        let answers = race(&client, token, racers);
        let refused: Vec<_> = answers
            .iter()
            .filter(|answer| answer.status != 200)
            .collect();
        assert_eq!(refused, Vec::<&Answer>::new(), "{racers} racers");
        let successors: BTreeSet<_> = answers
            .iter()
            .map(|answer| answer.text("refresh_token").to_owned())
            .collect();
        assert_eq!(successors.len(), 1, "{racers} racers");
        chain.extend(successors);
    }

    // Every ancestor but the last is a stolen one: the first to come back ends the family.
    let thief = client.refresh(&chain[0]);
    assert_eq!(thief.refusal(), (401, "invalid_grant", "reused"));
    for token in &chain {
        assert_eq!(
            client.refresh(token).refusal(),
            (401, "invalid_grant", "revoked")
        );
    }
}

#[test]
fn an_ancestor_after_the_window_ends_the_family_with_one_event() {
    let local = Local::start();
    let client = local.client();
    let first = client.log_in(EMAIL, PASSWORD);
    local.fixture.pass(Duration::from_mins(15));
    let second = client.refresh(first.text("refresh_token"));
    local.fixture.pass(Duration::from_secs(10));
    let again = client.refresh(first.text("refresh_token"));
    assert_eq!(
        again.text("refresh_token"),
        second.text("refresh_token"),
        "still in the window"
    );

    local.fixture.pass(Duration::from_secs(1));
    let thieves = race(&client, first.text("refresh_token"), 10);
    let reasons: BTreeSet<_> = thieves.iter().map(Answer::refusal).collect();
    let (reused, revoked) = (
        (401, "invalid_grant", "reused"),
        (401, "invalid_grant", "revoked"),
    );
    assert!(reasons.contains(&reused), "{reasons:?}");
    assert!(
        reasons.is_subset(&BTreeSet::from([reused, revoked])),
        "{reasons:?}"
    );
    assert_eq!(
        client.refresh(second.text("refresh_token")).refusal(),
        revoked
    );

    let family = family_of(&second);
    let log = logs::folder().join(format!("{}.log", logs::name()));
    let log = std::fs::read_to_string(log).expect("this process logs");
    let told = log
        .lines()
        .filter(|line| line.contains("refresh.reuse_detected") && line.contains(&family))
        .count();
    assert_eq!(told, 1, "one event says so");
}

/// The `sid` of an access token.
fn family_of(answer: &Answer) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let claims = answer
        .text("access_token")
        .split('.')
        .nth(1)
        .expect("claims");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    claims["sid"].as_str().expect("a family").to_owned()
}
