//! The domain of Tollgate: who may come in, with which token, and for how long.
//!
//! Nothing here does I/O, reads a clock or draws randomness: time ([`Timestamp`]) and a random
//! generator are arguments, and what must be stored or fetched goes through four small ports:
//! [`Users`](user::Users), [`Families`](family::Families), [`AttemptLog`](attempts::AttemptLog)
//! and [`KeySource`](key_source::KeySource).
//!
//! Read it in this order: [`key`], [`access_token`], [`refresh_token`], [`family`] (where the
//! refresh decision stands, one `match`), then the use cases [`login`], [`refresh`], [`logout`].

pub mod access_token;
pub mod attempts;
mod digest_list;
pub mod email;
pub mod event;
pub mod family;
mod hs256;
pub mod identity;
mod jws;
pub mod key;
pub mod key_source;
pub mod login;
pub mod logout;
pub mod mint;
pub mod password;
pub mod refresh;
pub mod refresh_token;
pub mod rotation;
pub mod scope;
pub mod store;
pub mod timestamp;
pub mod trusted_issuer;
pub mod user;
pub mod verifier;

pub use timestamp::Timestamp;
