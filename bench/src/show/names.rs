//! The names beside the bars: who, and under it in smaller letters the versions.

use std::iter::repeat;

use crate::show::drawing::{BOLD, Element, label, width, wrapped};
use crate::show::palette::Colours;
use crate::table::Table;

/// Of who, and of the versions.
const SIZES: (f64, f64) = (13.0, 11.0);
/// From one line to the next.
const LEADING: f64 = 14.0;
/// No line of versions is wider.
const WIDEST: f64 = 200.0;
/// Between rows.
const SPACE: f64 = 12.0;
/// Between names and bars.
const GAP: f64 = 18.0;

/// Of all rows of a table, which are equally high.
pub(crate) struct Names {
    lines: Vec<Vec<String>>,
    row: f64,
    width: f64,
}

impl Names {
    pub(crate) fn of(table: &Table) -> Self {
        let lines: Vec<_> = table.rows.iter().map(|row| lines(&row.name)).collect();
        let most = lines.iter().map(|lines| height(lines)).fold(0.0, f64::max);
        let wide = lines.iter().flat_map(|lines| {
            let sizes = [BOLD * SIZES.0].into_iter().chain(repeat(SIZES.1));
            lines
                .iter()
                .zip(sizes)
                .map(|(line, size)| width(line, size))
        });
        Self {
            row: most + SPACE,
            width: wide.fold(0.0, f64::max) + GAP,
            lines,
        }
    }

    pub(crate) fn width(&self) -> f64 {
        self.width
    }

    pub(crate) fn height(&self) -> f64 {
        self.lines.iter().map(|_| self.row).sum()
    }

    /// Of the rows, from the top.
    pub(crate) fn middles(&self) -> impl Iterator<Item = f64> {
        let mut next = -self.row / 2.0;
        self.lines.iter().map(move |_| {
            next += self.row;
            next
        })
    }

    pub(crate) fn draw(&self, colours: Colours) -> Vec<Element> {
        let mut elements = vec![];
        for (lines, middle) in self.lines.iter().zip(self.middles()) {
            let mut y = middle - height(lines) / 2.0 + 12.5;
            for (index, line) in lines.iter().enumerate() {
                elements.push(if index > 0 {
                    label(0.0, y, SIZES.1, colours.quiet, line)
                } else {
                    let ours = line.starts_with("Tollgate");
                    let weight = if ours { 700 } else { 400 };
                    label(0.0, y, SIZES.0, colours.ink, line).with("font-weight", weight)
                });
                y += LEADING;
            }
        }
        elements
    }
}

/// Who, and then the rest: `PyJWT 2.15.1, Python 3.14.0` is two.
fn lines(name: &str) -> Vec<String> {
    let (who, rest) = name.split_once(", ").unwrap_or((name, ""));
    let mut lines = vec![who.to_owned()];
    if !rest.is_empty() {
        lines.extend(wrapped(rest, ", ", SIZES.1, WIDEST));
    }
    lines
}

fn height(lines: &[String]) -> f64 {
    lines.iter().map(|_| LEADING).sum::<f64>() + 2.0
}
