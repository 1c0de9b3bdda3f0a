//! The users that the first start makes, so that there is somebody to log in as.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tollgate_core::email::Email;
use tollgate_core::key::Key;
use tollgate_core::scope::Scope;
use tollgate_core::user::{UserDirectory, Users};
use tollgate_wiring::{Store, clock};

use crate::account;
use crate::data_directory::DataDirectory;
use crate::failure::Failure;

const EMAIL: &str = "demo@example.com";
const SCOPE: &str = "reports:read";
/// Has the demo user's password and no scope, so that somebody can see what a 403 looks like.
const GUEST_EMAIL: &str = "guest@example.com";

/// Name and password of a demo user, as a file in the data directory has them.
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
        let (demo, guest) = (directory.demo_user(), directory.guest_user());
        if store.list().await?.is_empty() {
            // The files first. Of two processes that start at once, one makes each and both read it,
            // so whichever of them adds a user adds the same one.
            save(&demo, EMAIL, &Key::generate_secret(&mut clock::rng()))?;
            let demo = Self::read(&demo)?;
            save(&guest, GUEST_EMAIL, &demo.password)?;
            let guest = Self::read(&guest)?;
            account::add(store, demo.email, SCOPE.parse()?, demo.password).await?;
            account::add(store, guest.email, Scope::default(), guest.password).await?;
        }
        Self::find(&demo, store).await
    }

    /// The guest, who has the demo user's password. `None` as for the demo user.
    pub(crate) async fn guest(
        directory: &DataDirectory,
        store: &Store,
    ) -> Result<Option<Self>, Failure> {
        Self::find(&directory.guest_user(), store).await
    }

    /// Forgets the password in the file when `email`, whose password it is, gets another.
    pub(crate) fn forget(directory: &DataDirectory, email: &Email) -> Result<(), Failure> {
        for path in [directory.demo_user(), directory.guest_user()] {
            // A damaged file names nobody; what was asked for is done already.
            if Self::read(&path).is_ok_and(|demo| demo.email == *email) {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    async fn find(path: &Path, store: &Store) -> Result<Option<Self>, Failure> {
        if !path.exists() {
            return Ok(None);
        }
        let demo = Self::read(path)?;
        let user = store.find_by_email(&demo.email).await?;
        Ok(user.filter(|user| !user.disabled).map(|_| demo))
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

/// Makes the file, unless it is there.
fn save(path: &Path, email: &str, password: &SecretString) -> Result<(), Failure> {
    let json = serde_json::json!({ "email": email, "password": password.expose_secret() });
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    writeln!(file, "{json}")?;
    match file.persist_noclobber(path) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => {
            Err(failed.error.into())
        }
        _ => Ok(()),
    }
}
