//! Many tokens, on every core.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use tokio::runtime::Runtime;

use super::class::{Attack, Class};
use super::gate::{Gate, Outcome};
use super::honest::Honest;
use super::tally::Tally;
use super::trusted;

/// How many tokens a worker takes at a time.
const BATCH: u64 = 256;

/// How many of the good access tokens are tried, too.
const SAMPLE: usize = 256;

/// Which tokens to try.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What they follow from.
    pub seed: u64,
    /// Their indices.
    pub indices: Range<u64>,
    /// How many threads.
    pub workers: usize,
}

/// Tries them all. `progress` is told how many were tried since it was told the last time.
#[must_use]
pub fn run(plan: &Plan, honest: &Honest, progress: &(dyn Fn(u64) + Sync)) -> Tally {
    let runtime = Runtime::new().expect("threads");
    let next = AtomicU64::new(plan.indices.start);
    let work = || {
        let gate = runtime.block_on(Gate::open(honest));
        let mut tally = Tally::new();
        loop {
            let from = next.fetch_add(BATCH, Ordering::Relaxed);
            let batch = from..plan.indices.end.min(from.saturating_add(BATCH));
            if batch.is_empty() {
                return tally;
            }
            let size = batch.end - batch.start;
            for index in batch {
                let (class, attack) = Class::attack(honest, plan.seed, index);
                let calls = runtime.block_on(gate.try_out(&attack));
                tally.add(class.name, index, &attack, calls);
            }
            progress(size);
        }
    };
    let mut tally = Tally::new();
    tally
        .broken
        .extend(refused(&runtime, honest, &honest.access[..SAMPLE], &[]));
    thread::scope(|scope| {
        let workers: Vec<_> = (0..plan.workers.max(1))
            .map(|_| scope.spawn(work))
            .collect();
        for worker in workers {
            tally.merge(worker.join().expect("what panics in a handler is caught"));
        }
    });
    tally.broken.extend(refused(
        &runtime,
        honest,
        &honest.access[..SAMPLE],
        &honest.refresh[..],
    ));
    tally
}

/// Which good tokens are not let in. A refresh token is used up by it, and logged out.
fn refused(
    runtime: &Runtime,
    honest: &Honest,
    access: &[String],
    refresh: &[String],
) -> Vec<String> {
    let gate = runtime.block_on(Gate::open(honest));
    let trusted = trusted::good(&honest.trusted_key);
    let access = access.iter().cloned().chain([trusted]);
    let access = access.map(|token| (Attack::Access(token), 3));
    // The log-out is answered as any other.
    let refresh = refresh.iter().map(|token| (Attack::refresh(token), 1));
    let mut broken = Vec::new();
    for (number, (good, times)) in access.chain(refresh).enumerate() {
        let calls = runtime.block_on(gate.try_out(&good));
        let let_in = calls
            .iter()
            .filter(|call| call.outcome == Outcome::Accepted);
        if let_in.count() != times {
            broken.push(format!("good token {number} is refused"));
        }
    }
    broken
}
