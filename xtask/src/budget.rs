//! `cargo xtask budget`: whether the hot paths take more instructions than they did, or the
//! authorizer more bytes.
//!
//! Counted under callgrind, which gives the same number on a busy machine as on an idle one. The
//! counts are those of one kind of processor, so each has its own record in bench/budget.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce};
use crate::{cargo, sam};

/// What `tollgate-bench repeat` calls.
const SUBJECTS: [&str; 3] = ["verify", "authorizer-event", "refresh"];
/// The bytes of what is deployed in front of every function.
const AUTHORIZER: &str = "authorizer-bytes";
/// How often each is called, once and again: the difference leaves out what happens only once.
const CALLS: [u64; 2] = [1_000, 2_000];
/// Growth by more than a tenth fails; by less, it is a change of compiler or library.
const TOLERANCE: u64 = 10;

/// What to do with the counts.
#[derive(Args)]
pub(crate) struct Options {
    /// Records what is counted now, in bench/budget
    #[arg(long)]
    accept: bool,
}

/// Counts of this machine's kind of processor, by name.
type Counts = BTreeMap<String, u64>;

/// Counts, and compares or records.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let Some(counts) = count(repository)? else {
        return Ok(());
    };
    let path = repository.path(&format!("bench/budget/{ARCH}.txt"));
    if options.accept {
        fs::write(&path, written(&counts)).map_err(Failure::file("cannot write", &path))?;
        announce(&format!("wrote {}", path.display()));
        return Ok(());
    }
    if !path.is_file() {
        announce(&format!(
            "nothing is recorded for {ARCH}, so nothing is compared; record it: cargo xtask budget --accept"
        ));
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(Failure::file("cannot read", &path))?;
    let recorded = read(&text).ok_or_else(|| {
        Failure::new(format!(
            "{}: each line is a name and a number",
            path.display()
        ))
    })?;
    compare(&recorded, &counts)
}

/// What `cargo xtask test` runs.
pub(crate) fn check(repository: &Repository) -> Result<()> {
    run(repository, &Options { accept: false })
}

/// Everything that is recorded; `None` where there is nothing to count with.
fn count(repository: &Repository) -> Result<Option<Counts>> {
    if repository
        .command("valgrind")?
        .arg("--version")
        .read()
        .is_err()
    {
        announce("skipped: there is no valgrind in PATH to count instructions with");
        return Ok(None);
    }
    let functions = sam::build_for_this_machine(repository)?;
    let authorizer = functions.join("AuthorizerFunction/bootstrap");
    let bytes = fs::metadata(&authorizer).map_err(Failure::file("cannot read", &authorizer))?;
    let program = cargo::build_release(repository, "tollgate-bench", &[])?;
    let mut counts = Counts::from([(AUTHORIZER.to_owned(), bytes.len())]);
    for subject in SUBJECTS {
        let of = |calls| instructions(repository, &program, subject, calls);
        let (fewer, more) = (of(CALLS[0])?, of(CALLS[1])?);
        let each = more.saturating_sub(fewer) / (CALLS[1] - CALLS[0]);
        counts.insert(subject.to_owned(), each);
    }
    Ok(Some(counts))
}

/// Of the whole process.
fn instructions(repository: &Repository, program: &Path, subject: &str, calls: u64) -> Result<u64> {
    let output = profile(repository, subject);
    let counted = repository
        .command("valgrind")?
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", output.display()))
        .arg(program)
        .args(["repeat", subject])
        .arg(calls.to_string())
        .quiet()
        .read_stderr()?;
    collected(&counted).ok_or_else(|| {
        Failure::new(format!(
            "callgrind counted nothing of {subject}:\n{counted}"
        ))
    })
}

/// Where callgrind leaves what `callgrind_annotate` reads.
fn profile(repository: &Repository, subject: &str) -> PathBuf {
    repository.target(&format!("callgrind.{subject}"))
}

fn collected(told: &str) -> Option<u64> {
    let (_, number) = told.split_once("Collected : ")?;
    number.split_whitespace().next()?.parse().ok()
}

fn read(text: &str) -> Option<Counts> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.map(|line| {
        let (name, number) = line.split_once(' ')?;
        Some((name.to_owned(), number.parse().ok()?))
    });
    pairs.collect()
}

fn written(counts: &Counts) -> String {
    let mut text =
        "# Instructions of one call, and bytes: cargo xtask budget --accept\n".to_owned();
    for (name, count) in counts {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name} {count}");
    }
    text
}

/// Prints every count beside its record, and fails if one has grown.
fn compare(recorded: &Counts, counts: &Counts) -> Result<()> {
    let mut grown = Vec::new();
    for (name, count) in counts {
        let Some(before) = recorded.get(name) else {
            grown.push(format!("{name} has no record"));
            continue;
        };
        let change = share(*count) / share(*before) - 1.0;
        announce(&format!(
            "{name:<17} {count:>10}  recorded {before:>10}  {:+.1} %",
            change * 100.0
        ));
        if count.saturating_sub(*before) * TOLERANCE > *before {
            grown.push(format!(
                "{name} has grown by {:.1} %: {before} to {count}",
                change * 100.0
            ));
        }
    }
    if grown.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}\n  look where: CARGO_PROFILE_RELEASE_STRIP=none CARGO_PROFILE_RELEASE_DEBUG=1 cargo xtask budget; \
         callgrind_annotate target/callgrind.verify (bytes: cargo bloat --release -p tollgate-authorizer)\n  \
         if it is worth it, record it, and say why in the commit: cargo xtask budget --accept",
        grown.join("\n")
    )))
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few million")]
fn share(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, u64)]) -> Counts {
        pairs
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let counts = counts(&[("refresh", 7), ("verify", 34_123)]);
        assert_eq!(read(&written(&counts)), Some(counts));
        assert_eq!(read("verify many\n"), None);
        assert_eq!(read("verify\n"), None);
    }

    #[test]
    fn what_has_grown_by_a_tenth_passes_and_by_more_fails() {
        let recorded = counts(&[("authorizer-bytes", 1_000), ("verify", 1_000)]);
        for (verify, passes) in [(10, true), (1_000, true), (1_100, true), (1_101, false)] {
            let now = counts(&[("authorizer-bytes", 1_000), ("verify", verify)]);
            assert_eq!(compare(&recorded, &now).is_ok(), passes, "{verify}");
        }
        let unknown = compare(&recorded, &counts(&[("new", 1)])).expect_err("no record");
        assert!(unknown.to_string().contains("new has no record"));
    }

    #[test]
    fn the_count_is_found_in_what_callgrind_says() {
        let told = "==1== Events    : Ir\n==1== Collected : 80588274\n==1== \n";
        assert_eq!(collected(told), Some(80_588_274));
        assert_eq!(collected("==1== Aborted\n"), None);
    }

    #[test]
    fn every_record_has_every_count() {
        let folder = Repository::open()
            .expect("the checkout")
            .path("bench/budget");
        for entry in fs::read_dir(&folder).expect("the folder") {
            let path = entry.expect("a file").path();
            let text = fs::read_to_string(&path).expect("text");
            let names: Vec<_> = read(&text).expect("a record").into_keys().collect();
            assert_eq!(names, [AUTHORIZER, "authorizer-event", "refresh", "verify"]);
        }
    }
}
