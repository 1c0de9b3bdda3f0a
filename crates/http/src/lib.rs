//! HTTP for the functions that issue tokens: JSON in, JSON out, and the one table from a refusal
//! to its status.

pub mod body;
pub mod carrier;
pub mod idempotency_key;
pub mod origin;
pub mod refresh_cookie;
pub mod refusal;
pub mod source;
pub mod tokens;

pub use carrier::{Carrier, Mode, Presented};
pub use refusal::Refusal;
