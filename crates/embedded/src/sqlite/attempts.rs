//! The table `attempts`.

use rusqlite::{Connection, Row, params};
use tollgate_core::Timestamp;
use tollgate_core::attempts::{AttemptKey, AttemptLog, Attempts, LONGEST_DELAY, Swapped};
use tollgate_core::store::StoreError;

use super::{SqliteStore, optional};

fn read(row: &Row<'_>) -> Result<Attempts, rusqlite::Error> {
    Ok(Attempts {
        failures: row.get("failures")?,
        next_allowed: Timestamp::from_unix(row.get("next_allowed")?),
        expires_at: Timestamp::from_unix(row.get("expires_at")?),
    })
}

fn find(connection: &Connection, key: AttemptKey) -> Result<Option<Attempts>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT * FROM attempts WHERE key = ?1")?;
    optional(statement.query_row([key.as_bytes()], read))
}

fn put(connection: &Connection, key: AttemptKey, row: Attempts) -> Result<(), rusqlite::Error> {
    const SQL: &str = "INSERT OR REPLACE INTO attempts VALUES (?1, ?2, ?3, ?4)";
    let (next, expires) = (row.next_allowed.as_unix(), row.expires_at.as_unix());
    let params = params![key.as_bytes(), row.failures, next, expires];
    connection.prepare_cached(SQL)?.execute(params).map(drop)
}

/// Removes what had expired when `latest` was written, so that guessing at a million names does not
/// fill the disk for good.
fn prune(connection: &Connection, latest: Attempts) -> Result<(), rusqlite::Error> {
    let written = latest
        .next_allowed
        .as_unix()
        .saturating_sub_unsigned(LONGEST_DELAY.as_secs());
    let mut statement = connection.prepare_cached("DELETE FROM attempts WHERE expires_at < ?1")?;
    statement.execute([written]).map(drop)
}

impl AttemptLog for SqliteStore {
    async fn load(&self, keys: [AttemptKey; 2]) -> Result<[Option<Attempts>; 2], StoreError> {
        self.read(|connection| {
            let [first, second] = keys.map(|key| find(connection, key));
            Ok([
                first.map_err(StoreError::unavailable)?,
                second.map_err(StoreError::unavailable)?,
            ])
        })
    }

    async fn swap(
        &self,
        key: AttemptKey,
        expected: Option<Attempts>,
        new: Attempts,
    ) -> Result<Swapped, StoreError> {
        self.write(|transaction| {
            let current = find(transaction, key).map_err(StoreError::unavailable)?;
            if current != expected {
                return Ok(Swapped::Conflict(current));
            }
            put(transaction, key, new).map_err(StoreError::unavailable)?;
            prune(transaction, new).map_err(StoreError::unavailable)?;
            Ok(Swapped::Done)
        })
    }

    async fn succeeded(
        &self,
        forgive: Option<AttemptKey>,
        known: Option<(AttemptKey, Attempts)>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let record = || {
                if let Some(key) = forgive {
                    transaction.execute("DELETE FROM attempts WHERE key = ?1", [key.as_bytes()])?;
                }
                if let Some((key, row)) = known {
                    put(transaction, key, row)?;
                }
                Ok(())
            };
            record().map_err(|error: rusqlite::Error| StoreError::unavailable(error))
        })
    }
}
