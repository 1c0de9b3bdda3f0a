//! keycloak#29304: where nobody was found, the hash was none, so the time told who exists.
//!
//! In a binary of its own, since it counts the memory of the whole process.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tollgate_core::password::{HashCost, Hasher, Password, PasswordHash, Verdict};

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Argon2 fills the memory that its cost says: work that can be counted, and not only timed.
#[test]
fn the_hash_for_nobody_is_the_same_work() {
    let hasher = || Hasher::new(HashCost::default()).expect("the default");
    let guess = Password::new("a guess").expect("short enough");
    let mut rng = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
    let stored = hasher().hash(&guess, &mut rng);
    let wrong = Password::new("another guess").expect("short enough");
    let allocated = |hasher: &Hasher, stored: Option<&PasswordHash>| {
        let region = Region::new(MEMORY);
        assert_eq!(hasher.check(stored, &wrong), Verdict::Wrong);
        region.change().bytes_allocated / 1024
    };
    let cost = usize::try_from(HashCost::default().memory_kib).expect("a size");
    // A hasher keeps its memory: the first check asks for it, whoever it is for.
    let (first, other) = (hasher(), hasher());
    let known = allocated(&first, Some(&stored));
    let unknown = allocated(&other, None);
    assert!(known >= cost, "{known} KiB for a user");
    assert!(unknown >= cost, "{unknown} KiB for nobody");
    assert!(unknown.abs_diff(known) <= 1, "{unknown} and {known} KiB");
    for stored in [Some(&stored), None] {
        assert_eq!(allocated(&first, stored), 0, "KiB for one more");
    }
}
