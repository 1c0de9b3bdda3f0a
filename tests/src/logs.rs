//! Everything that is logged while tests run, at every level, kept for `cargo xtask test`, which
//! looks through it for secrets.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};

use tracing_subscriber::filter::LevelFilter;

/// Words that no log may hold, whatever happens.
const CANARIES: [&str; 2] = ["canary-password", "canary-secret"];

/// Where logs are kept.
#[must_use]
pub fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/test-logs");
    fs::create_dir_all(&folder).expect("target/ can be written to");
    folder
}

/// Has every log searched for these words.
pub fn forbid<'a>(words: impl IntoIterator<Item = &'a str>) {
    let path = folder().join("canaries.txt");
    let mut list = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("a list");
    for word in words {
        // One write for each line, so that lines of several processes do not mix.
        list.write_all(format!("{word}\n").as_bytes())
            .expect("target/ can be written to");
    }
}

/// Has every log searched for the keys in these files.
pub fn forbid_keys_in(data: &Path) {
    for name in ["access.key", "refresh.key"] {
        let keys = fs::read_to_string(data.join(name)).unwrap_or_default();
        forbid(keys.lines().filter(|line| !line.starts_with('#')));
    }
}

/// A file for the standard error of a process; several of one name follow each other.
#[must_use]
pub fn file(name: &str) -> File {
    let path = folder().join(format!("{name}.log"));
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("target/ can be written to")
}

/// The name of this test process.
#[must_use]
pub fn name() -> String {
    let path = std::env::current_exe().expect("a name");
    path.file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned()
}

/// Captures what this test process itself logs, from `trace` on.
pub fn capture() {
    static CAPTURED: Once = Once::new();
    CAPTURED.call_once(|| {
        forbid(CANARIES);
        let file = file(&name());
        let _ = tracing_subscriber::fmt()
            .json()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(Mutex::new(file))
            .try_init();
    });
}
