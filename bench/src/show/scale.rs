//! From values to pixels: in proportion, or by powers of ten.

/// From here on, what is small would not be seen in proportion.
const WIDE: f64 = 30.0;

/// The values from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    /// In proportion, from nothing.
    fn linear(high: f64) -> Self {
        Self {
            low: 0.0,
            high,
            logarithmic: false,
        }
    }

    /// By powers of ten.
    pub(crate) fn logarithmic(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            logarithmic: true,
        }
    }

    /// For bars of these lengths, with room for a tail: all begin at a power of ten, or at nothing.
    pub(crate) fn of_bars(shortest: f64, longest: f64, tail: f64) -> Self {
        let high = longest.max(tail);
        if shortest <= 0.0 || longest / shortest <= WIDE {
            return Self::linear(high);
        }
        // A little less than the shortest, which would be no bar otherwise.
        let low = 10_f64.powf((shortest / 1.25).log10().floor());
        Self::logarithmic(low, high)
    }

    pub(crate) fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }

    /// Where a value is, from 0 to 1.
    pub(crate) fn share(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        // A scale without an extent has one place only.
        if share.is_nan() {
            0.0
        } else {
            share.clamp(0.0, 1.0)
        }
    }

    /// The powers of ten in it, or their doubles and fives too if there is only one.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let tens = self.multiples(&[1.0]);
        if tens.len() > 1 {
            tens
        } else {
            self.multiples(&[1.0, 2.0, 5.0])
        }
    }

    fn multiples(&self, factors: &[f64]) -> Vec<f64> {
        let inside = |tick: &f64| (self.low * 0.999..=self.high * 1.001).contains(tick);
        let mut ten = 10_f64.powf(self.low.log10().floor());
        let mut ticks = vec![];
        while self.logarithmic && ten <= self.high * 1.001 {
            ticks.extend(factors.iter().map(|factor| ten * factor).filter(inside));
            ten *= 10.0;
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_that_are_far_apart_begin_at_a_power_of_ten() {
        let scale = Scale::of_bars(380.0, 60_000.0, 50_000.0);
        assert_eq!(scale, Scale::logarithmic(100.0, 60_000.0));
        assert_eq!(scale.ticks(), [100.0, 1_000.0, 10_000.0]);
        assert!((scale.share(1_000.0) - 0.36).abs() < 0.01);
        let scale = Scale::of_bars(100.0, 60_000.0, 0.0);
        assert!(scale.share(100.0) > 0.2, "the shortest bar has a length");
    }

    #[test]
    fn other_bars_are_in_proportion() {
        let scale = Scale::of_bars(2.0, 30.0, 40.0);
        assert!((scale.share(10.0) - 0.25).abs() < f64::EPSILON);
        assert_eq!((scale.share(80.0), scale.ticks()), (1.0, vec![]));
        let nothing = Scale::of_bars(0.0, 0.0, 0.0);
        assert_eq!((nothing.share(0.0), nothing.ticks()), (0.0, vec![]));
    }

    #[test]
    fn a_scale_of_few_powers_of_ten_has_ticks_between_them() {
        assert_eq!(Scale::logarithmic(8.0, 60.0).ticks(), [10.0, 20.0, 50.0]);
    }
}
