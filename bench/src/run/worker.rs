//! Programs that time their own calls, asked in turn: whatever the machine does meanwhile happens
//! to all of them.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use rand_core::Rng;
use serde::de::DeserializeOwned;

use crate::run::instant;
use crate::run::order::shuffled;
use crate::sample::Sample;
use crate::table::Row;

/// What a time lasts at least, in nanoseconds, so that reading the clock is no part of it.
const LEAST: f64 = 50_000.0;
/// How long a worker calls before anything counts.
const WARM_UP: Duration = Duration::from_secs(1);
/// How many times a worker takes before another has its turn.
const TURN: u32 = 20;

/// A program that answers lines `SAMPLES CALLS`.
pub(crate) struct Worker {
    /// With its version, as it says itself.
    pub(crate) name: String,
    process: Child,
    input: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// For one time.
    calls: u32,
}

impl Worker {
    /// Starts it, waits until it is ready, and lets it warm up.
    pub(crate) fn start(mut command: Command) -> Result<Self, String> {
        let shown = format!("{command:?}");
        let failed = |what: &str| format!("`{shown}` {what}");
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&format!("does not start: {error}")))?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(failed("has no pipes"));
        };
        let mut worker = Self {
            name: String::new(),
            process,
            input,
            answers: BufReader::new(output).lines(),
            calls: 1,
        };
        worker.name = worker
            .answer()
            .ok_or_else(|| failed("ended before it was ready"))?;
        worker
            .warm_up()
            .ok_or_else(|| failed("ended while it warmed up"))?;
        Ok(worker)
    }

    /// Calls for a while, as compilers at run time want, and finds out how many make up one time.
    fn warm_up(&mut self) -> Option<()> {
        let start = instant();
        while start.elapsed() < WARM_UP {
            self.ask(TURN)?;
        }
        while self.ask(TURN)?.median() * f64::from(self.calls) < LEAST {
            self.calls *= 2;
        }
        Some(())
    }

    fn ask(&mut self, samples: u32) -> Option<Sample> {
        writeln!(self.input, "{samples} {}", self.calls).ok()?;
        self.answer::<Vec<f64>>().map(Sample::from_iter)
    }

    fn answer<T: DeserializeOwned>(&mut self) -> Option<T> {
        let line = self.answers.next()?.ok()?;
        serde_json::from_str(&line).ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The times of all, taken in so many rounds, each in another order.
pub(crate) fn measure(
    workers: &mut [Worker],
    rounds: u32,
    rng: &mut impl Rng,
) -> Result<Vec<Row>, String> {
    let mut rows: Vec<Row> = workers.iter().map(|it| Row::new(&it.name)).collect();
    for _ in 0..rounds {
        for index in shuffled(workers.len(), rng) {
            let worker = &mut workers[index];
            let times = worker.ask(TURN);
            let times = times.ok_or_else(|| format!("{} has ended", worker.name))?;
            rows[index].sample.append(times);
        }
    }
    Ok(rows)
}
