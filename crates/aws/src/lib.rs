//! AWS: keys in Secrets Manager, and a store in DynamoDB.

pub mod account;
pub mod secret;

pub use account::Account;
pub use secret::Secret;
