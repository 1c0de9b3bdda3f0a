//! Reads every line that the tests logged, and looks for secrets in it.
//!
//! Tests write what the parts log under `target/test-logs/`, and the passwords and keys that they made up, one per
//! line, in `target/test-logs/canaries.txt`: see `tests/src/logs.rs`. A finding is named by file, line and kind, and
//! never printed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::bytes::Regex;

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce};

/// The file that lists the canaries; it is the one file that is not scanned.
const CANARIES: &str = "canaries.txt";

/// A shorter word would be found by chance.
const CANARY_MINIMUM: usize = 8;

/// What a secret looks like, whoever made it.
const PATTERNS: &[(&str, &str)] = &[
    ("a refresh token", r"tgr1_[A-Za-z0-9_-]{20,}"),
    // The first two parts are enough: a token cut off in the middle is a finding too.
    ("a JWT", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}"),
    (
        "a bearer credential",
        r"(?i-u:bearer)\s+[A-Za-z0-9._~+/-]{24,}",
    ),
    ("an Argon2 hash", r"\$argon2(?:id|i|d)?\b"),
];

/// Where the tests write.
fn folder(repository: &Repository) -> PathBuf {
    repository.target("test-logs")
}

/// Empties the folder, so that only what the next test run logs is scanned.
pub(crate) fn clear(repository: &Repository) -> Result<()> {
    repository.shell().remove_path(folder(repository))?;
    repository.shell().create_dir(folder(repository))?;
    Ok(())
}

/// The step `logs`.
pub(crate) fn check(repository: &Repository) -> Result<()> {
    let scan = Scan::of(&folder(repository))?;
    announce(&format!(
        "read {} files, {} lines, {} bytes; looked for {} kinds of secret and {} canaries",
        scan.files,
        scan.lines,
        scan.bytes,
        PATTERNS.len(),
        scan.canaries
    ));
    scan.verdict()
}

/// What a scan read and found.
#[derive(Debug, Default)]
struct Scan {
    files: usize,
    lines: usize,
    bytes: usize,
    canaries: usize,
    /// `file:line: kind`, never the secret.
    findings: BTreeSet<String>,
}

impl Scan {
    /// # Errors
    /// The folder cannot be read, or there is nothing to read or to look for: a check that cannot fail is none.
    fn of(folder: &Path) -> Result<Self> {
        let list = folder.join(CANARIES);
        let canaries = read_canaries(&list)?;
        let mut secrets = Vec::new();
        let mut known = Vec::new();
        for (kind, pattern) in PATTERNS {
            secrets.push(((*kind).to_owned(), compile(pattern)?));
        }
        // One search for all of them: there are hundreds, and almost no line holds one.
        let escaped: Vec<String> = canaries.iter().map(|it| regex::escape(it)).collect();
        let any_canary = compile(&escaped.join("|"))?;
        for (index, canary) in escaped.iter().enumerate() {
            let kind = format!("the canary on line {} of {}", index + 1, list.display());
            known.push((kind, compile(canary)?));
        }
        let mut scan = Self {
            canaries: canaries.len(),
            ..Self::default()
        };
        for path in files_below(folder)? {
            if path != list {
                scan.read(&path, &secrets, (&any_canary, &known))?;
            }
        }
        if scan.bytes == 0 {
            return Err(Failure::new(format!(
                "{} holds no logs: the tests that write them did not run (cargo xtask test --only test)",
                folder.display()
            )));
        }
        Ok(scan)
    }

    fn read(
        &mut self,
        path: &Path,
        secrets: &[(String, Regex)],
        (any_canary, canaries): (&Regex, &[(String, Regex)]),
    ) -> Result<()> {
        let content = std::fs::read(path).map_err(Failure::file("reading", path))?;
        self.files += 1;
        self.bytes += content.len();
        for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
            self.lines += usize::from(!line.is_empty());
            let canaries = if any_canary.is_match(line) {
                canaries
            } else {
                &[]
            };
            let secrets = secrets.iter().chain(canaries);
            for (kind, _) in secrets.filter(|(_, secret)| secret.is_match(line)) {
                self.findings
                    .insert(format!("{}:{}: {kind}", path.display(), index + 1));
            }
        }
        Ok(())
    }

    fn verdict(&self) -> Result<()> {
        if self.findings.is_empty() {
            return Ok(());
        }
        let findings: Vec<&str> = self.findings.iter().map(String::as_str).collect();
        Err(Failure::new(format!(
            "secrets in the logs:\n  {}",
            findings.join("\n  ")
        )))
    }
}

fn compile(pattern: &str) -> Result<Regex> {
    Regex::new(pattern).map_err(|error| Failure::new(format!("log_scan.rs: {error}")))
}

/// One for each line, in order; an empty or short line is refused, since it would be found everywhere.
fn read_canaries(list: &Path) -> Result<Vec<String>> {
    let content = std::fs::read_to_string(list).map_err(Failure::file(
        "the list of made-up secrets, which the tests write, is missing:",
        list,
    ))?;
    let canaries: Vec<String> = content.lines().map(ToOwned::to_owned).collect();
    if canaries.is_empty() {
        return Err(Failure::new(format!("{} is empty", list.display())));
    }
    if let Some(index) = canaries
        .iter()
        .position(|canary| canary.trim().len() < CANARY_MINIMUM)
    {
        return Err(Failure::new(format!(
            "{}:{}: a canary has {CANARY_MINIMUM} characters at least",
            list.display(),
            index + 1
        )));
    }
    Ok(canaries)
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(Failure::file("listing", &folder))?;
        for entry in entries {
            let path = entry.map_err(Failure::file("listing", &folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "canary-correct horse+battery";

    fn scan(log: &[u8]) -> Result<Scan> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(CANARIES), format!("{CANARY}\n")).unwrap();
        std::fs::create_dir(folder.path().join("login")).unwrap();
        std::fs::write(folder.path().join("login/trace.log"), log).unwrap();
        Scan::of(folder.path())
    }

    #[test]
    fn every_kind_of_secret_is_found_and_never_repeated() {
        let refresh_token = format!("tgr1_{}", "aB3-_".repeat(12));
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl";
        let secrets = [
            refresh_token.as_str(),
            jwt,
            &jwt[..40],
            "Authorization: BEARER 0123456789abcdef01234567",
            "$argon2id$v=19$m=47104,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
            CANARY,
        ];
        for secret in secrets {
            let log =
                format!("{{\"level\":\"INFO\"}}\n{{\"level\":\"DEBUG\",\"value\":\"{secret}\"}}\n");
            let scan = scan(log.as_bytes()).unwrap();
            assert_eq!((scan.files, scan.lines, scan.bytes), (1, 2, log.len()));
            let message = scan.verdict().unwrap_err().to_string();
            assert!(message.contains("trace.log:2: "), "{message}");
            assert!(!message.contains(secret), "{message}");
        }
    }

    #[test]
    fn what_a_log_should_say_passes() {
        let log = b"{\"event\":\"refresh_refused\",\"reason\":\"reused\",\"family\":\"0d9f\"}\nBearer realm=\"tollgate\"\n";
        scan(log).unwrap().verdict().unwrap();
    }

    #[test]
    fn bytes_that_are_not_utf_8_hide_nothing() {
        let log = [b"\xff\xfe ".as_slice(), CANARY.as_bytes(), b" \xff"].concat();
        scan(&log).unwrap().verdict().unwrap_err();
    }

    #[test]
    fn nothing_to_read_is_a_failure() {
        let message = scan(b"").unwrap_err().to_string();
        assert!(message.contains("holds no logs"), "{message}");
    }

    #[test]
    fn nothing_to_look_for_is_a_failure() {
        for (list, complaint) in [
            (None, "missing"),
            (Some(""), "is empty"),
            (Some("long enough\nshort\n"), ":2: "),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("a.log"), "a line\n").unwrap();
            if let Some(list) = list {
                std::fs::write(folder.path().join(CANARIES), list).unwrap();
            }
            let message = Scan::of(folder.path()).unwrap_err().to_string();
            assert!(message.contains(complaint), "{message}");
        }
    }
}
