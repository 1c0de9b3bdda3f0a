//! What was measured, as people look at it: in a terminal, on a page, and in charts.

mod bars;
mod chart;
mod drawing;
#[cfg(test)]
mod examples;
mod machine;
mod names;
mod number;
mod page;
mod palette;
mod panels;
mod plot;
mod report;
mod scale;
mod words;

use std::fs;
use std::path::Path;

use machine::Machine;
use palette::Palette;

use crate::table::Group;

/// Where a group is written.
pub(crate) struct Pages<'a> {
    /// docs/benchmarks.md, which has a place for it.
    pub(crate) page: &'a Path,
    /// The folder of its charts.
    pub(crate) charts: &'a Path,
}

/// Prints a group, and writes it, if it is to be written.
pub(crate) fn show(group: &Group, pages: Option<&Pages<'_>>) -> Result<(), String> {
    announce(&report::text(group));
    let Some(Pages { page, charts }) = pages else {
        return Ok(());
    };
    fs::create_dir_all(charts).map_err(|error| format!("{}: {error}", charts.display()))?;
    for (palette, name) in [(Palette::Light, "light"), (Palette::Dark, "dark")] {
        let path = charts.join(format!("{}-{name}.svg", group.name));
        fs::write(&path, chart::svg(group, palette))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    page::fill(page, group.name, &report::markdown(group, &Machine::read()))
}

#[expect(
    clippy::print_stdout,
    reason = "what was measured is what it is run for"
)]
fn announce(text: &str) {
    println!("{text}");
}
