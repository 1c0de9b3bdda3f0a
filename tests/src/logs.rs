//! Everything that is logged while tests run, at every level, kept for `cargo xtask test`, which
//! looks through it for secrets.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once};

use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

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

/// The log of one process, which is read while it is written.
#[derive(Debug)]
pub struct Log {
    file: File,
    /// What of the last line is there already.
    begun: Vec<u8>,
}

impl Log {
    /// An empty one of this name and a number, and the end that is written to.
    #[must_use]
    pub fn create(name: &str) -> (Self, File) {
        static LOGS: AtomicU64 = AtomicU64::new(1);
        let (process, number) = (std::process::id(), LOGS.fetch_add(1, Ordering::Relaxed));
        let path = folder().join(format!("{name}-{process}-{number}.log"));
        let written = File::create(&path).expect("target/ can be written to");
        let log = Self {
            file: File::open(path).expect("it was made a line ago"),
            begun: Vec::new(),
        };
        (log, written)
    }

    /// The lines that were added since the last time.
    pub fn new_lines(&mut self) -> Vec<String> {
        let read = self.file.read_to_end(&mut self.begun);
        read.expect("target/ can be read");
        let end = self.begun.iter().rposition(|byte| *byte == b'\n');
        let rest = self.begun.split_off(end.map_or(0, |end| end + 1));
        let lines = std::mem::replace(&mut self.begun, rest);
        let lines = String::from_utf8_lossy(&lines);
        lines.lines().map(str::to_owned).collect()
    }
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

/// Captures what this test process itself logs, as our processes do when they are told to log
/// everything.
pub fn capture() {
    static CAPTURED: Once = Once::new();
    CAPTURED.call_once(|| {
        forbid(CANARIES);
        let file = file(&name());
        let _ = tracing_subscriber::fmt()
            .json()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(Mutex::new(file))
            .finish()
            .with(filter_fn(tollgate_wiring::logs::is_discreet))
            .try_init();
    });
}
