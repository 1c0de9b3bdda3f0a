//! One binary for all tests of this crate: it is linked once, and not once for each file.

mod access_token;
mod foreign_hash;
mod key;
mod limits;
mod names;
mod password;
mod refresh_chain;
mod refresh_token;
mod rotation;
mod trusted_issuer;
mod vectors;
