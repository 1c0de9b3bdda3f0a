//! `tollgate keys`.

use std::process::ExitCode;

use tollgate_core::key::KeyId;
use tollgate_wiring::clock;

use crate::arguments::{Keys, WhichKey};
use crate::data_directory::DataDirectory;
use crate::failure::Failure;

/// Rotates, and says which key signs now.
#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
pub(crate) fn run(directory: &DataDirectory, command: &Keys) -> Result<ExitCode, Failure> {
    let Keys::Rotate { which } = command;
    let access = ("access", directory.access_keys());
    let refresh = ("refresh", directory.refresh_keys());
    let files = match which {
        Some(WhichKey::Access) => vec![access],
        Some(WhichKey::Refresh) => vec![refresh],
        None => vec![access, refresh],
    };
    for (name, file) in files {
        let rotation = file.rotate(&mut clock::rng())?;
        println!(
            "{name}: {} signs, {} verify too",
            rotation.current,
            shown(&rotation.older)
        );
        if !rotation.dropped.is_empty() {
            println!(
                "{name}: {} were the oldest, and are gone",
                shown(&rotation.dropped)
            );
        }
    }
    println!("Running processes sign with the new keys within a minute. Nobody is logged out.");
    Ok(ExitCode::SUCCESS)
}

fn shown(ids: &[KeyId]) -> String {
    ids.iter()
        .map(KeyId::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
