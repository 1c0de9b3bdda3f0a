//! What may go wrong behind every port to the store.

use std::error::Error;

/// The store did not do what it was asked. Absence is no error; this is.
///
/// Whoever meets it answers 503 and gives nothing out: what was asked for may or may not have
/// happened, and every write is made so that asking again is safe.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is away, busy, or out of order.
    #[error("the store did not answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It answered with a row that nobody can have written.
    #[error("the store holds an unreadable row in {table}")]
    Corrupt {
        /// Which table or kind of item.
        table: &'static str,
        /// What could not be read.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Wraps whatever an adapter met.
    pub fn unavailable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(error.into())
    }

    /// Wraps what made a row unreadable.
    pub fn corrupt(table: &'static str, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Corrupt {
            table,
            source: error.into(),
        }
    }
}
