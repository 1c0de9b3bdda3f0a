//! The checkout that the tasks work on: its places, and commands that run in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use xshell::{Cmd, Shell};

use crate::failure::{Failure, Result};

/// The checkout.
pub(crate) struct Repository {
    root: PathBuf,
    shell: Shell,
}

impl Repository {
    /// The checkout that this binary was built in.
    pub(crate) fn open() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().unwrap_or(manifest).to_path_buf();
        if !root.join("Cargo.toml").is_file() {
            return Err(Failure::new(format!(
                "{} is gone: the checkout was moved after xtask was built. Run `cargo clean -p xtask`",
                root.join("Cargo.toml").display()
            )));
        }
        let shell = Shell::new()?;
        shell.change_dir(&root);
        Ok(Self { root, shell })
    }

    /// A path in the checkout.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Where the tasks keep what they make, whatever `CARGO_TARGET_DIR` says.
    pub(crate) fn target(&self, relative: &str) -> PathBuf {
        self.root.join("target").join(relative)
    }

    /// Where the pinned Python tools are, once installed.
    pub(crate) fn python_tools(&self) -> PathBuf {
        self.target("tools/venv")
            .join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    /// Where the pinned Rust tools are, once installed.
    pub(crate) fn rust_tools(&self) -> PathBuf {
        self.target("tools/bin")
    }

    /// The package of each function: a folder `functions/NAME` is the package `tollgate-NAME`.
    pub(crate) fn functions(&self) -> Result<Vec<String>> {
        let folder = self.path("functions");
        let mut packages: Vec<String> = self
            .shell
            .read_dir(&folder)?
            .iter()
            .filter(|path| path.join("Cargo.toml").is_file())
            .filter_map(|path| {
                path.file_name()
                    .map(|name| format!("tollgate-{}", name.to_string_lossy()))
            })
            .collect();
        packages.sort();
        if packages.is_empty() {
            return Err(Failure::new(format!(
                "{} holds no function",
                folder.display()
            )));
        }
        Ok(packages)
    }

    /// A command in the root of the checkout that finds the pinned tools first.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Result<Cmd<'_>> {
        let command = self.shell.cmd(program).quiet();
        Ok(command
            .env("PATH", self.search_path(None)?)
            .env("SAM_CLI_TELEMETRY", "0"))
    }

    /// `cargo` with these arguments.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Result<Cmd<'_>> {
        Ok(self.command("cargo")?.args(arguments))
    }

    /// The shell, for files.
    pub(crate) fn shell(&self) -> &Shell {
        &self.shell
    }

    /// The same with the programs of another folder.
    pub(crate) fn command_with(
        &self,
        folder: PathBuf,
        program: impl AsRef<Path>,
    ) -> Result<Cmd<'_>> {
        let command = self.command(program)?;
        Ok(command.env("PATH", self.search_path(Some(folder))?))
    }

    fn search_path(&self, more: Option<PathBuf>) -> Result<OsString> {
        let inherited = self.shell.var_os("PATH").unwrap_or_default();
        let own = [self.python_tools(), self.rust_tools()];
        let own = more.into_iter().chain(own);
        std::env::join_paths(own.chain(std::env::split_paths(&inherited))).map_err(|error| {
            Failure::new(format!(
                "{}: a folder of this name cannot be in PATH: {error}",
                self.root.display()
            ))
        })
    }
}

/// Says what is run, and runs it.
pub(crate) fn run(command: &Cmd<'_>) -> Result<()> {
    announce(&format!("$ {command}"));
    Ok(command.run()?)
}

/// One line of progress, in the order of what the commands print.
#[expect(
    clippy::print_stdout,
    reason = "saying what it does is what a task is for"
)]
pub(crate) fn announce(line: &str) {
    println!("{line}");
}
