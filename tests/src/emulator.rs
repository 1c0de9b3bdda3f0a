//! AWS's runtime interface emulator: the binaries that deploy, as Lambda runs them.
//!
//! The emulator comes with aws-sam-cli, and the binaries are those of `sam build`; `cargo xtask
//! test` says where both are.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use serde_json::Value;
use tollgate_gateway::{Invoke, InvokeError, InvokeFuture};
use ureq::Agent;

use crate::logs::Log;
use crate::ports;

/// One sandbox: a process of a function behind an emulator of its own.
struct Sandbox {
    emulator: Child,
    url: String,
    agent: Agent,
    log: Log,
}

impl Sandbox {
    fn start(function: &str, variables: &[(String, String)]) -> Self {
        let [front, runtime_api] = [(); 2].map(|()| ports::free());
        let mut command = Command::new(emulator());
        command
            .args(["--runtime-interface-emulator-address", &front.to_string()])
            .args(["--runtime-api-address", &runtime_api.to_string()])
            .arg(bootstrap(function))
            .env_clear()
            .envs(variables.iter().cloned())
            .env("AWS_LAMBDA_FUNCTION_NAME", function)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("RUST_LOG", "trace");
        let (log, file) = Log::create(&format!("emulator-{function}"));
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a file"))
            .stderr(file);
        // A group of its own: the function is ended with it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .new_agent();
        let mut sandbox = Self {
            emulator: command.spawn().expect("it starts"),
            url: format!("http://{front}/2015-03-31/functions/function/invocations"),
            agent,
            log,
        };
        sandbox.wait_until_it_listens(front);
        sandbox
    }

    fn wait_until_it_listens(&mut self, address: SocketAddr) {
        for _ in 0..600 {
            let connected = TcpStream::connect(address).is_ok();
            // Who answers may be somebody else, and then the emulator has ended.
            let ended = self.emulator.try_wait().expect("a child");
            assert_eq!(ended, None, "the emulator has ended; see target/test-logs");
            if connected {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        unreachable!("the emulator does not listen at {address}");
    }

    fn invoke(&self, event: &Value) -> Result<Value, InvokeError> {
        let unreachable = |source: ureq::Error| InvokeError::Unreachable {
            url: self.url.clone(),
            source: source.into(),
        };
        let mut response = self
            .agent
            .post(&self.url)
            .send(event.to_string())
            .map_err(unreachable)?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(InvokeError::Status {
                url: self.url.clone(),
                status,
            });
        }
        let text = response.body_mut().read_to_string().map_err(unreachable)?;
        let answer: Value =
            serde_json::from_str(&text).map_err(|source| InvokeError::Malformed { source })?;
        // The emulator answers 200 for an error of the function as well.
        match answer.get("errorType").and_then(Value::as_str) {
            None => Ok(answer),
            Some(error_type) => Err(InvokeError::Function {
                error_type: error_type.to_owned(),
                error_message: answer["errorMessage"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            }),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let group = format!("-{}", self.emulator.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.emulator.wait();
    }
}

/// Several sandboxes of each function. Like Lambda's, each has one event at a time.
#[derive(Clone)]
pub struct Emulator(Arc<BTreeMap<&'static str, Pool>>);

struct Pool {
    sandboxes: Vec<Mutex<Sandbox>>,
    next: AtomicUsize,
}

impl Emulator {
    /// `count` sandboxes of each of these functions, with these variables.
    #[must_use]
    pub fn start(functions: &[&'static str], count: usize, variables: &[(String, String)]) -> Self {
        let pool = |function: &&'static str| {
            let sandbox = || Mutex::new(Sandbox::start(function, variables));
            let pool = Pool {
                sandboxes: (0..count).map(|_| sandbox()).collect(),
                next: AtomicUsize::new(0),
            };
            (*function, pool)
        };
        Self(Arc::new(functions.iter().map(pool).collect()))
    }

    /// One event for one function; waits for a sandbox that is free.
    pub fn call(&self, function: &str, event: &Value) -> Result<Value, InvokeError> {
        let pool = self.0.get(function).ok_or_else(|| InvokeError::Unknown {
            function: function.to_owned(),
        })?;
        pool.take().invoke(event)
    }

    /// One event for every sandbox of a function, in order.
    #[must_use]
    pub fn call_each(&self, function: &str, event: &Value) -> Vec<Result<Value, InvokeError>> {
        let lock = |sandbox: &'_ Mutex<Sandbox>| {
            let sandbox = sandbox.lock().unwrap_or_else(PoisonError::into_inner);
            sandbox.invoke(event)
        };
        self.0[function].sandboxes.iter().map(lock).collect()
    }

    /// The lines that all sandboxes have logged since the last time.
    #[must_use]
    pub fn new_lines(&self) -> Vec<String> {
        let sandboxes = self.0.values().flat_map(|pool| &pool.sandboxes);
        let lines = |sandbox: &Mutex<Sandbox>| {
            let mut sandbox = sandbox.lock().unwrap_or_else(PoisonError::into_inner);
            sandbox.log.new_lines()
        };
        sandboxes.flat_map(lines).collect()
    }
}

impl Pool {
    /// The next free one in turn, or the next one.
    fn take(&self) -> MutexGuard<'_, Sandbox> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.sandboxes.len();
        for offset in 0..count {
            match self.sandboxes[(first + offset) % count].try_lock() {
                Ok(sandbox) => return sandbox,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        self.sandboxes[first % count]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Invoke for Emulator {
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> InvokeFuture<'a> {
        let (emulator, name) = (self.clone(), function.to_owned());
        Box::pin(async move {
            let call = tokio::task::spawn_blocking(move || emulator.call(&name, &event));
            call.await.expect("no panic")
        })
    }
}

/// The emulator for this machine, where aws-sam-cli keeps it.
fn emulator() -> PathBuf {
    let tools = PathBuf::from(variable("TOLLGATE_TOOLS"));
    let lib = tools.join("../lib");
    let pythons = std::fs::read_dir(&lib).expect("a virtual environment");
    let architecture = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    };
    pythons
        .filter_map(Result::ok)
        .map(|python| {
            let name = format!("aws-lambda-rie-{architecture}");
            let package = python.path().join("site-packages/samcli/local/rapid");
            package.join(name)
        })
        .find(|path| path.is_file())
        .expect("aws-sam-cli brings the emulator")
}

/// What `sam build` made of `functions/NAME`.
pub(crate) fn bootstrap(function: &str) -> PathBuf {
    let words = function.split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    let id = words.collect::<String>() + "Function";
    let path = PathBuf::from(variable("TOLLGATE_FUNCTIONS"))
        .join(id)
        .join("bootstrap");
    path.canonicalize()
        .unwrap_or_else(|error| unreachable!("{}: {error}", path.display()))
}

fn variable(name: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "where cargo xtask test keeps what the tests need"
    )]
    std::env::var(name).unwrap_or_else(|_| unreachable!("{name} is not set: run cargo xtask test"))
}
