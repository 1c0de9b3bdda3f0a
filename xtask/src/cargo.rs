//! The steps and tasks that are one or two calls of cargo.

use std::path::PathBuf;

use crate::cloud::Cloud;
use crate::failure::Result;
use crate::log_scan;
use crate::repository::{Repository, run};
use crate::tools;

/// `cargo xtask fmt`.
pub(crate) fn format(repository: &Repository) -> Result<()> {
    run(&repository.cargo(&["fmt", "--all"])?)
}

/// The step `fmt`.
pub(crate) fn check_format(repository: &Repository) -> Result<()> {
    run(&repository.cargo(&["fmt", "--all", "--check"])?)
}

/// The step `clippy`.
pub(crate) fn clippy(repository: &Repository) -> Result<()> {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ];
    run(&repository.cargo(&arguments)?)?;
    // What is deployed: a branch of cfg(not(feature = "embedded")) is compiled nowhere else.
    let mut lean = repository.cargo(&["clippy"])?;
    for package in repository.functions()? {
        lean = lean.args(["--package", &package]);
    }
    run(&lean.args(["--", "-D", "warnings"]))
}

/// The step `doc`: of private items too, since the readers of an application are its developers.
pub(crate) fn document(repository: &Repository) -> Result<()> {
    let arguments = [
        "doc",
        "--workspace",
        "--no-deps",
        "--all-features",
        "--document-private-items",
    ];
    run(&repository
        .cargo(&arguments)?
        .env("RUSTDOCFLAGS", "-D warnings"))
}

/// The step `deny`. It needs no network: advisories are in [`audit`].
pub(crate) fn deny(repository: &Repository) -> Result<()> {
    tools::install_cargo_deny(repository)?;
    // Some wrappers are there for a dependency that is allowed, but not made (yet).
    let arguments = [
        "deny",
        "check",
        "--allow",
        "unused-wrapper",
        "licenses",
        "bans",
        "sources",
    ];
    run(&repository.cargo(&arguments)?)
}

/// `cargo xtask audit`.
pub(crate) fn audit(repository: &Repository) -> Result<()> {
    tools::install_cargo_deny(repository)?;
    run(&repository.cargo(&["deny", "check", "advisories"])?)
}

/// Builds every binary, as the step `test` has it; where `tollgate` is.
pub(crate) fn build_tollgate(repository: &Repository) -> Result<PathBuf> {
    run(&repository.cargo(&["build", "--workspace", "--all-features", "--bins"])?)?;
    Ok(built(repository, "debug/tollgate"))
}

/// Builds the binary of a package as it is released; where it is.
pub(crate) fn build_release(
    repository: &Repository,
    package: &str,
    features: &[&str],
) -> Result<PathBuf> {
    let build = repository.cargo(&["build", "--release", "--locked", "--package", package])?;
    run(&build.args(features.iter().flat_map(|feature| ["--features", feature])))?;
    Ok(built(repository, &format!("release/{package}")))
}

/// Where cargo puts a binary of a profile: `release/tollgate`.
pub(crate) fn built(repository: &Repository, binary: &str) -> PathBuf {
    let target = repository.shell().var("CARGO_TARGET_DIR");
    let target = repository.path(target.as_deref().unwrap_or("target"));
    target
        .join(binary)
        .with_extension(std::env::consts::EXE_EXTENSION)
}

/// The step `test`.
pub(crate) fn test(repository: &Repository) -> Result<()> {
    let cloud = Cloud::open(repository)?;
    let interop = tools::install_interop(repository)?;
    log_scan::clear(repository)?;
    // Tests of whole flows start the real binaries, which `cargo test` builds only within their own packages.
    build_tollgate(repository)?;
    let tests = ["test", "--workspace", "--all-features"];
    // Of each property; `cargo test` by hand takes proptest's default.
    let all = repository.cargo(&tests)?.env("PROPTEST_CASES", "2000");
    run(&all)?;
    // #[ignore] is for tests that need the cloud. Not for doctests, where it means that they cannot run.
    let tests = repository.cargo(&tests)?.args(["--test", "*"]);
    let tests = tests.env("TOLLGATE_INTEROP", interop);
    run(&cloud.around(tests.args(["--", "--ignored"])))
}

/// Tests of what is deployed, which print what they saw.
pub(crate) fn test_deployed(repository: &Repository, names: &[&str]) -> Result<()> {
    let cloud = Cloud::open(repository)?;
    let test = ["test", "--package", "tollgate-tests", "--all-features"];
    let mut test = repository.cargo(&test)?;
    for name in names {
        test = test.args(["--test", name]);
    }
    let shown = ["--", "--ignored", "--nocapture"];
    run(&cloud.around(test.args(shown)))
}
