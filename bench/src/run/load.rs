//! Many requests at once, sent by oha.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::run::process::{Processor, pinned};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Answers {
    /// In a second.
    pub(crate) rate: f64,
    /// What ninety-nine of a hundred stayed below, in nanoseconds.
    pub(crate) p99: f64,
}

/// Sends for so many seconds over so many connections, each of which stays open. An answer other than
/// 200 is an error: what refuses is fast for the wrong reason.
pub(crate) fn send(
    oha: &Path,
    url: &str,
    token: &str,
    connections: u32,
    seconds: u32,
) -> Result<Answers, String> {
    let mut command = pinned(Command::new(oha), Processor::Second);
    command
        .args([
            "--no-tui",
            "--output-format",
            "json",
            "--wait-ongoing-requests-after-deadline",
        ])
        .args(["-z", &format!("{seconds}s"), "-c", &connections.to_string()])
        .args(["-H", &format!("Authorization: Bearer {token}"), url])
        .stdin(Stdio::null());
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", oha.display()))?;
    let told = String::from_utf8_lossy(&output.stdout);
    read(&told).ok_or_else(|| format!("{url} was not answered as it should be: {told}"))
}

fn read(told: &str) -> Option<Answers> {
    let told: Value = serde_json::from_str(told).ok()?;
    let statuses = told["statusCodeDistribution"].as_object()?;
    let errors = told["errorDistribution"].as_object()?;
    let all_good = statuses.len() == 1 && statuses.contains_key("200") && errors.is_empty();
    all_good.then_some(Answers {
        rate: told["summary"]["requestsPerSec"].as_f64()?,
        p99: told["latencyPercentiles"]["p99"].as_f64()? * 1e9,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_answers_of_which_every_one_was_good_count() {
        let told = |statuses: Value, errors: Value| {
            json!({
                "summary": {"requestsPerSec": 1000.5},
                "latencyPercentiles": {"p99": 0.002},
                "statusCodeDistribution": statuses,
                "errorDistribution": errors,
            })
            .to_string()
        };
        let good = Answers {
            rate: 1000.5,
            p99: 2e6,
        };
        for (statuses, errors, expected) in [
            (json!({"200": 7}), json!({}), Some(good)),
            (json!({"200": 7, "401": 1}), json!({}), None),
            (json!({"401": 7}), json!({}), None),
            (json!({}), json!({}), None),
            (json!({"200": 7}), json!({"connection refused": 1}), None),
        ] {
            assert_eq!(
                read(&told(statuses.clone(), errors.clone())),
                expected,
                "{statuses} {errors}"
            );
        }
        assert_eq!(read(""), None);
    }
}
