//! Measures Tollgate: `cargo xtask bench` builds it, and says where the peers are.

mod memory;
#[cfg(feature = "run")]
mod run;
#[cfg(feature = "run")]
mod sample;
#[cfg(feature = "run")]
mod show;
mod subject;
#[cfg(feature = "run")]
mod table;
#[cfg(feature = "run")]
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::subject::Subject;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measures, prints tables, and writes them into the page
    #[cfg(feature = "run")]
    Run(Box<run::Options>),
    /// Answers lines `SAMPLES CALLS` with so many times of one call, as every peer does
    #[cfg(feature = "run")]
    Worker {
        /// What to call
        subject: Subject,
    },
    /// A worker whose calls go to the store that the environment names, as functions have it
    #[cfg(feature = "run")]
    Exchange {
        /// What to call
        exchange: run::account::Exchange,
    },
    /// A service that answers everything with the same, until it is ended
    #[cfg(feature = "run")]
    Bare {
        /// Where it listens
        address: std::net::SocketAddr,
    },
    /// Calls something so many times, and prints nothing: for profilers, which count what it takes
    Repeat {
        /// What to call
        subject: Subject,
        /// How often
        calls: u32,
    },
}

fn main() -> ExitCode {
    let done: Result<(), String> = match Arguments::parse().task {
        #[cfg(feature = "run")]
        Task::Run(options) => run::run(*options),
        #[cfg(feature = "run")]
        Task::Exchange { exchange } => exchange.serve(),
        #[cfg(feature = "run")]
        Task::Bare { address } => run::bare::serve(address),
        #[cfg(feature = "run")]
        Task::Worker { subject } => {
            let mut call = subject.prepare(tollgate_wiring::clock::now);
            worker::serve(subject.name(), &mut call);
            Ok(())
        }
        Task::Repeat { subject, calls } => {
            let mut call = subject.prepare(|| memory::NOW);
            (0..calls).for_each(|_| call());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            report(&problem);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "where a program says why it failed")]
fn report(problem: &str) {
    eprintln!("error: {problem}");
}
