//! The developer tasks of Tollgate: `cargo xtask --help` lists them.

mod bench;
mod browser;
mod budget;
mod cargo;
mod chromium;
mod cloud;
mod deploy;
mod digests;
mod direction;
mod failure;
mod faults;
mod fuzz;
mod guessing;
mod hostile;
mod log_scan;
mod moto;
mod mutants;
mod npm;
mod page;
mod repository;
mod sam;
mod scale;
mod step;
mod suite;
mod timing;
mod tools;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::repository::Repository;
use crate::step::Step;

/// The developer tasks of Tollgate.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that has to hold: format, lints, docs, dependencies, template, tests, logs, build
    Test(suite::Selection),
    /// What needs no test run: format, dependency direction, licences and bans, lints, docs
    Lint,
    /// Formats the code
    Fmt,
    /// Looks for known vulnerabilities in the dependencies (fetches the advisory database)
    Audit,
    /// Serves every function on this machine with `cargo lambda watch`
    Watch(watch::Options),
    /// Writes the lists of public secrets and common passwords that core refuses
    Digests(digests::Options),
    /// Breaks AWS in every way, as moto plays it, and prints what is seen, logged, lost and let in
    Faults(faults::Options),
    /// Gives a million hostile tokens to the real handlers, and prints what came of them
    Hostile(hostile::Options),
    /// Feeds made-up input to everything that reads what strangers send, and looks for a panic or a hang
    Fuzz(fuzz::Options),
    /// Measures whether a log-in tells by its time who exists, and a comparison where a guess went wrong
    Timing(timing::Options),
    /// Plays a year of guessing against the attempts policy: guesses made, and how long the owner waits
    Guessing(guessing::Options),
    /// Tries the client and the page in a real Chromium: tabs, lost answers, sleep, thieves
    Browser(browser::Options),
    /// Counts the instructions of the hot paths and the bytes of the authorizer: do they keep to their budget?
    Budget(budget::Options),
    /// The four figures in one run: a warm authorizer's calls, successors of one token, rotation, faults
    Figures,
    /// Rotates the keys under load, on AWS as moto plays it, and counts what fails
    Rotation,
    /// Changes core and identity in every small way, and tells which change no test notices (takes long)
    Mutants(mutants::Options),
    /// Measures Tollgate against what one would pick instead, and writes docs/benchmarks.md
    Bench(bench::Options),
    /// What a user costs on AWS, the bill of a month, and which limits are met when
    Scale(scale::Options),
    /// Says how to deploy, and what to look at first; deploys nothing
    Deploy,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = Repository::open().and_then(|repository| match arguments.task {
        Task::Test(selection) => suite::run(&repository, &selection),
        Task::Lint => suite::run_steps(&repository, Step::LINTS),
        Task::Fmt => cargo::format(&repository),
        Task::Audit => cargo::audit(&repository),
        Task::Watch(options) => watch::run(&repository, &options),
        Task::Digests(options) => digests::write(&repository, &options),
        Task::Faults(options) => faults::run(&repository, &options),
        Task::Hostile(options) => hostile::run(&repository, &options),
        Task::Fuzz(options) => fuzz::run(&repository, &options),
        Task::Timing(options) => timing::run(&repository, &options),
        Task::Guessing(options) => guessing::run(&repository, &options),
        Task::Browser(options) => browser::run(&repository, &options),
        Task::Budget(options) => budget::run(&repository, &options),
        Task::Figures => {
            cargo::test_deployed(&repository, &["lambda", "rotation_under_load", "faults"])
        }
        Task::Rotation => cargo::test_deployed(&repository, &["rotation_under_load"]),
        Task::Mutants(options) => mutants::run(&repository, &options),
        Task::Bench(options) => bench::run(&repository, &options),
        Task::Scale(options) => scale::run(&repository, &options),
        Task::Deploy => deploy::explain(&repository),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::FAILURE
        }
    }
}
