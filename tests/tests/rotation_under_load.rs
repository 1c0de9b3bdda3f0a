//! Keys that rotate while everybody works, and one that is dropped: `cargo xtask rotation`.
#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tollgate_tests::client::Client;
use tollgate_tests::credentials::PASSWORD;
use tollgate_tests::deployed::Deployed;
use tollgate_tests::events::{authorizer_event, refresh_event};
use tollgate_tests::functions::user;
use tollgate_tests::moto::PREVIOUS;

const SANDBOXES: usize = 3;
const CLIENTS: usize = 4;
const ROTATIONS: usize = 4;
/// The setting of the sandboxes. A minute, if it is not set; the test does not have that long.
const KEY_MAX_AGE: Duration = Duration::from_secs(1);
/// A ring knows the current key and the previous one, so between two rotations every sandbox must
/// have looked. One that slept looks before it signs: after five times the greatest age.
const BETWEEN_ROTATIONS: Duration = Duration::from_secs(6);
/// What a client does between two refreshes. Without it, the test would be one of moto, which serves
/// one request at a time.
const PAUSE: Duration = Duration::from_millis(10);
/// The greatest age, whole seconds rounded up, and a call of the vault at its slowest.
const DROPPED_WITHIN: Duration = Duration::from_secs(5);

/// What the clients did, and what they did not get.
#[derive(Default)]
struct Tally {
    log_ins: AtomicUsize,
    refreshes: AtomicUsize,
    authorizations: AtomicUsize,
    log_outs: AtomicUsize,
    failures: AtomicUsize,
}

impl Tally {
    fn count(&self, what: &AtomicUsize, succeeded: bool, answer: impl FnOnce() -> String) {
        what.fetch_add(1, Ordering::Relaxed);
        if !succeeded {
            self.failures.fetch_add(1, Ordering::Relaxed);
            print(&format!("FAILED: {}", answer()));
        }
    }
}

/// Also when a rotation fails: nobody else ends the clients.
struct SetAtTheEnd<'a>(&'a AtomicBool);

impl Drop for SetAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
#[ignore = "needs TOLLGATE_MOTO, TOLLGATE_FUNCTIONS and TOLLGATE_TOOLS"]
fn rotation_under_load_fails_nothing_and_a_dropped_key_is_refused() {
    let max_age = format!("{}s", KEY_MAX_AGE.as_secs());
    let variables = [
        ("TOLLGATE_KEY_MAX_AGE", max_age.as_str()),
        ("TOLLGATE_REFRESH_GRACE", "60s"),
    ];
    let deployed = Deployed::start(SANDBOXES, &variables);
    let tally = Tally::default();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let email = format!("client-{client}@example.com");
            deployed.add(&user(&email, ""));
            let (deployed, tally, over) = (&deployed, &tally, &over);
            scope.spawn(move || {
                let http = deployed.client();
                while !over.load(Ordering::Relaxed) {
                    one_session(deployed, &http, &email, tally);
                }
            });
        }
        let at_the_end = SetAtTheEnd(&over);
        for rotation in 1..=ROTATIONS {
            std::thread::sleep(BETWEEN_ROTATIONS);
            deployed.rotate(deployed.moto.access_key());
            deployed.rotate(deployed.moto.refresh_key());
            print(&format!("rotation {rotation} of {ROTATIONS}, both keys"));
        }
        std::thread::sleep(BETWEEN_ROTATIONS);
        drop(at_the_end);
    });
    let [log_ins, refreshes, authorizations, log_outs, failures] = [
        &tally.log_ins,
        &tally.refreshes,
        &tally.authorizations,
        &tally.log_outs,
        &tally.failures,
    ]
    .map(|count| count.load(Ordering::Relaxed));
    print(&format!(
        "{SANDBOXES} sandboxes of each function, {ROTATIONS} rotations of each key\n\
         log-ins {log_ins}, refreshes {refreshes}, authorizations {authorizations}, log-outs {log_outs}\n\
         failed requests: {failures}"
    ));
    assert_eq!(failures, 0);
    assert!(log_ins >= ROTATIONS && refreshes >= 10 * ROTATIONS && authorizations > refreshes);
    drop_the_keys(&deployed);
}

/// Somebody comes, works for a while, and logs out.
fn one_session(deployed: &Deployed, http: &Client, email: &str, tally: &Tally) {
    let mut pair = http.log_in(email, PASSWORD);
    tally.count(&tally.log_ins, pair.status == 200, || format!("{pair:?}"));
    for _ in 0..20 {
        if pair.status != 200 {
            return;
        }
        for _ in 0..2 {
            let effect = authorize(deployed, pair.text("access_token"));
            let denied = || format!("{effect:?}");
            tally.count(&tally.authorizations, all(&effect, "Allow"), denied);
        }
        std::thread::sleep(PAUSE);
        pair = http.refresh(pair.text("refresh_token"));
        tally.count(&tally.refreshes, pair.status == 200, || format!("{pair:?}"));
    }
    let over = http.log_out(pair.text("refresh_token"));
    tally.count(&tally.log_outs, over.status == 204, || format!("{over:?}"));
}

/// A token of a dropped key is refused by every sandbox, and so is a refresh token.
fn drop_the_keys(deployed: &Deployed) {
    let http = deployed.client();
    let pair = http.log_in("client-0@example.com", PASSWORD);
    let (access, refresh) = (pair.text("access_token"), pair.text("refresh_token"));
    assert!(all(&authorize_each(deployed, access), "Allow"));
    for secret in [deployed.moto.access_key(), deployed.moto.refresh_key()] {
        deployed.rotate(secret);
        secret.remove_stage(PREVIOUS);
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "it is measured, and bounded generously"
    )]
    let dropped = Instant::now();
    let refused_everywhere = || all(&authorize_each(deployed, access), "Deny");
    while !refused_everywhere() {
        assert!(
            dropped.elapsed() < DROPPED_WITHIN,
            "still accepted somewhere"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    print(&format!(
        "a dropped access key is refused by every authorizer after {:.1} s, with {} s as the greatest age of a ring",
        dropped.elapsed().as_secs_f64(),
        KEY_MAX_AGE.as_secs()
    ));
    let event = refresh_event(refresh);
    let statuses = || {
        let answers = deployed.emulator.call_each("refresh", &event).into_iter();
        answers
            .map(|answer| answer.expect("an answer")["statusCode"].clone())
            .collect::<Vec<_>>()
    };
    while !statuses().iter().all(|status| *status == 401) {
        assert!(
            dropped.elapsed() < 2 * DROPPED_WITHIN,
            "still accepted somewhere"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    print(&format!(
        "a dropped refresh key is refused by every refresh after {:.1} s",
        dropped.elapsed().as_secs_f64()
    ));
}

fn authorize(deployed: &Deployed, token: &str) -> Vec<Value> {
    let answer = deployed
        .emulator
        .call("authorizer", &authorizer_event(token));
    vec![effect(answer.expect("an answer"))]
}

fn authorize_each(deployed: &Deployed, token: &str) -> Vec<Value> {
    let answers = deployed
        .emulator
        .call_each("authorizer", &authorizer_event(token));
    let answers = answers.into_iter();
    answers
        .map(|answer| effect(answer.expect("an answer")))
        .collect()
}

fn effect(mut answer: Value) -> Value {
    answer["policyDocument"]["Statement"][0]["Effect"].take()
}

fn all(effects: &[Value], wanted: &str) -> bool {
    effects.iter().all(|effect| effect == wanted)
}

#[expect(clippy::print_stdout, reason = "what cargo xtask rotation shows")]
fn print(line: &str) {
    println!("{line}");
}
