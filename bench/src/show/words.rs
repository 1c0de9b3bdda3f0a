//! What numbers mean, in words: who is how many times faster, and which goal was met.

use crate::show::number::{three_digits, tick, value};
use crate::table::{Goal, Table, Unit};

/// What Tollgate is beside another: `23.4 times faster`.
pub(crate) fn comparison(unit: Unit, own: f64, other: f64) -> String {
    let better = if unit.more_is_better() {
        own / other
    } else {
        other / own
    };
    times_better(unit, better)
}

/// A ratio of which more is better; what is said is never below one.
fn times_better(unit: Unit, ratio: f64) -> String {
    let (better, worse) = adjectives(unit);
    match ratio {
        ratio if !ratio.is_finite() || ratio <= 0.0 => "–".to_owned(),
        ratio if (0.995..1.005).contains(&ratio) => "the same".to_owned(),
        ratio if ratio > 1.0 => format!("{} times {better}", three_digits(ratio)),
        ratio => format!("{} times {worse}", three_digits(1.0 / ratio)),
    }
}

/// What Tollgate is if it is better, and if it is worse.
fn adjectives(unit: Unit) -> (&'static str, &'static str) {
    match unit {
        Unit::Time | Unit::Rate => ("faster", "slower"),
        Unit::Bytes => ("smaller", "larger"),
        // They are the way that a processor goes.
        Unit::Instructions => ("shorter", "longer"),
    }
}

/// What was wanted, what was measured, and whether that is enough: a line.
pub(crate) fn goal(table: &Table, goal: &Goal) -> String {
    let better = adjectives(table.unit).0;
    let wanted = match *goal {
        Goal::AtMost(times) => format!("at most {} times the limit", plain(times)),
        Goal::Better(1.0, rival) => format!("{better} than {rival}"),
        Goal::Better(times, rival) => {
            format!("at least {} times {better} than {rival}", plain(times))
        }
        Goal::Within(bound) => format!("at most {}", value(table.unit, bound)),
    };
    let Some(outcome) = table.outcome(goal) else {
        return format!("Wanted: {wanted}. Not measured.");
    };
    let measured = match goal {
        Goal::AtMost(_) => format!("{} times", three_digits(outcome.measured)),
        Goal::Better(..) => times_better(table.unit, outcome.measured),
        Goal::Within(_) => value(table.unit, outcome.measured),
    };
    let verdict = if outcome.met { "Met." } else { "**Missed.**" };
    format!("Wanted: {wanted}. Measured: {measured}. {verdict}")
}

/// A bound, as somebody has written it.
fn plain(bound: f64) -> String {
    tick(Unit::Rate, bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Row;

    #[test]
    fn a_comparison_says_how_many_times_better_or_worse() {
        for (unit, own, other, words) in [
            (Unit::Time, 1.2, 29.0, "24.2 times faster"),
            (Unit::Time, 1.2, 0.38, "3.16 times slower"),
            (Unit::Rate, 30_000.0, 2_000.0, "15.0 times faster"),
            (Unit::Rate, 2_000.0, 30_000.0, "15.0 times slower"),
            (Unit::Bytes, 9e6, 60e6, "6.67 times smaller"),
            (Unit::Instructions, 4_000.0, 2_000.0, "2.00 times longer"),
            (Unit::Time, 100.0, 100.4, "the same"),
            (Unit::Time, 0.0, 1.0, "–"),
        ] {
            assert_eq!(comparison(unit, own, other), words);
        }
    }

    #[test]
    fn a_line_of_a_goal_says_what_was_wanted_and_what_came() {
        let row = |name: &str, value: f64| Row {
            name: name.to_owned(),
            sample: [value].into_iter().collect(),
        };
        let table = |unit| Table {
            title: String::new(),
            unit,
            rows: vec![row("Tollgate", 2.0), row("PyJWT 2.15.1", 30.0)],
            limit: Some("PyJWT"),
            goals: vec![],
        };
        for (unit, wanted, line) in [
            (
                Unit::Time,
                Goal::Better(12.0, "PyJWT"),
                "Wanted: at least 12 times faster than PyJWT. Measured: 15.0 times faster. Met.",
            ),
            (
                Unit::Bytes,
                Goal::Better(20.0, "PyJWT"),
                "Wanted: at least 20 times smaller than PyJWT. \
                 Measured: 15.0 times smaller. **Missed.**",
            ),
            (
                Unit::Rate,
                Goal::Better(1.0, "PyJWT"),
                "Wanted: faster than PyJWT. Measured: 15.0 times slower. **Missed.**",
            ),
            (
                Unit::Time,
                Goal::AtMost(1.05),
                "Wanted: at most 1.05 times the limit. Measured: 0.067 times. Met.",
            ),
            (
                Unit::Time,
                Goal::Better(3.0, "jose"),
                "Wanted: at least 3 times faster than jose. Not measured.",
            ),
            (
                Unit::Instructions,
                Goal::Within(3.0),
                "Wanted: at most 3 instructions. Measured: 2 instructions. Met.",
            ),
        ] {
            assert_eq!(goal(&table(unit), &wanted), line);
        }
    }
}
