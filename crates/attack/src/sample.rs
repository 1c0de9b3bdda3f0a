//! Samples of a time, and whether two of them differ.

/// Above this, chance is no explanation: the threshold of dudect (Reparaz, Balasch, Verbauwhede,
/// "Dude, is my code constant time?", 2017).
pub const TOLD_APART: f64 = 4.5;
/// The share of times that is kept, the shortest: what is longer, somebody else's work made so.
const KEPT: f64 = 0.9;

/// Times in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample(Vec<f64>);

/// How two samples differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Welch's t, of what cropping left.
    pub t: f64,
    /// The difference of the means, in nanoseconds.
    pub by: f64,
    /// The least difference, in nanoseconds, that would have been told apart.
    pub least: f64,
}

impl Sample {
    /// Adds a time.
    pub fn push(&mut self, nanoseconds: f64) {
        self.0.push(nanoseconds);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The time that half of them stay below; zero if there is none.
    #[must_use]
    pub fn median(&self) -> f64 {
        quantile(self.0.clone(), 0.5)
    }

    /// Compares with another sample. Both are cropped at the same time, so that what is left of
    /// them can be compared.
    #[must_use]
    pub fn against(&self, other: &Self) -> Difference {
        let limit = quantile([self.0.as_slice(), &other.0].concat(), KEPT);
        let cropped = |sample: &Self| -> Vec<f64> {
            sample
                .0
                .iter()
                .copied()
                .filter(|time| *time <= limit)
                .collect()
        };
        welch(&cropped(self), &cropped(other))
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<T: IntoIterator<Item = f64>>(times: T) -> Self {
        Self(times.into_iter().collect())
    }
}

/// Welch's t-test for two samples of at least two times.
fn welch(one: &[f64], other: &[f64]) -> Difference {
    let (a, b) = (moments(one), moments(other));
    let error = (a.variance / a.count + b.variance / b.count).sqrt();
    let by = a.mean - b.mean;
    // Two samples without any spread are either equal or entirely different.
    let t = if by == 0.0 { 0.0 } else { by / error };
    Difference {
        t,
        by,
        least: TOLD_APART * error,
    }
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a sample has some thousand times"
)]
fn moments(sample: &[f64]) -> Moments {
    let count = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / count;
    let squares: f64 = sample.iter().map(|time| (time - mean).powi(2)).sum();
    let variance = squares / (count - 1.0);
    Moments {
        count,
        mean,
        variance,
    }
}

/// The time that this share of them stays below.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share of a length is a place in it"
)]
fn quantile(mut times: Vec<f64>, share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    let last = times.len().saturating_sub(1);
    let place = (last as f64 * share).round() as usize;
    times.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9
    }

    #[test]
    fn welch_s_t_of_samples_with_known_answers() {
        for (one, other, t) in [
            // Means 3 and 6, variances 5/2 and 10, five each: -3 / sqrt(5/2).
            (
                vec![1.0, 2.0, 3.0, 4.0, 5.0],
                vec![2.0, 4.0, 6.0, 8.0, 10.0],
                -1.897_366_596_101_027_5,
            ),
            // Sizes differ: means 2 and 5, variances 1 and 2, three and two: -3 / sqrt(4/3).
            (vec![1.0, 2.0, 3.0], vec![4.0, 6.0], -2.598_076_211_353_316),
            (vec![1.0, 2.0, 3.0], vec![3.0, 1.0, 2.0], 0.0),
        ] {
            let found = welch(&one, &other);
            assert!(close(found.t, t), "{one:?} {other:?}: {found:?}");
            assert!(close(welch(&other, &one).t, -t));
            assert!(close(found.by / found.least * TOLD_APART, t));
        }
    }

    #[test]
    fn what_took_long_by_accident_does_not_count() {
        let calm: Sample = (0..100).map(f64::from).collect();
        let mut disturbed = calm.clone();
        (0..10).for_each(|_| disturbed.push(1e9));
        let difference = calm.against(&disturbed);
        assert!(difference.t.abs() < 0.5, "{difference:?}");
        assert!(close(disturbed.median(), 55.0) || close(disturbed.median(), 54.0));
    }

    #[test]
    fn a_difference_that_is_there_is_seen() {
        let one: Sample = (0..10_000).map(|index| f64::from(index % 10)).collect();
        let slower: Sample = (0..10_000)
            .map(|index| f64::from(index % 10) + 1.0)
            .collect();
        let difference = one.against(&slower);
        assert!(difference.t < -TOLD_APART, "{difference:?}");
        assert!(difference.least < difference.by.abs(), "{difference:?}");
    }
}
