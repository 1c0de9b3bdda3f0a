//! `cargo xtask faults`: every fault of AWS that we can think of, and what came of it.
//!
//! The test `faults` plays them and writes the table; docs/operations.md has it from the last
//! `--write`. That no row is missing there is a test beside the matrix.

use std::fs;

use clap::Args;

use crate::cargo;
use crate::failure::{Failure, Result};
use crate::page::Page;
use crate::repository::Repository;

/// The page with the table.
const PAGE: &str = "docs/operations.md";
/// The table, as the test wrote it.
const TABLE: &str = "faults.md";

/// What to do with the table.
#[derive(Args)]
pub(crate) struct Options {
    /// Writes the table into docs/operations.md, if nothing was lost and nothing failed open
    #[arg(long)]
    write: bool,
}

/// Plays the faults, and prints what came of them.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    cargo::test_deployed(repository, &["faults"])?;
    if !options.write {
        return Ok(());
    }
    let table = repository.target(TABLE);
    let table = fs::read_to_string(&table).map_err(Failure::file("cannot read", &table))?;
    let mut page = Page::open(repository, PAGE, "cargo xtask faults --write")?;
    page.fill("faults", &table)?;
    page.write()
}
