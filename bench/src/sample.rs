//! Measured values, and what is told of them.

/// Values of one kind: times, mostly.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample(Vec<f64>);

impl FromIterator<f64> for Sample {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

impl Extend<f64> for Sample {
    fn extend<T: IntoIterator<Item = f64>>(&mut self, values: T) {
        self.0.extend(values);
    }
}

impl Sample {
    /// These and those.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What half of them stay below; zero if there is none.
    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// What ninety-nine of a hundred stay below.
    pub(crate) fn p99(&self) -> f64 {
        self.quantile(0.99)
    }

    /// What one of a hundred stays below: the tail of what should be large.
    pub(crate) fn p1(&self) -> f64 {
        self.quantile(0.01)
    }

    /// Where the middle half of them begins and ends.
    pub(crate) fn quartiles(&self) -> (f64, f64) {
        (self.quantile(0.25), self.quantile(0.75))
    }

    /// Whether the middle halves have values in common, where there are several.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let (own, theirs) = (self.quartiles(), other.quartiles());
        self.len() > 1 && other.len() > 1 && own.0 <= theirs.1 && theirs.0 <= own.1
    }

    /// How far apart the middle half of them lies, as a share of the median.
    pub(crate) fn spread(&self) -> f64 {
        let (first, third) = self.quartiles();
        (third - first) / self.median()
    }

    fn quantile(&self, share: f64) -> f64 {
        let mut times = self.0.clone();
        times.sort_unstable_by(f64::total_cmp);
        let Some(last) = times.len().checked_sub(1) else {
            return 0.0;
        };
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index of a list of thousands, between zero and its last"
        )]
        let index = (share * last as f64).round() as usize;
        times[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_told_by_its_quantiles() {
        let mut sample = Sample::default();
        assert_eq!((sample.median(), sample.p99()), (0.0, 0.0));
        sample.extend((0..=100).rev().map(f64::from));
        assert_eq!((sample.median(), sample.p99()), (50.0, 99.0));
        assert_eq!((sample.p1(), sample.quartiles()), (1.0, (25.0, 75.0)));
        assert!(
            (sample.spread() - 1.0).abs() < f64::EPSILON,
            "25 to 75, of 50"
        );
    }
}
