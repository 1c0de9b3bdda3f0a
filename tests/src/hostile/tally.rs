//! What is counted.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::class::{Attack, CLASSES};
use super::finding::Finding;
use super::gate::{Call, Outcome};

/// More findings than this are counted, and not kept.
const KEPT: usize = 1_000;

/// What came of the tokens, class by class.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub(super) counts: Vec<Count>,
    /// What was let in or failed, the first ones.
    pub findings: Vec<Finding>,
    /// Good tokens that were not let in, before or after: then no count says anything.
    pub broken: Vec<String>,
}

/// What came of one class.
#[derive(Clone, Debug, Default)]
pub(super) struct Count {
    pub(super) tokens: u64,
    /// Hashes of the tokens: how many different ones there were.
    pub(super) different: HashSet<u64>,
    /// By who was asked.
    pub(super) calls: BTreeMap<&'static str, u64>,
    pub(super) accepted: u64,
    pub(super) errors: u64,
    pub(super) slowest: Duration,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            counts: vec![Count::default(); CLASSES.len()],
            ..Self::default()
        }
    }

    /// Adds what came of one token.
    pub(super) fn add(
        &mut self,
        class: &'static str,
        index: u64,
        attack: &Attack,
        calls: Vec<Call>,
    ) {
        let place = CLASSES.iter().position(|it| it.name == class).unwrap_or(0);
        let count = &mut self.counts[place];
        count.tokens += 1;
        let mut hasher = DefaultHasher::new();
        attack.hash(&mut hasher);
        count.different.insert(hasher.finish());
        for call in calls {
            *count.calls.entry(call.asked).or_default() += 1;
            count.slowest = count.slowest.max(call.took);
            let what = match call.outcome {
                Outcome::Refused => continue,
                Outcome::Accepted => {
                    count.accepted += 1;
                    format!("accepted by {}", call.asked)
                }
                Outcome::Failed(why) => {
                    count.errors += 1;
                    format!("{} failed: {why}", call.asked)
                }
            };
            if self.findings.len() < KEPT {
                self.findings.push(Finding { index, class, what });
            }
        }
    }

    /// Adds what another worker counted.
    pub(super) fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            mine.tokens += theirs.tokens;
            mine.different.extend(theirs.different);
            mine.accepted += theirs.accepted;
            mine.errors += theirs.errors;
            mine.slowest = mine.slowest.max(theirs.slowest);
            for (asked, calls) in theirs.calls {
                *mine.calls.entry(asked).or_default() += calls;
            }
        }
        self.findings.extend(other.findings);
        self.broken.extend(other.broken);
        self.findings.sort_by_key(|finding| finding.index);
    }

    /// How many tokens were tried.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.counts.iter().map(|count| count.tokens).sum()
    }

    /// How many different ones; a class with a short table repeats itself.
    #[must_use]
    pub fn different(&self) -> usize {
        let all: HashSet<_> = self.counts.iter().flat_map(|it| &it.different).collect();
        all.len()
    }

    /// How many calls the handlers answered.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.counts
            .iter()
            .flat_map(|count| count.calls.values())
            .sum()
    }

    /// How many calls let a hostile token in.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.counts.iter().map(|count| count.accepted).sum()
    }

    /// How many calls failed.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.counts.iter().map(|count| count.errors).sum()
    }

    /// Whether nothing was let in, nothing failed, and what is good still is.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.accepted() == 0 && self.errors() == 0 && self.broken.is_empty()
    }

    /// By class: its name, and the least number of calls that any of those who are asked about it got.
    pub fn least_calls(&self) -> impl Iterator<Item = (&'static str, usize, u64)> {
        let counts = CLASSES.iter().zip(&self.counts);
        counts.map(|(class, count)| {
            let least = count.calls.values().min().copied().unwrap_or(0);
            (class.name, count.calls.len(), least)
        })
    }
}
