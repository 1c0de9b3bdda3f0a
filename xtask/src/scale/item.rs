//! The items of one user in the table.

use super::usage::Counts;

/// One kind.
pub(super) struct Item {
    pub(super) name: &'static str,
    /// Bytes, with an address and a scope of ordinary length. `tests/tests/cost.rs` weighs them.
    pub(super) bytes: f64,
    pub(super) kept: &'static str,
    /// How many a user has.
    of_a_user: fn(Counts) -> f64,
}

/// Days that a session stays in the table, once its `RefreshMaxAge` of 30 is over.
const KEPT_AFTER: f64 = 1.0;

pub(super) static ITEMS: [Item; 4] = [
    Item {
        name: "user",
        bytes: 230.0,
        kept: "until deleted",
        of_a_user: |_| 1.0,
    },
    Item {
        name: "address",
        bytes: 70.0,
        kept: "until the user is deleted",
        of_a_user: |_| 1.0,
    },
    Item {
        name: "session",
        bytes: 270.0,
        kept: "31 days",
        of_a_user: |per_day| per_day.logins * (30.0 + KEPT_AFTER),
    },
    Item {
        name: "known network",
        bytes: 120.0,
        kept: "90 days",
        of_a_user: |_| 2.0,
    },
];

/// Bytes that AWS adds to each item before it charges for it.
const OVERHEAD: f64 = 100.0;

/// Bytes that one user takes up.
pub(super) fn stored_bytes(per_day: Counts) -> f64 {
    let bytes = |item: &Item| (item.bytes + OVERHEAD) * (item.of_a_user)(per_day);
    ITEMS.iter().map(bytes).sum()
}
