//! docs/threat-model.md names the tests that answer each threat: they must be there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tollgate_tests::server::repository;

/// Every function of the sources, tests among them.
fn functions() -> BTreeSet<String> {
    let folders = ["crates", "functions", "tests"].map(|name| repository().join(name));
    let sources = folders.iter().flat_map(|folder| sources(folder));
    let texts = sources.map(|path| fs::read_to_string(path).expect("a source"));
    let names = texts.flat_map(|text| names(&text).collect::<Vec<_>>());
    names.collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.append(&mut sources(&path));
        } else if is_source(&path) {
            found.push(path);
        }
    }
    found
}

fn is_source(path: &Path) -> bool {
    path.extension()
        .is_some_and(|kind| kind == "rs" || kind == "py")
}

fn names(text: &str) -> impl Iterator<Item = String> {
    let defined = text.split(|c: char| c.is_whitespace()).collect::<Vec<_>>();
    let pairs = defined
        .windows(2)
        .filter(|pair| ["fn", "def"].contains(&pair[0]));
    let names = pairs.map(|pair| {
        pair[1]
            .split(['(', '<'])
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    names.collect::<Vec<_>>().into_iter()
}

/// What stands between backticks.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    page.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let page = fs::read_to_string(repository().join("docs/threat-model.md")).expect("the page");
    let functions = functions();
    // A test's name is a sentence; what has fewer words is a field or a file.
    let is_sentence = |word: &&str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        word.bytes().all(plain) && word.matches('_').count() >= 3
    };
    let named: BTreeSet<&str> = quoted(&page).filter(is_sentence).collect();
    assert!(named.len() > 60, "only {} names were read", named.len());
    let missing: Vec<_> = named
        .iter()
        .filter(|name| !functions.contains(**name))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/threat-model.md names tests that are not there: {missing:?}"
    );
}

#[test]
fn every_file_that_the_threat_model_names_is_there() {
    let root = repository();
    let page = fs::read_to_string(root.join("docs/threat-model.md")).expect("the page");
    let is_path = |word: &&str| word.contains('/') && is_source(Path::new(word));
    let missing: Vec<_> = quoted(&page)
        .filter(is_path)
        .filter(|word| !root.join(word).is_file())
        .collect();
    assert!(
        missing.is_empty(),
        "docs/threat-model.md names files that are not there: {missing:?}"
    );
}
