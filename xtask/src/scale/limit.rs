//! The limits that one meets, and with how many users.

use super::load;
use super::operation::{AUTHORIZATION, LOGIN};
use super::usage::{Counts, Usage};

/// Writes in a second that one partition of the table takes.
const PARTITION_WRITES: f64 = 1_000.0;
/// Partitions of a table that is new, going by the 4,000 writes in a second that it takes at once.
const FIRST_PARTITIONS: f64 = 4.0;

/// One limit.
pub(super) struct Limit {
    pub(super) name: &'static str,
    pub(super) allowed: f64,
    pub(super) unit: &'static str,
    /// What many users take of it, from what they do in the busiest second.
    pub(super) taken: fn(Counts) -> f64,
    pub(super) turn: &'static str,
}

impl Limit {
    /// With how many users it is met: `peak` is what one does in the busiest second.
    pub(super) fn users(&self, peak: Counts) -> f64 {
        let (mut few, mut many) = (1.0_f64, 1e13_f64);
        while many / few > 1.001 {
            let middle = (few * many).sqrt();
            if (self.taken)(peak.times(middle)) < self.allowed {
                few = middle;
            } else {
                many = middle;
            }
        }
        many
    }
}

/// All of them, the one that is met first first.
pub(super) fn in_order(usage: &Usage) -> Vec<&'static Limit> {
    let peak = usage.at_peak();
    let mut limits: Vec<_> = LIMITS.iter().collect();
    limits.sort_by(|a, b| a.users(peak).total_cmp(&b.users(peak)));
    limits
}

fn at_once(many: Counts) -> f64 {
    load::total(many, |it| it.milliseconds() / 1_000.0)
}

fn writes(many: Counts) -> f64 {
    load::total(many, |it| it.writes)
}

/// The busiest partition of a few: the average, and four deviations more.
pub(super) fn hottest(writes: f64, partitions: f64) -> f64 {
    let even = writes / partitions;
    even + 4.0 * even.sqrt()
}

static LIMITS: [Limit; 13] = [
    Limit {
        name: "stage: one route of yours",
        allowed: 500.0,
        unit: "requests/s",
        taken: |many| many.requests,
        turn: "`MethodSettings` in template.yaml",
    },
    Limit {
        name: "stage: `POST /auth/refresh`",
        allowed: 100.0,
        unit: "requests/s",
        taken: |many| many.refreshes,
        turn: "`MethodSettings`",
    },
    Limit {
        name: "stage: `POST /auth/login`",
        allowed: 20.0,
        unit: "requests/s",
        taken: |many| many.attempts(),
        turn: "`MethodSettings`; it bounds the CPU for hashing",
    },
    Limit {
        name: "stage: `POST /auth/logout`",
        allowed: 50.0,
        unit: "requests/s",
        taken: |many| many.logouts,
        turn: "`MethodSettings`",
    },
    Limit {
        name: "Lambda: calls, without the authorizer's cache",
        allowed: 10_000.0,
        unit: "calls/s",
        taken: |many| many.gateway() + many.requests,
        turn: "`AuthorizerCacheSeconds`",
    },
    Limit {
        name: "Lambda: calls, ten a second for each of 1,000 at once",
        allowed: 10_000.0,
        unit: "calls/s",
        taken: |many| many.invocations(),
        turn: "the quota of concurrent executions",
    },
    Limit {
        name: "API Gateway: requests of the account",
        allowed: 10_000.0,
        unit: "requests/s",
        taken: |many| many.gateway(),
        turn: "the quota of requests; several accounts",
    },
    Limit {
        name: "table: the hottest partition, while it is new",
        allowed: PARTITION_WRITES,
        unit: "writes/s",
        taken: |many| hottest(writes(many), FIRST_PARTITIONS),
        turn: "warm throughput before a launch; then it grows by itself",
    },
    Limit {
        name: "table: writes, by its quota",
        allowed: 40_000.0,
        unit: "writes/s",
        taken: writes,
        turn: "the quota of the table",
    },
    Limit {
        name: "Lambda: functions at once, all together",
        allowed: 1_000.0,
        unit: "at once",
        taken: at_once,
        turn: "the quota of concurrent executions",
    },
    Limit {
        name: "Lambda: `authorizer` at once",
        allowed: 1_000.0,
        unit: "at once",
        taken: |many| many.authorizations * AUTHORIZATION.milliseconds() / 1_000.0,
        turn: "the same; `AuthorizerCacheSeconds`",
    },
    Limit {
        name: "Lambda: `login` at once, a vCPU for each hash",
        allowed: 1_000.0,
        unit: "vCPUs",
        taken: |many| load::busy(&LOGIN, many).concurrency,
        turn: "the same; reserved concurrency keeps the rest going",
    },
    Limit {
        name: "Secrets Manager: `GetSecretValue`",
        allowed: 10_000.0,
        unit: "calls/s",
        taken: load::secret_calls,
        turn: "`TOLLGATE_KEY_MAX_AGE`; the quota is fixed",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_met_where_what_is_taken_is_what_is_allowed() {
        let usage = crate::scale::usage(&[]);
        let peak = usage.at_peak();
        for limit in in_order(&usage) {
            let taken = (limit.taken)(peak.times(limit.users(peak)));
            assert!((taken / limit.allowed - 1.0).abs() < 0.01, "{}", limit.name);
        }
    }
}
