//! template.yaml: is it valid, does it say what we mean, and does it build?

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce, run};
use crate::tools;

const LAMBDA_TARGET: &str = "aarch64-unknown-linux-gnu";

/// The step `template`.
pub(crate) fn check_template(repository: &Repository) -> Result<()> {
    tools::install_python_tools(repository)?;
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
    let checks = repository
        .command(python)?
        .arg("tests/template/check_template.py");
    run(&checks.env("PYTHONDONTWRITEBYTECODE", "1"))
}

/// The step `build`.
pub(crate) fn build(repository: &Repository) -> Result<()> {
    tools::install_python_tools(repository)?;
    let output = repository.target("sam");
    // What an earlier build left there must not count as built.
    repository.shell().remove_path(&output)?;
    let mut sam = repository
        .command("sam")?
        .args([
            "build",
            "--region",
            "us-east-1",
            "--template",
            "template.yaml",
            "--build-dir",
        ])
        .arg(&output);
    if has_lambda_target(repository)? {
        announce("building for arm64, as deployed");
    } else if cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        announce(&format!(
            "building for x86_64: the target {LAMBDA_TARGET} is not installed (rustup target add {LAMBDA_TARGET})"
        ));
        sam = sam
            .args(["--parameter-overrides", "Architecture=x86_64"])
            .env("CARGO_LAMBDA_COMPILER", "cargo");
    } else {
        return Err(Failure::new(format!(
            "functions cannot be built without the target {LAMBDA_TARGET}: rustup target add {LAMBDA_TARGET}"
        )));
    }
    run(&sam)?;
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
    Ok(())
}

fn has_lambda_target(repository: &Repository) -> Result<bool> {
    let arguments = ["--print", "target-libdir", "--target", LAMBDA_TARGET];
    let folder = repository.command("rustc")?.args(arguments).read()?;
    Ok(std::path::Path::new(folder.trim()).is_dir())
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
