//! HTTP for the functions that issue tokens: JSON in, JSON out, and the one table from a refusal
//! to its status.

pub mod body;
pub mod idempotency_key;
pub mod refusal;
pub mod source;
pub mod tokens;

pub use refusal::Refusal;
