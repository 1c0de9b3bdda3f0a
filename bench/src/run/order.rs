//! Who has a turn when: in every round in another order, so that nobody always comes after the same.

use rand_core::Rng;

/// The numbers below `count` in an order of chance (Fisher and Yates).
pub(crate) fn shuffled(count: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is taken modulo the size of a short list"
        )]
        let chosen = rng.next_u64() as usize % (last + 1);
        order.swap(last, chosen);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::rng;

    #[test]
    fn everybody_has_one_turn_and_not_always_the_same() {
        let mut orders: Vec<Vec<usize>> = (0..200).map(|_| shuffled(3, &mut rng())).collect();
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2]);
        }
        orders.sort_unstable();
        orders.dedup();
        assert_eq!(orders.len(), 6, "all six orders of three");
    }
}
