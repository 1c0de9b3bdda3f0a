//! Programs that are measured from outside: pinned to a processor, weighed, and ended with all that
//! they started.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Where a program runs, so that who is measured and who measures keep off each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Processor {
    /// The server's.
    First,
    /// That of whoever sends the requests.
    Second,
}

/// `program` on one processor, where `taskset` can arrange it; anywhere elsewhere.
pub(crate) fn pinned(program: Command, processor: Processor) -> Command {
    if !is_pinning() {
        return program;
    }
    let mut taskset = Command::new("taskset");
    let number = match processor {
        Processor::First => "0",
        Processor::Second => "1",
    };
    taskset.args(["--cpu-list", number]);
    started_by(taskset, &program)
}

/// `program` as the last arguments of another, which starts it in its folder and its environment.
pub(crate) fn started_by(mut starter: Command, program: &Command) -> Command {
    starter.arg(program.get_program()).args(program.get_args());
    if let Some(folder) = program.get_current_dir() {
        starter.current_dir(folder);
    }
    for (name, value) in program.get_envs() {
        starter.env(name, value.unwrap_or_default());
    }
    starter
}

/// Whether [`pinned`] pins.
fn is_pinning() -> bool {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let taskset = Command::new("taskset")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    processors > 1 && taskset.is_ok_and(|status| status.success())
}

/// A process with everything that it starts.
pub(crate) struct Processes(Child);

impl Processes {
    /// What it prints goes nowhere; a log would be measured, too.
    pub(crate) fn start(mut command: Command) -> Result<Self, String> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let started = command.spawn();
        started
            .map(Self)
            .map_err(|error| format!("`{command:?}` does not start: {error}"))
    }

    /// What it holds of memory itself, in bytes.
    pub(crate) fn memory(&self) -> f64 {
        resident(self.0.id())
    }

    /// What its children and theirs hold, in bytes.
    pub(crate) fn memory_of_children(&self) -> f64 {
        descendants(self.0.id()).into_iter().map(resident).sum()
    }

    /// Whether it has ended by itself, and how.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.0.try_wait().ok()??;
        Some(status.to_string())
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        // Children first seen, then ended: who has lost its parent is not found any more. One may have ended by itself.
        let ids = descendants(self.0.id());
        let _ = self.0.kill();
        let _ = self.0.wait();
        let ids = ids.iter().map(u32::to_string);
        let _ = Command::new("kill")
            .arg("-KILL")
            .args(ids)
            .stderr(Stdio::null())
            .status();
    }
}

/// Resident set size, as Linux tells it in kibibytes; zero for a process that is gone.
fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kibibytes.unwrap_or_default() * 1024.0
}

fn descendants(process: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let tasks = Path::new("/proc").join(process.to_string()).join("task");
    for task in fs::read_dir(tasks).into_iter().flatten().flatten() {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|id| id.parse().ok()) {
            found.push(child);
            found.extend(descendants(child));
        }
    }
    found
}
