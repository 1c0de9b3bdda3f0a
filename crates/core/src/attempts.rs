//! How often a password may be guessed.
//!
//! Failures are counted per account, in the store, and the same for accounts that do not exist.
//! After a few free ones each further guess must wait, up to [`LONGEST_DELAY`], which leaves about
//! a hundred guesses a day. So that a stranger who keeps guessing cannot keep the owner out, a
//! network from which the account was logged in to before has a count of its own.
//!
//! An attempt is counted before the password is looked at: a thousand guesses sent at once get no
//! more answers than a thousand sent in a row.

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::Timestamp;
use crate::store::StoreError;

/// Guesses that need not wait.
pub const FREE_FAILURES: u32 = 5;
/// The wait after the first failure that is not free; it doubles from there.
pub const FIRST_DELAY: Duration = Duration::from_mins(1);
/// The longest wait between two guesses.
pub const LONGEST_DELAY: Duration = Duration::from_mins(16);
/// Failures are forgotten after this long without one.
pub const MEMORY: Duration = Duration::from_hours(24);
/// A network that an account was used from is remembered for this long.
pub const KNOWN_NETWORK_MEMORY: Duration = Duration::from_hours(2160);

/// Whose failures a row counts: a hash, so that the store does not list what was typed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AttemptKey([u8; 32]);

impl AttemptKey {
    /// Everybody's attempts on the account `email`, as it was typed but for case and blanks.
    #[must_use]
    pub fn account(email: &str) -> Self {
        Self(Sha256::digest(Self::spelling(email)).into())
    }

    /// The attempts on that account from the network of `address`: 24 bits of an IPv4 address,
    /// 64 of an IPv6 address.
    #[must_use]
    pub fn network(email: &str, address: IpAddr) -> Self {
        let mut hash = Sha256::new_with_prefix(Self::spelling(email));
        // No address holds a NUL, so this cannot be the key of another account.
        hash.update([0]);
        match address.to_canonical() {
            IpAddr::V4(v4) => hash.update(&v4.octets()[..3]),
            IpAddr::V6(v6) => hash.update(&v6.octets()[..8]),
        }
        Self(hash.finalize().into())
    }

    fn spelling(email: &str) -> String {
        email.trim_matches(' ').to_lowercase().replace('\0', "")
    }

    /// For a store that writes it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The row of one [`AttemptKey`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempts {
    /// Failures in a row; an attempt counts as one until it has succeeded.
    pub failures: u32,
    /// No guess is looked at before.
    pub next_allowed: Timestamp,
    /// The row means nothing from then on.
    pub expires_at: Timestamp,
}

/// Too early for another guess.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Throttled {
    /// How long to wait; at least a second.
    pub retry_after: Duration,
}

/// Which count an attempt goes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    /// The account's, which every stranger shares.
    Account,
    /// That of a network from which the account was used before.
    KnownNetwork,
}

impl Lane {
    /// The row after one more attempt, or how long to wait before it.
    pub fn admit(self, row: Option<Attempts>, now: Timestamp) -> Result<Attempts, Throttled> {
        let failures = match row.filter(|row| now < row.expires_at) {
            Some(row) if now < row.next_allowed => {
                return Err(Throttled {
                    retry_after: row.next_allowed.since(now),
                });
            }
            Some(row) if now.since(row.next_allowed) < MEMORY => row.failures,
            Some(_) | None => 0,
        };
        let failures = failures.saturating_add(1);
        let next_allowed = now.plus(delay_after(failures));
        let expires_at = match (self, row) {
            // Only logging in keeps a network known; guessing from it does not.
            (Self::KnownNetwork, Some(row)) => row.expires_at,
            (Self::KnownNetwork | Self::Account, _) => next_allowed.plus(MEMORY),
        };
        Ok(Attempts {
            failures,
            next_allowed,
            expires_at,
        })
    }
}

impl Attempts {
    /// The row of a network that has just been used to log in.
    #[must_use]
    pub fn known_network(now: Timestamp) -> Self {
        Self {
            failures: 0,
            next_allowed: now,
            expires_at: now.plus(KNOWN_NETWORK_MEMORY),
        }
    }
}

/// The wait after so many failures in a row.
fn delay_after(failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(FREE_FAILURES) else {
        return Duration::ZERO;
    };
    let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
    FIRST_DELAY.saturating_mul(factor).min(LONGEST_DELAY)
}

/// What became of a [`AttemptLog::swap`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Swapped {
    /// The row is the new one.
    Done,
    /// Somebody was faster; this is the row now.
    Conflict(Option<Attempts>),
}

/// The port to the counts.
pub trait AttemptLog {
    /// The rows of two keys, in one round trip.
    fn load(
        &self,
        keys: [AttemptKey; 2],
    ) -> impl Future<Output = Result<[Option<Attempts>; 2], StoreError>> + Send;

    /// Replaces the row `expected` by `new`, if it is still that one.
    fn swap(
        &self,
        key: AttemptKey,
        expected: Option<Attempts>,
        new: Attempts,
    ) -> impl Future<Output = Result<Swapped, StoreError>> + Send;

    /// After a success: removes the row `forgive` and writes `known`, whatever they were.
    fn succeeded(
        &self,
        forgive: Option<AttemptKey>,
        known: Option<(AttemptKey, Attempts)>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One guess as soon as it is allowed, for as long as `span`.
    fn guesses_within(span: Duration, lane: Lane) -> usize {
        let start = Timestamp::from_unix(0);
        let mut row: Option<Attempts> = None;
        let mut guesses = 0;
        let mut now = start;
        while now.since(start) < span {
            match lane.admit(row, now) {
                Ok(next) => {
                    row = Some(next);
                    guesses += 1;
                }
                Err(throttled) => now = now.plus(throttled.retry_after),
            }
        }
        guesses
    }

    #[test]
    fn at_most_a_hundred_guesses_a_day() {
        let day = Duration::from_hours(24);
        assert_eq!(guesses_within(day, Lane::Account), 98);
        assert_eq!(guesses_within(day, Lane::KnownNetwork), 98);
    }

    #[test]
    fn the_wait_grows_and_is_forgotten() {
        let now = Timestamp::from_unix(1_000_000);
        let row = |failures| Attempts {
            failures,
            next_allowed: now,
            expires_at: now.plus(MEMORY),
        };
        for (failures_before, minutes) in [
            (0, 0),
            (3, 0),
            (4, 1),
            (5, 2),
            (6, 4),
            (7, 8),
            (8, 16),
            (9, 16),
            (u32::MAX, 16),
        ] {
            let next = Lane::Account
                .admit(Some(row(failures_before)), now)
                .expect("it is time");
            let wait = next.next_allowed.since(now);
            assert_eq!(
                wait,
                Duration::from_secs(minutes * 60),
                "after {failures_before}"
            );
        }
        let stranger = Attempts {
            expires_at: now,
            ..row(50)
        };
        let next = Lane::KnownNetwork
            .admit(Some(stranger), now)
            .expect("it means nothing any more");
        assert_eq!(next.failures, 1);
        // Of a network that is still known, a day later and a second before that.
        let known = Attempts {
            expires_at: now.plus(KNOWN_NETWORK_MEMORY),
            ..row(50)
        };
        let second = Duration::from_secs(1);
        for (seconds, failures) in [(MEMORY.saturating_sub(second), 51), (MEMORY, 1)] {
            let next = Lane::KnownNetwork.admit(Some(known), now.plus(seconds));
            assert_eq!(next.expect("it is time").failures, failures);
        }
    }

    #[test]
    fn a_network_is_24_or_64_bits_of_one_account() {
        let key =
            |email, address: &str| AttemptKey::network(email, address.parse().expect("an address"));
        assert_eq!(key("a@b.c", "192.0.2.1"), key("A@b.c ", "192.0.2.200"));
        assert_eq!(key("a@b.c", "192.0.2.1"), key("a@b.c", "::ffff:192.0.2.9"));
        assert_ne!(key("a@b.c", "192.0.2.1"), key("a@b.c", "192.0.3.1"));
        assert_ne!(key("a@b.c", "192.0.2.1"), key("b@b.c", "192.0.2.1"));
        assert_eq!(
            key("a@b.c", "2001:db8::1"),
            key("a@b.c", "2001:db8::ffff:1")
        );
        assert_ne!(key("a@b.c", "2001:db8::1"), key("a@b.c", "2001:db8:0:1::1"));
        assert_ne!(key("a@b.c", "192.0.2.1"), AttemptKey::account("a@b.c"));
    }
}
