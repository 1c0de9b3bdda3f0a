//! template.yaml: is it valid, does it say what we mean, and does it build?

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce, run};
use crate::tools;

/// What is deployed unless a parameter of the template says otherwise.
const ARM64: &str = "arm64";
const AUTHORIZER: &str = "AuthorizerFunction";
const LAMBDA_TARGET: &str = "aarch64-unknown-linux-gnu";

/// The step `template`.
pub(crate) fn check_template(repository: &Repository) -> Result<()> {
    tools::install_python_tools(repository)?;
    let checkov = tools::install_checkov(repository)?;
    // With a region, the linter has no reason to ask anyone which one it is.
    let validate = [
        "validate",
        "--lint",
        "--region",
        "us-east-1",
        "--template",
        "template.yaml",
    ];
    run(&repository.command("sam")?.args(validate))?;
    let python = repository.python_tools().join("python");
    let checks = repository.command(python)?.args([
        "-m",
        "unittest",
        "discover",
        "--start-directory",
        "tests/template",
        "--pattern",
        "check_*.py",
    ]);
    run(&checks
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("CHECKOV", checkov))
}

/// The step `build`: for arm64, as deployed, if this machine can.
pub(crate) fn build(repository: &Repository) -> Result<()> {
    let architecture = if has_lambda_target(repository)? {
        ARM64
    } else if let Some(own) = own_architecture() {
        announce(&format!(
            "building for {own}: the target {LAMBDA_TARGET} is not installed (rustup target add {LAMBDA_TARGET})"
        ));
        own
    } else {
        return Err(Failure::new(format!(
            "functions cannot be built without the target {LAMBDA_TARGET}: rustup target add {LAMBDA_TARGET}"
        )));
    };
    build_for(repository, architecture).map(drop)
}

/// The functions as `sam build` makes them, for tests that run them; where they are. Elsewhere than
/// on Linux nothing runs them, and nothing is built.
pub(crate) fn build_for_this_machine(repository: &Repository) -> Result<PathBuf> {
    match own_architecture() {
        Some(own) => build_for(repository, own),
        None => Ok(folder(repository, ARM64)),
    }
}

/// The authorizer for each architecture that this machine can build for, and its name for Lambda.
pub(crate) fn build_authorizers(repository: &Repository) -> Result<Vec<(&'static str, PathBuf)>> {
    let cross = has_lambda_target(repository)?.then_some(ARM64);
    let mut architectures: Vec<_> = own_architecture().into_iter().chain(cross).collect();
    architectures.dedup();
    tools::install_python_tools(repository)?;
    let build = |architecture| {
        let output = repository.target(&format!("bench/sam/{architecture}"));
        run_build(repository, architecture, &output, Some(AUTHORIZER))?;
        Ok((architecture, authorizer(repository, architecture)))
    };
    architectures.into_iter().map(build).collect()
}

/// The authorizer that runs here, once it was built.
pub(crate) fn own_authorizer(repository: &Repository) -> PathBuf {
    authorizer(repository, own_architecture().unwrap_or(ARM64))
}

fn authorizer(repository: &Repository, architecture: &str) -> PathBuf {
    repository.target(&format!("bench/sam/{architecture}/{AUTHORIZER}/bootstrap"))
}

fn folder(repository: &Repository, architecture: &str) -> PathBuf {
    repository.target(&format!("sam/{architecture}"))
}

fn build_for(repository: &Repository, architecture: &str) -> Result<PathBuf> {
    tools::install_python_tools(repository)?;
    let output = folder(repository, architecture);
    run_build(repository, architecture, &output, None)?;
    for package in repository.functions()? {
        let binary = output.join(logical_id(&package)).join("bootstrap");
        let size = std::fs::metadata(&binary)
            .map_err(Failure::file("`sam build` made no", &binary))?
            .len();
        announce(&format!(
            "{package}: {}.{} MB",
            size / 1_000_000,
            size % 1_000_000 / 100_000
        ));
    }
    Ok(output)
}

/// `sam build` of every function, or of one.
fn run_build(
    repository: &Repository,
    architecture: &str,
    output: &Path,
    function: Option<&str>,
) -> Result<()> {
    // What an earlier build left there must not count as built.
    repository.shell().remove_path(output)?;
    let sam = repository
        .command("sam")?
        .arg("build")
        .args(function)
        .args(["--region", "us-east-1"])
        .args(["--template", "template.yaml", "--build-dir"])
        .arg(output)
        .arg("--parameter-overrides")
        .arg(format!("Architecture={architecture}"));
    // Without a cross-compiler where none is needed.
    let native = own_architecture() == Some(architecture);
    run(&if native {
        sam.env("CARGO_LAMBDA_COMPILER", "cargo")
    } else {
        sam
    })
}

/// What functions that run on this machine are built for; `None` if none do.
fn own_architecture() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("x86_64"),
        ("linux", "aarch64") => Some(ARM64),
        _ => None,
    }
}

fn has_lambda_target(repository: &Repository) -> Result<bool> {
    let arguments = ["--print", "target-libdir", "--target", LAMBDA_TARGET];
    let folder = repository.command("rustc")?.args(arguments).read()?;
    Ok(Path::new(folder.trim()).is_dir())
}

/// The resource of a package: `tollgate-protected-api` is `ProtectedApiFunction`.
fn logical_id(package: &str) -> String {
    let mut id = String::new();
    for word in package.split('-').skip(1) {
        let (first, rest) = word.split_at(word.len().min(1));
        id.push_str(&first.to_uppercase());
        id.push_str(rest);
    }
    id + "Function"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_resources_are_named_alike() {
        assert_eq!(logical_id("tollgate-login"), "LoginFunction");
        assert_eq!(logical_id("tollgate-protected-api"), "ProtectedApiFunction");
    }
}
