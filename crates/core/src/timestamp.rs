//! A moment, as tokens and rows write it.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize};

/// Whole seconds since 1970-01-01T00:00:00Z: the `NumericDate` of RFC 7519, section 2.
///
/// It is never read from a clock in this crate; whoever calls says what time it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `seconds` after the epoch.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn as_unix(self) -> i64 {
        self.0
    }

    /// This moment and `span` later; stays at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(seconds))
    }

    /// How long after `earlier` this is: zero when `earlier` lies in the future, as it does when
    /// the clocks of two machines disagree.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let seconds = self.0.saturating_sub(earlier.0);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }
}

/// A claim that need not be there, and is a time if it is: `null` is none.
pub(crate) fn if_there<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    Timestamp::deserialize(deserializer).map(Some)
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self(0).plus(since),
            Err(before) => {
                let seconds = i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX);
                Self(-seconds)
            }
        }
    }
}

impl From<Timestamp> for SystemTime {
    /// A moment before 1970, which no token holds, becomes 1970.
    fn from(timestamp: Timestamp) -> Self {
        UNIX_EPOCH + Duration::from_secs(u64::try_from(timestamp.0).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
