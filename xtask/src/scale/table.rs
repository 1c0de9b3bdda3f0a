//! Tables in Markdown, and numbers in them.

/// A table; the first row is its head.
pub(super) struct Table(Vec<Vec<String>>);

impl Table {
    pub(super) fn new<T: Into<String>>(head: impl IntoIterator<Item = T>) -> Self {
        Self(vec![head.into_iter().map(Into::into).collect()])
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }

    pub(super) fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let mut rows = self.0.iter();
        let head = rows.next().map_or(&[][..], Vec::as_slice);
        let mut text = line(head) + "|" + &"---|".repeat(head.len()) + "\n";
        rows.for_each(|row| text.push_str(&line(row)));
        text
    }
}

/// Three digits that count, and a comma before each three of the whole ones.
pub(super) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if !(0.000_5..99.95).contains(&size) => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.995 => 2,
        size if size >= 0.095 => 3,
        _ => 4,
    };
    let text = grouped(&format!("{value:.decimals$}"));
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// Dollars, with cents below a hundred.
pub(super) fn dollars(value: f64) -> String {
    let decimals = if value < 99.995 { 2 } else { 0 };
    format!("${}", grouped(&format!("{value:.decimals$}")))
}

/// How many users, in two digits that count; there are not more than ten billion people.
pub(super) fn people(count: f64) -> String {
    if count > 10e9 {
        return "over 10 billion".to_owned();
    }
    let (scaled, unit) = match count {
        count if count >= 999.5e6 => (count / 1e9, " billion"),
        count if count >= 999.5e3 => (count / 1e6, " million"),
        count if count >= 999.5 => (count / 1e3, " thousand"),
        count => (count, ""),
    };
    let decimals = usize::from(scaled < 9.95);
    let text = format!("{scaled:.decimals$}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    format!("{text}{unit}")
}

/// A comma before each three of the whole digits.
fn grouped(number: &str) -> String {
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (number, String::new()),
    };
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + &fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (0.000_12, "0"),
            (0.001_2, "0.0012"),
            (0.19, "0.19"),
            (1.0, "1"),
            (72.04, "72"),
            (99.96, "100"),
            (1_234.5, "1,234"),
            (12_345_678.0, "12,345,678"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(dollars(0.5), "$0.50");
        assert_eq!(dollars(1_234_567.8), "$1,234,568");
        assert_eq!(people(871_234.0), "871 thousand");
        assert_eq!(people(2_700_000.0), "2.7 million");
        assert_eq!(people(10_000.0), "10 thousand");
        assert_eq!(people(78e9), "over 10 billion");
    }
}
