//! Services that answer `GET /me` to whoever brings a good token, or log somebody in.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::memory::{self, ACCESS};
use crate::run::process::{Processes, Processor, pinned};
use crate::run::{Run, own};

/// Who may log in.
pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A running service; ended when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    processes: Processes,
    /// Keys and database, gone with the service.
    _data: Option<TempDir>,
}

impl Server {
    /// `tollgate serve`, with this many seconds of authorizer cache and one user.
    pub(crate) fn tollgate(run: &Run, cache_seconds: u32) -> Result<Self, String> {
        let data = folder(run)?;
        let file = |name: &str, text: &str| {
            let path = data.path().join(name);
            fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok::<_, String>(path)
        };
        let template = run.places.sources.join("../../template.yaml");
        let template = fs::read_to_string(&template)
            .map_err(|error| format!("{}: {error}", template.display()))?;
        let template = file("template.yaml", &with_cache(&template, cache_seconds)?)?;
        let key = file("access.key", ACCESS.0)?;
        only_for_owner(&key)?;
        let tollgate = || {
            let mut command = Command::new(&run.places.tollgate);
            command
                .arg("--data-dir")
                .arg(data.path().join("data"))
                .env("TOLLGATE_ACCESS_KEY", format!("file://{}", key.display()))
                .envs(memory::own_profile_variables());
            command
        };
        add_user(tollgate())?;
        let address = free_address()?;
        let mut command = tollgate();
        command
            .arg("serve")
            .args(["--listen", &address.to_string()])
            .arg("--template")
            .arg(template);
        Self::start(command, address, Some(data))
    }

    /// Better Auth behind Hono on Node, with one user.
    pub(crate) fn better_auth(run: &Run) -> Result<Self, String> {
        let data = folder(run)?;
        let address = free_address()?;
        let mut command = run.node(&["account.js"]);
        command
            .env("PORT", address.port().to_string())
            .env("BENCH_DATABASE", data.path().join("better-auth.db"))
            .env("BENCH_EMAIL", EMAIL)
            .env("BENCH_PASSWORD", PASSWORD);
        Self::start(command, address, Some(data))
    }

    /// `FastAPI` with `PyJWT` on uvicorn, without its access log.
    pub(crate) fn fastapi(run: &Run) -> Result<Self, String> {
        let address = free_address()?;
        let port = address.port().to_string();
        let arguments = [
            "-m",
            "uvicorn",
            "service:app",
            "--no-access-log",
            "--port",
            &port,
        ];
        Self::peer(run.python(&arguments), address)
    }

    /// Hono with jose on Node.
    pub(crate) fn hono(run: &Run) -> Result<Self, String> {
        let address = free_address()?;
        let mut command = run.node(&["service.js"]);
        command.env("PORT", address.port().to_string());
        Self::peer(command, address)
    }

    /// HTTP itself, with an answer that nobody has to earn.
    pub(crate) fn bare() -> Result<Self, String> {
        let address = free_address()?;
        let mut command = own()?;
        command.args(["bare", &address.to_string()]);
        Self::start(command, address, None)
    }

    fn peer(mut command: Command, address: SocketAddr) -> Result<Self, String> {
        command
            .envs(memory::profile_variables())
            .env("BENCH_KEY", ACCESS.0);
        Self::start(command, address, None)
    }

    fn start(command: Command, address: SocketAddr, data: Option<TempDir>) -> Result<Self, String> {
        let shown = format!("{command:?}");
        let command = pinned(command, Processor::First);
        let mut server = Self {
            address,
            processes: Processes::start(command)?,
            _data: data,
        };
        for _ in 0..400 {
            if TcpStream::connect(address).is_ok() {
                return Ok(server);
            }
            if let Some(how) = server.processes.ended() {
                return Err(format!("`{shown}` has ended: {how}"));
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        Err(format!("`{shown}` does not listen at {address}"))
    }

    /// What the service holds of memory, in bytes.
    pub(crate) fn memory(&self) -> f64 {
        self.processes.memory() + self.processes.memory_of_children()
    }
}

/// On a disk, as it would be; a folder in memory would flatter who writes.
pub(crate) fn folder(run: &Run) -> Result<TempDir, String> {
    TempDir::new_in(&run.places.peers).map_err(|error| error.to_string())
}

/// Adds the user with `tollgate users add`.
fn add_user(mut tollgate: Command) -> Result<(), String> {
    tollgate
        .args(["users", "add", EMAIL, "--scope", "reports:read"])
        .arg("--password-stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    let failed = |error: &dyn std::fmt::Display| format!("`tollgate users add`: {error}");
    let mut adding = tollgate.spawn().map_err(|error| failed(&error))?;
    if let Some(mut input) = adding.stdin.take() {
        writeln!(input, "{PASSWORD}").map_err(|error| failed(&error))?;
    }
    let status = adding.wait().map_err(|error| failed(&error))?;
    if status.success() {
        return Ok(());
    }
    Err(failed(&status))
}

/// An address of this machine on which nobody listens.
pub(crate) fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    listener
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("no port is free: {error}"))
}

/// The template with another default of its parameter `AuthorizerCacheSeconds`.
fn with_cache(template: &str, seconds: u32) -> Result<String, String> {
    let begin = "\n  AuthorizerCacheSeconds:\n    Type: Number\n    Default: ";
    let (before, after) = template
        .split_once(begin)
        .ok_or("template.yaml has no parameter AuthorizerCacheSeconds")?;
    let rest = after.trim_start_matches(|it: char| it.is_ascii_digit());
    Ok(format!("{before}{begin}{seconds}{rest}"))
}

/// A key file that others could read is refused.
pub(crate) fn only_for_owner(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        .map_err(|error| format!("{}: {error}", path.display()))
}
