//! A group as a picture, for a light page or a dark one.

use crate::sample::Sample;
use crate::show::drawing::{Block, Element, label, wrapped};
use crate::show::names::Names;
use crate::show::number::{count, short};
use crate::show::palette::{Colours, Palette};
use crate::show::panels;
use crate::show::plot;
use crate::table::{Group, Plot, Table};

/// As wide as a page of documentation.
const WIDTH: f64 = 800.0;
const MARGIN: f64 = 20.0;
/// What can be drawn on.
const INNER: f64 = WIDTH - 2.0 * MARGIN;
/// Between what stands below each other.
const SPACE: f64 = 30.0;
/// Whatever the reader's system writes in, with digits that stand below each other.
const FONT: &str = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',\
                    'Noto Sans','Liberation Sans',Arial,sans-serif;font-variant-numeric:tabular-nums";

/// The whole picture, as a file.
pub(crate) fn svg(group: &Group, palette: Palette) -> String {
    let colours = palette.colours();
    let mut blocks = vec![heading(group, colours)];
    let same_names = |one: &Table, other: &Table| names_of(one).eq(names_of(other));
    let names = group.tables.iter().map(|table| Names::of(table).width());
    let start = names.fold(0.0, f64::max);
    for tables in group.tables.chunk_by(same_names) {
        blocks.extend(panels::draw(tables, start, INNER, colours));
    }
    blocks.extend(
        group
            .plots
            .iter()
            .map(|plot| plot::draw(plot, INNER, colours)),
    );
    let mut bottom = MARGIN;
    let mut parts = vec![];
    for block in blocks {
        let height = block.height;
        parts.push(block.moved(MARGIN, bottom));
        bottom += height + SPACE;
    }
    page(group, bottom - SPACE + MARGIN, colours, parts)
}

fn page(group: &Group, height: f64, colours: Colours, parts: Vec<Element>) -> String {
    let ground = Element::new("rect")
        .with("width", "100%")
        .with("height", "100%");
    let svg = Element::new("svg")
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("viewBox", format!("0 0 {WIDTH} {height:.0}"))
        .at([("width", WIDTH)])
        .with("height", format!("{height:.0}"))
        .with("role", "img")
        .with("aria-labelledby", "title description")
        .with("style", FONT)
        .containing([
            Element::new("title").with("id", "title").text(group.title),
            Element::new("desc")
                .with("id", "description")
                .text(&description(group)),
            ground.with("fill", colours.page),
        ]);
    format!("{}\n", svg.containing(parts))
}

/// The title, and how to read the picture.
fn heading(group: &Group, colours: Colours) -> Block {
    let title = label(0.0, 18.0, 21.0, colours.ink, group.title).with("font-weight", 700);
    let mut elements = vec![title];
    let mut y = 22.0;
    for line in wrapped(&legend(group), " ", 13.0, INNER) {
        y += 19.0;
        elements.push(label(0.0, y, 13.0, colours.quiet, &line));
    }
    Block {
        elements,
        height: y,
    }
}

fn legend(group: &Group) -> String {
    let mut sentences = vec![];
    let rows = || {
        group
            .tables
            .iter()
            .flat_map(|table| table.rows.iter().map(move |row| (table, row)))
    };
    if rows().any(|(table, row)| table.unit.tail(&row.sample).is_some()) {
        sentences.push("Bars end at the median, thin marks at the worst of a hundred.");
    }
    if group.tables.len() > 1 {
        sentences.push("Each panel has its own scale.");
    }
    if rows().any(|(table, row)| table.is_limit(row)) {
        sentences.push("A hollow bar is a limit that nobody beats.");
    }
    if !group.plots.is_empty() {
        sentences.push("Lines are medians, with the middle half of all values as a shade.");
    }
    sentences.join(" ")
}

fn names_of(table: &Table) -> impl Iterator<Item = &str> {
    table.rows.iter().map(|row| row.name.as_str())
}

/// The picture in words, for whoever does not see it.
fn description(group: &Group) -> String {
    let tables = group.tables.iter().map(|table| {
        let row = |name: &str, value: f64| format!("{name} {}", short(table.unit, value));
        let rows = table
            .rows
            .iter()
            .map(|each| row(&each.name, each.sample.median()));
        format!("{}: {}.", table.title, rows.collect::<Vec<_>>().join("; "))
    });
    let plots = group
        .plots
        .iter()
        .map(|plot| format!("{}: {}.", plot.title, lines(plot)));
    tables.chain(plots).collect::<Vec<_>>().join(" ")
}

fn lines(plot: &Plot) -> String {
    let lines = plot.lines.iter().map(|line| {
        let point = |(size, sample): &(f64, Sample)| {
            let value = short(plot.unit, sample.median());
            format!("{value} at {} {}", count(*size), plot.over)
        };
        let points: Vec<String> = line.points.iter().map(point).collect();
        format!("{} {}", line.name, points.join(", "))
    });
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::examples::{cold_start, growth, request, verify};

    /// The texts that are seen; fails if it is no XML.
    fn seen(svg: &str) -> String {
        let mut open = vec![];
        let mut texts = vec![];
        for part in svg.split('<').skip(1) {
            let (tag, content) = part.split_once('>').expect("a tag ends");
            assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
            let name = tag.split([' ', '/']).next().expect("a name");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name), "what was opened last");
            } else if !tag.ends_with('/') {
                open.push(name);
            }
            for entity in content.split('&').skip(1) {
                let known = ["amp;", "lt;", "gt;", "quot;"];
                assert!(
                    known.iter().any(|name| entity.starts_with(name)),
                    "{content}"
                );
            }
            if name == "text" {
                texts.push(content);
            }
        }
        assert_eq!(open, [""; 0], "all that was opened is closed");
        texts.join(" ")
    }

    #[test]
    fn every_chart_is_xml_and_shows_every_name() {
        for group in [verify(), cold_start(), request(), growth()] {
            for palette in [Palette::Light, Palette::Dark] {
                let seen = seen(&svg(&group, palette));
                let rows = group.tables.iter().flat_map(|table| &table.rows);
                let lines = group.plots.iter().flat_map(|plot| &plot.lines);
                let names = rows
                    .map(|row| &row.name)
                    .chain(lines.map(|line| &line.name));
                for word in names
                    .flat_map(|name| name.split(", "))
                    .flat_map(|name| name.split(' '))
                {
                    assert!(seen.contains(word), "{word} is not in: {seen}");
                }
            }
        }
    }

    #[test]
    fn a_name_cannot_break_the_picture() {
        let mut group = verify();
        group.tables[0].rows[2].name = "a <script> & \"b\"".to_owned();
        let seen = seen(&svg(&group, Palette::Light));
        assert!(
            seen.contains("a &lt;script&gt; &amp; &quot;b&quot;"),
            "{seen}"
        );
    }

    #[test]
    fn a_chart_says_in_words_what_it_shows() {
        let light = svg(&verify(), Palette::Light);
        assert!(light.contains("role=\"img\""));
        assert!(light.contains("<title id=\"title\">Verifying an access token</title>"));
        assert!(
            light.contains(
                "One access token verified: Tollgate 1.20 µs; HMAC-SHA-256 alone 380 ns;"
            )
        );
        let growth = svg(&growth(), Palette::Dark);
        assert!(
            growth.contains("Memory of serve: Tollgate 14.0 MB at 1,000 different tokens seen,")
        );
    }

    #[test]
    fn only_what_is_far_apart_is_logarithmic() {
        for (group, logarithmic) in [(verify(), true), (cold_start(), false), (request(), false)] {
            let seen = seen(&svg(&group, Palette::Light));
            assert_eq!(seen.contains("logarithmic"), logarithmic, "{}", group.name);
        }
    }
}
