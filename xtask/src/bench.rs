//! `cargo xtask bench`: Tollgate measured against what one would pick instead.
//!
//! The program in bench/ measures and writes the page; here is what it needs, installed and built.
//! Only what the chosen groups need is, and only once.

mod node;
mod packages;
mod places;

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};

use crate::cargo;
use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce, run as run_command};
use places::Places;

/// What the program writes.
const PAGE: &str = "docs/benchmarks.md";
const CHARTS: &str = "docs/benchmarks";

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Measures only this (may be given more than once)
    #[arg(long, value_name = "NAME")]
    only: Vec<Group>,
    /// Fewer rounds: to see that it runs, not for numbers
    #[arg(long)]
    quick: bool,
}

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Group {
    /// An access token verified in process, by every library
    Verify,
    /// The authorizer from the start of its process to its first answer; what is uploaded
    ColdStart,
    /// Every other answer of the authorizer
    Warm,
    /// A protected request, end to end
    Request,
    /// A log-in, on every store
    Login,
    /// A refresh, on every store
    Refresh,
    /// All of it with up to a million users in the store
    Growth,
}

/// What has to be there before, in the order in which it is seen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Python,
    Node,
    /// The packages of Node that a compiler has to build, and the cmake of Python.
    NodeCompiled,
    Rust,
    Tollgate,
    /// As it is deployed, with the emulator that it runs in, and the sizes of what would be uploaded.
    Authorizer,
    /// Set up by boto3, so it needs Python.
    Aws,
    Load,
}

impl Group {
    fn needs(self) -> &'static [Need] {
        use Need::{Authorizer, Aws, Load, Node, NodeCompiled, Python, Rust, Tollgate};
        match self {
            Self::Verify => &[Python, Node, Rust],
            Self::ColdStart | Self::Warm => &[Python, Node, NodeCompiled, Authorizer, Aws],
            Self::Request => &[Python, Node, Tollgate, Load],
            Self::Login | Self::Refresh => &[Python, Node, NodeCompiled, Tollgate, Aws],
            Self::Growth => &[Tollgate],
        }
    }

    /// The emulator of Lambda is a program for Linux.
    fn runs_here(self) -> bool {
        cfg!(target_os = "linux") || !self.needs().contains(&Need::Authorizer)
    }

    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Installs and builds what is needed, and measures.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let groups = choose(&options.only)?;
    let needs = groups.iter().flat_map(|group| group.needs());
    let needs: BTreeSet<Need> = needs.copied().collect();
    let places = Places::prepare(repository, &needs)?;
    let program = cargo::build_release(repository, "tollgate-bench", &["run"])?;
    let mut measure = repository.command(program)?.arg("run");
    for group in &groups {
        measure = measure.args(["--only", &group.name()]);
    }
    let measure = measure.args(options.quick.then_some("--quick"));
    let measure = measure.args(["--page", PAGE, "--charts", CHARTS]);
    run_command(&places.around(measure))
}

/// What was asked for; without a wish, all that runs here.
fn choose(wishes: &[Group]) -> Result<Vec<Group>> {
    if let Some(group) = wishes.iter().find(|group| !group.runs_here()) {
        return Err(Failure::new(format!(
            "{} needs Linux: the emulator of Lambda is a program for it",
            group.name()
        )));
    }
    if !wishes.is_empty() {
        return Ok(wishes.to_vec());
    }
    let (here, elsewhere): (Vec<Group>, Vec<Group>) = Group::value_variants()
        .iter()
        .partition(|group| group.runs_here());
    for group in elsewhere {
        announce(&format!("{} is left out: it needs Linux", group.name()));
    }
    Ok(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_wish_everything_that_runs_here_is_measured() {
        let groups = choose(&[]).expect("a choice");
        assert!(groups.contains(&Group::Verify) && groups.contains(&Group::Growth));
        assert_eq!(
            groups.contains(&Group::ColdStart),
            cfg!(target_os = "linux")
        );
        let wish = [Group::Login];
        assert_eq!(choose(&wish).expect("it runs everywhere"), wish);
        assert_eq!(
            choose(&[Group::ColdStart]).is_ok(),
            cfg!(target_os = "linux")
        );
    }

    #[test]
    fn a_group_is_called_as_the_program_calls_it() {
        assert_eq!(Group::ColdStart.name(), "cold-start");
    }

    #[test]
    fn what_is_needed_for_something_needed_is_needed() {
        for group in Group::value_variants() {
            let needs = |need| group.needs().contains(&need);
            assert!(!needs(Need::NodeCompiled) || needs(Need::Node) && needs(Need::Python));
            assert!(!needs(Need::Aws) || needs(Need::Python));
        }
    }
}
