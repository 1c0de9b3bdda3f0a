//! AWS: keys in Secrets Manager, and a store in DynamoDB.

pub mod account;
pub mod dynamodb;
mod event;
pub mod rotation;
pub mod secret;
pub mod version;

pub use account::Account;
pub use dynamodb::DynamoDbStore;
pub use rotation::Rotation;
pub use secret::Secret;
