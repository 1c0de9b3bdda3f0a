//! What the fuzz targets share: keys, tokens that are good, the functions on a real store, and what
//! an answer may look like.
//!
//! A target is in `fuzz_targets/`, and says which property must hold for every input. Its seeds are
//! in `corpus/`; what a run finds is kept in `target/fuzz/`. See docs/fuzzing.md.

pub mod api;
pub mod keys;
pub mod panics;
pub mod service;
pub mod tokens;
pub mod verdict;

use std::cell::LazyCell;

use tokio::runtime::{Builder, Runtime};
use tollgate_core::Timestamp;

/// What time it is, in every run: an input must mean the same when it is replayed.
pub const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Runs a future to its end on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: LazyCell<Runtime> = LazyCell::new(|| {
            Builder::new_current_thread().enable_time().build().expect("a runtime on this thread")
        });
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
