//! The packages of npm that are tested where they stand, since their files import each other: the
//! client, and the Next.js example.

use std::fmt::Write;

use xshell::Cmd;

use crate::failure::Result;
use crate::repository::{Repository, announce, run};
use crate::{cargo, chromium, tools};

const CLIENT: &str = "clients/javascript";
const NEXTJS: &str = "examples/nextjs";
/// What the example takes a copy of when it is installed.
const CLIENT_SOURCES: [&str; 2] = ["clients/javascript/package.json", "clients/javascript/src"];

/// The step `client`.
pub(crate) fn test_client(repository: &Repository) -> Result<()> {
    install(repository, CLIENT, &[])?;
    let tollgate = cargo::build_tollgate(repository)?;
    let _there = repository.shell().push_dir(repository.path(CLIENT));
    run(&test(repository)?.env("TOLLGATE_BIN", tollgate))
}

/// The step `nextjs`.
pub(crate) fn test_nextjs(repository: &Repository) -> Result<()> {
    install(repository, NEXTJS, &CLIENT_SOURCES)?;
    let (tollgate, chromium) = (
        cargo::build_tollgate(repository)?,
        chromium::find(repository)?,
    );
    let _there = repository.shell().push_dir(repository.path(NEXTJS));
    let test = test(repository)?
        .env("TOLLGATE_BIN", tollgate)
        .env("TOLLGATE_CHROMIUM", chromium);
    run(&test.env("NEXT_TELEMETRY_DISABLED", "1"))
}

/// Installs what both are tested with.
pub(crate) fn install_all(repository: &Repository) -> Result<()> {
    install(repository, CLIENT, &[])?;
    install(repository, NEXTJS, &CLIENT_SOURCES)
}

/// `npm ci` beside the sources, when the lock file or one of `copied` changed.
fn install(repository: &Repository, package: &str, copied: &[&str]) -> Result<()> {
    let shell = repository.shell();
    let folder = repository.path(package);
    let stamp = folder.join("node_modules/.installed");
    let mut wanted = shell.read_file(folder.join("package-lock.json"))?;
    for name in copied {
        let path = repository.path(name);
        let files = if path.is_dir() {
            shell.read_dir(path)?
        } else {
            vec![path]
        };
        for file in files {
            let _ = write!(wanted, "{}", shell.read_file(file)?);
        }
    }
    if shell
        .read_file(&stamp)
        .is_ok_and(|installed| installed == wanted)
    {
        return Ok(());
    }
    announce(&format!("installing the packages of {package}"));
    tools::find_node(repository)?;
    let _there = shell.push_dir(&folder);
    // No package of these needs a script to install, and none gets to run one.
    run(&npm(repository)?.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    shell.write_file(&stamp, wanted)?;
    Ok(())
}

fn test(repository: &Repository) -> Result<Cmd<'_>> {
    Ok(npm(repository)?.args(["run", "--silent", "test"]))
}

fn npm(repository: &Repository) -> Result<Cmd<'_>> {
    repository.command(if cfg!(windows) { "npm.cmd" } else { "npm" })
}
