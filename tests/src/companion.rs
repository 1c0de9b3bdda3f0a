//! The examples in Python and JavaScript, which run beside Tollgate as their users would run them.

use std::fs;
use std::io::{BufRead, BufReader, Write, pipe};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::client::Client;
use crate::logs;
use crate::server::repository;

/// Where `cargo xtask test` put what the examples are made of.
#[must_use]
pub fn packages() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is how `cargo xtask test` says where the packages are"
    )]
    let folder = std::env::var_os("TOLLGATE_INTEROP");
    folder
        .expect("TOLLGATE_INTEROP: run cargo xtask test")
        .into()
}

/// Python, with the packages of `examples/fastapi`.
#[must_use]
pub fn python() -> Command {
    let mut command = Command::new(packages().join("python/bin/python"));
    command.arg("-B");
    command
}

/// A copy of a folder of the repository, gone when the test is over.
pub struct FolderCopy(TempDir);

impl FolderCopy {
    /// Copies the files of `folder` to where Node finds `packages`, which were installed for it.
    #[must_use]
    pub fn beside(packages: &Path, folder: &str) -> Self {
        let copy = tempfile::tempdir_in(packages).expect("the packages are installed");
        for entry in fs::read_dir(repository().join(folder)).expect("a folder") {
            let file = entry.expect("an entry").path();
            if file.is_file() {
                let name = file.file_name().expect("a file");
                fs::copy(&file, copy.path().join(name)).expect("a copy");
            }
        }
        Self(copy)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Changes one line of a file, as a README tells its reader to.
    pub fn edit(&self, file: &str, line: &str, replacement: &str) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).expect("text");
        assert_eq!(text.matches(line).count(), 1, "{line} in {file}");
        fs::write(path, text.replace(line, replacement)).expect("a copy may be changed");
    }
}

/// The blocks of a text in Markdown that are there to be pasted into a shell.
#[must_use]
pub fn shell_blocks(markdown: &str) -> Vec<&str> {
    let blocks = markdown.split("```sh\n").skip(1);
    let ends = blocks.map(|block| block.split_once("```").expect("a block ends"));
    ends.map(|(block, _)| block).collect()
}

/// A shell that runs this, in a folder.
#[must_use]
pub fn shell(script: &str, folder: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg("-euc").arg(script).current_dir(folder);
    command
}

/// A running server; killed when it is dropped. What it prints is kept, and searched for secrets.
pub struct Companion {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Companion {
    /// Starts a server that says where it listens.
    #[must_use]
    pub fn start(name: &str, command: &mut Command) -> Self {
        let (printed, writer) = pipe().expect("a pipe");
        let stderr = writer.try_clone().expect("a second end");
        let child = command.stdout(writer).stderr(stderr).spawn();
        // The command holds ends of the pipe, which would never end.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Self {
            child: child.expect("it starts"),
            url: String::new(),
        };
        let mut log = logs::file(name);
        let mut lines = BufReader::new(printed).lines().map_while(Result::ok);
        let mut beginning = Vec::new();
        for line in lines.by_ref() {
            writeln!(log, "{line}").expect("target/ can be written to");
            if let Some(url) = line.split_whitespace().find(|it| it.starts_with("http://")) {
                url.clone_into(&mut server.url);
                break;
            }
            beginning.push(line);
        }
        assert!(!server.url.is_empty(), "{name}: {}", beginning.join("\n"));
        thread::spawn(move || {
            for line in lines {
                writeln!(log, "{line}").expect("target/ can be written to");
            }
        });
        server
    }

    /// A client of it.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
