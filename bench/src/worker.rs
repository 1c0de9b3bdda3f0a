//! A worker: it is asked on its standard input, and answers on its standard output. The peers in
//! Python, Node and Rust do the same, so that everybody's calls are timed alike.

use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use serde_json::json;

/// Says who it is, then answers each line `SAMPLES CALLS` with so many times. A time is that of one
/// call, in nanoseconds: the mean of CALLS in a row. Ends with its input.
pub(crate) fn serve(name: &str, call: &mut dyn FnMut()) {
    say(&json!(name));
    for line in stdin().lock().lines().map_while(Result::ok) {
        let mut numbers = line.split(' ').map(|number| number.parse::<u32>().ok());
        let (Some(Some(samples)), Some(Some(calls))) = (numbers.next(), numbers.next()) else {
            return;
        };
        let times: Vec<f64> = (0..samples).map(|_| measure(call, calls)).collect();
        say(&json!(times));
    }
}

fn measure(call: &mut dyn FnMut(), calls: u32) -> f64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "measuring time is what it is for"
    )]
    let start = Instant::now();
    (0..calls).for_each(|_| call());
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

fn say(value: &serde_json::Value) {
    let mut out = stdout().lock();
    // Whoever asked has gone away if it cannot be written, and then the input ends, too.
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}
