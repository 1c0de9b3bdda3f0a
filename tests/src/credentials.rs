//! Who logs in, in the tests.

/// The user that tests add.
pub const EMAIL: &str = "ada@example.com";
/// Her password. The word in it is looked for in every log: see [`crate::logs`].
pub const PASSWORD: &str = "canary-password battery staple";
/// What a guess looks like.
pub const WRONG_PASSWORD: &str = "canary-password but another one";
