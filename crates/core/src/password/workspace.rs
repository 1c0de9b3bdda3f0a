//! The memory that Argon2 works in.

use std::sync::Mutex;

use argon2::{Argon2, Block, Params};

/// Memory for hashes of one cost, kept from one to the next: getting it from the system page by page
/// takes as long as the work in it. Between two hashes it is zero, since what Argon2 leaves there
/// would let guesses be checked at a fraction of their price.
pub(super) struct Workspace {
    len: usize,
    /// Empty before the first hash.
    blocks: Mutex<Vec<Block>>,
}

impl Workspace {
    /// For hashes with these parameters. Nothing is allocated yet.
    pub(super) fn new(params: &Params) -> Self {
        Self {
            len: params.block_count(),
            blocks: Mutex::default(),
        }
    }

    /// Fills `output` with a hash. One that needs another amount of memory gets its own, and so does
    /// one that comes while another is made: nobody waits, and what is kept does not grow.
    pub(super) fn hash(
        &self,
        argon2: &Argon2<'_>,
        password: &[u8],
        salt: &[u8],
        output: &mut [u8],
    ) -> argon2::Result<()> {
        match self.blocks.try_lock() {
            Ok(mut blocks) if argon2.params().block_count() == self.len => {
                blocks.resize(self.len, Block::default());
                let blocks = blocks.as_mut_slice();
                let hashed =
                    argon2.hash_password_into_with_memory(password, salt, output, &mut *blocks);
                blocks.fill(Block::default());
                hashed
            }
            _ => argon2.hash_password_into(password, salt, output),
        }
    }
}

#[cfg(test)]
mod tests {
    use argon2::{Algorithm, Version};

    use super::*;

    fn argon2(memory_kib: u32) -> Argon2<'static> {
        let params = Params::new(memory_kib, 2, 1, Some(32)).expect("a cost");
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }

    fn hash(workspace: &Workspace, argon2: &Argon2<'_>, password: &[u8]) -> [u8; 32] {
        let (mut kept, mut fresh) = ([0; 32], [0; 32]);
        let hashed = workspace.hash(argon2, password, b"somesalt", &mut kept);
        hashed.expect("a hash");
        let hashed = argon2.hash_password_into(password, b"somesalt", &mut fresh);
        hashed.expect("a hash");
        assert_eq!(kept, fresh);
        kept
    }

    #[test]
    fn memory_is_kept_and_nothing_stays_in_it() {
        let argon2 = argon2(64);
        let workspace = Workspace::new(argon2.params());
        let kept = || workspace.blocks.lock().expect("no panic").as_ptr();
        let first = hash(&workspace, &argon2, b"ada");
        let place = kept();
        assert_ne!(hash(&workspace, &argon2, b"bob"), first);
        assert_eq!(hash(&workspace, &argon2, b"ada"), first);
        assert_eq!(kept(), place);
        let blocks = workspace.blocks.lock().expect("no panic");
        assert_eq!(blocks.len(), 64);
        let mut words = blocks.iter().flat_map(AsRef::as_ref);
        assert!(words.all(|word| *word == 0));
    }

    #[test]
    fn another_cost_and_another_hash_at_once_get_memory_of_their_own() {
        let (usual, costly) = (argon2(64), argon2(128));
        let workspace = Workspace::new(usual.params());
        hash(&workspace, &costly, b"ada");
        assert_eq!(workspace.blocks.lock().expect("no panic").capacity(), 0);
        hash(&workspace, &usual, b"ada");
        let taken = workspace.blocks.lock().expect("no panic");
        hash(&workspace, &usual, b"ada");
        assert_eq!(taken.len(), 64);
    }
}
