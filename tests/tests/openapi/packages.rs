//! What `cargo xtask test` installed for these tests.

use std::process::Command;

use tollgate_tests::companion;

/// Python, with the packages of `tests/openapi/requirements.txt`.
pub(crate) fn python() -> Command {
    let mut command = Command::new(companion::packages().join("openapi/bin/python"));
    command.arg("-B");
    command
}
