//! One sandbox as Lambda keeps it: frozen whenever nobody in it is busy.
//!
//! AWS's runtime interface emulator lets a function run on after its answer. Lambda does not, and
//! what goes on beside a request has to survive that.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::bootstrap;
use crate::logs;

/// The trace of every invocation.
pub const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";

/// Longer than anything takes: a function is stopped after 15 s.
const PATIENCE: Duration = Duration::from_secs(20);

/// A function in a sandbox that freezes.
pub struct Freezer {
    child: Child,
    api: Arc<Api>,
    invocations: usize,
}

/// An answer, and how it came.
#[derive(Debug)]
pub struct Answered {
    /// Lambda's id of the invocation.
    pub request_id: String,
    /// What the client gets.
    pub answer: Value,
    /// Whether something went on in the sandbox when the client had it.
    pub busy: bool,
}

/// The interfaces of Lambda to a function and to its extension.
#[derive(Default)]
struct Api {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    runtime: Party,
    /// If there is one.
    extension: Option<Party>,
    answer: Option<String>,
}

/// Who asks for the next invocation, and has it.
#[derive(Default)]
struct Party {
    waits: bool,
    next: VecDeque<String>,
}

impl State {
    fn is_idle(&self) -> bool {
        let extension = self.extension.as_ref();
        self.runtime.waits && extension.is_none_or(|extension| extension.waits)
    }
}

impl Freezer {
    /// Starts what `sam build` made of `functions/NAME`, with these variables.
    #[must_use]
    pub fn start(function: &str, variables: &[(String, String)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let api = Arc::new(Api::default());
        std::thread::spawn({
            let api = Arc::clone(&api);
            move || {
                for stream in listener.incoming().flatten() {
                    let api = Arc::clone(&api);
                    // Whoever is killed while it waits leaves a broken connection.
                    std::thread::spawn(move || drop(api.serve(&stream)));
                }
            }
        });
        let child = Command::new(bootstrap(function))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &address)
            .env("AWS_LAMBDA_FUNCTION_NAME", function)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .envs(variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let freezer = Self {
            child,
            api,
            invocations: 0,
        };
        drop(freezer.api.wait_until(State::is_idle));
        freezer.signal("STOP");
        freezer
    }

    /// Thaws it for an event, and freezes it as soon as nobody in it is busy.
    pub fn invoke(&mut self, event: &Value) -> Answered {
        self.signal("CONT");
        self.invocations += 1;
        let request_id = format!("8476a536-e9f4-11e8-9739-{:012}", self.invocations);
        self.api.hand_out(&request_id, event);
        let mut state = self
            .api
            .wait_until(|state| state.answer.is_some() && state.runtime.waits);
        let answer = state.answer.take().expect("it is there");
        let busy = !state.is_idle();
        drop(state);
        drop(self.api.wait_until(State::is_idle));
        self.signal("STOP");
        Answered {
            request_id,
            answer: serde_json::from_str(&answer).expect("JSON"),
            busy,
        }
    }

    /// Ends it. What it printed: lines of log on standard error, metrics on standard output.
    #[must_use]
    pub fn end(mut self) -> Output {
        let _ = self.child.kill();
        let mut output = Output {
            status: self.child.wait().expect("it ends"),
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let read = stdout.expect("piped").read_to_end(&mut output.stdout);
        read.expect("it was printed");
        let read = stderr.expect("piped").read_to_end(&mut output.stderr);
        read.expect("it was printed");
        let mut log = logs::file("freezer");
        log.write_all(&output.stderr).expect("a file");
        output
    }

    fn signal(&self, name: &str) {
        let signal = format!("-{name}");
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&signal, &id]).status();
        assert!(sent.expect("kill").success());
    }
}

impl Drop for Freezer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Api {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_until(&self, condition: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waited = self
            .changed
            .wait_timeout_while(self.state(), PATIENCE, |state| !condition(state));
        let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "the function does not answer");
        state
    }

    fn hand_out(&self, request_id: &str, event: &Value) {
        let mut state = self.state();
        let head = format!(
            "Lambda-Runtime-Aws-Request-Id: {request_id}\r\n\
             Lambda-Runtime-Deadline-Ms: 9999999999999\r\n\
             Lambda-Runtime-Trace-Id: Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1\r\n"
        );
        state.runtime.next.push_back(response(&head, event));
        state.runtime.waits = false;
        if let Some(extension) = &mut state.extension {
            extension.waits = false;
            let event = json!({
                "eventType": "INVOKE",
                "deadlineMs": 9_999_999_999_999_u64,
                "requestId": request_id,
                "invokedFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:function",
            });
            extension.next.push_back(response("", &event));
        }
        self.changed.notify_all();
    }

    fn serve(&self, mut stream: &TcpStream) -> io::Result<()> {
        let (request, body) = read(stream)?;
        let answer = match request.split(' ').nth(1).unwrap_or_default() {
            "/2020-01-01/extension/register" => {
                self.state().extension = Some(Party::default());
                response(
                    "Lambda-Extension-Identifier: extension\r\n",
                    &json!({
                        "functionName": "function", "functionVersion": "1", "handler": "bootstrap",
                    }),
                )
            }
            "/2020-01-01/extension/event/next" => {
                self.next(|state| state.extension.as_mut().expect("it is registered"))
            }
            "/2018-06-01/runtime/invocation/next" => self.next(|state| &mut state.runtime),
            _ => {
                self.state().answer = Some(body);
                self.changed.notify_all();
                response("", &json!({}))
            }
        };
        stream.write_all(answer.as_bytes())
    }

    fn next(&self, party: impl Fn(&mut State) -> &mut Party) -> String {
        let mut state = self.state();
        party(&mut state).waits = true;
        self.changed.notify_all();
        loop {
            if let Some(next) = party(&mut state).next.pop_front() {
                return next;
            }
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn response(head: &str, body: &Value) -> String {
    let body = body.to_string();
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}")
}

/// The request line, and the body.
fn read(stream: &TcpStream) -> io::Result<(String, String)> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    for line in reader.by_ref().lines() {
        let line = line?.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((first, String::from_utf8_lossy(&body).into_owned()))
}
