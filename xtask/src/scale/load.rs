//! What some users come to: operations, functions that are busy, calls of Secrets Manager.

use super::operation::{
    AUTHORIZATION, Function, LOG_IN, LOGGED_OUT, Operation, REFRESHED, REQUEST, STAGES,
    WRONG_PASSWORD,
};
use super::usage::Counts;

/// Every operation with how often it happens.
pub(super) fn operations(counts: Counts) -> [(&'static Operation, f64); 6] {
    [
        (&LOG_IN, counts.logins),
        (&WRONG_PASSWORD, counts.wrong),
        (&REFRESHED, counts.refreshes),
        (&LOGGED_OUT, counts.logouts),
        (&AUTHORIZATION, counts.authorizations),
        (&REQUEST, counts.requests),
    ]
}

/// The sum over all operations.
pub(super) fn total(counts: Counts, of: impl Fn(&Operation) -> f64) -> f64 {
    let operations = operations(counts).into_iter();
    operations
        .map(|(operation, count)| of(operation) * count)
        .sum()
}

/// A function with so many calls in a second.
pub(super) struct Busy {
    function: &'static Function,
    rate: f64,
    /// How many calls are under way at the same time, on average: rate times duration (Little's
    /// law).
    pub(super) concurrency: f64,
}

/// How busy a function is, if that happens in a second.
pub(super) fn busy(function: &'static Function, per_second: Counts) -> Busy {
    let calls = |operation: &Operation| {
        let is_its = std::ptr::eq(operation.function, function);
        f64::from(u8::from(is_its))
    };
    Busy {
        function,
        rate: total(per_second, calls),
        concurrency: total(per_second, |it| calls(it) * it.milliseconds() / 1_000.0),
    }
}

/// Calls of Secrets Manager in a second.
pub(super) fn secret_calls(per_second: Counts) -> f64 {
    let functions = Function::all().into_iter();
    functions
        .map(|function| busy(function, per_second).secret_calls())
        .sum()
}

impl Busy {
    /// How many sandboxes are used within a minute.
    pub(super) fn sandboxes(&self) -> f64 {
        sandboxes(self.concurrency)
    }

    /// Each sandbox renews its keys when it is used and they are a minute old.
    fn secret_calls(&self) -> f64 {
        let keys = self.function.secrets * STAGES;
        let sandboxes = self.sandboxes();
        sandboxes * keys / (60.0 + sandboxes / self.rate)
    }
}

/// How many sandboxes are used within a minute, if so many are busy on average and calls come at
/// random: five deviations more, and a pair for a function that is hardly called.
pub(super) fn sandboxes(concurrency: f64) -> f64 {
    2.0 + concurrency + 5.0 * concurrency.sqrt()
}
