//! The real `tollgate` binary.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::client::Client;
use crate::credentials::{EMAIL, PASSWORD};
use crate::logs;

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    path.canonicalize().expect("the repository")
}

/// The binary, built if it is not.
#[must_use]
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let build = escargot::CargoBuild::new()
            .package("tollgate")
            .bin("tollgate");
        let build = build.manifest_path(repository().join("Cargo.toml"));
        build.run().expect("it builds").path().to_owned()
    })
}

/// A data directory that is gone when the test is over.
#[must_use]
pub fn data_directory() -> TempDir {
    tempfile::tempdir().expect("a folder for temporary files")
}

/// `tollgate` with arguments, in the root of the repository, so that it finds template.yaml.
#[must_use]
pub fn tollgate(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .current_dir(repository())
        .args(arguments)
        .arg("--data-dir")
        .arg(data);
    command.env("RUST_LOG", "trace");
    // Enough for a slow machine to answer a hundred refreshes that were sent at once.
    command.env("TOLLGATE_REFRESH_GRACE", "60s");
    command
}

/// Runs `tollgate` to its end, with `input` on standard input.
#[must_use]
pub fn run(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = tollgate(data, arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    // It may end before it reads.
    let _ = child
        .stdin
        .take()
        .expect("piped")
        .write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    logs::file("command-line")
        .write_all(&output.stderr)
        .expect("target/ can be written to");
    output
}

/// What `tollgate` printed, when it should have gone well.
#[must_use]
pub fn run_well(data: &Path, arguments: &[&str], input: &str) -> String {
    let output = run(data, arguments, input);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Adds the user of the tests.
pub fn add_user(data: &Path, scope: &str) {
    let arguments = ["users", "add", EMAIL, "--scope", scope, "--password-stdin"];
    let _ = run_well(data, &arguments, &format!("{PASSWORD}\n"));
}

fn serve(data: &Path) -> Command {
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
    tollgate(data, &arguments)
}

/// A running `tollgate serve`; killed when it is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub url: String,
    /// What it printed when it started.
    pub greeting: String,
}

impl Server {
    /// Starts one on a free port.
    #[must_use]
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// Starts one with more arguments.
    #[must_use]
    pub fn start_with(data: &Path, arguments: &[&str]) -> Self {
        let mut command = serve(data);
        command.args(arguments);
        Self::run(command, data)
    }

    /// Starts one with more variables.
    #[must_use]
    pub fn start_in(data: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = serve(data);
        command.envs(variables.iter().copied());
        Self::run(command, data)
    }

    fn run(mut command: Command, data: &Path) -> Self {
        command.stdout(Stdio::piped()).stderr(logs::file("serve"));
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let first = lines
            .next()
            .expect("it says where it listens")
            .expect("text");
        let url = first
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        let url = url
            .unwrap_or_else(|| unreachable!("no address in {first}"))
            .to_owned();
        let mut server = Self {
            child,
            url,
            greeting: first,
        };
        server.read_greeting(lines);
        logs::forbid_keys_in(data);
        let password = server
            .greeting
            .lines()
            .find_map(|line| line.strip_prefix("Password:"));
        logs::forbid(password.map(str::trim));
        server
    }

    /// The greeting ends with the refresh command, or by saying that there is no demo user.
    fn read_greeting(&mut self, lines: impl Iterator<Item = std::io::Result<String>>) {
        for line in lines {
            let line = line.expect("text");
            self.greeting.push('\n');
            self.greeting.push_str(&line);
            if line.contains("owner:") || line.contains("no demo user") {
                return;
            }
        }
    }

    /// A client of it.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, by its name without SIG.
    pub fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.id().to_string())
            .status();
        assert!(kill.expect("kill is there").success());
    }

    /// Waits until it has ended by itself; says whether that was a success.
    #[must_use]
    pub fn wait(mut self) -> bool {
        self.child.wait().expect("it ends").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
