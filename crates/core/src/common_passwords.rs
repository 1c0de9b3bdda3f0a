//! Passwords that attackers try first, because many people had them before.
//!
//! The list holds the first eight bytes of SHA-256 of each password of 8 characters and more among
//! the 20,000 most common ones that Django ships; `cargo xtask digests` writes it. It has those
//! that look random and are not; [`zxcvbn`] knows the patterns.

use sha2::{Digest, Sha256};

/// Sorted, eight bytes each.
static DIGESTS: &[u8] = include_bytes!("common_passwords.digests");

/// Whether a password stands on the list, in any case.
pub(crate) fn contains(password: &str) -> bool {
    let digest: [u8; 32] = Sha256::digest(password.to_lowercase()).into();
    let (digests, _rest) = DIGESTS.as_chunks::<8>();
    digests
        .binary_search_by(|listed| listed[..].cmp(&digest[..8]))
        .is_ok()
}
