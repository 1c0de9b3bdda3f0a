//! The stores that log-ins and refreshes are measured on.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::memory::{self, ACCESS, REFRESH};
use crate::run::Run;
use crate::run::aws;
use crate::run::server::{folder, only_for_owner};

/// The table in moto.
const TABLE: &str = "bench";
const DATABASE: &str = "bench.db";

/// Where accounts are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Store {
    Sqlite,
    DynamoDb,
}

/// An empty store, and what a process needs to use it.
pub(crate) struct Opened {
    pub(crate) variables: Vec<(String, String)>,
    data: TempDir,
}

impl Opened {
    /// The file of SQLite.
    pub(crate) fn database(&self) -> PathBuf {
        self.data.path().join(DATABASE)
    }
}

impl Store {
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::DynamoDb];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::DynamoDb => "DynamoDB, as moto plays it",
        }
    }

    /// moto takes milliseconds for what SQLite does in microseconds.
    pub(crate) fn rounds(self) -> u32 {
        match self {
            Self::Sqlite => 40,
            Self::DynamoDb => 20,
        }
    }

    pub(crate) fn open(self, run: &Run) -> Result<Opened, String> {
        let data = folder(run)?;
        let mut variables = Vec::new();
        for (name, file, secret) in [
            ("TOLLGATE_ACCESS_KEY", "access.key", ACCESS),
            ("TOLLGATE_REFRESH_KEY", "refresh.key", REFRESH),
        ] {
            let path = data.path().join(file);
            write_key(&path, secret.0)?;
            variables.push((name.to_owned(), format!("file://{}", path.display())));
        }
        let uri = match self {
            Self::Sqlite => format!("sqlite://{}", data.path().join(DATABASE).display()),
            Self::DynamoDb => {
                aws::make_table(run, TABLE)?;
                format!("dynamodb://{TABLE}")
            }
        };
        variables.push(("TOLLGATE_STORE".to_owned(), uri));
        let all = aws::variables(run)
            .into_iter()
            .chain(memory::own_profile_variables());
        variables.extend(all.map(|(name, value)| (name.to_owned(), value)));
        Ok(Opened { variables, data })
    }
}

fn write_key(path: &Path, key: &str) -> Result<(), String> {
    fs::write(path, key).map_err(|error| format!("{}: {error}", path.display()))?;
    only_for_owner(path)
}
