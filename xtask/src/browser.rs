//! `cargo xtask browser`: the client, and the page of `tollgate serve`, in a real Chromium.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce, run as run_command};
use crate::tools;
use crate::{cargo, chromium};

/// Where the tests are.
const TESTS: &str = "tests/browser";
/// What the name of a file of tests ends with.
const ENDING: &str = ".test.js";
/// How many page loads make up the step of `cargo xtask test`.
const FEW_LOADS: u32 = 200;

/// Which tests, and how.
#[derive(Args)]
pub(crate) struct Options {
    /// Runs only tests/browser/NAME.test.js (may be given more than once)
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How many page loads are made while answers get lost
    #[arg(long, default_value_t = 1000)]
    loads: u32,
    /// Shows the browser's windows; needs a Chromium that has some
    #[arg(long)]
    headed: bool,
}

/// The step `browser`.
pub(crate) fn run_briefly(repository: &Repository) -> Result<()> {
    let options = Options {
        only: Vec::new(),
        loads: FEW_LOADS,
        headed: false,
    };
    run(repository, &options)
}

/// Builds the server, finds a browser, and runs the tests.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let files = chosen(tests(repository)?, &options.only)?;
    let packages = tools::install_browser(repository)?;
    let chromium = chromium::find(repository)?;
    announce(&format!("the browser is {}", chromium.display()));
    let tollgate = cargo::build_tollgate(repository)?;
    let mut node = repository.command("node")?;
    // Two at once: a file of tests waits most of its time.
    node = node.args(["--test", "--test-concurrency=2", "--test-reporter=spec"]);
    node = node
        .args(files)
        .env("NODE_PATH", packages.join("node_modules"))
        .env("TOLLGATE_CHROMIUM", chromium)
        .env("TOLLGATE_BIN", tollgate)
        .env("TOLLGATE_LOADS", options.loads.to_string());
    if options.headed {
        node = node.env("TOLLGATE_HEADED", "1");
    }
    run_command(&node)?;
    announce(&format!(
        "the screenshots are in {}",
        repository.target("browser/screenshots").display()
    ));
    Ok(())
}

/// Every file of tests.
fn tests(repository: &Repository) -> Result<Vec<PathBuf>> {
    let entries = repository.shell().read_dir(repository.path(TESTS))?;
    Ok(entries
        .into_iter()
        .filter(|path| name(path).is_some())
        .collect())
}

/// What `--only` calls it.
fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.strip_suffix(ENDING)
}

/// Those of these names; all, if none is named.
fn chosen(files: Vec<PathBuf>, names: &[String]) -> Result<Vec<PathBuf>> {
    if names.is_empty() {
        return Ok(files);
    }
    if let Some(unknown) = names
        .iter()
        .find(|wanted| !files.iter().any(|file| name(file) == Some(wanted.as_str())))
    {
        let known: Vec<&str> = files.iter().filter_map(|file| name(file)).collect();
        return Err(Failure::new(format!(
            "{TESTS} has no {unknown}{ENDING}; --only takes one of: {}",
            known.join(", ")
        )));
    }
    Ok(files
        .into_iter()
        .filter(|file| {
            names
                .iter()
                .any(|wanted| name(file) == Some(wanted.as_str()))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<PathBuf> {
        ["a/session.test.js", "a/tabs.test.js"]
            .map(PathBuf::from)
            .into()
    }

    #[test]
    fn no_name_is_every_file() {
        assert_eq!(chosen(files(), &[]).expect("all"), files());
    }

    #[test]
    fn a_name_is_one_file() {
        let chosen = chosen(files(), &["tabs".to_owned()]).expect("tabs");
        assert_eq!(chosen, [PathBuf::from("a/tabs.test.js")]);
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        let message = chosen(files(), &["tab".to_owned()]).expect_err("unknown");
        assert!(message.to_string().ends_with("session, tabs"), "{message}");
    }
}
