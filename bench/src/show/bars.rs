//! Tables as bars: a row for each name, and a panel for each table that has these names.

use crate::show::drawing::{BOLD, Block, Element, label, line, width};
use crate::show::names::Names;
use crate::show::number::{short, tick};
use crate::show::palette::Colours;
use crate::show::scale::Scale;
use crate::show::words;
use crate::table::{Row, Table, Unit};

/// Of a bar.
const THICKNESS: f64 = 16.0;
/// Between a bar and its value.
const SPACE: f64 = 8.0;
/// Of values and words.
const SIZE: f64 = 13.0;
/// For what Tollgate is beside another.
const COMPARISON: f64 = 136.0;

/// A table, where it is drawn.
pub(crate) struct Panel<'a> {
    pub(crate) table: &'a Table,
    pub(crate) scale: Scale,
    pub(crate) names: &'a Names,
    pub(crate) colours: Colours,
    /// Where its bars begin.
    pub(crate) left: f64,
    /// Where its last text ends.
    pub(crate) right: f64,
    /// Whether there is room for words.
    pub(crate) alone: bool,
}

/// From the least median to the worst value.
pub(crate) fn scale(table: &Table) -> Scale {
    let medians = || table.rows.iter().map(|row| row.sample.median());
    let tails = table
        .rows
        .iter()
        .filter_map(|row| table.unit.tail(&row.sample));
    let least = medians().fold(f64::INFINITY, f64::min);
    Scale::of_bars(
        least,
        medians().fold(0.0, f64::max),
        tails.fold(0.0, f64::max),
    )
}

impl Panel<'_> {
    /// Which way is better, above the bars.
    pub(crate) fn hint(&self) -> &'static str {
        match self.table.unit {
            Unit::Time | Unit::Bytes => "less is better",
            Unit::Rate => "requests/s, more is better",
            Unit::Instructions => "instructions, less is better",
        }
    }

    /// Its bars, and what stands under them.
    pub(crate) fn draw(&self) -> Block {
        let Self {
            table,
            names,
            colours,
            ..
        } = self;
        let bottom = names.height();
        let mut elements = vec![];
        let mut height = bottom;
        if self.scale.is_logarithmic() {
            elements.extend(self.axis(bottom));
            height += 36.0;
        }
        for (row, middle) in table.rows.iter().zip(names.middles()) {
            elements.extend(self.row(row, middle));
        }
        elements.push(line((self.left, 0.0), (self.left, bottom), colours.quiet));
        Block { elements, height }
    }

    fn row(&self, row: &Row, middle: f64) -> Vec<Element> {
        let Self { table, colours, .. } = self;
        let own = table.rows.first().map_or(0.0, |row| row.sample.median());
        let median = row.sample.median();
        let ours = row.name.starts_with("Tollgate");
        let end = self.x(median);
        let mut elements = vec![self.bar(row, end, middle)];
        let mut text_at = end;
        if let Some(tail) = table.unit.tail(&row.sample).map(|tail| self.x(tail)) {
            // Within the bar it is a notch.
            let (colour, half) = if tail < end {
                (colours.page, THICKNESS / 2.0)
            } else {
                elements.push(line((end, middle), (tail, middle), colours.ink));
                (colours.ink, 5.0)
            };
            let (top, bottom) = ((tail, middle - half), (tail, middle + half));
            elements.push(line(top, bottom, colour).with("stroke-width", 1.5));
            text_at = text_at.max(tail);
        }
        let value = label(
            text_at + SPACE,
            middle + 4.5,
            SIZE,
            colours.ink,
            &short(table.unit, median),
        );
        elements.push(value.with("font-weight", if ours { 700 } else { 400 }));
        if self.alone && !ours {
            let words = words::comparison(table.unit, own, median);
            let words = label(self.right, middle + 4.5, SIZE, colours.quiet, &words);
            elements.push(words.with("text-anchor", "end"));
        }
        elements
    }

    fn bar(&self, row: &Row, end: f64, middle: f64) -> Element {
        let Self {
            table,
            colours,
            left,
            ..
        } = self;
        let first = table
            .rows
            .first()
            .is_some_and(|first| first.name == row.name);
        let bar = Element::new("rect").at([
            ("x", *left),
            ("y", middle - THICKNESS / 2.0),
            ("width", (end - left).max(1.0)),
            ("height", THICKNESS),
        ]);
        match row.name.starts_with("Tollgate") {
            _ if table.is_limit(row) => {
                bar.with("fill", colours.page).with("stroke", colours.quiet)
            }
            true if first => bar.with("fill", colours.accent),
            true => bar.with("fill", colours.tint),
            false => bar.with("fill", colours.other),
        }
    }

    /// Lines at powers of ten, which say that they are.
    fn axis(&self, bottom: f64) -> Vec<Element> {
        let Self {
            table,
            scale,
            colours,
            ..
        } = self;
        let quiet = |x: f64, y: f64, text: &str| label(x, y, 11.0, colours.quiet, text);
        let mut elements = vec![];
        for value in scale.ticks() {
            let x = self.x(value);
            elements.push(line((x, 0.0), (x, bottom + 4.0), colours.rule));
            let text = quiet(x, bottom + 16.0, &tick(table.unit, value));
            elements.push(text.with("text-anchor", "middle"));
        }
        let words = "logarithmic, by powers of ten";
        elements.push(quiet(self.left, bottom + 32.0, words));
        elements
    }

    fn x(&self, value: f64) -> f64 {
        let words = if self.alone { COMPARISON } else { 0.0 };
        let values = self.table.rows.iter().map(|row| {
            let text = short(self.table.unit, row.sample.median());
            width(&text, BOLD * SIZE) + SPACE
        });
        let longest = self.right - words - values.fold(0.0, f64::max) - self.left;
        self.left + self.scale.share(value) * longest
    }
}
