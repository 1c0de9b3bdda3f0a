//! A function in AWS's runtime interface emulator: from process start to its answers.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use crate::run::instant;
use crate::run::process::{Processes, started_by};
use crate::run::server::free_address;

/// A function that could be started.
pub(crate) struct Function {
    /// With its version.
    pub(crate) name: String,
    /// The program that Lambda would start, with its arguments.
    pub(crate) bootstrap: Command,
}

/// The emulator with a function in it, which it starts with the first event.
pub(crate) struct Sandbox {
    processes: Processes,
    url: String,
    agent: Agent,
}

impl Sandbox {
    pub(crate) fn open(emulator: &Path, function: &Function) -> Result<Self, String> {
        let [front, runtime_api] = [free_address()?, free_address()?];
        let mut command = Command::new(emulator);
        command
            .args(["--runtime-interface-emulator-address", &front.to_string()])
            .args(["--runtime-api-address", &runtime_api.to_string()])
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_NAME", "authorizer");
        let command = started_by(command, &function.bootstrap);
        let processes = Processes::start(command)?;
        let config = Agent::config_builder().timeout_global(Some(Duration::from_secs(30)));
        let sandbox = Self {
            processes,
            url: format!("http://{front}/2015-03-31/functions/function/invocations"),
            agent: config.build().new_agent(),
        };
        wait_until_it_listens(front)?;
        Ok(sandbox)
    }

    /// One event, and how many nanoseconds its answer took. An answer that lets nobody in is an error:
    /// what refuses is fast for the wrong reason.
    pub(crate) fn invoke(&self, event: &str) -> Result<f64, String> {
        let start = instant();
        let answer = self.agent.post(&self.url).send(event);
        let answer = answer.and_then(|mut answer| answer.body_mut().read_to_string());
        let taken = start.elapsed().as_secs_f64() * 1e9;
        let answer = answer.map_err(|error| format!("{}: {error}", self.url))?;
        let read: Value = serde_json::from_str(&answer).unwrap_or_default();
        if read["isAuthorized"] == true {
            return Ok(taken);
        }
        Err(format!("the function let nobody in: {answer}"))
    }

    /// What the function holds of memory, in bytes, without the emulator.
    pub(crate) fn memory(&self) -> f64 {
        self.processes.memory_of_children()
    }
}

fn wait_until_it_listens(address: SocketAddr) -> Result<(), String> {
    for _ in 0..200 {
        if TcpStream::connect(address).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    Err(format!("the emulator does not listen at {address}"))
}
