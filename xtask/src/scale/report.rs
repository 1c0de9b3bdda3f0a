//! The tables that the command prints.

use super::bill::{self, Line, million};
use super::item::ITEMS;
use super::limit;
use super::load;
use super::operation::{
    AUTHORIZATION, LOG_IN, LOG_IN_KNOWN, LOGGED_OUT, Operation, REFRESHED, REQUEST, REUSED,
    TOO_EARLY, WRONG_PASSWORD,
};
use super::price;
use super::simulation;
use super::table::{Table, dollars, number, people};
use super::usage::Usage;

/// Seconds for which API Gateway remembers an answer: not at all, the default, the most.
const CACHES: [f64; 3] = [0.0, 300.0, 3_600.0];

/// What everything is priced with, at the price of the first ones.
pub(super) fn prices() -> Table {
    let mut table = Table::new(["of", "dollars", "less from"]);
    for (name, dollars, less) in [
        (
            "a million read units, on demand",
            million(price::READ_UNIT),
            "–",
        ),
        (
            "a million write units, on demand",
            million(price::WRITE_UNIT),
            "–",
        ),
        (
            "a GB in the table, with point-in-time recovery, a month",
            price::TABLE_GB,
            "–",
        ),
        (
            "a million invocations of Lambda",
            million(price::INVOCATION),
            "–",
        ),
        (
            "a million GB-seconds of Lambda, arm64",
            million(price::GB_SECOND),
            "7.5 billion (not used)",
        ),
        (
            "a million requests to a REST API",
            million(price::API_REQUEST.first()),
            "333 million",
        ),
        ("a secret, a month", price::SECRET, "–"),
        (
            "a million calls of Secrets Manager",
            million(price::SECRET_CALL),
            "–",
        ),
        (
            "a GB that functions log",
            price::FUNCTION_LOG_GB.first(),
            "10 TB",
        ),
        ("a GB of access logs", price::ACCESS_LOG_GB, "–"),
        (
            "a GB of logs kept, compressed, a month",
            price::KEPT_LOG_GB,
            "–",
        ),
        (
            "a custom metric, a month",
            price::METRIC,
            "10,000 (not used)",
        ),
        (
            "a metric that an alarm watches, a month",
            price::ALARM_METRIC,
            "–",
        ),
        ("a dashboard, a month", price::DASHBOARD, "–"),
        (
            "a GB out to the internet",
            price::DATA_OUT_GB.first(),
            "10 TB",
        ),
    ] {
        table.row([name.to_owned(), number(dollars), less.to_owned()]);
    }
    table
}

/// What one million of each operation take and cost.
pub(super) fn operations(usage: &Usage) -> Table {
    let mut table = Table::new([
        "one million of",
        "calls of the table",
        "read units",
        "write units",
        "ms × MB in Lambda",
        "DynamoDB",
        "Lambda",
        "starts",
        "API Gateway",
        "logs",
        "together",
    ]);
    let each = [
        &LOG_IN,
        &LOG_IN_KNOWN,
        &WRONG_PASSWORD,
        &TOO_EARLY,
        &REFRESHED,
        &REUSED,
        &LOGGED_OUT,
        &REQUEST,
    ];
    for it in each {
        table.row(operation(it.name.to_owned(), it, 1.0));
    }
    for cache in CACHES {
        let visit = usage.visit(cache);
        let share = visit.authorizations / visit.requests;
        let name = format!("+ its authorizer, {}", cache_name(cache));
        table.row(operation(name, &AUTHORIZATION, share));
    }
    table
}

fn operation(name: String, of: &Operation, share: f64) -> [String; 11] {
    let price = |one: f64| match one {
        0.0 => "–".to_owned(),
        one => dollars(million(one * share)),
    };
    let often = match share {
        1.0 => String::new(),
        _ => format!("{} × ", number(share)),
    };
    [
        name,
        number(of.calls),
        number(of.reads),
        number(of.writes),
        format!(
            "{often}{} × {}",
            number(of.milliseconds()),
            number(of.function.memory)
        ),
        price(of.table()),
        price(of.lambda()),
        price(of.start()),
        price(of.gateway()),
        price(of.logs()),
        price(of.dollars()),
    ]
}

fn cache_name(cache: f64) -> String {
    match cache {
        0.0 => "no cache".to_owned(),
        _ => format!("cache of {} s", number(cache)),
    }
}

/// What is in the table.
pub(super) fn items() -> Table {
    let mut table = Table::new(["item", "bytes", "kept"]);
    for item in &ITEMS {
        table.row([
            item.name.to_owned(),
            number(item.bytes),
            item.kept.to_owned(),
        ]);
    }
    table
}

/// What users do: by the formula, and counted on days that are drawn at random.
pub(super) fn users(usage: &Usage) -> Table {
    let mut table = Table::new([
        "of one visit",
        "formula",
        "counted",
        "an average user, a day",
    ]);
    let visits = usage.visits_per_day();
    let mut row = |name: &str, formula: f64, counted: f64| {
        let cells = [formula, counted, formula * visits].map(number);
        let [formula, counted, day] = cells;
        table.row([name.to_owned(), formula, counted, day]);
    };
    let visit = usage.visit(usage.cache());
    let counted = simulation::days(usage, usage.cache());
    row("authorized requests", visit.requests, counted.requests);
    row("refreshes", visit.refreshes, counted.refreshes);
    for cache in CACHES {
        let calls = usage.visit(cache).authorizations;
        let hits = 100.0 * (1.0 - calls / visit.requests);
        let name = format!(
            "calls of the authorizer, {}: {hits:.0}% hits",
            cache_name(cache)
        );
        let counted = simulation::days(usage, cache).authorizations;
        row(&name, calls, counted);
    }
    table
}

/// The bill of a month, by the number of users.
pub(super) fn bill(usage: &Usage, sizes: &[f64]) -> Table {
    let (bills, mut table) = bills(usage, sizes, ["a month", "what counts"]);
    let names = bills.first().map_or(&[][..], Vec::as_slice);
    let mut rows = |anyway: bool, sum: &str| {
        for (index, line) in names.iter().enumerate() {
            if line.anyway == anyway {
                let of_each = bills.iter().filter_map(|bill| bill.get(index));
                let amounts = of_each.map(|line| dollars(line.dollars));
                table.row(heads([line.name, line.formula], amounts));
            }
        }
        let sums = bills.iter().map(|bill| dollars(total(bill, anyway)));
        table.row(heads([sum, ""], sums));
    };
    rows(false, "**Tollgate**");
    rows(true, "**with the requests behind the gate**");
    table
}

/// The same in three lines.
pub(super) fn costs(usage: &Usage, sizes: &[f64]) -> Table {
    let (bills, mut table) = bills(usage, sizes, ["a month"]);
    let own = bills.iter().map(|bill| total(bill, false));
    let each = own.clone().zip(sizes).map(|(own, size)| own / size * 1e3);
    let all = bills.iter().map(|bill| total(bill, true));
    table.row(heads(["Tollgate"], own.map(dollars)));
    table.row(heads(["for each thousand users"], each.map(dollars)));
    table.row(heads(
        ["with the requests behind the gate"],
        all.map(dollars),
    ));
    table
}

fn bills<const N: usize>(
    usage: &Usage,
    sizes: &[f64],
    first: [&str; N],
) -> (Vec<Vec<Line>>, Table) {
    let day = usage.per_day();
    let bills = sizes.iter().map(|size| bill::lines(*size, day)).collect();
    (bills, Table::new(heads(first, columns(sizes))))
}

/// Of Tollgate's own lines, or of all.
fn total(bill: &[Line], all: bool) -> f64 {
    let lines = bill.iter().filter(|line| all || !line.anyway);
    lines.map(|line| line.dollars).sum()
}

fn columns(sizes: &[f64]) -> impl Iterator<Item = String> {
    sizes.iter().map(|size| format!("{} users", people(*size)))
}

fn heads<const N: usize>(first: [&str; N], rest: impl Iterator<Item = String>) -> Vec<String> {
    first.map(str::to_owned).into_iter().chain(rest).collect()
}

/// What is taken of each limit in the busiest second, and with how many users it is met.
pub(super) fn limits(usage: &Usage, sizes: &[f64]) -> Table {
    let peak = usage.at_peak();
    let columns = columns(sizes).chain(["met at".to_owned(), "what to turn".to_owned()]);
    let mut table = Table::new(heads(["limit", "allows"], columns));
    for limit in limit::in_order(usage) {
        let allows = format!("{} {}", number(limit.allowed), limit.unit);
        let taken = sizes.iter().map(|size| (limit.taken)(peak.times(*size)));
        let met = people(limit.users(peak));
        let rest = taken.map(number).chain([met, limit.turn.to_owned()]);
        table.row(heads([limit.name, &allows], rest));
    }
    table
}

/// The other formulas, and counts that back them.
pub(super) fn checks() -> Table {
    let mut table = Table::new(["what", "formula", "counted"]);
    let mut row = |name: String, formula: f64, counted: f64| {
        table.row([name, number(formula), number(counted)]);
    };
    for (rate, operation) in [
        (20.0, &LOG_IN),
        (400.0, &LOG_IN),
        (100.0, &REFRESHED),
        (2_000.0, &AUTHORIZATION),
    ] {
        let seconds = operation.milliseconds() / 1_000.0;
        let counted = simulation::sandboxes(rate, seconds);
        let (rate_text, function) = (number(rate), operation.function.name);
        let at = format!("`{function}`, {rate_text} calls/s");
        let busy = rate * seconds;
        row(format!("busy at once: {at}"), busy, counted.busy);
        let used = load::sandboxes(busy);
        row(format!("used within a minute: {at}"), used, counted.used);
    }
    for (writes, partitions) in [(3_500, 4), (6_000, 20)] {
        let text = number(f64::from(writes));
        let name = format!("writes to the hottest of {partitions} partitions, of {text}/s");
        let formula = limit::hottest(f64::from(writes), f64::from(partitions));
        let counted = simulation::hottest_partition(writes, partitions);
        row(name, formula, f64::from(counted));
    }
    table
}
