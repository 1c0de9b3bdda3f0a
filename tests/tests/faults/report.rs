//! What is printed, and what is written into docs/operations.md.

use std::fmt::Write;
use std::time::Duration;

use tollgate_tests::proxy::Fault;

use crate::matrix::{LONG, Row, Trouble};
use crate::trial::{Outcome, Seen};

/// After this a function is stopped: template.yaml.
const LAMBDA_TIMEOUT: Duration = Duration::from_secs(15);

/// The first cells of a row, by which the page is looked through.
pub(crate) fn name(row: &Row) -> String {
    format!(
        "| {} | {} | {} |",
        row.fault,
        row.who.name(),
        row.when.name()
    )
}

/// The table for the page: times in classes, so that it is the same after every run.
pub(crate) fn table(outcomes: &[Outcome<'_>]) -> String {
    let mut table = String::from(
        "| fault | of | when | log in | refresh | log out | request | answered within | logged | \
         lost | failed open | well again within |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for outcome in outcomes {
        let [log_in, refresh, log_out, request] =
            outcome.seen.each_ref().map(|seen| seen.answer.status);
        let newer = outcome.newer_key.as_ref();
        let newer = newer.filter(|seen| seen.answer.status != request);
        let newer = newer.map(|seen| format!(", newer key {}", seen.answer.status));
        let slowest = everything_seen(outcome).map(|seen| seen.took).max();
        let _ = writeln!(
            table,
            "{} {log_in} | {refresh} | {log_out} | {request}{} | {} | {} | {} | {} | {} |",
            name(outcome.row),
            newer.unwrap_or_default(),
            within(
                slowest,
                [
                    (800, "1 s"),
                    (3_500, "4 s"),
                    (5_500, "6 s"),
                    (9_500, "10 s")
                ]
            ),
            outcome.log.summary(),
            lost(outcome),
            failed_open(outcome),
            within(
                outcome.well_after,
                [(1_500, "2 s"), (6_000, "6 s"), (9_500, "10 s")]
            ),
        );
    }
    table
}

/// What was measured in a row.
pub(crate) fn figures(outcome: &Outcome<'_>) -> String {
    let exact = |seen: &Seen| format!("{} in {} ms", seen.answer.status, seen.took.as_millis());
    let [log_in, refresh, log_out, request] = outcome.seen.each_ref().map(exact);
    let newer = outcome.newer_key.as_ref().map(exact);
    let well_after = outcome
        .well_after
        .map(|time| format!("{} ms", time.as_millis()));
    format!(
        "{log_in} | {refresh} | {log_out} | {request} | {} | {} | {} lost | {} failed open | \
         well after {} | {} of {} calls met it |",
        newer.as_deref().unwrap_or("-"),
        outcome.log.summary(),
        lost(outcome),
        failed_open(outcome),
        well_after.as_deref().unwrap_or("never"),
        outcome.disturbed,
        outcome.calls
    )
}

/// The two figures, and whether everything was as expected.
pub(crate) fn verdict(outcomes: &[Outcome<'_>], problems: usize) -> String {
    let impostors = outcomes.iter().flat_map(|outcome| &outcome.refused);
    let checks = outcomes.iter().flat_map(|outcome| &outcome.kept);
    let let_in = impostors.clone().filter(|impostor| impostor.is_in());
    let lost = checks.clone().filter(|check| !check.holds);
    format!(
        "{} rows, {} times somebody who must not come in: {} failed open\n\
         {} times something that must be there: {} lost\n\
         otherwise than expected: {problems}",
        outcomes.len(),
        impostors.count(),
        let_in.count(),
        checks.count(),
        lost.count()
    )
}

/// What is otherwise than expected.
pub(crate) fn problems(outcome: &Outcome<'_>) -> Vec<String> {
    let mut problems = unexpected(outcome);
    let let_in = outcome.refused.iter().filter(|it| it.is_in());
    problems.extend(let_in.map(|it| format!("failed open: {}: {}", it.who, it.status)));
    let lost = outcome.kept.iter().filter(|check| !check.holds);
    problems.extend(lost.map(|check| format!("lost: it does not hold that {}", check.what)));
    for seen in everything_seen(outcome) {
        if !is_by_contract(seen) {
            problems.push(format!("not by the contract: {:?}", seen.answer));
        }
        if seen.took >= LAMBDA_TIMEOUT {
            problems.push(format!("an answer after {:?}", seen.took));
        }
    }
    if !was_met(outcome) {
        problems.push("nobody met the fault".to_owned());
    }
    let name = name(outcome.row);
    let problems = problems.iter();
    problems
        .map(|problem| format!("{name} {problem}"))
        .collect()
}

fn unexpected(outcome: &Outcome<'_>) -> Vec<String> {
    let expected = &outcome.row.expected;
    let mut problems = Vec::new();
    let statuses = outcome.seen.each_ref().map(|seen| seen.answer.status);
    if statuses != expected.statuses {
        problems.push(format!("{statuses:?}, not {:?}", expected.statuses));
    }
    let newer = outcome.newer_key.as_ref().map(|seen| seen.answer.status);
    if newer != expected.newer_key {
        problems.push(format!("newer key {newer:?}, not {:?}", expected.newer_key));
    }
    let missing = expected.logged.iter().filter(|it| !outcome.log.has(it));
    problems.extend(missing.map(|event| format!("{event} is not logged")));
    if expected.logged.is_empty() && !outcome.log.is_empty() {
        problems.push(format!("{} is logged", outcome.log.summary()));
    }
    let is_old = outcome.log.age_of_keys >= LONG.as_secs();
    if matches!(outcome.row.trouble, Trouble::ForLong(_)) && !is_old {
        let age = outcome.log.age_of_keys;
        problems.push(format!("keys are said to be {age} s old"));
    }
    let is_well = |time| time <= expected.well_within;
    if !outcome.well_after.is_some_and(is_well) {
        problems.push(format!("well after {:?}", outcome.well_after));
    }
    problems
}

/// A closed port counts no call, and a secret that was replaced is no matter of the proxy.
fn was_met(outcome: &Outcome<'_>) -> bool {
    match outcome.row.trouble {
        Trouble::Always(Fault::Refused) => outcome.calls == 0,
        Trouble::TooShort | Trouble::Binary | Trouble::MovedBack => outcome.secrets_read > 0,
        _ => outcome.disturbed > 0,
    }
}

/// Whoever is not served is told by which of the two words, and when to come again.
fn is_by_contract(seen: &Seen) -> bool {
    let answer = &seen.answer;
    let error = answer.body["error"].as_str();
    match answer.status {
        503 => error == Some("temporarily_unavailable") && answer.retry_after == Some(1),
        502 => error == Some("server_error") && answer.retry_after == Some(1),
        status => status < 300,
    }
}

fn everything_seen<'a>(outcome: &'a Outcome<'_>) -> impl Iterator<Item = &'a Seen> {
    outcome.seen.iter().chain(&outcome.newer_key)
}

/// A time in words; the bounds, in milliseconds, are where no time is near.
fn within<const N: usize>(
    time: Option<Duration>,
    classes: [(u128, &'static str); N],
) -> &'static str {
    let Some(time) = time.map(|time| time.as_millis()) else {
        return "never";
    };
    let class = classes.into_iter().find(|(bound, _)| time < *bound);
    class.map_or("more", |(_, words)| words)
}

fn lost(outcome: &Outcome<'_>) -> String {
    let lost = outcome.kept.iter().filter(|check| !check.holds);
    format!("{} of {}", lost.count(), outcome.kept.len())
}

fn failed_open(outcome: &Outcome<'_>) -> String {
    let let_in = outcome.refused.iter().filter(|impostor| impostor.is_in());
    format!("{} of {}", let_in.count(), outcome.refused.len())
}
