//! What AWS charges: list prices of us-east-1 in dollars, without free tiers and discounts, as public
//! copies of AWS's price pages had them in 2025 and 2026.
//!
//! Prices change and differ by region: check before relying on one.

/// A million of something.
pub(super) const MILLION: f64 = 1e6;

/// A price that falls with the amount: so much for each unit, up to so many units.
pub(super) struct Tiers(&'static [(f64, f64)]);

impl Tiers {
    /// What `amount` units cost.
    pub(super) fn of(&self, amount: f64) -> f64 {
        let (mut sum, mut from) = (0.0, 0.0);
        for &(up_to, price) in self.0 {
            sum += (amount.min(up_to) - from).max(0.0) * price;
            from = up_to;
        }
        sum
    }

    /// What the first unit costs.
    pub(super) fn first(&self) -> f64 {
        self.of(1.0)
    }
}

/// One request of a REST API.
pub(super) const API_REQUEST: Tiers = Tiers(&[
    (333.0 * MILLION, 3.50 / MILLION),
    (1_000.0 * MILLION, 2.80 / MILLION),
    (20_000.0 * MILLION, 2.38 / MILLION),
    (f64::INFINITY, 1.51 / MILLION),
]);

/// One invocation of a Lambda function.
pub(super) const INVOCATION: f64 = 0.20 / MILLION;
/// One GB for one second, arm64; less after 7.5 billion of them in a month.
pub(super) const GB_SECOND: f64 = 0.000_013_333_4;

/// One read request unit: a consistent read of up to 4 KB.
pub(super) const READ_UNIT: f64 = 0.125 / MILLION;
/// One write request unit: a write of up to 1 KB.
pub(super) const WRITE_UNIT: f64 = 0.625 / MILLION;
/// One GB in a table for a month, and what its backups for point-in-time recovery cost.
pub(super) const TABLE_GB: f64 = 0.25 + 0.20;

/// One secret for a month.
pub(super) const SECRET: f64 = 0.40;
/// One call of Secrets Manager.
pub(super) const SECRET_CALL: f64 = 0.05 / 10_000.0;

/// One GB that a Lambda function logs.
pub(super) const FUNCTION_LOG_GB: Tiers = Tiers(&[
    (10_000.0, 0.50),
    (30_000.0, 0.25),
    (50_000.0, 0.10),
    (f64::INFINITY, 0.05),
]);
/// One GB that API Gateway logs.
pub(super) const ACCESS_LOG_GB: f64 = 0.50;
/// One GB of logs kept for a month, as compressed.
pub(super) const KEPT_LOG_GB: f64 = 0.03;

/// One custom metric for a month, up to 10,000 of them.
pub(super) const METRIC: f64 = 0.30;
/// One metric that an alarm watches, for a month.
pub(super) const ALARM_METRIC: f64 = 0.10;
/// One dashboard for a month.
pub(super) const DASHBOARD: f64 = 3.00;

/// One GB that leaves for the internet.
pub(super) const DATA_OUT_GB: Tiers = Tiers(&[
    (10_000.0, 0.09),
    (50_000.0, 0.085),
    (150_000.0, 0.07),
    (f64::INFINITY, 0.05),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tier_has_its_price() {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(close(API_REQUEST.of(2.0 * MILLION), 7.0));
        assert!(close(API_REQUEST.of(333.0 * MILLION), 1_165.5));
        assert!(close(API_REQUEST.of(334.0 * MILLION), 1_168.3));
        // The example of Duckbill's text on the tiers: 60 TB of logs are $12,500.
        assert!(close(FUNCTION_LOG_GB.of(60_000.0), 12_500.0));
    }
}
