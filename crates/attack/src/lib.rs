//! What an attacker can measure and guess.
//!
//! Two programs, which run the real code on made-up accounts and print tables: `timing` asks
//! whether the time of an answer says who exists, and `guessing` plays a year against the policy
//! that counts attempts. `cargo xtask timing` and `cargo xtask guessing` run them.
#![expect(
    clippy::missing_panics_doc,
    reason = "an attack that cannot be played has no figures"
)]

pub mod house;
pub mod sample;
pub mod siege;
pub mod stopwatch;
pub mod stuffing;
