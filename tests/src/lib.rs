//! What the tests share: the real binary, a client, the store contract, and captured logs.
#![expect(
    clippy::missing_panics_doc,
    reason = "every helper of a test panics when it fails"
)]

pub mod client;
pub mod companion;
pub mod credentials;
pub mod deployed;
pub mod emulator;
pub mod events;
pub mod freezer;
pub mod functions;
pub mod hostile;
pub mod jwt;
pub mod library;
pub mod local;
pub mod logs;
pub mod moto;
pub mod ports;
pub mod proxy;
pub mod recorded;
pub mod server;
pub mod store_contract;
