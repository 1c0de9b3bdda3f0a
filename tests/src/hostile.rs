//! Hostile tokens: valid ones, changed in every way that we can think of, for the real handlers.
//!
//! A [`Class`] is one way to change them. Each token has an index; what it is follows from the seed
//! and the index alone, so any of them can be made again. An access token goes to the authorizer in
//! every form that it is asked in, a body with a refresh token to refresh and to logout.

mod authentic;
mod body;
mod claims;
mod class;
mod credential;
mod damage;
mod draw;
mod encoding;
mod fields;
mod finding;
mod forge;
mod gate;
mod header;
mod honest;
mod json;
mod refresh_token;
mod report;
mod run;
mod signature;
mod tally;
mod time;
mod trusted;

pub use class::{Attack, CLASSES, Class, Maker};
pub use finding::{Finding, keep};
pub use honest::Honest;
pub use report::{table, verdict};
pub use run::{Plan, run};
pub use tally::Tally;
