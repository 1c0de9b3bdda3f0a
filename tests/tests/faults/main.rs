//! What is seen, logged and lost when DynamoDB or Secrets Manager fail: `cargo xtask faults`.
//!
//! Every row of the matrix has functions, a table and secrets of its own, and a proxy between them.
#![cfg(target_os = "linux")]

mod aftermath;
mod elsewhere;
mod impostor;
mod log;
mod matrix;
mod report;
mod scene;
mod trial;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use matrix::Row;
use tollgate_tests::events::in_repository;
use trial::Outcome;

/// Most of a row is waiting, so several run beside each other; times are still about right.
const AT_ONCE: usize = 4;
/// Where `cargo xtask faults --write` finds the table.
const TABLE: &str = "target/faults.md";

#[test]
#[ignore = "needs TOLLGATE_MOTO, TOLLGATE_FUNCTIONS and TOLLGATE_TOOLS"]
fn faults_lose_nothing_and_let_nobody_in() {
    let rows = matrix::rows();
    let outcomes = run(&rows);
    let table = report::table(&outcomes);
    fs::write(in_repository(TABLE), &table).expect("target/ can be written to");
    print(&format!("\n{table}"));
    let problems: Vec<String> = outcomes.iter().flat_map(report::problems).collect();
    print(&report::verdict(&outcomes, problems.len()));
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// A fault that is not in the table is one that nobody reads about.
#[test]
fn the_page_has_every_row_of_the_matrix() {
    let page = fs::read_to_string(in_repository("docs/operations.md")).expect("the page");
    for row in matrix::rows() {
        let name = report::name(&row);
        assert!(
            page.contains(&name),
            "docs/operations.md has no row {name:?}: run cargo xtask faults --write"
        );
    }
}

fn run(rows: &[Row]) -> Vec<Outcome<'_>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = trial::run(row);
            print(&format!(
                "{} {}",
                report::name(row),
                report::figures(&outcome)
            ));
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push(outcome);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let mut outcomes = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let position =
        |outcome: &Outcome<'_>| rows.iter().position(|row| std::ptr::eq(row, outcome.row));
    outcomes.sort_by_key(position);
    outcomes
}

#[expect(clippy::print_stdout, reason = "what cargo xtask faults shows")]
fn print(text: &str) {
    println!("{text}");
}
