//! Secrets that were published somewhere, and so sign nothing.
//!
//! The list holds the key ids (the first eight bytes of SHA-256) of the secrets of 32 bytes and
//! more in the public collection "jwt-secrets" by Wallarm; `cargo xtask digests` writes
//! it. The secrets themselves are not needed to recognise one.

use crate::key::KeyId;

/// Sorted, eight bytes each.
static KEY_IDS: &[u8] = include_bytes!("public_secrets.digests");

/// Whether the secret with this id is publicly known.
pub(crate) fn contains(id: KeyId) -> bool {
    let (ids, _rest) = KEY_IDS.as_chunks::<{ KeyId::BYTES }>();
    ids.binary_search(id.as_bytes()).is_ok()
}
