//! The peers in Node: their packages, and what of them has to be compiled.

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce, run};
use crate::tools;

/// The packages with a part in C++, and the only ones that get to run a script.
const COMPILED: [&str; 2] = ["aws-lambda-ric", "better-sqlite3"];
/// What their scripts call, and what it is to us.
const COMPILERS: [(&str, &str); 3] = [("make", "make"), ("c++", "a C++ compiler"), ("tar", "tar")];

/// Installs their packages, with the peers beside them: a module looks for packages where it is.
pub(super) fn install(repository: &Repository) -> Result<()> {
    let (shell, sources) = (repository.shell(), repository.path("bench/peers/node"));
    let folder = tools::install_node_peers(repository)?;
    for file in shell.read_dir(&sources)? {
        if file.extension().is_some_and(|it| it == "js" || it == "mjs") {
            shell.copy_file(file, &folder)?;
        }
    }
    Ok(())
}

/// Compiles what of them has to be. Gone, with all that was compiled, when the packages are installed anew.
pub(super) fn compile(repository: &Repository) -> Result<()> {
    let (shell, folder) = (repository.shell(), repository.target("bench/node"));
    let stamp = folder.join("compiled");
    // What is compiled fits one version of Node.
    let version = repository.command("node")?.arg("--version").read()?;
    if shell.read_file(&stamp).is_ok_and(|it| it == version) {
        return Ok(());
    }
    announce("compiling packages of Node (once; takes some minutes)");
    for (program, name) in COMPILERS {
        let asked = repository.command(program)?.arg("--version");
        asked.quiet().ignore_stderr().read().map_err(|_| {
            Failure::new(format!(
                "`{program}` is not in PATH: {} need {name}; on Debian and Ubuntu: apt install build-essential",
                COMPILED.join(" and ")
            ))
        })?;
    }
    // Where pip has put cmake.
    let programs = repository.target("bench/python/bin");
    let npm = repository.command_with(programs, "npm")?;
    run(&npm
        .arg("rebuild")
        .args(COMPILED)
        .arg("--prefix")
        .arg(&folder))?;
    shell.write_file(&stamp, version)?;
    Ok(())
}
