//! `cargo xtask mutants`: is there a test that notices when core or identity do something else?
//!
//! cargo-mutants changes one thing at a time and runs the tests. What no test notices stands in
//! docs/mutants.md with a reason, or is a gap. `.cargo/mutants.toml` says what is changed, and
//! which tests are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use clap::Args;

use crate::failure::{Failure, Result};
use crate::page::Page;
use crate::repository::{Repository, announce};
use crate::tools;

/// The page with the figures and the survivors.
const PAGE: &str = "docs/mutants.md";
/// The least share that tests must catch, in percent.
const LEAST: f64 = 95.0;

/// What is changed, as `.cargo/mutants.toml` has it.
const SOURCES: [&str; 2] = ["crates/core/src", "crates/identity/src"];
/// In seconds. What has not ended by then never will: the tests take ten.
const PATIENCE: &str = "60";

/// What to change.
#[derive(Args)]
pub(crate) struct Options {
    /// Changes only what is in this file (may be given more than once)
    #[arg(long, value_name = "FILE")]
    file: Vec<String>,
    /// How many changes are tried at a time
    #[arg(long, value_name = "N", default_value_t = 2)]
    jobs: usize,
    /// Changes nothing, and tells again what came of the last run
    #[arg(long, conflicts_with = "file")]
    report: bool,
    /// Writes the figures into docs/mutants.md
    #[arg(long, conflicts_with = "file")]
    write: bool,
}

/// Runs cargo-mutants, and compares what survived with what the page says.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let folder = repository.target("mutants");
    if !options.report {
        change(repository, options, &folder)?;
    }
    let outcomes = Outcomes::read(&folder.join("mutants.out"))?;
    announce(&outcomes.table());
    let path = repository.path(PAGE);
    let page = fs::read_to_string(&path).map_err(Failure::file("cannot read", &path))?;
    if options.write {
        let mut page = Page::open(repository, PAGE, "cargo xtask mutants --write")?;
        page.fill("figures", &outcomes.table())?;
        page.write()?;
    }
    outcomes.refuse_unexplained(&page)
}

/// Tries every change.
fn change(repository: &Repository, options: &Options, folder: &Path) -> Result<()> {
    tools::install_cargo_mutants(repository)?;
    let jobs = options.jobs.to_string();
    let command =
        repository.cargo(&["mutants", "--workspace", "--no-shuffle", "--colors=never"])?;
    let command = command
        .args(["--timeout", PATIENCE, "--jobs", &jobs, "--output"])
        .arg(folder);
    let files = if options.file.is_empty() {
        sources(repository)?
    } else {
        options.file.clone()
    };
    let command = files
        .iter()
        .fold(command, |command, file| command.args(["--file", file]));
    announce(&format!(
        "{} files; the lists of what came of it are in {}",
        files.len(),
        folder.display()
    ));
    // It fails when a change survives; which of them may is decided here.
    let command = command.env("CARGO_PROFILE_DEV_DEBUG", "0").ignore_status();
    Ok(command.run()?)
}

/// Every file that may be changed, by its path in the checkout.
fn sources(repository: &Repository) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = SOURCES.map(str::to_owned).to_vec();
    while let Some(folder) = folders.pop() {
        for path in repository.shell().read_dir(repository.path(&folder))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let relative = format!("{folder}/{name}");
            if path.is_dir() {
                folders.push(relative);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                files.push(relative);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What became of the changes, by how it ended: their names, as cargo-mutants has them.
struct Outcomes {
    caught: Vec<String>,
    timeout: Vec<String>,
    missed: Vec<String>,
}

impl Outcomes {
    /// Reads the lists that cargo-mutants leaves. What did not compile counts for nothing.
    fn read(folder: &Path) -> Result<Self> {
        let list = |name: &str| {
            let path = folder.join(name);
            let text = fs::read_to_string(&path).map_err(Failure::file("cannot read", &path))?;
            Ok::<_, Failure>(text.lines().map(str::to_owned).collect::<Vec<_>>())
        };
        let outcomes = Self {
            caught: list("caught.txt")?,
            timeout: list("timeout.txt")?,
            missed: list("missed.txt")?,
        };
        if outcomes.tried() == 0 {
            return Err(Failure::new(
                "nothing was changed: do the tests pass as they are? see target/mutants/mutants.out/log/baseline.log",
            ));
        }
        Ok(outcomes)
    }

    fn tried(&self) -> usize {
        self.caught.len() + self.timeout.len() + self.missed.len()
    }

    /// The share that a test noticed, by failing or by never coming to an end.
    #[expect(clippy::cast_precision_loss, reason = "some hundred of them")]
    fn score(&self) -> f64 {
        (self.tried() - self.missed.len()) as f64 / self.tried() as f64 * 100.0
    }

    /// A line for each file.
    fn table(&self) -> String {
        let mut files: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
        for (column, names) in [&self.caught, &self.timeout, &self.missed]
            .iter()
            .enumerate()
        {
            for name in *names {
                files.entry(file_of(name)).or_default()[column] += 1;
            }
        }
        let mut table =
            "| file | tried | caught | never ended | survived |\n|---|---|---|---|---|\n"
                .to_owned();
        for (file, [caught, timeout, missed]) in files {
            let tried = caught + timeout + missed;
            let _ = writeln!(
                table,
                "| `{file}` | {tried} | {caught} | {timeout} | {missed} |"
            );
        }
        let [caught, timeout, missed] = [&self.caught, &self.timeout, &self.missed].map(Vec::len);
        let _ = writeln!(
            table,
            "| all | {} | {caught} | {timeout} | {missed} |",
            self.tried()
        );
        let _ = write!(table, "\nNoticed: {:.1} %.", self.score());
        table
    }

    /// Fails if too many survived, or one that the page does not explain.
    fn refuse_unexplained(&self, page: &str) -> Result<()> {
        // In a table, a stroke is written with a backslash.
        let page = page.replace("\\|", "|");
        let survivors: BTreeSet<String> =
            self.missed.iter().map(|name| without_place(name)).collect();
        let unexplained: Vec<_> = survivors
            .iter()
            .filter(|name| !page.contains(*name))
            .collect();
        for name in &unexplained {
            announce(&format!("survived: {name}"));
        }
        if self.score() < LEAST {
            let score = self.score();
            return Err(Failure::new(format!(
                "tests noticed {score:.1} % of the changes, less than {LEAST} %"
            )));
        }
        if unexplained.is_empty() {
            return Ok(());
        }
        let count = unexplained.len();
        Err(Failure::new(format!(
            "no test notices {count} of the changes, which {PAGE} does not explain: write a test, or a reason there"
        )))
    }
}

fn file_of(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

/// `FILE: CHANGE` for `FILE:LINE:COLUMN: CHANGE`: a page must not change with every line.
fn without_place(name: &str) -> String {
    match name.splitn(4, ':').collect::<Vec<_>>().as_slice() {
        [file, _line, _column, change] => format!("{file}: {}", change.trim()),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(caught: usize, missed: &[&str]) -> Outcomes {
        Outcomes {
            caught: vec!["src/a.rs:1:1: replace f with ()".to_owned(); caught],
            timeout: Vec::new(),
            missed: missed.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn a_survivor_needs_a_reason_and_few_may_have_one() {
        let survivor = "src/b.rs:7:9: replace a::b -> bool with true";
        let page = "| `src/b.rs: replace a::b -> bool with true` | it is faster |";
        for (caught, missed, page, good) in [
            (20, vec![], "", true),
            (20, vec![survivor], "", false),
            (20, vec![survivor], page, true),
            (20, vec!["src/b.rs:7:9: replace c with ()"], page, false),
            (2, vec![survivor], page, false),
        ] {
            let checked = outcomes(caught, &missed).refuse_unexplained(page);
            assert_eq!(
                checked.is_ok(),
                good,
                "{caught} caught, {missed:?} in {page:?}"
            );
        }
    }

    #[test]
    fn the_table_counts_by_file() {
        let table = outcomes(3, &["src/b.rs:7:9: replace c with ()"]).table();
        assert!(table.contains("| `src/a.rs` | 3 | 3 | 0 | 0 |"), "{table}");
        assert!(table.contains("| `src/b.rs` | 1 | 0 | 0 | 1 |"), "{table}");
        assert!(table.ends_with("Noticed: 75.0 %."), "{table}");
    }
}
