//! Hostile tokens by the million: what `cargo xtask hostile` runs.

use std::fs;
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;
use tollgate_tests::events::in_repository;
use tollgate_tests::hostile::{Honest, Plan, keep, run, table, verdict};

/// Where `cargo xtask hostile --write` finds the table.
const TABLE: &str = "target/hostile.md";

/// Gives hostile tokens to the real handlers.
#[derive(Parser)]
struct Arguments {
    /// How many tokens
    #[arg(long, default_value_t = 1_000_000)]
    count: u64,
    /// What the tokens follow from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Tries the one token of this index, and writes it to target/hostile-findings.txt if it is let in
    #[arg(long)]
    index: Option<u64>,
}

fn main() -> ExitCode {
    let Arguments { count, seed, index } = Arguments::parse();
    let plan = Plan {
        seed,
        indices: index.map_or(0..count, |index| index..index.saturating_add(1)),
        workers: thread::available_parallelism().map_or(1, usize::from),
    };
    let honest = Runtime::new()
        .expect("threads")
        .block_on(Honest::make(seed));
    // Draws nothing where nobody looks.
    let bar = ProgressBar::new(plan.indices.end - plan.indices.start);
    let style = "{bar:40} {human_pos} of {human_len} tokens, {per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style).expect("a template"));
    let tally = run(&plan, &honest, &|tried| bar.inc(tried));
    let elapsed = bar.elapsed();
    bar.finish_and_clear();

    let (table, verdict) = (table(&tally), verdict(&tally, seed));
    fs::write(in_repository(TABLE), &table).expect("target/ can be written to");
    print(&format!(
        "{table}\n{verdict}in {} on {} threads",
        HumanDuration(elapsed),
        plan.workers
    ));
    if tally.is_sound() {
        return ExitCode::SUCCESS;
    }
    let kept = keep(&tally.findings, &honest, seed).expect("target/ can be written to");
    print(&format!("the tokens are in {kept}"));
    ExitCode::FAILURE
}

#[expect(clippy::print_stdout, reason = "what cargo xtask hostile shows")]
fn print(text: &str) {
    println!("{text}");
}
