//! One machine, no services: a store in a SQLite file and keys in files of their own.
//!
//! Both are safe with several processes on the same files. Their calls keep the thread busy for as
//! long as the disk takes, which is why the local gateway gives each invocation a thread.

pub mod key_file;
pub mod sqlite;

pub use key_file::KeyFile;
pub use sqlite::SqliteStore;
