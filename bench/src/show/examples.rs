//! Groups as runs make them, for tests of what shows them.

use crate::sample::Sample;
use crate::table::{Goal, Group, Line, Plot, Row, Table, Unit};

/// Around a value, with a tail.
fn sample(median: f64) -> Sample {
    let tail = (0..100)
        .map(|index| 0.97 + 0.000_6 * f64::from(index) + 0.3 * (f64::from(index) / 99.0).powi(24));
    tail.map(|factor| factor * median).collect()
}

fn once(value: f64) -> Sample {
    [value].into_iter().collect()
}

fn table(title: &str, unit: Unit, of: fn(f64) -> Sample, rows: &[(&str, f64)]) -> Table {
    let row = |(name, value): &(&str, f64)| Row {
        name: (*name).to_owned(),
        sample: of(*value),
    };
    Table {
        title: title.to_owned(),
        unit,
        rows: rows.iter().map(row).collect(),
        limit: None,
        goals: vec![],
    }
}

fn group(name: &'static str, title: &'static str, tables: Vec<Table>) -> Group {
    let method =
        "A time is the mean of so many calls that reading the clock costs nothing.".to_owned();
    Group {
        name,
        title,
        method,
        tables,
        plots: vec![],
    }
}

/// One table, far apart, with a limit.
pub(crate) fn verify() -> Group {
    let mut times = table(
        "One access token verified",
        Unit::Time,
        sample,
        &[
            ("Tollgate", 1_200.0),
            ("HMAC-SHA-256 alone", 380.0),
            ("jsonwebtoken 11", 3_100.0),
            ("fast-jwt 6.3.6, Node 24.11.1", 6_000.0),
            ("jose 6.2.17, Node 24.11.1", 15_000.0),
            ("PyJWT 2.15.1, Python 3.14.0", 29_000.0),
            ("python-jose 3.5.0, Python 3.14.0", 60_000.0),
        ],
    );
    times.limit = Some("HMAC-SHA-256 alone");
    times.goals = vec![Goal::AtMost(3.0), Goal::Better(20.0, "PyJWT")];
    group("verify", "Verifying an access token", vec![times])
}

/// Four tables of the same names.
pub(crate) fn cold_start() -> Group {
    let names = [
        "Tollgate",
        "Python 3.14.0, awslambdaric 4.2.2, boto3 1.44.5, PyJWT 2.15.1",
        "Node 24.11.1, aws-lambda-ric 4.0.2, client-secrets-manager 3.1162.0, jose 6.2.17",
    ];
    let rows = |values: [f64; 3]| [0, 1, 2].map(|index| (names[index], values[index]));
    let tables = vec![
        table(
            "From start to first answer",
            Unit::Time,
            sample,
            &rows([25e6, 480e6, 450e6]),
        ),
        table(
            "Resident memory after it",
            Unit::Bytes,
            sample,
            &rows([9e6, 60e6, 90e6]),
        ),
        table(
            "Package, arm64",
            Unit::Bytes,
            once,
            &rows([2.4e6, 17.1e6, 4.2e6]),
        ),
        table(
            "Package, x86_64",
            Unit::Bytes,
            once,
            &rows([2.6e6, 17.3e6, 4.2e6]),
        ),
    ];
    group("cold-start", "A cold start of the authorizer", tables)
}

/// Six tables, and Tollgate twice in each.
pub(crate) fn request() -> Group {
    let names = [
        "Tollgate, with its cache",
        "Tollgate, without its cache",
        "Hono 4.13.19, jose 6.2.17, Node 24.11.1",
        "FastAPI 0.165.0, PyJWT 2.15.1, Python 3.14.0",
    ];
    let rows = |values: [f64; 4]| [0, 1, 2, 3].map(|index| (names[index], values[index]));
    let mut tables = vec![];
    for (connections, rates, tails) in [
        (
            "1 connection",
            [8_900.0, 8_100.0, 4_300.0, 910.0],
            [0.16e6, 0.19e6, 0.41e6, 1.9e6],
        ),
        (
            "16 connections",
            [41_000.0, 36_500.0, 9_800.0, 1_900.0],
            [0.9e6, 1.1e6, 3.2e6, 14e6],
        ),
        (
            "256 connections",
            [43_700.0, 39_200.0, 9_300.0, 1_750.0],
            [9.8e6, 12e6, 44e6, 210e6],
        ),
    ] {
        let title = format!("Requests in a second, {connections}");
        tables.push(table(&title, Unit::Rate, sample, &rows(rates)));
        let title = format!("The p99 of an answer, {connections}");
        tables.push(table(&title, Unit::Time, once, &rows(tails)));
    }
    group("request", "A protected request", tables)
}

/// Lines, and no tables.
pub(crate) fn growth() -> Group {
    let line = |name: &str, values: [f64; 4]| Line {
        name: name.to_owned(),
        points: [1e3, 1e4, 1e5, 1e6]
            .into_iter()
            .zip(values.map(sample))
            .collect(),
    };
    let times = Plot {
        title: "Time of one call".to_owned(),
        over: "users and families in the store",
        unit: Unit::Time,
        lines: vec![
            line("verify", [1_200.0, 1_190.0, 1_210.0, 1_200.0]),
            line("refresh", [61e3, 63e3, 66e3, 71e3]),
            line("login", [41.2e6, 41.1e6, 41.3e6, 41.2e6]),
        ],
    };
    let memory = Plot {
        title: "Memory of serve".to_owned(),
        over: "different tokens seen",
        unit: Unit::Bytes,
        lines: vec![line("Tollgate", [14e6, 17e6, 21e6, 21e6])],
    };
    let mut group = group("growth", "What grows with the users", vec![]);
    group.plots = vec![times, memory];
    group
}
