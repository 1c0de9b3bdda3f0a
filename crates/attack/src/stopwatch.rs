//! Times of work, measured one after another in an order that nobody chose.

use std::time::Instant;

use rand_core::Rng;

use crate::sample::Sample;

/// Runs before the first that counts: caches fill, and the processor wakes up.
const WARM_UP: usize = 50;

/// The times of `rounds` runs of each kind of work, in random order. `work` prepares a run, given
/// its kind and its number, and gives back what is timed.
pub fn measure<W: FnOnce()>(
    kinds: usize,
    rounds: usize,
    rng: &mut impl Rng,
    mut prepare: impl FnMut(usize, usize) -> W,
) -> Vec<Sample> {
    let mut order: Vec<(usize, usize)> = (0..rounds)
        .flat_map(|round| (0..kinds).map(move |kind| (kind, round)))
        .collect();
    shuffle(&mut order, rng);
    let mut samples = vec![Sample::default(); kinds];
    for (index, (kind, round)) in order.into_iter().enumerate() {
        let work = prepare(kind, round);
        #[expect(
            clippy::disallowed_methods,
            reason = "measuring time is what it is for"
        )]
        let start = Instant::now();
        work();
        let time = start.elapsed();
        if index >= WARM_UP {
            samples[kind].push(time.as_secs_f64() * 1e9);
        }
    }
    samples
}

/// Fisher and Yates.
fn shuffle<T>(items: &mut [T], rng: &mut impl Rng) {
    for last in (1..items.len()).rev() {
        let choices = u64::try_from(last).unwrap_or(u64::MAX - 1) + 1;
        let chosen = usize::try_from(rng.next_u64() % choices).unwrap_or(last);
        items.swap(last, chosen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::rng;

    #[test]
    fn every_kind_is_run_as_often_in_no_order() {
        let mut runs = Vec::new();
        let samples = measure(3, 100, &mut rng(), |kind, round| {
            runs.push((kind, round));
            || {}
        });
        assert_eq!(
            samples.iter().map(Sample::len).sum::<usize>(),
            300 - WARM_UP
        );
        assert!(!runs.is_sorted() && !runs.is_sorted_by_key(|(_, round)| *round));
        runs.sort_unstable();
        runs.dedup();
        assert_eq!(runs.len(), 300, "each once");
    }
}
