//! Runs steps one after another, stops at the first that fails, and says how long each took.

use std::time::{Duration, Instant};

use clap::Args;

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce};
use crate::step::Step;

/// Which steps to run: all, unless it says otherwise.
#[derive(Args)]
pub(crate) struct Selection {
    /// Runs only this step (may be given more than once)
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
    /// Runs this step and those after it
    #[arg(long, value_name = "STEP", conflicts_with = "only")]
    from: Option<Step>,
    /// Lists the steps, and runs none
    #[arg(long)]
    list: bool,
}

impl Selection {
    fn steps(&self) -> Vec<Step> {
        Step::all()
            .iter()
            .copied()
            .filter(|step| self.only.is_empty() || self.only.contains(step))
            .skip_while(|step| self.from.is_some_and(|from| *step != from))
            .collect()
    }
}

/// How a step went.
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Passed(time) => write!(formatter, "{:>7.1} s  passed", time.as_secs_f64()),
            Self::Failed(time) => write!(formatter, "{:>7.1} s  FAILED", time.as_secs_f64()),
            Self::NotRun => formatter.write_str("        -  not run"),
        }
    }
}

/// Runs the steps that were chosen, or lists them.
pub(crate) fn run(repository: &Repository, selection: &Selection) -> Result<()> {
    let steps = selection.steps();
    if selection.list {
        for step in steps {
            announce(&format!("{:<10} {}", step.name(), step.purpose()));
        }
        return Ok(());
    }
    run_steps(repository, &steps)
}

/// Runs these steps, up to the first that fails.
pub(crate) fn run_steps(repository: &Repository, steps: &[Step]) -> Result<()> {
    let mut rows = Vec::with_capacity(steps.len());
    let mut stopped_by = None;
    for (index, step) in steps.iter().copied().enumerate() {
        if stopped_by.is_some() {
            rows.push((step, Outcome::NotRun));
            continue;
        }
        announce(&format!(
            "\n[{}/{}] {}: {}",
            index + 1,
            steps.len(),
            step.name(),
            step.purpose()
        ));
        let (result, time) = timed(|| step.run(repository));
        match result {
            Ok(()) => rows.push((step, Outcome::Passed(time))),
            Err(failure) => {
                rows.push((step, Outcome::Failed(time)));
                stopped_by = Some((step, failure));
            }
        }
    }
    announce("");
    for (step, outcome) in &rows {
        announce(&format!("{:<10} {outcome}", step.name()));
    }
    stopped_by.map_or(Ok(()), |(step, failure)| {
        let name = step.name();
        Err(Failure::new(format!(
            "the step {name} failed: {failure}\n  alone:       cargo xtask test --only {name}\n  from there:  cargo xtask test --from {name}"
        )))
    })
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a step took is measured, and decides nothing"
    )]
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(only: Vec<Step>, from: Option<Step>) -> Selection {
        Selection {
            only,
            from,
            list: false,
        }
    }

    #[test]
    fn nothing_chosen_is_every_step_in_order() {
        assert_eq!(selection(Vec::new(), None).steps(), Step::all());
    }

    #[test]
    fn only_keeps_the_order_of_the_suite() {
        let chosen = selection(vec![Step::Logs, Step::Test], None).steps();
        assert_eq!(chosen, [Step::Test, Step::Logs]);
    }

    #[test]
    fn from_runs_to_the_end() {
        let chosen = selection(Vec::new(), Some(Step::Test)).steps();
        assert_eq!(
            chosen,
            [
                Step::Test,
                Step::Budget,
                Step::Client,
                Step::Browser,
                Step::Nextjs,
                Step::Logs,
                Step::Fuzz
            ]
        );
    }

    #[test]
    fn the_secrets_are_looked_for_after_the_tests_that_could_log_them() {
        let position = |wanted| Step::all().iter().position(|step| *step == wanted);
        assert!(position(Step::Test) < position(Step::Logs));
        assert!(position(Step::Browser) < position(Step::Logs));
    }
}
