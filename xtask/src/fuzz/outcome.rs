//! What a run of one target came to, as libFuzzer tells it.

use std::fmt;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// What a run of one target came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) target: String,
    executions: u64,
    per_second: u64,
    /// Edges of the program that inputs took: those that there were, and all in the end.
    coverage: (u64, u64),
    /// What is left of inputs that broke something.
    finds: Vec<PathBuf>,
    /// libFuzzer ended as it should.
    ended_well: bool,
}

impl Outcome {
    /// Reads libFuzzer's log; slow inputs within the limit are no finds.
    pub(super) fn read(target: &str, ended_well: bool, log: &str, finds: Vec<PathBuf>) -> Self {
        let number_after = |line: &str, label: &str| -> Option<u64> {
            line.split_once(label)?
                .1
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        };
        let last = |label| {
            log.lines()
                .filter_map(|line| number_after(line, label))
                .next_back()
        };
        let inited = log.lines().find(|line| line.contains("INITED"));
        let slow = |path: &PathBuf| name(path).starts_with("slow-unit-");
        Self {
            target: target.to_owned(),
            executions: last("stat::number_of_executed_units:").unwrap_or_default(),
            per_second: last("stat::average_exec_per_sec:").unwrap_or_default(),
            coverage: (
                inited
                    .and_then(|line| number_after(line, " cov: "))
                    .unwrap_or_default(),
                last(" cov: ").unwrap_or_default(),
            ),
            finds: finds.into_iter().filter(|path| !slow(path)).collect(),
            ended_well,
        }
    }

    fn count(&self, kind: &str) -> usize {
        self.finds
            .iter()
            .filter(|path| name(path).starts_with(kind))
            .count()
    }

    fn is_clean(&self) -> bool {
        self.ended_well && self.finds.is_empty()
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_clean() {
            "nothing found"
        } else {
            "FOUND SOMETHING"
        };
        let Self {
            target,
            executions,
            coverage: (first, all),
            ..
        } = self;
        write!(
            f,
            "{target:<22} {executions:>10} executions, coverage {first} -> {all}, {verdict}"
        )
    }
}

/// The table of all outcomes.
pub(super) fn table(outcomes: &[Outcome]) -> String {
    let mut table = "| target | executions | each second | coverage at the start | in the end | panics | hangs | out of memory |\n|---|---:|---:|---:|---:|---:|---:|---:|\n".to_owned();
    for outcome in outcomes {
        let Outcome {
            target,
            executions,
            per_second,
            coverage: (first, all),
            ..
        } = outcome;
        let [panics, hangs, memory] =
            ["crash-", "timeout-", "oom-"].map(|kind| outcome.count(kind));
        let (executions, per_second) = (grouped(*executions), grouped(*per_second));
        // Writing to a String cannot fail.
        let _ = writeln!(
            table,
            "| `{target}` | {executions} | {per_second} | {first} | {all} | {panics} | {hangs} | {memory} |"
        );
    }
    let total: u64 = outcomes.iter().map(|outcome| outcome.executions).sum();
    let count = |kind| {
        outcomes
            .iter()
            .map(|outcome| outcome.count(kind))
            .sum::<usize>()
    };
    let [panics, hangs, memory] = ["crash-", "timeout-", "oom-"].map(count);
    table
        + &format!(
            "| **all** | {} | | | | {panics} | {hangs} | {memory} |\n",
            grouped(total)
        )
}

/// Fails if a target found something, and says how to see it again.
pub(super) fn judge(outcomes: &[Outcome]) -> Result<()> {
    let mut problems = Vec::new();
    for outcome in outcomes.iter().filter(|outcome| !outcome.is_clean()) {
        let target = &outcome.target;
        for file in &outcome.finds {
            problems.push(format!(
                "  cargo xtask fuzz --target {target} --replay {}",
                file.display()
            ));
        }
        if outcome.finds.is_empty() {
            problems.push(format!(
                "  {target} ended early; its last words are in target/fuzz/{target}/log"
            ));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "fuzzing found something; to see it again:\n{}",
        problems.join("\n")
    )))
}

/// `1,234,567`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
#6	INITED cov: 1013 ft: 1168 corp: 5/2047b exec/s: 0 rss: 29Mb
#8	NEW    cov: 1020 ft: 1180 corp: 6/2048b
#2114676	DONE   cov: 1587 ft: 2220 corp: 339/40Kb lim: 4096 exec/s: 234964 rss: 30Mb
stat::number_of_executed_units: 2114676
stat::average_exec_per_sec:     234964
";

    #[test]
    fn libfuzzer_s_log_is_read() {
        let outcome = Outcome::read("token", true, LOG, vec![PathBuf::from("x/slow-unit-1")]);
        let expected = Outcome {
            target: "token".to_owned(),
            executions: 2_114_676,
            per_second: 234_964,
            coverage: (1013, 1587),
            finds: vec![],
            ended_well: true,
        };
        assert_eq!(outcome, expected);
        assert!(judge(&[outcome]).is_ok());
    }

    #[test]
    fn a_find_fails_and_says_how_to_see_it_again() {
        let finds = ["finds/crash-1", "finds/timeout-2"]
            .map(PathBuf::from)
            .to_vec();
        let found = Outcome::read("token", false, LOG, finds);
        let early = Outcome::read("event", false, "cannot open", vec![]);
        let said = judge(&[found, early]).expect_err("two finds").to_string();
        for part in [
            "--target token --replay finds/crash-1",
            "--target token --replay finds/timeout-2",
            "event ended early",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn the_table_counts_by_kind() {
        let finds = ["crash-1", "crash-2", "oom-3"].map(PathBuf::from).to_vec();
        let table = table(&[Outcome::read("token", false, LOG, finds)]);
        assert!(
            table.contains("| `token` | 2,114,676 | 234,964 | 1013 | 1587 | 2 | 0 | 1 |"),
            "{table}"
        );
        assert!(
            table.ends_with("| **all** | 2,114,676 | | | | 2 | 0 | 1 |\n"),
            "{table}"
        );
    }
}
