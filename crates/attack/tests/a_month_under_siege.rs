//! What a month of guessing comes to: the figures of docs/guessing.md, for as long as a test may take.

use std::time::Duration;

use tollgate_attack::siege::{First, Outcome, Place, Siege};

/// The owner logs in each day from a known network; the attacker is elsewhere.
const USUAL: Siege = Siege {
    days: 30,
    owner_every: 1,
    owner_at: Place::Home,
    attacker_at_home: false,
    first: First::Attacker,
};
/// The first day has the free guesses and the short waits, too.
const FIRST_DAY: u32 = 98;
/// One each sixteen minutes.
const EACH_DAY: u32 = 90;

#[test]
fn ninety_guesses_a_day_and_the_owner_does_not_notice() {
    assert_eq!(
        USUAL.play(),
        Outcome {
            guesses: FIRST_DAY + 29 * EACH_DAY,
            most_a_day: FIRST_DAY,
            on_the_last_day: EACH_DAY,
            log_ins: 30,
            longest_wait: Duration::ZERO,
        }
    );
}

#[test]
fn whoever_shares_the_network_guesses_twice_as_often() {
    let outcome = Siege {
        attacker_at_home: true,
        owner_every: 60,
        ..USUAL
    }
    .play();
    assert_eq!(outcome.guesses, 2 * (FIRST_DAY + 29 * EACH_DAY));
    assert_eq!(outcome.most_a_day, 2 * FIRST_DAY);
}

#[test]
fn whoever_is_always_faster_keeps_the_owner_out_of_new_networks() {
    let outcome = Siege {
        owner_at: Place::Anywhere,
        ..USUAL
    }
    .play();
    assert_eq!(outcome.log_ins, 0);
    assert!(
        outcome.longest_wait > Duration::from_hours(29 * 24),
        "{outcome:?}"
    );
}

#[test]
fn whoever_is_not_always_faster_keeps_the_owner_waiting() {
    let outcome = Siege {
        owner_at: Place::Anywhere,
        first: First::Coin,
        ..USUAL
    }
    .play();
    assert_eq!(outcome.log_ins, 30, "{outcome:?}");
    assert!(
        outcome.longest_wait < Duration::from_hours(3),
        "{outcome:?}"
    );
    assert!(
        outcome.longest_wait >= Duration::from_mins(16),
        "{outcome:?}"
    );
    // Whenever the owner is in, the account's count begins anew.
    assert!(outcome.guesses > FIRST_DAY + 29 * EACH_DAY, "{outcome:?}");
    assert!(outcome.most_a_day <= 2 * FIRST_DAY, "{outcome:?}");
}
