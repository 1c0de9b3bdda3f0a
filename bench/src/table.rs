//! What was measured: groups of tables and plots, as the page and the charts show them.

use crate::sample::Sample;

/// What is measured together, in one run: a section of docs/benchmarks.md.
pub(crate) struct Group {
    /// As `--only` and the files of its charts call it.
    pub(crate) name: &'static str,
    /// Its heading.
    pub(crate) title: &'static str,
    /// What one time is, and how it was taken: a paragraph.
    pub(crate) method: String,
    /// With Tollgate first in each.
    pub(crate) tables: Vec<Table>,
    /// What grows, or does not.
    pub(crate) plots: Vec<Plot>,
}

/// The same of everybody. The first row is Tollgate's, and the ratio of another says how often it
/// is as large.
pub(crate) struct Table {
    /// A heading, a line long.
    pub(crate) title: String,
    pub(crate) unit: Unit,
    pub(crate) rows: Vec<Row>,
    /// How the name of the row begins that nobody beats, and which is no rival.
    pub(crate) limit: Option<&'static str>,
    pub(crate) goals: Vec<Goal>,
}

/// One of those that are compared.
pub(crate) struct Row {
    /// With its version.
    pub(crate) name: String,
    pub(crate) sample: Sample,
}

/// What the numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Nanoseconds; less is better.
    Time,
    /// In a second; more is better.
    Rate,
    /// Less is better.
    Bytes,
    /// Less is better.
    Instructions,
}

/// What Tollgate wants to be, by the medians. A rival is called by how the name of its row begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// Tollgate takes so many times what the limit takes, or less.
    AtMost(f64),
    /// Tollgate is so many times better than the other, or more.
    Better(f64, &'static str),
    /// Tollgate takes so much, or less, whatever the others take.
    Within(f64),
}

/// What became of a [`Goal`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// In the words of the goal: times what the other takes, times better, or as it is.
    pub(crate) measured: f64,
    pub(crate) met: bool,
}

/// Lines over a size that grows by powers of ten.
pub(crate) struct Plot {
    pub(crate) title: String,
    /// What grows.
    pub(crate) over: &'static str,
    pub(crate) unit: Unit,
    pub(crate) lines: Vec<Line>,
}

/// One of them.
pub(crate) struct Line {
    pub(crate) name: String,
    /// Sizes in ascending order, each with what was measured there.
    pub(crate) points: Vec<(f64, Sample)>,
}

impl Row {
    /// Nothing is measured yet.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            sample: Sample::default(),
        }
    }
}

impl Unit {
    pub(crate) fn more_is_better(self) -> bool {
        self == Self::Rate
    }

    /// The bad end of a sample: the p99, or of rates the p1; `None` of fewer values than that takes.
    pub(crate) fn tail(self, sample: &Sample) -> Option<f64> {
        (sample.len() >= 100).then(|| match self {
            Self::Rate => sample.p1(),
            Self::Time | Self::Bytes | Self::Instructions => sample.p99(),
        })
    }
}

impl Table {
    /// Whether a row is the limit that nobody beats, and not a rival.
    pub(crate) fn is_limit(&self, row: &Row) -> bool {
        self.limit.is_some_and(|limit| row.name.starts_with(limit))
    }

    /// How a goal of this table ended; `None` if nobody of that name was measured.
    pub(crate) fn outcome(&self, goal: &Goal) -> Option<Outcome> {
        let own = self.rows.first()?.sample.median();
        let other = |name: &str| {
            let row = self.rows.iter().find(|row| row.name.starts_with(name));
            row.map(|row| row.sample.median())
        };
        let (measured, met) = match *goal {
            Goal::AtMost(times) => {
                let ratio = own / other(self.limit?)?;
                (ratio, ratio <= times)
            }
            Goal::Better(times, rival) => {
                let other = other(rival)?;
                let ratio = match self.unit {
                    Unit::Rate => own / other,
                    Unit::Time | Unit::Bytes | Unit::Instructions => other / own,
                };
                (ratio, ratio >= times)
            }
            Goal::Within(bound) => (own, own <= bound),
        };
        Some(Outcome { measured, met })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(unit: Unit, own: f64, other: f64) -> Table {
        let row = |name: &str, value: f64| Row {
            name: name.to_owned(),
            sample: [value].into_iter().collect(),
        };
        Table {
            title: String::new(),
            unit,
            rows: vec![row("Tollgate", own), row("PyJWT 2.15.1", other)],
            limit: Some("PyJWT"),
            goals: vec![],
        }
    }

    #[test]
    fn a_tail_takes_a_hundred_values() {
        for (values, tail) in [(1, None), (99, None), (100, Some(1.0))] {
            let sample = std::iter::repeat_n(1.0, values).collect();
            assert_eq!(Unit::Time.tail(&sample), tail, "{values}");
        }
    }

    #[test]
    fn a_goal_is_met_or_missed_by_the_medians() {
        let better = |times| Goal::Better(times, "PyJWT");
        for (unit, own, other, goal, measured, met) in [
            (Unit::Time, 1.0, 20.0, better(20.0), 20.0, true),
            (Unit::Time, 1.0, 10.0, better(20.0), 10.0, false),
            (Unit::Rate, 30.0, 2.0, better(15.0), 15.0, true),
            (Unit::Rate, 2.0, 30.0, better(15.0), 2.0 / 30.0, false),
            (Unit::Time, 3.0, 1.0, Goal::AtMost(3.0), 3.0, true),
            (Unit::Time, 4.0, 1.0, Goal::AtMost(3.0), 4.0, false),
            (Unit::Bytes, 3.0, 1.0, Goal::Within(3.0), 3.0, true),
            (Unit::Bytes, 4.0, 9.0, Goal::Within(3.0), 4.0, false),
        ] {
            let outcome = table(unit, own, other).outcome(&goal);
            assert_eq!(outcome, Some(Outcome { measured, met }), "{goal:?} {own}");
        }
        let nobody = Goal::Better(1.0, "jose");
        assert_eq!(table(Unit::Time, 1.0, 1.0).outcome(&nobody), None);
    }
}
