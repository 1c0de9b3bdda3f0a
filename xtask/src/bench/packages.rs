//! How large the packages are that would be uploaded to Lambda.

use std::path::PathBuf;

use crate::failure::Result;
use crate::repository::{Repository, announce};

/// A list of names, architectures and bytes, as JSON.
pub(super) fn file(repository: &Repository) -> PathBuf {
    repository.target("bench/packages.json")
}

/// Zips the authorizers that were built, and the peers.
pub(super) fn measure(repository: &Repository, built: &[(&str, PathBuf)]) -> Result<()> {
    announce("zipping the packages of all authorizers");
    let python = repository.target("bench/python/bin/python");
    let mut measure = repository
        .command(python)?
        .arg(repository.path("xtask/packages.py"))
        .arg(repository.target("bench"))
        .arg(repository.path("bench/peers"));
    for (architecture, bootstrap) in built {
        measure = measure.arg(format!("{architecture}={}", bootstrap.display()));
    }
    let sizes = measure.read()?;
    Ok(repository.shell().write_file(file(repository), sizes)?)
}
