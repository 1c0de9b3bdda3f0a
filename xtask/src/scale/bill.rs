//! The bill of a month, line by line.

use super::item::stored_bytes;
use super::load;
use super::operation::{
    ACCESS_LOG_BYTES, AUTHORIZATION, FUNCTION_LOG_BYTES, LOG_IN, LOGGED_OUT, Operation, REFRESHED,
    REQUEST, WRONG_PASSWORD,
};
use super::price::{self, MILLION};
use super::usage::{Counts, DAY};

/// Days.
const MONTH: f64 = 30.0;

/// Bytes of an answer with a pair of tokens, with its headers.
const PAIR_BYTES: f64 = 1_500.0;

/// Months that logs are kept, and what compression leaves of them.
const LOGS_KEPT: f64 = 3.0;
const COMPRESSED: f64 = 0.2;

/// Time series of the functions: 8 counts, 26 reasons of refusals, ages and latencies by function.
const FUNCTION_METRICS: f64 = 44.0;
/// Time series of API Gateway: 5 metrics of 5 routes and their preflights.
const METHOD_METRICS: f64 = 50.0;
/// Metrics that the nine alarms of template.yaml watch.
const ALARM_METRICS: f64 = 18.0;

/// One line.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) formula: &'static str,
    pub(super) dollars: f64,
    /// Whether it would be there with any other gate.
    pub(super) anyway: bool,
}

impl Line {
    fn new(name: &'static str, formula: &'static str, dollars: f64) -> Self {
        Self {
            name,
            formula,
            dollars,
            anyway: false,
        }
    }

    fn anyway(self) -> Self {
        Self {
            anyway: true,
            ..self
        }
    }
}

/// Counts of a month, and what is priced by all of them together.
struct Month {
    users: f64,
    /// Of all users.
    counts: Counts,
}

/// The bill for so many users, each of whom does so much on a day.
pub(super) fn lines(users: f64, per_day: Counts) -> Vec<Line> {
    let counts = per_day.times(users * MONTH);
    let month = Month { users, counts };
    let mut lines = month.lambda();
    lines.extend(month.storage(per_day));
    lines.extend(month.watching());
    lines.extend(month.anyway());
    lines
}

impl Month {
    fn lambda(&self) -> Vec<Line> {
        let counts = self.counts;
        let lambda = |operation: &Operation, count: f64| operation.lambda() * count;
        let login = lambda(&LOG_IN, counts.logins) + lambda(&WRONG_PASSWORD, counts.wrong);
        let session = lambda(&REFRESHED, counts.refreshes) + lambda(&LOGGED_OUT, counts.logouts);
        let starts = load::total(counts, Operation::start) - REQUEST.start() * counts.requests;
        vec![
            Line::new(
                "API Gateway: log-in, refresh, log-out",
                "requests × the average price of all",
                self.gateway(counts.own()),
            ),
            Line::new("Lambda: login", "calls × (price + ms × MB)", login),
            Line::new(
                "Lambda: refresh, logout",
                "calls × (price + ms × MB)",
                session,
            ),
            Line::new(
                "Lambda: authorizer",
                "requests that miss the cache × (price + ms × MB)",
                lambda(&AUTHORIZATION, counts.authorizations),
            ),
            Line::new(
                "starts of these",
                "1% of the calls × (150 ms, the keys, the look at the table)",
                starts,
            ),
        ]
    }

    fn storage(&self, per_day: Counts) -> Vec<Line> {
        let per_second = per_day.times(self.users / DAY);
        let keys = load::secret_calls(per_second) * DAY * MONTH * price::SECRET_CALL;
        let gigabytes = self.users * stored_bytes(per_day) / 1e9;
        vec![
            Line::new(
                "table: reads and writes",
                "operations × units",
                load::total(self.counts, Operation::table),
            ),
            Line::new(
                "table: storage, backups",
                "users × items × (bytes + 100)",
                gigabytes * price::TABLE_GB,
            ),
            Line::new(
                "Secrets Manager",
                "2 secrets, and 3 reads of each a minute in each sandbox that has it",
                2.0 * price::SECRET + keys,
            ),
        ]
    }

    fn watching(&self) -> Vec<Line> {
        let counts = self.counts;
        let metrics = (FUNCTION_METRICS + METHOD_METRICS) * price::METRIC
            + ALARM_METRICS * price::ALARM_METRIC
            + price::DASHBOARD;
        let answers = counts.logins + counts.refreshes;
        vec![
            Line::new(
                "logs",
                "calls × 1 KB, requests × 0.4 KB; kept for 90 days",
                self.logs(counts.own() + counts.authorizations, counts.own()),
            ),
            Line::new(
                "metrics, alarms, dashboard",
                "those of template.yaml",
                metrics,
            ),
            Line::new(
                "data out",
                "pairs of tokens × 1.5 KB",
                price::DATA_OUT_GB.of(answers * PAIR_BYTES / 1e9),
            ),
        ]
    }

    fn anyway(&self) -> Vec<Line> {
        let requests = self.counts.requests;
        let lambda = REQUEST.lambda() + REQUEST.start();
        vec![
            Line::new(
                "API Gateway: authorized requests",
                "requests × the average price of all",
                self.gateway(requests),
            )
            .anyway(),
            Line::new(
                "Lambda: the example",
                "calls × (price + ms × MB)",
                lambda * requests,
            )
            .anyway(),
            Line::new("its logs", "as those above", self.logs(requests, requests)).anyway(),
        ]
    }

    /// Dollars for some of the requests, at the average price of all of them.
    fn gateway(&self, requests: f64) -> f64 {
        let all = self.counts.gateway();
        price::API_REQUEST.of(all) * requests / all
    }

    /// Dollars for the logs of some calls and requests, at the average price of all of them.
    fn logs(&self, calls: f64, requests: f64) -> f64 {
        let all = self.counts.invocations();
        let written = price::FUNCTION_LOG_GB.of(all * FUNCTION_LOG_BYTES / 1e9) * calls / all;
        let access = requests * ACCESS_LOG_BYTES / 1e9;
        let kept = calls * FUNCTION_LOG_BYTES / 1e9 + access;
        written + access * price::ACCESS_LOG_GB + kept * LOGS_KEPT * COMPRESSED * price::KEPT_LOG_GB
    }
}

/// What a million of an operation costs, at the price of the first ones.
pub(super) fn million(dollars: f64) -> f64 {
    dollars * MILLION
}
