//! The one place where the clock is read; everything else is given a [`Now`].

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// One reading of both clocks: the monotonic one for cache ages, the wall clock for what events carry.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    pub(crate) instant: Instant,
    pub(crate) unix_ms: u64,
}

/// Reads the clocks.
#[expect(
    clippy::disallowed_methods,
    reason = "the gateway stands for a service that has a clock of its own; all else is given this reading"
)]
pub(crate) fn now() -> Now {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Now {
        instant: Instant::now(),
        unix_ms: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
    }
}

/// Milliseconds since an earlier reading, as the events and the log want them.
pub(crate) fn millis_since(earlier: Now) -> u64 {
    let elapsed = now().instant.saturating_duration_since(earlier.instant);
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// A time as API Gateway writes it in `requestContext` (the Common Log Format, in UTC): `28/Jan/2024:11:05:46 +0000`.
pub(crate) fn common_log_format(unix_ms: u64) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let seconds = unix_ms / 1000;
    let (year, month, day) = civil_date(seconds / 86_400);
    let name = usize::try_from(month - 1)
        .ok()
        .and_then(|index| MONTHS.get(index))
        .unwrap_or(&"Jan");
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{day:02}/{name}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000")
}

/// The proleptic Gregorian date of a day since 1970-01-01.
///
/// Years are counted from March, so that the leap day is the last of its year, and in eras of 400 years, which all
/// have the same length.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::common_log_format;

    #[test]
    fn times_look_like_api_gateways() {
        for (unix_ms, expected) in [
            (0, "01/Jan/1970:00:00:00 +0000"),
            (951_782_399_000, "28/Feb/2000:23:59:59 +0000"),
            (951_782_400_000, "29/Feb/2000:00:00:00 +0000"),
            (1_583_348_638_390, "04/Mar/2020:19:03:58 +0000"),
            (1_706_439_946_000, "28/Jan/2024:11:05:46 +0000"),
            (4_107_542_400_000, "01/Mar/2100:00:00:00 +0000"),
        ] {
            assert_eq!(common_log_format(unix_ms), expected);
        }
    }
}
