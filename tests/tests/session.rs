//! A session through time: grace, idempotency keys, expiry, rotation of keys, throttling.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tollgate_core::user::{UserDirectory, Users};
use tollgate_tests::credentials::{EMAIL, PASSWORD, WRONG_PASSWORD};
use tollgate_tests::functions::{hash, rng};
use tollgate_tests::local::Local;

const DAY: Duration = Duration::from_hours(24);

#[test]
fn a_lost_answer_is_asked_for_again_with_its_key() {
    let local = Local::start();
    let client = local.client();
    let first = client.log_in(EMAIL, PASSWORD);
    let first = first.text("refresh_token");
    local.fixture.pass(Duration::from_mins(15));
    let lost = client.refresh_with_key(first, "key-1");
    local.fixture.pass(Duration::from_hours(23));
    let found = client.refresh_with_key(first, "key-1");
    assert_eq!(found.text("refresh_token"), lost.text("refresh_token"));
    local.fixture.pass(Duration::from_mins(1));
    let other_key = client.refresh_with_key(first, "key-2");
    assert_eq!(other_key.refusal(), (401, "invalid_grant", "reused"));

    let bad_key = client.refresh_with_key(first, &"k".repeat(256));
    assert_eq!(bad_key.refusal(), (400, "invalid_request", "-"));
}

#[test]
fn a_session_ends_when_it_is_left_alone_and_after_thirty_days() {
    let local = Local::start();
    let client = local.client();
    let idle = client.log_in(EMAIL, PASSWORD);
    let mut used = client.log_in(EMAIL, PASSWORD);
    for day in 1..30 {
        local.fixture.pass(DAY);
        used = client.refresh(used.text("refresh_token"));
        assert_eq!(used.status, 200, "day {day}");
        let left = used.body["refresh_expires_in"].as_u64().expect("seconds");
        assert_eq!(left, (7 * DAY).min((30 - day) * DAY).as_secs(), "day {day}");
        if day == 7 {
            let expired = client.refresh(idle.text("refresh_token"));
            assert_eq!(expired.refusal(), (401, "invalid_grant", "expired"));
        }
    }
    local.fixture.pass(DAY);
    let expired = client.refresh(used.text("refresh_token"));
    assert_eq!(expired.refusal(), (401, "invalid_grant", "expired"));
}

#[test]
fn an_access_token_ends_with_its_time_even_in_the_cache() {
    let local = Local::start();
    let client = local.client();
    let token = client.log_in(EMAIL, PASSWORD);
    let token = token.text("access_token");
    local.fixture.pass(Duration::from_secs(899));
    assert_eq!(client.get_as("/me", token).status, 200);
    // The gateway has the allowance in its cache now; the function looks at the time again.
    local.fixture.pass(Duration::from_secs(6));
    let expired = client.get_as("/me", token);
    assert_eq!(expired.refusal(), (401, "invalid_token", "-"));
    let challenge = r#"Bearer realm="tollgate", error="invalid_token""#;
    assert_eq!(expired.challenge.as_deref(), Some(challenge));
}

#[test]
fn scope_never_widens_in_a_session() {
    let local = Local::start();
    let client = local.client();
    let mut pair = client.log_in(EMAIL, PASSWORD);
    let database = rusqlite::Connection::open(local.fixture.database()).expect("the database");
    for (held_now, granted) in [("admin reports:read", "reports:read"), ("admin", "")] {
        database
            .execute("UPDATE users SET scope = ?1", [held_now])
            .expect("one user");
        local.fixture.pass(Duration::from_mins(1));
        pair = client.refresh(pair.text("refresh_token"));
        let me = client.get_as("/me", pair.text("access_token"));
        assert_eq!(me.text("scope"), granted, "the user holds {held_now}");
    }
}

/// Whoever knows the old password has a log-in under way all the time; the change ends them all.
#[test]
fn a_changed_password_ends_sessions_that_are_just_beginning() {
    let local = Local::start();
    let client = local.client();
    let email = EMAIL.parse().expect("an address");
    let store = &local.fixture.store;
    let ada = local
        .block_on(store.find_by_email(&email))
        .expect("it is up")
        .expect("ada");
    let other = hash(WRONG_PASSWORD);
    let now = local.fixture.now();
    let (entered, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let tokens: Vec<String> = std::thread::scope(|scope| {
        // So few that they are not throttled: an attempt counts until it has succeeded.
        let keep_logging_in = || {
            let (client, mut tokens) = (client.fresh(), vec![]);
            while !stop.load(Ordering::Relaxed) {
                let answer = client.log_in(EMAIL, PASSWORD);
                if answer.status == 200 {
                    tokens.push(answer.text("refresh_token").to_owned());
                    entered.fetch_add(1, Ordering::Relaxed);
                }
            }
            tokens
        };
        let thieves: Vec<_> = (0..3).map(|_| scope.spawn(keep_logging_in)).collect();
        while entered.load(Ordering::Relaxed) < 6 {
            std::thread::yield_now();
        }
        assert!(
            local
                .block_on(store.set_password(&ada.id, &other, now))
                .expect("it is up")
        );
        stop.store(true, Ordering::Relaxed);
        thieves
            .into_iter()
            .flat_map(|thief| thief.join().expect("no panic"))
            .collect()
    });
    assert!(!tokens.is_empty());
    for token in tokens {
        assert_eq!(
            client.refresh(&token).refusal(),
            (401, "invalid_grant", "revoked")
        );
    }
}

/// With requests just before and just after each rotation, as in normal use.
#[test]
fn a_rotation_in_the_middle_of_use_fails_no_request() {
    let local = Local::start();
    let client = local.client();
    for round in 0..3 {
        local.fixture.pass(Duration::from_secs(62));
        // Normal use: this renews the rings.
        let before = client.log_in(EMAIL, PASSWORD);
        assert_eq!(
            client.get_as("/me", before.text("access_token")).status,
            200
        );
        local
            .fixture
            .access_keys
            .rotate(&mut rng())
            .expect("it can be written");
        local
            .fixture
            .refresh_keys
            .rotate(&mut rng())
            .expect("it can be written");
        // Another machine, which starts now, signs with the new keys.
        let other = local.client_beside();
        let after = other.log_in(EMAIL, PASSWORD);
        assert_ne!(
            header(before.text("access_token")),
            header(after.text("access_token"))
        );
        assert_eq!(
            client.get_as("/me", after.text("access_token")).status,
            200,
            "round {round}"
        );
        let next = client.refresh(after.text("refresh_token"));
        assert_eq!(next.status, 200, "round {round}: {next:?}");
        assert_eq!(client.log_out(next.text("refresh_token")).status, 204);
        let over = other.refresh(next.text("refresh_token"));
        assert_eq!(
            over.refusal(),
            (401, "invalid_grant", "revoked"),
            "round {round}"
        );
        assert_eq!(
            client.refresh(before.text("refresh_token")).status,
            200,
            "round {round}"
        );
    }
}

#[test]
fn rotated_keys_log_nobody_out() {
    let local = Local::start();
    let client = local.client();
    let before = client.log_in(EMAIL, PASSWORD);
    for round in 0..2 {
        local
            .fixture
            .access_keys
            .rotate(&mut rng())
            .expect("it can be written");
        local
            .fixture
            .refresh_keys
            .rotate(&mut rng())
            .expect("it can be written");
        // Long enough for a sleeper to look at its keys before it uses them.
        local.fixture.pass(Duration::from_mins(5));
        let after = client.log_in(EMAIL, PASSWORD);
        assert_ne!(
            header(before.text("access_token")),
            header(after.text("access_token"))
        );
        for pair in [&before, &after] {
            assert_eq!(
                client.get_as("/me", pair.text("access_token")).status,
                200,
                "{round}"
            );
        }
    }
    assert_eq!(client.refresh(before.text("refresh_token")).status, 200);
}

fn header(token: &str) -> &str {
    token.split('.').next().expect("a header")
}

#[test]
fn guesses_are_slowed_down_whether_or_not_there_is_a_user() {
    let local = Local::start();
    let client = local.client();
    for email in [EMAIL, "nobody@example.com"] {
        for guess in 1..=5 {
            let answer = client.log_in(email, WRONG_PASSWORD);
            assert_eq!(
                answer.refusal(),
                (401, "invalid_credentials", "-"),
                "{email} {guess}"
            );
        }
        for password in [WRONG_PASSWORD, PASSWORD] {
            let answer = client.log_in(email, password);
            assert_eq!(answer.refusal(), (429, "too_many_attempts", "-"), "{email}");
            assert_eq!(answer.retry_after, Some(60), "{email}");
        }
    }
    local.fixture.pass(Duration::from_mins(1));
    assert_eq!(client.log_in(EMAIL, PASSWORD).status, 200);
    assert_eq!(client.log_in(EMAIL, WRONG_PASSWORD).status, 401, "forgiven");
}

#[test]
fn guesses_at_once_are_no_more_than_guesses_in_a_row() {
    let local = Local::start();
    let client = local.client();
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let guess = || client.log_in(EMAIL, WRONG_PASSWORD).status;
        let guesses: Vec<_> = (0..40).map(|_| scope.spawn(guess)).collect();
        guesses
            .into_iter()
            .map(|guess| guess.join().expect("an answer"))
            .collect()
    });
    let looked_at = answers.iter().filter(|status| **status == 401).count();
    assert!(
        (1..=5).contains(&looked_at),
        "{looked_at} of 40 guesses were looked at"
    );
    assert!(answers.iter().all(|status| [401, 429].contains(status)));
}

/// A stranger has used up the account's guesses; the owner's own network has its own count.
#[test]
fn the_owner_gets_in_while_a_stranger_guesses() {
    let local = Local::start();
    let login = |source: &str, password: &str| {
        let event = tollgate_tests::functions::login_event(EMAIL, password, source);
        let answer = tollgate_gateway::Invoke::invoke(&local.fixture.functions, "login", event);
        local.block_on(answer).expect("an answer")["statusCode"]
            .as_u64()
            .expect("a status")
    };
    assert_eq!(login("192.0.2.7", PASSWORD), 200, "at home");
    for _ in 0..5 {
        assert_eq!(login("203.0.113.1", WRONG_PASSWORD), 401);
    }
    assert_eq!(login("203.0.113.1", PASSWORD), 429);
    assert_eq!(
        login("198.51.100.9", PASSWORD),
        429,
        "every stranger shares one count"
    );
    assert_eq!(login("192.0.2.200", PASSWORD), 200, "at home again");
    for _ in 0..5 {
        let _ = login("192.0.2.7", WRONG_PASSWORD);
    }
    assert_eq!(login("192.0.2.7", PASSWORD), 429, "home has a limit too");
}

#[test]
fn a_user_who_is_gone_cannot_refresh() {
    let local = Local::start();
    let client = local.client();
    let pair = client.log_in(EMAIL, PASSWORD);
    let email = EMAIL.parse().expect("an address");
    let store = &local.fixture.store;
    let ada = local
        .block_on(store.find_by_email(&email))
        .expect("it is up")
        .expect("ada");
    assert!(local.block_on(store.delete(&ada.id)).expect("it is up"));
    let refused = client.refresh(pair.text("refresh_token"));
    assert_eq!(refused.refusal(), (401, "invalid_grant", "revoked"));
}
