//! What is printed, and what is written into docs/hostile-input.md.

use std::fmt::Write;
use std::time::Duration;

use super::class::{CLASSES, Class, Maker};
use super::tally::{Count, Tally};

/// The table: who could make the tokens, then class by class.
#[must_use]
pub fn table(tally: &Tally) -> String {
    let mut table = String::from(
        "| class | tokens | different | calls | accepted | errors | slowest |\n|---|--:|--:|--:|--:|--:|--:|\n",
    );
    for (maker, title) in [
        (Maker::Stranger, "without the key"),
        (Maker::Issuer, "signed with the real key"),
    ] {
        let rows = || {
            CLASSES
                .iter()
                .zip(&tally.counts)
                .filter(move |(class, _)| class.maker == maker)
        };
        let _ = writeln!(table, "{}", row(&format!("**{title}**"), &sum(rows())));
        for (class, count) in rows() {
            let _ = writeln!(table, "{}", row(class.name, count));
        }
    }
    let all = sum(CLASSES.iter().zip(&tally.counts));
    let _ = writeln!(table, "{}", row("**all**", &all));
    table
}

/// Seed, totals, and whether everything was as it should be, in one line each.
#[must_use]
pub fn verdict(tally: &Tally, seed: u64) -> String {
    let (tokens, calls) = (grouped(tally.tokens()), grouped(tally.calls()));
    let mut text = format!(
        "seed {seed}: {tokens} tokens ({} different) in {} classes, {calls} calls: {} accepted, {} errors\n",
        grouped(u64::try_from(tally.different()).unwrap_or(u64::MAX)),
        CLASSES.len(),
        tally.accepted(),
        tally.errors()
    );
    for finding in tally.findings.iter().take(20) {
        let _ = writeln!(text, "{}", finding.line(seed));
    }
    for broken in &tally.broken {
        let _ = writeln!(text, "{broken}");
    }
    text
}

fn row(name: &str, count: &Count) -> String {
    format!(
        "| {name} | {} | {} | {} | {} | {} | {} |",
        grouped(count.tokens),
        grouped(u64::try_from(count.different.len()).unwrap_or(u64::MAX)),
        grouped(count.calls.values().sum()),
        count.accepted,
        count.errors,
        milliseconds(count.slowest)
    )
}

fn sum<'a>(rows: impl Iterator<Item = (&'a Class, &'a Count)>) -> Count {
    rows.fold(Count::default(), |mut sum, (_, count)| {
        sum.tokens += count.tokens;
        sum.different.extend(&count.different);
        sum.accepted += count.accepted;
        sum.errors += count.errors;
        sum.slowest = sum.slowest.max(count.slowest);
        for (asked, calls) in &count.calls {
            *sum.calls.entry(asked).or_default() += calls;
        }
        sum
    })
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

/// A comma before each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
