//! `tollgate keys`.

use std::process::ExitCode;

use tollgate_core::key::KeyId;
use tollgate_embedded::key_file::Rotation;
use tollgate_wiring::vault::{ACCESS_KEY, REFRESH_KEY};
use tollgate_wiring::{Vault, clock};

use crate::arguments::{Keys, WhichKey};
use crate::data_directory::DataDirectory;
use crate::failure::Failure;

/// Rotates, and says which key signs now.
pub(crate) fn run(directory: &DataDirectory, command: &Keys) -> Result<ExitCode, Failure> {
    let Keys::Rotate { which } = command;
    let environment = directory.environment();
    let variables = match which {
        Some(WhichKey::Access) => &[ACCESS_KEY][..],
        Some(WhichKey::Refresh) => &[REFRESH_KEY],
        None => &[ACCESS_KEY, REFRESH_KEY],
    };
    for variable in variables {
        let Vault::File(file) = Vault::open(&environment, variable)? else {
            let problem = format!("{variable} names a secret; only key files can be rotated");
            return Err(Failure::new(problem));
        };
        report(
            &file.path().display().to_string(),
            &file.rotate(&mut clock::rng())?,
        );
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
fn report(file: &str, rotation: &Rotation) {
    let Rotation {
        current,
        older,
        dropped,
    } = rotation;
    println!(
        "{file}: {current} signs within a minute, {} go on verifying.",
        shown(older)
    );
    if dropped.is_empty() {
        println!("Nobody is logged out.");
    } else {
        println!(
            "{} were the oldest and are gone: their tokens are refused.",
            shown(dropped)
        );
    }
}

fn shown(ids: &[KeyId]) -> String {
    ids.iter()
        .map(KeyId::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
