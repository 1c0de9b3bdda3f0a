//! Which way dependencies point, at any depth. Who may name a crate directly is in deny.toml.

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce};

/// Crates of runtimes, of HTTP and of stores: core has no I/O.
const NOT_IN_CORE: &[&str] = &[
    "async-std",
    "aws-",
    "axum",
    "h2",
    "http",
    "hyper",
    "lambda_",
    "libsqlite3-sys",
    "mio",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "tollgate-",
    "tower",
];

/// What only runs on one machine: a function as deployed needs none of it.
const NOT_DEPLOYED: &[&str] = &[
    "axum",
    "clap",
    "libsqlite3-sys",
    "rusqlite",
    "saphyr",
    "tollgate-embedded",
    "tollgate-gateway",
];

/// The step `direction`.
pub(crate) fn check(repository: &Repository) -> Result<()> {
    refuse(
        repository,
        "tollgate-core",
        &["--all-features"],
        NOT_IN_CORE,
    )?;
    for function in repository.functions()? {
        refuse(repository, &function, &[], NOT_DEPLOYED)?;
    }
    Ok(())
}

fn refuse(
    repository: &Repository,
    package: &str,
    features: &[&str],
    refused: &[&str],
) -> Result<()> {
    let tree = repository
        .cargo(&[
            "tree", "--edges", "normal", "--target", "all", "--prefix", "none", "--format", "{p}",
        ])?
        .args(["--package", package])
        .args(features)
        .ignore_stderr();
    let printed = tree.read()?;
    let mut crates: Vec<&str> = printed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != package)
        .collect();
    crates.sort_unstable();
    crates.dedup();
    let wrong: Vec<&str> = crates
        .iter()
        .copied()
        .filter(|name| matches_any(name, refused))
        .collect();
    if wrong.is_empty() {
        announce(&format!(
            "{package}: {} crates, none of them refused",
            crates.len()
        ));
        return Ok(());
    }
    Err(Failure::new(format!(
        "{package} must not depend on {}; who brings it: cargo tree --package {package} --edges normal --invert {}",
        wrong.join(", "),
        wrong[0],
    )))
}

/// A name that ends in `-` or `_` stands for all that start with it.
fn matches_any(name: &str, refused: &[&str]) -> bool {
    refused.iter().any(|refused| {
        if refused.ends_with(['-', '_']) {
            name.starts_with(refused)
        } else {
            name == *refused
                || name
                    .strip_prefix(refused)
                    .is_some_and(|rest| rest.starts_with('-'))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_of_crates_are_refused() {
        for name in [
            "tokio",
            "tokio-util",
            "http",
            "http-body",
            "aws-config",
            "lambda_http",
            "tollgate-embedded",
        ] {
            assert!(matches_any(name, NOT_IN_CORE), "{name}");
        }
    }

    #[test]
    fn names_that_only_look_alike_pass() {
        for name in ["httpdate", "h2o", "miow", "tokenizer", "lambda"] {
            assert!(!matches_any(name, NOT_IN_CORE), "{name}");
        }
    }
}
