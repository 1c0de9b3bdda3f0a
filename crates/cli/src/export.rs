//! `tollgate users export`.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use serde::Serialize;
use tempfile::NamedTempFile;
use tollgate_core::Timestamp;
use tollgate_core::email::Email;
use tollgate_core::scope::Scope;
use tollgate_core::user::{User, UserDirectory, UserId};
use tollgate_wiring::Store;

use crate::failure::Failure;

/// One line: everything that the store has of a user.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a UserId,
    email: &'a Email,
    scope: &'a Scope,
    disabled: bool,
    created_at: Timestamp,
    password_hash: &'a str,
}

/// Writes every user to a file for its owner alone, or to standard output.
pub(crate) async fn run(store: &Store, output: Option<&Path>, force: bool) -> Result<(), Failure> {
    match output {
        None if io::stdout().is_terminal() => Err(Failure::new(
            "this would show every password hash here; name a file with --output FILE, or ask for \
             it with --output -",
        )),
        Some(path) if path != Path::new("-") => save(store, path, force).await,
        _ => {
            let users = store.list().await?;
            write(&users, &mut BufWriter::new(io::stdout().lock()))?;
            Ok(())
        }
    }
}

/// The file gets its name when it is complete.
#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
async fn save(store: &Store, path: &Path, force: bool) -> Result<(), Failure> {
    let shown = path.display();
    let there = || Failure::new(format!("{shown} is there already; --force replaces it"));
    let denied = |error: io::Error| Failure::new(format!("cannot write {shown} ({error})"));
    if !force && path.exists() {
        return Err(there());
    }
    let users = store.list().await?;
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    let file = NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(denied)?;
    write(&users, &mut BufWriter::new(&file)).map_err(denied)?;
    file.as_file().sync_all().map_err(denied)?;
    let kept = if force {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    kept.map_err(|failed| match failed.error.kind() {
        io::ErrorKind::AlreadyExists => there(),
        _ => denied(failed.error),
    })?;
    println!(
        "Exported {} users to {shown}, with their password hashes. Remove it when you are done.",
        users.len()
    );
    Ok(())
}

fn write(users: &[User], output: &mut impl Write) -> io::Result<()> {
    for user in users {
        let line = Line {
            id: &user.id,
            email: &user.email,
            scope: &user.scope,
            disabled: user.disabled,
            created_at: user.created_at,
            password_hash: user.password_hash.expose(),
        };
        serde_json::to_writer(&mut *output, &line)?;
        output.write_all(b"\n")?;
    }
    output.flush()
}
