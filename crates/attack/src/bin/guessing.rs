//! A year of guessing, against one account and against a million.
//!
//! `guessing FILE`: where the tables go.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use tollgate_attack::siege::{First, Outcome, Place, Siege};
use tollgate_attack::stuffing;

const YEAR: u32 = 365;
const ACCOUNTS: u64 = 1_000_000;

fn main() {
    let file = std::env::args().nth(1).expect("where the tables go");
    let text = format!("{}\n{}\n{}", one_account(), the_policy(), many_accounts());
    fs::write(file, text).expect("a file that can be written");
}

fn one_account() -> String {
    let mut table = "| the owner logs in | the attacker | guesses in a year | most on one day | on the last day | log-ins | the owner's longest wait |\n|---|---|---:|---:|---:|---:|---:|\n".to_owned();
    for (owner, attacker, siege) in sieges() {
        let Outcome {
            guesses,
            most_a_day,
            on_the_last_day,
            log_ins,
            longest_wait,
        } = siege.play();
        let wait = shown(longest_wait);
        let _ = writeln!(
            table,
            "| {owner} | {attacker} | {guesses} | {most_a_day} | {on_the_last_day} | {log_ins} | {wait} |"
        );
    }
    table
}

fn sieges() -> Vec<(&'static str, &'static str, Siege)> {
    let usual = Siege {
        days: YEAR,
        owner_every: 1,
        owner_at: Place::Home,
        attacker_at_home: false,
        first: First::Attacker,
    };
    let at_home = Siege {
        attacker_at_home: true,
        ..usual
    };
    let anywhere = Siege {
        owner_at: Place::Anywhere,
        ..usual
    };
    let coin = |siege| Siege {
        first: First::Coin,
        ..siege
    };
    let weekly = |siege| Siege {
        owner_every: 7,
        ..siege
    };
    let (elsewhere, same) = ("is elsewhere", "is in the owner's network, too");
    let first = "is elsewhere, and always a moment faster";
    vec![
        ("each day from a known network", elsewhere, usual),
        ("each week from a known network", elsewhere, weekly(usual)),
        ("each day from a new network", elsewhere, coin(anywhere)),
        (
            "each week from a new network",
            elsewhere,
            weekly(coin(anywhere)),
        ),
        ("each day from a new network", first, anywhere),
        ("each day from a known network", same, coin(at_home)),
    ]
}

fn the_policy() -> String {
    let mut table =
        "| guesses sent at one account each day | looked at in a year |\n|---:|---:|\n".to_owned();
    for each_day in [1, 5, 50, 90, 144, 1440] {
        let _ = writeln!(
            table,
            "| {each_day} | {} |",
            stuffing::looked_at(each_day, YEAR)
        );
    }
    table
}

fn many_accounts() -> String {
    let pass = shown(stuffing::one_pass(ACCOUNTS));
    let mut table = format!(
        "One guess at each of {ACCOUNTS} accounts takes {pass} at the stage's {} log-ins a second.\n\n| owners who use here a password that leaked elsewhere | accounts that one pass opens |\n|---:|---:|\n",
        stuffing::STAGE_LOG_INS_PER_SECOND
    );
    for (share, in_ten_thousand) in [("0.1 %", 10), ("0.5 %", 50), ("1 %", 100), ("2 %", 200)] {
        let opened = stuffing::opened(ACCOUNTS, in_ten_thousand);
        let _ = writeln!(table, "| {share} | {opened} |");
    }
    table
}

fn shown(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
