//! The store in a SQLite file.
//!
//! Write-ahead logging, so that readers and the writer do not wait for each other; a full sync with
//! each commit, so that a refresh which was answered is there after a power cut; a busy timeout, so
//! that several processes take turns.

mod attempts;
mod families;
mod users;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tollgate_core::store::StoreError;

/// Longer than any of our transactions by orders of magnitude.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// One step for each version of the schema; the first makes version 1. Never change one that was
/// released: add another.
const MIGRATIONS: [&str; 1] = [include_str!("sqlite/1.sql")];

/// What SQLite calls the `user_version` of a database: how many migrations it has seen.
type Version = u32;

/// The store. Cheap to clone: every clone is the same connection.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    connection: Arc<Mutex<Connection>>,
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file could not be made or written to.
    #[error("{} cannot be created or written to", path.display())]
    Denied {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It holds addresses and password hashes, and others can read it.
    #[error("others can read or change {} (mode {mode:03o}); run: chmod 600 {}", path.display(), path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A later version of Tollgate made it.
    #[error(
        "{} was made by a newer version of Tollgate (schema {found}, this one knows {}); \
         update Tollgate or choose another file",
        path.display(),
        MIGRATIONS.len()
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its schema version.
        found: Version,
    },
    /// SQLite does not want it.
    #[error("{} cannot be used as a database", path.display())]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

impl SqliteStore {
    /// Opens the database at `path`, made if it is not there (for its owner alone), and brings its
    /// schema up to date.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let denied = |source| OpenError::Denied {
            path: path.to_owned(),
            source,
        };
        create_private(path).map_err(denied)?;
        refuse_if_others_can_read(path, &fs::metadata(path).map_err(denied)?)?;
        let sqlite = |source| OpenError::Sqlite {
            path: path.to_owned(),
            source,
        };
        let mut connection = connect(path).map_err(sqlite)?;
        let found = migrate(&mut connection).map_err(sqlite)?;
        if usize::try_from(found).is_ok_and(|found| found > MIGRATIONS.len()) {
            return Err(OpenError::Newer {
                path: path.to_owned(),
                found,
            });
        }
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// Runs `work` on the connection, outside a transaction: for a single statement.
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // A panic elsewhere has rolled its transaction back; the connection is as good as before.
        work(
            &self
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Runs `work` in a transaction that holds the write lock from the start.
    fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::unavailable)?;
        let result = work(&transaction)?;
        transaction.commit().map_err(StoreError::unavailable)?;
        Ok(result)
    }
}

/// Makes an empty file for its owner alone, unless there is one: SQLite would make it readable for
/// everybody. Its companions take after it.
///
/// The file gets its name after it was closed, and is not opened again but by SQLite: with any
/// descriptor of it that a process closes, the system drops the locks of all its connections.
fn create_private(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    let empty = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    match empty.into_temp_path().persist_noclobber(path) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => Err(failed.error),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn refuse_if_others_can_read(path: &Path, metadata: &fs::Metadata) -> Result<(), OpenError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 {
        return Ok(());
    }
    let path = path.to_owned();
    Err(OpenError::Exposed { path, mode })
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same on every system")]
fn refuse_if_others_can_read(_: &Path, _: &fs::Metadata) -> Result<(), OpenError> {
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// Takes the steps that the database has not seen; says which version it had.
fn migrate(connection: &mut Connection) -> Result<Version, rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: Version = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (version, step) in (1..).zip(MIGRATIONS) {
        if version > found {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
        }
    }
    transaction.commit()?;
    Ok(found)
}

/// `x` of a query that finds one row or none.
fn optional<T>(result: Result<T, rusqlite::Error>) -> Result<Option<T>, rusqlite::Error> {
    match result {
        Ok(row) => Ok(Some(row)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error),
    }
}
