//! Where the time and randomness come from that everything else takes as arguments.

use std::time::SystemTime;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use tollgate_core::Timestamp;

/// What the system clock says.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the clock is read"
)]
pub fn now() -> Timestamp {
    SystemTime::now().into()
}

/// The random generator of the operating system. It panics if the system has no randomness to
/// give: there is nothing that this program could do safely without.
#[must_use]
pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
