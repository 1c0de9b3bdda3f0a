//! Chance that can be repeated.

use std::convert::Infallible;

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng};

/// Coprime to every length that occurs, so that multiples of it visit every place, far apart.
const STRIDE: u64 = 1_000_003;

/// What one token is drawn with: random numbers, and its number among those of its class.
pub(super) struct Draw {
    random: ChaCha8Rng,
    /// What [`walk`](Self::walk) has not used yet.
    number: u64,
}

impl Draw {
    /// For the token at `index`, which is the `number`th of its class.
    #[must_use]
    pub(super) fn new(seed: u64, index: u64, number: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(index);
        Self { random, number }
    }

    /// One of `0..length`, every one in turn: those of one class go through all combinations of
    /// their walks.
    pub(super) fn walk(&mut self, length: usize) -> usize {
        let length = as_u64(length.max(1));
        let place = self.number % length * (STRIDE % length) % length;
        self.number /= length;
        as_usize(place)
    }

    /// One of a table, every one in turn.
    pub(super) fn each<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.walk(table.len())]
    }

    /// One of `0..length`, by chance.
    pub(super) fn below(&mut self, length: usize) -> usize {
        as_usize(self.random.next_u64() % as_u64(length.max(1)))
    }

    /// One of `from..=to`, by chance.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        let span = usize::try_from(to - from + 1).unwrap_or(1);
        from + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// One of a table, by chance.
    pub(super) fn pick<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.below(table.len())]
    }

    /// So many random bytes.
    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.random.fill_bytes(&mut bytes);
        bytes
    }

    /// For another try, after what came out was no attack: by chance, not in turn.
    pub(super) fn again(&mut self) {
        self.number = self.random.next_u64();
    }
}

fn as_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn as_usize(place: u64) -> usize {
    usize::try_from(place).unwrap_or(0)
}

impl TryRng for Draw {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.random.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.random.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.random.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for Draw {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_visit_every_combination() {
        let mut seen: Vec<_> = (0..12)
            .map(|number| {
                let mut draw = Draw::new(1, 1, number);
                (draw.walk(3), draw.walk(4))
            })
            .collect();
        seen.sort_unstable();
        let all = (0..3).flat_map(|a| (0..4).map(move |b| (a, b)));
        assert!(seen.into_iter().eq(all));
    }
}
