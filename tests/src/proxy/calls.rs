//! What was called.

use std::collections::BTreeMap;

use hyper::HeaderMap;

use super::units::Units;

/// Whom a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Amazon DynamoDB.
    DynamoDb,
    /// AWS Secrets Manager.
    SecretsManager,
    /// Anything that has no `X-Amz-Target` of these two.
    Other,
}

/// Which operation of which service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    pub(super) service: Service,
    pub(super) operation: String,
}

impl Call {
    /// From `X-Amz-Target: DynamoDB_20120810.UpdateItem`.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let target = headers
            .get("x-amz-target")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let (api, operation) = target.rsplit_once('.').unwrap_or(("", "-"));
        let service = match api {
            "DynamoDB_20120810" => Service::DynamoDb,
            "secretsmanager" => Service::SecretsManager,
            _ => Service::Other,
        };
        Self {
            service,
            operation: operation.to_owned(),
        }
    }

    /// As IAM policies name it.
    pub(super) fn action(&self) -> String {
        let service = match self.service {
            Service::DynamoDb => "dynamodb",
            Service::SecretsManager => "secretsmanager",
            Service::Other => "unknown",
        };
        format!("{service}:{}", self.operation)
    }
}

/// How often what was called. Each attempt counts, so what an SDK tries again counts again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    counts: BTreeMap<Call, u64>,
    disturbed: u64,
    charged: Units,
}

impl Calls {
    pub(super) fn note(&mut self, call: Call, disturbed: bool) {
        *self.counts.entry(call).or_default() += 1;
        self.disturbed += u64::from(disturbed);
    }

    pub(super) fn charge(&mut self, units: Units) {
        self.charged.half_reads += units.half_reads;
        self.charged.writes += units.writes;
    }

    /// Read and write units that DynamoDB charges for them, if every item is below 1 KB. Without
    /// those of queries and scans.
    #[must_use]
    pub fn units(&self) -> (f64, f64) {
        let number = |units| f64::from(u32::try_from(units).unwrap_or(u32::MAX));
        let Units { half_reads, writes } = self.charged;
        (number(half_reads) / 2.0, number(writes))
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Those for one service.
    #[must_use]
    pub fn of(&self, service: Service) -> u64 {
        let counts = self.counts.iter();
        counts
            .filter(|(call, _)| call.service == service)
            .map(|(_, count)| count)
            .sum()
    }

    /// Those of one operation, by its name in the API.
    #[must_use]
    pub fn operation(&self, name: &str) -> u64 {
        let counts = self.counts.iter();
        counts
            .filter(|(call, _)| call.operation == name)
            .map(|(_, count)| count)
            .sum()
    }

    /// Every operation and how often, by service and name: `[("GetItem", 1), ("UpdateItem", 2)]`.
    #[must_use]
    pub fn operations(&self) -> Vec<(&str, u64)> {
        let counts = self.counts.iter();
        counts
            .map(|(call, count)| (call.operation.as_str(), *count))
            .collect()
    }

    /// How many of them met a fault. A test of a fault that nobody met proves nothing.
    #[must_use]
    pub fn disturbed(&self) -> u64 {
        self.disturbed
    }
}
