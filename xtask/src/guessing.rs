//! `cargo xtask guessing`: a year of guessing, played against the policy that counts attempts.

use std::fs;

use clap::Args;

use crate::failure::{Failure, Result};
use crate::page::Page;
use crate::repository::{Repository, announce, run as run_command};

const PAGE: &str = "docs/guessing.md";

/// What to do with the tables.
#[derive(Args)]
pub(crate) struct Options {
    /// Writes the tables into docs/guessing.md
    #[arg(long)]
    write: bool,
}

/// Plays, and prints what came of it.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let tables = repository.target("guessing.md");
    let play = repository.cargo(&[
        "run",
        "--quiet",
        "--release",
        "--package",
        "tollgate-attack",
    ])?;
    run_command(&play.args(["--bin", "guessing", "--"]).arg(&tables))?;
    let text = fs::read_to_string(&tables).map_err(Failure::file("cannot read", &tables))?;
    announce(&text);
    if options.write {
        let mut page = Page::open(repository, PAGE, "cargo xtask guessing --write")?;
        page.fill("year", &text)?;
        page.write()?;
    }
    Ok(())
}
