//! An attack on many accounts: a few guesses at each, with passwords that leaked elsewhere.

use std::time::Duration;

use tollgate_core::Timestamp;
use tollgate_core::attempts::{Attempts, Lane};

/// What the stage lets through: log-ins each second, over all callers (`template.yaml`).
pub const STAGE_LOG_INS_PER_SECOND: u64 = 20;

/// How many of `each_day` guesses at one account, evenly over the day, the policy looks at, in so
/// many days. Whoever is told to wait does not come again before the next guess is due.
#[must_use]
pub fn looked_at(each_day: u32, days: u32) -> u32 {
    let (mut row, mut looked_at): (Option<Attempts>, u32) = (None, 0);
    let pause = Duration::from_hours(24) / each_day;
    let mut now = Timestamp::from_unix(0);
    for _ in 0..each_day * days {
        if let Ok(next) = Lane::Account.admit(row, now) {
            row = Some(next);
            looked_at += 1;
        }
        now = now.plus(pause);
    }
    looked_at
}

/// How long the stage takes to let one guess at each of so many accounts through.
#[must_use]
pub fn one_pass(accounts: u64) -> Duration {
    Duration::from_secs(accounts / STAGE_LOG_INS_PER_SECOND)
}

/// How many accounts one guess at each opens, if so many in ten thousand of their owners use here
/// the password that leaked elsewhere.
#[must_use]
pub fn opened(accounts: u64, reused_in_ten_thousand: u64) -> u64 {
    accounts * reused_in_ten_thousand / 10_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_does_not_see_one_guess_a_day() {
        for (each_day, looked_at_in_a_year) in [(1, 365), (5, 1825), (50, 18_250), (90, 32_850)] {
            assert_eq!(
                looked_at(each_day, 365),
                looked_at_in_a_year,
                "{each_day} a day"
            );
        }
        // One every ten minutes: the policy has the last word.
        assert!(looked_at(144, 365) < 144 * 365);
    }

    #[test]
    fn what_one_pass_over_a_million_accounts_takes_and_gives() {
        assert_eq!(one_pass(1_000_000), Duration::from_secs(50_000));
        assert_eq!(opened(1_000_000, 50), 5_000);
    }

    #[test]
    fn the_stage_is_throttled_as_it_says_here() {
        let template = include_str!("../../../template.yaml");
        let (_, login) = template.split_once("/~1auth~1login").expect("its settings");
        let (_, rate) = login.split_once("ThrottlingRateLimit: ").expect("a rate");
        let rate = rate.lines().next().and_then(|rate| rate.parse().ok());
        assert_eq!(rate, Some(STAGE_LOG_INS_PER_SECOND));
    }
}
