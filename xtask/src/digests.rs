//! `cargo xtask digests`: the lists of secrets and passwords that core refuses, from the public
//! lists that name them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use sha2::{Digest, Sha256};

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce};

/// How much of a hash is enough to recognise what it was made of.
const BYTES: usize = 8;

/// Which lists to read: text files with one entry on each line.
#[derive(Args)]
pub(crate) struct Options {
    /// Publicly known JWT secrets, as in Wallarm's "jwt-secrets"
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// The most common passwords, as in Django's list
    #[arg(long, value_name = "FILE")]
    passwords: Option<PathBuf>,
}

/// Writes the digests of what each given list holds.
pub(crate) fn write(repository: &Repository, options: &Options) -> Result<()> {
    if options.secrets.is_none() && options.passwords.is_none() {
        return Err(Failure::new(
            "name a list: --secrets FILE or --passwords FILE",
        ));
    }
    // Shorter ones are refused for their length.
    for (list, shortest, fold_case, target) in [
        (
            &options.secrets,
            32,
            false,
            "crates/core/src/public_secrets.digests",
        ),
        (
            &options.passwords,
            8,
            true,
            "crates/core/src/common_passwords.digests",
        ),
    ] {
        let Some(list) = list else { continue };
        let digests = digests(&read(list)?, shortest, fold_case);
        let target = repository.path(target);
        let bytes: Vec<u8> = digests.iter().flatten().copied().collect();
        fs::write(&target, bytes).map_err(Failure::file("cannot write", &target))?;
        announce(&format!(
            "{} digests in {}",
            digests.len(),
            target.display()
        ));
    }
    Ok(())
}

fn read(list: &Path) -> Result<Vec<u8>> {
    fs::read(list).map_err(Failure::file("cannot read", list))
}

/// The first bytes of SHA-256 of each line of at least `shortest` bytes, sorted.
fn digests(list: &[u8], shortest: usize, fold_case: bool) -> BTreeSet<[u8; BYTES]> {
    list.split(|byte| *byte == b'\n')
        .filter_map(|line| std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).ok())
        .filter(|line| line.len() >= shortest)
        .map(|line| {
            let line = if fold_case {
                line.to_lowercase()
            } else {
                line.to_owned()
            };
            let mut digest = [0; BYTES];
            digest.copy_from_slice(&Sha256::digest(line)[..BYTES]);
            digest
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_long_line_counts_once() {
        let digests = digests(b"12345678\r\n1234567\n12345678\n\nabcdefgh", 8, true);
        assert_eq!(digests.len(), 2);
    }
}
