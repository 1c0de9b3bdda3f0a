//! AWS on this machine, for as long as a task needs it.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce};

/// How long to wait between two questions whether it answers.
const PAUSE: Duration = Duration::from_millis(100);

/// How often to ask: for a minute. It takes a second or two.
const QUESTIONS: u32 = 600;

/// A running moto. It ends when this is dropped, and when xtask is killed: its standard input ends then.
pub(crate) struct Moto {
    child: Child,
    port: u16,
    tls_port: Option<u16>,
    log: PathBuf,
}

impl Moto {
    /// Starts the pinned moto on a free port, and waits until it answers.
    pub(crate) fn start(repository: &Repository) -> Result<Self> {
        Self::start_at(repository, None)
    }

    /// The same, and over TLS on another port, where connections are kept as AWS keeps them. In the
    /// folder, ca.pem is who vouches for it, and roots.pem the same behind the roots of the web.
    pub(crate) fn start_with_tls(repository: &Repository, folder: &Path) -> Result<Self> {
        Self::start_at(repository, Some((free_port()?, folder)))
    }

    fn start_at(repository: &Repository, tls: Option<(u16, &Path)>) -> Result<Self> {
        let port = free_port()?;
        let log = repository.target("test-logs/moto.log");
        repository
            .shell()
            .create_dir(repository.target("test-logs"))?;
        let file = || File::create(&log).map_err(Failure::file("cannot write", &log));
        let mut command = Command::new(repository.python_tools().join("python"));
        command
            .arg("-u")
            .arg(repository.path("xtask/moto_server.py"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::piped())
            .stderr(file()?)
            .stdout(Stdio::null());
        if let Some((port, folder)) = tls {
            command.arg("--tls").arg(port.to_string()).arg(folder);
        }
        let shown = format!("{command:?}").replace('"', "");
        announce(&format!("$ {shown} 2>{} &", log.display()));
        let child = command
            .spawn()
            .map_err(|error| Failure::new(format!("`{shown}` does not start: {error}")))?;
        let mut moto = Self {
            child,
            port,
            tls_port: tls.map(|(port, _)| port),
            log,
        };
        moto.wait_until_it_answers()
            .map_err(|why| Failure::new(format!("`{shown}` {why}; see {}", moto.log.display())))?;
        Ok(moto)
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where it listens over TLS, if it was started so.
    pub(crate) fn tls_url(&self) -> Option<String> {
        self.tls_port
            .map(|port| format!("https://localhost:{port}"))
    }

    fn wait_until_it_answers(&mut self) -> std::result::Result<(), String> {
        for _ in 0..QUESTIONS {
            // First, since another process may have taken the port.
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("ended at once ({status})"));
            }
            if self.answers().unwrap_or(false) {
                return Ok(());
            }
            sleep(PAUSE);
        }
        Err("does not answer within a minute".to_owned())
    }

    fn answers(&self) -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(b"GET /moto-api/ HTTP/1.0\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(start.ends_with(b" 200"))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself, as when the user pressed Ctrl-C.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One that is free now; between now and when moto takes it, somebody else could.
fn free_port() -> Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("127.0.0.1 has no free port: {error}")))
}
