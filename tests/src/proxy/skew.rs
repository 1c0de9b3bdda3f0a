//! The clock of services that do not agree with this machine on the time.

use std::time::{Duration, SystemTime};

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{DATE, HeaderMap, HeaderValue};

/// How far off a signature may be.
const TOLERANCE: Duration = Duration::from_mins(5);

/// What time it is for the services.
pub(super) struct Clock(SystemTime);

impl Clock {
    /// The clock of this machine, and some seconds.
    pub(super) fn now(ahead: i64) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the SDK under test reads the clock too, and the two are compared"
        )]
        let now = SystemTime::now();
        let by = Duration::from_secs(ahead.unsigned_abs());
        Self(if ahead < 0 { now - by } else { now + by })
    }

    /// Why a call with these headers is refused, if it is. One without a time was signed never.
    pub(super) fn refuses(&self, headers: &HeaderMap) -> Option<String> {
        let signed = headers
            .get("x-amz-date")
            .and_then(|value| read(value.to_str().ok()?))
            .unwrap_or(SystemTime::UNIX_EPOCH);
        let (earliest, latest) = (self.0 - TOLERANCE, self.0 + TOLERANCE);
        let (signed_at, now) = (write(signed), write(self.0));
        if signed < earliest {
            let earliest = write(earliest);
            return Some(format!(
                "Signature expired: {signed_at} is now earlier than {earliest} ({now} - 5 min.)"
            ));
        }
        let latest_text = write(latest);
        (signed > latest).then(|| {
            format!(
                "Signature not yet current: {signed_at} is still later than {latest_text} ({now} + 5 min.)"
            )
        })
    }

    /// Puts its time into the answer, where SDKs look for it.
    pub(super) fn stamp(&self, mut answer: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
        let date = HeaderValue::from_str(&httpdate::fmt_http_date(self.0)).expect("ASCII");
        answer.headers_mut().insert(DATE, date);
        answer
    }
}

/// `20260102T030405Z`
fn write(time: SystemTime) -> String {
    let text = humantime::format_rfc3339_seconds(time).to_string();
    text.replace(['-', ':'], "")
}

fn read(text: &str) -> Option<SystemTime> {
    let mut text = text.to_owned();
    for (position, mark) in [(4, '-'), (7, '-'), (13, ':'), (16, ':')] {
        if !text.is_char_boundary(position) {
            return None;
        }
        text.insert(position, mark);
    }
    humantime::parse_rfc3339(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    fn refused(now: SystemTime, signed: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-date", signed.parse().expect("ASCII"));
        Clock(now).refuses(&headers)
    }

    #[test]
    fn times_are_written_as_signatures_have_them() {
        assert_eq!(write(at(0)), "20270115T080000Z");
        assert_eq!(read("20270115T080000Z"), Some(at(0)));
        for broken in ["", "20270115", "2027-01-15T08:00:00Z", "2027ä115T080000Z"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }

    #[test]
    fn five_minutes_are_forgiven_in_both_directions() {
        for (now, signed) in [(at(0), at(0)), (at(300), at(0)), (at(0), at(300))] {
            assert_eq!(refused(now, &write(signed)), None);
        }
        assert_eq!(
            refused(at(301), &write(at(0))).as_deref(),
            Some(
                "Signature expired: 20270115T080000Z is now earlier than 20270115T080001Z (20270115T080501Z - 5 min.)"
            )
        );
        assert_eq!(
            refused(at(0), &write(at(301))).as_deref(),
            Some(
                "Signature not yet current: 20270115T080501Z is still later than 20270115T080500Z (20270115T080000Z + 5 min.)"
            )
        );
        assert!(refused(at(0), "yesterday").is_some());
    }
}
