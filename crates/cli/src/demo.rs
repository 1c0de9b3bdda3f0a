//! The user that the first start makes, so that there is somebody to log in as.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tollgate_core::email::Email;
use tollgate_core::key::Key;
use tollgate_core::user::{UserDirectory, Users};
use tollgate_wiring::{Store, clock};

use crate::account;
use crate::data_directory::DataDirectory;
use crate::failure::Failure;

const EMAIL: &str = "demo@example.com";
const SCOPE: &str = "reports:read";

/// Name and password of the demo user, as the file in the data directory has them.
#[derive(Deserialize)]
pub(crate) struct DemoUser {
    pub(crate) email: Email,
    pub(crate) password: SecretString,
}

impl DemoUser {
    /// The demo user: made whenever there are no users at all, and found again later. `None` once
    /// there are others and it was deleted or disabled, or it got another password.
    pub(crate) async fn prepare(
        directory: &DataDirectory,
        store: &Store,
    ) -> Result<Option<Self>, Failure> {
        let path = directory.demo_user();
        if store.list().await?.is_empty() {
            // The file first. Of two processes that start at once, one makes it and both read it,
            // so whichever of them adds the user adds the same one.
            save(&path)?;
            let demo = Self::read(&path)?;
            account::add(store, demo.email, SCOPE.parse()?, demo.password).await?;
        }
        if !path.exists() {
            return Ok(None);
        }
        let demo = Self::read(&path)?;
        let user = store.find_by_email(&demo.email).await?;
        Ok(user.filter(|user| !user.disabled).map(|_| demo))
    }

    /// Forgets the password in the file when `email`, whose password it is, gets another.
    pub(crate) fn forget(directory: &DataDirectory, email: &Email) -> Result<(), Failure> {
        let path = directory.demo_user();
        // A damaged file names nobody; what was asked for is done already.
        if Self::read(&path).is_ok_and(|demo| demo.email == *email) {
            fs::remove_file(&path)?;
        }
        Ok(())
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        let text = SecretString::from(fs::read_to_string(path)?);
        serde_json::from_str(text.expose_secret()).map_err(|_| {
            Failure::new(format!(
                "{} is damaged; remove it and start again",
                path.display()
            ))
        })
    }
}

/// Makes the file with a new password, unless it is there.
fn save(path: &Path) -> Result<(), Failure> {
    let password = Key::generate_secret(&mut clock::rng());
    let json = serde_json::json!({ "email": EMAIL, "password": password.expose_secret() });
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    writeln!(file, "{json}")?;
    match file.persist_noclobber(path) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => {
            Err(failed.error.into())
        }
        _ => Ok(()),
    }
}
