//! `.tollgate/`: keys, database, and the credentials of the demo users.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

use tollgate_core::key_source::KeySourceError;
use tollgate_embedded::KeyFile;
use tollgate_wiring::store::STORE;
use tollgate_wiring::{Environment, clock};

use crate::failure::Failure;

/// The folder that holds everything that one machine keeps.
pub(crate) struct DataDirectory {
    path: PathBuf,
}

impl DataDirectory {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Makes the folder, for its owner alone, and the keys, unless they are there.
    pub(crate) fn prepare(&self) -> Result<(), Failure> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&self.path)
            .map_err(|error| self.denied(&error.to_string()))?;
        for keys in [self.access_keys(), self.refresh_keys()] {
            keys.create(&mut clock::rng())
                .map_err(|error| match error {
                    KeySourceError::Unreadable { source, .. } => self.denied(&source.to_string()),
                    other => other.into(),
                })?;
        }
        Ok(())
    }

    /// Refuses to go on in a folder where nothing was ever made, unless the store is elsewhere.
    pub(crate) fn require(&self) -> Result<(), Failure> {
        if self.path.is_dir() || Environment::of_process().get(STORE).is_some() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "there is no data directory {}; `tollgate serve` makes one, --data-dir names another",
            self.path.display()
        )))
    }

    /// Whether a store was ever made here, or is elsewhere.
    pub(crate) fn has_store(&self) -> bool {
        match Environment::of_process().get(STORE) {
            // Opening it would make it.
            Some(uri) => uri
                .strip_prefix("sqlite://")
                .is_none_or(|path| Path::new(path).is_file()),
            None => self.database().is_file(),
        }
    }

    fn database(&self) -> PathBuf {
        self.path.join("tollgate.db")
    }

    fn denied(&self, problem: &str) -> Failure {
        let path = self.path.display();
        Failure::new(format!(
            "cannot write to the data directory {path} ({problem}); choose another with --data-dir"
        ))
    }

    pub(crate) fn access_keys(&self) -> KeyFile {
        KeyFile::new(self.path.join("access.key"))
    }

    pub(crate) fn refresh_keys(&self) -> KeyFile {
        KeyFile::new(self.path.join("refresh.key"))
    }

    pub(crate) fn demo_user(&self) -> PathBuf {
        self.path.join("demo-user.json")
    }

    pub(crate) fn guest_user(&self) -> PathBuf {
        self.path.join("guest-user.json")
    }

    /// The variables of this process, and for those that are not set what fits this folder: the
    /// functions are configured here as they are on Lambda.
    pub(crate) fn environment(&self) -> Environment {
        let uri = |scheme: &str, path: &Path| format!("{scheme}://{}", path.display());
        Environment::of_process()
            .with_default("TOLLGATE_ALLOWED_ORIGIN", "*")
            .with_default("TOLLGATE_ISSUER", "https://tollgate.localhost")
            .with_default("TOLLGATE_AUDIENCE", "api.tollgate.localhost")
            .with_default(
                "TOLLGATE_ACCESS_KEY",
                uri("file", self.access_keys().path()),
            )
            .with_default(
                "TOLLGATE_REFRESH_KEY",
                uri("file", self.refresh_keys().path()),
            )
            .with_default("TOLLGATE_STORE", uri("sqlite", &self.database()))
    }
}
