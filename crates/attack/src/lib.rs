//! What an attacker can measure and guess.
//!
//! Two programs, which run the real code on made-up accounts and print tables: `timing` asks
//! whether the time of an answer says who exists, and `guessing` plays a year against the policy
//! that counts attempts. `cargo xtask timing` and `cargo xtask guessing` run them.

pub mod house;
pub mod sample;
pub mod siege;
pub mod stopwatch;
pub mod stuffing;
