//! `cargo xtask hostile`: a million hostile tokens for the real handlers, and what came of them.
//!
//! The program `hostile` of the package of the tests makes and tries them, and writes the table;
//! docs/hostile-input.md has it from the last `--write`.

use std::fs;

use clap::Args;

use crate::failure::{Failure, Result};
use crate::page::Page;
use crate::repository::{Repository, run as run_command};

/// The page with the table.
const PAGE: &str = "docs/hostile-input.md";
/// The table, as the program wrote it.
const TABLE: &str = "hostile.md";

/// Which tokens, and what to do with the table.
#[derive(Args)]
pub(crate) struct Options {
    /// How many tokens
    #[arg(long, default_value_t = 1_000_000)]
    count: u64,
    /// What the tokens follow from: the same seed makes the same tokens
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Tries only the token of this index
    #[arg(long, conflicts_with_all = ["count", "write"])]
    index: Option<u64>,
    /// Writes the table into docs/hostile-input.md, if nothing was accepted and nothing failed
    #[arg(long)]
    write: bool,
}

/// Tries the tokens, and prints what came of them.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let cargo = ["run", "--package", "tollgate-tests", "--profile", "hostile"];
    let (count, seed) = (options.count.to_string(), options.seed.to_string());
    let mut program = repository.cargo(&cargo)?;
    program = program.args(["--bin", "hostile", "--", "--count", &count, "--seed", &seed]);
    if let Some(index) = options.index {
        program = program.args(["--index", &index.to_string()]);
    }
    run_command(&program)?;
    if !options.write {
        return Ok(());
    }
    let table = repository.target(TABLE);
    let table = fs::read_to_string(&table).map_err(Failure::file("cannot read", &table))?;
    let mut page = Page::open(repository, PAGE, "cargo xtask hostile --write")?;
    page.fill("hostile", &table)?;
    page.write()
}
