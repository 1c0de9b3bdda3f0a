//! Tables of the same names, beside each other: the names once, and a panel of bars for each.

use crate::show::bars::{self, Panel};
use crate::show::drawing::{BOLD, Block, label, wrapped};
use crate::show::names::Names;
use crate::show::palette::Colours;
use crate::table::Table;

/// Between two panels beside each other.
const GAP: f64 = 26.0;
/// Of a title.
const SIZE: f64 = 14.0;

/// The blocks below each other, with bars from `start` to `end`.
pub(crate) fn draw(tables: &[Table], start: f64, end: f64, colours: Colours) -> Vec<Block> {
    let Some(names) = tables.first().map(Names::of) else {
        return vec![];
    };
    let columns = match tables.len() {
        1 => 1,
        3 | 9 => 3,
        _ => 2,
    };
    let gaps: f64 = (1..columns).map(|_| GAP).sum();
    let shares: f64 = (0..columns).map(|_| 1.0).sum();
    let each = (end - start - gaps) / shares;
    let row = |tables: &[Table]| {
        let mut left = start;
        let panels: Vec<Panel> = tables
            .iter()
            .map(|table| {
                let scale = bars::scale(table);
                let (names, alone, right) = (&names, columns == 1, left + each);
                let panel = Panel {
                    table,
                    scale,
                    names,
                    colours,
                    left,
                    right,
                    alone,
                };
                left = right + GAP;
                panel
            })
            .collect();
        row_of_panels(&panels, &names, colours)
    };
    tables.chunks(columns).map(row).collect()
}

fn row_of_panels(panels: &[Panel], names: &Names, colours: Colours) -> Block {
    let mut elements = vec![];
    let mut head = 0_f64;
    for panel in panels {
        let left = if panel.alone { 0.0 } else { panel.left };
        let mut y = -4.0;
        for line in title(&panel.table.title, panel.right - left) {
            y += 18.0;
            elements.push(label(left, y, 14.0, colours.ink, &line).with("font-weight", 600));
        }
        y += 17.0;
        elements.push(label(left, y, 12.0, colours.quiet, panel.hint()));
        if panel.alone {
            let words = label(panel.right, y, 12.0, colours.quiet, "Tollgate is");
            elements.push(words.with("text-anchor", "end"));
        }
        head = head.max(y + 10.0);
    }
    let mut height = names.height();
    for panel in panels {
        let block = panel.draw();
        height = height.max(block.height);
        elements.push(block.moved(0.0, head));
    }
    let names = Block {
        elements: names.draw(colours),
        height,
    };
    elements.push(names.moved(0.0, head));
    Block {
        elements,
        height: head + height,
    }
}

/// Broken at its comma rather than elsewhere.
fn title(text: &str, limit: f64) -> Vec<String> {
    let at_commas = wrapped(text, ", ", BOLD * SIZE, limit);
    let words = |line: &String| wrapped(line, " ", BOLD * SIZE, limit);
    at_commas.iter().flat_map(words).collect()
}
