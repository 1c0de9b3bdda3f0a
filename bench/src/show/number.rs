//! Numbers as people read them: three digits that count, and the unit that fits.

use crate::table::Unit;

const TIMES: &[(f64, &str)] = &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
const SIZES: &[(f64, &str)] = &[(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
const COUNTS: &[(f64, &str)] = &[(1e9, "billion"), (1e6, "million"), (1.0, "")];

/// With the name of its unit, for a table.
pub(crate) fn value(unit: Unit, value: f64) -> String {
    let text = short(unit, value);
    match unit {
        Unit::Time | Unit::Bytes => text,
        Unit::Rate => text + " requests/s",
        Unit::Instructions => text + " instructions",
    }
}

/// Without what a heading can say for all: for a chart.
pub(crate) fn short(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Time => in_one_of(TIMES, value),
        Unit::Bytes if value < 999.5 => format!("{value:.0} B"),
        Unit::Bytes => in_one_of(SIZES, value),
        Unit::Rate => three_digits(value),
        Unit::Instructions if value < 999_999.5 => grouped(&format!("{value:.0}")),
        Unit::Instructions => in_one_of(COUNTS, value),
    }
}

/// A round one, at an axis.
pub(crate) fn tick(unit: Unit, value: f64) -> String {
    let text = short(unit, value);
    let (number, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let number = match number.split_once('.') {
        Some(_) => number.trim_end_matches('0').trim_end_matches('.'),
        None => number,
    };
    format!("{number} {unit}").trim_end().to_owned()
}

/// How many of something.
pub(crate) fn count(value: f64) -> String {
    match value {
        value if value >= 1e6 => tick(Unit::Instructions, value),
        value => grouped(&format!("{value:.0}")),
    }
}

/// A share, in percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Three digits that count, all of the whole ones, and a comma before each three of them.
pub(crate) fn three_digits(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.995 => 2,
        _ => 3,
    };
    grouped(&format!("{value:.decimals$}"))
}

/// In the largest unit that leaves something before the point.
fn in_one_of(units: &[(f64, &str)], value: f64) -> String {
    let fits = |&&(factor, _): &&(f64, &str)| value >= factor * 0.999_5;
    let (factor, unit) = units
        .iter()
        .find(fits)
        .or(units.last())
        .unwrap_or(&(1.0, ""));
    format!("{} {unit}", three_digits(value / factor))
}

/// A comma before each three of the whole digits.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_unit_that_fits() {
        for (unit, number, text) in [
            (Unit::Time, 0.38, "0.380 ns"),
            (Unit::Time, 380.2, "380 ns"),
            (Unit::Time, 999.7, "1.00 µs"),
            (Unit::Time, 1_204.0, "1.20 µs"),
            (Unit::Time, 29_040.0, "29.0 µs"),
            (Unit::Time, 4.8e8, "480 ms"),
            (Unit::Time, 1.5e9, "1.50 s"),
            (Unit::Time, 0.0, "0.000 ns"),
            (Unit::Bytes, 94.0, "94 B"),
            (Unit::Bytes, 812_345.0, "812 kB"),
            (Unit::Bytes, 2_812_345.0, "2.81 MB"),
            (Unit::Rate, 41_234.6, "41,235 requests/s"),
            (Unit::Rate, 18.25, "18.2 requests/s"),
            (Unit::Instructions, 4_512.0, "4,512 instructions"),
            (
                Unit::Instructions,
                812_345_678.0,
                "812 million instructions",
            ),
        ] {
            assert_eq!(value(unit, number), text, "{unit:?} {number}");
        }
        assert_eq!(percent(0.0234), "2.3 %");
    }

    #[test]
    fn round_numbers_have_no_more_digits_than_they_need() {
        for (unit, number, text) in [
            (Unit::Time, 100.0, "100 ns"),
            (Unit::Time, 1_000.0, "1 µs"),
            (Unit::Time, 50_000.0, "50 µs"),
            (Unit::Bytes, 2e6, "2 MB"),
            (Unit::Rate, 0.1, "0.1"),
            (Unit::Rate, 10_000.0, "10,000"),
        ] {
            assert_eq!(tick(unit, number), text, "{unit:?} {number}");
        }
        assert_eq!(count(100_000.0), "100,000");
        assert_eq!(count(1_000_000.0), "1 million");
    }
}
