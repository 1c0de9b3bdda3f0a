//! A token that should have been refused, and was not.

use std::fs;
use std::io;

use super::class::{Attack, Class};
use super::honest::Honest;
use crate::events::in_repository;

/// Where [`keep`] puts tokens.
const KEPT_IN: &str = "target/hostile-findings.txt";

/// What was let in, or what failed, and how to see it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Of the token: with the seed, all that it takes to make it again.
    pub index: u64,
    /// Its class.
    pub class: &'static str,
    /// Who was asked, and what came of it.
    pub what: String,
}

impl Finding {
    /// What is printed: everything but the token, which may hold a good signature.
    #[must_use]
    pub fn line(&self, seed: u64) -> String {
        let Self { index, class, what } = self;
        format!("{class}: {what}: cargo xtask hostile --seed {seed} --index {index}")
    }
}

/// Writes the tokens of `findings` into a file, whose name it gives.
///
/// # Errors
/// The file cannot be written.
pub fn keep(findings: &[Finding], honest: &Honest, seed: u64) -> io::Result<&'static str> {
    let lines = findings.iter().map(|finding| {
        let (_, attack) = Class::attack(honest, seed, finding.index);
        let text = match attack {
            Attack::Access(token) => token,
            Attack::Body(body) => String::from_utf8_lossy(&body).into_owned(),
        };
        format!("{}\n{text:?}\n", finding.line(seed))
    });
    fs::write(in_repository(KEPT_IN), lines.collect::<String>())?;
    Ok(KEPT_IN)
}
