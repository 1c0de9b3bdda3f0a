//! `cargo xtask timing`: what a stranger can learn from how long an answer takes.
//!
//! A command, and not a part of `cargo xtask test`: a test of time fails when a machine is busy,
//! and passes when nobody looks. docs/timing.md has the tables of the last `--write`.

use std::fs;

use clap::Args;

use crate::failure::{Failure, Result};
use crate::page::Page;
use crate::repository::{Repository, announce, run as run_command};

const PAGE: &str = "docs/timing.md";

/// How much to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// How many log-ins of each kind
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(20..))]
    logins: u32,
    /// Writes the tables into docs/timing.md, if nothing could be told apart
    #[arg(long)]
    write: bool,
}

/// Measures, and fails if two things that must not be told apart can be.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let tables = repository.target("timing.md");
    let measure = repository.cargo(&[
        "run",
        "--quiet",
        "--release",
        "--package",
        "tollgate-attack",
    ])?;
    let measure = measure
        .args(["--bin", "timing", "--"])
        .arg(options.logins.to_string());
    let measured = run_command(&measure.arg(&tables));
    let text = fs::read_to_string(&tables).map_err(Failure::file("cannot read", &tables))?;
    announce(&text);
    measured?;
    if options.write {
        let mut page = Page::open(repository, PAGE, "cargo xtask timing --write")?;
        page.fill("measurements", &text)?;
        page.write()?;
    }
    Ok(())
}
