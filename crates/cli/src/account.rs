//! New accounts and new passwords.

use secrecy::SecretString;
use tollgate_core::email::Email;
use tollgate_core::password::{HashCost, Hasher, Password, PasswordHash, PasswordPolicy};
use tollgate_core::scope::Scope;
use tollgate_core::user::{Added, User, UserDirectory, UserId};
use tollgate_wiring::{Store, clock};

use crate::failure::Failure;

/// Adds a user whose password is good enough. `None`: there is one of this address already.
pub(crate) async fn add(
    store: &Store,
    email: Email,
    scope: Scope,
    password: SecretString,
) -> Result<Option<UserId>, Failure> {
    let password_hash = hash(&email, password)?;
    let id = UserId::generate(&mut clock::rng());
    let created_at = clock::now();
    let user = User {
        id,
        email,
        password_hash,
        scope,
        disabled: false,
        created_at,
    };
    Ok(match store.add(&user).await? {
        Added::Yes => Some(user.id),
        Added::Taken => None,
    })
}

/// The hash of a new password that is good enough for the user of this address.
pub(crate) fn hash(email: &Email, password: SecretString) -> Result<PasswordHash, Failure> {
    let password = Password::new(password)?;
    PasswordPolicy::default()
        .check(&password, email)
        .map_err(|weak| Failure::new(format!("this password is not taken: {weak}")))?;
    Ok(Hasher::new(HashCost::default())?.hash(&password, &mut clock::rng()))
}
