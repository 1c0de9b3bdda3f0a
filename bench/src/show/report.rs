//! A group in words and numbers: for a terminal, and for the page.

use comfy_table::{CellAlignment, Table as Grid, presets::UTF8_FULL_CONDENSED};

use crate::sample::Sample;
use crate::show::machine::Machine;
use crate::show::number::{count, percent, three_digits, value};
use crate::show::words;
use crate::table::{Group, Plot, Table, Unit};

/// What there is nothing to say about.
const NOTHING: &str = "–";

/// For a terminal.
pub(crate) fn text(group: &Group) -> String {
    let mut parts = vec![group.title.to_owned(), group.method.clone()];
    for table in &group.tables {
        parts.push(format!("{}\n{}", table.title, grid(&cells(table))));
        parts.extend(counts(table));
        let goals: Vec<String> = goals(table).map(|goal| goal.replace("**", "")).collect();
        parts.push(goals.join("\n"));
    }
    for plot in &group.plots {
        parts.push(format!("{}\n{}", plot.title, grid(&sizes(plot))));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

/// For the page: what stands between the comments.
pub(crate) fn markdown(group: &Group, machine: &Machine) -> String {
    let mut parts = vec![group.method.clone(), machine.to_string()];
    for table in &group.tables {
        parts.push(format!("**{}**", table.title));
        parts.push(pipes(&cells(table)));
        parts.extend(counts(table));
        let goals: Vec<String> = goals(table).map(|goal| format!("- {goal}")).collect();
        parts.push(goals.join("\n"));
    }
    for plot in &group.plots {
        parts.push(format!("**{}**", plot.title));
        parts.push(pipes(&sizes(plot)));
    }
    parts.push(picture(group));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

/// The chart that suits the page, which is light or dark.
fn picture(group: &Group) -> String {
    let Group { name, title, .. } = group;
    format!(
        "<picture><source media=\"(prefers-color-scheme: dark)\" \
         srcset=\"benchmarks/{name}-dark.svg\"><img alt=\"{title}: the numbers above as a chart\" \
         src=\"benchmarks/{name}-light.svg\"></picture>"
    )
}

/// The cells of a table; the first row is its head.
fn cells(table: &Table) -> Vec<Vec<String>> {
    let unit = table.unit;
    let tail = if unit.more_is_better() { "p1" } else { "p99" };
    let mut rows = vec![
        ["who", "median", tail, "spread", "Tollgate is"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let own = table.rows.first().map(|row| &row.sample);
    for (index, row) in table.rows.iter().enumerate() {
        let median = row.sample.median();
        let tail = unit.tail(&row.sample);
        rows.push(vec![
            row.name.clone(),
            value(unit, median),
            tail.map_or_else(|| NOTHING.to_owned(), |tail| value(unit, tail)),
            if row.sample.len() > 1 {
                percent(row.sample.spread())
            } else {
                NOTHING.to_owned()
            },
            match own {
                Some(own) if index > 0 => compared(unit, own, &row.sample),
                _ => String::new(),
            },
        ]);
    }
    rows
}

/// What Tollgate is beside another, and whether that may be chance.
fn compared(unit: Unit, own: &Sample, other: &Sample) -> String {
    let words = words::comparison(unit, own.median(), other.median());
    if own.overlaps(other) {
        format!("{words} (unclear)")
    } else {
        words
    }
}

/// Of how many values the medians are, unless all are of one.
fn counts(table: &Table) -> Option<String> {
    let lengths = || table.rows.iter().map(|row| row.sample.len());
    let (least, most) = (lengths().min()?, lengths().max()?);
    #[expect(clippy::cast_precision_loss, reason = "nobody measures that often")]
    let [shown_least, shown_most] = [least, most].map(|length| count(length as f64));
    match most {
        1 => None,
        most if most == least => Some(format!("Medians of {shown_most} values each.")),
        _ => Some(format!(
            "Medians of {shown_least} to {shown_most} values each."
        )),
    }
}

fn goals(table: &Table) -> impl Iterator<Item = String> {
    table.goals.iter().map(|goal| words::goal(table, goal))
}

/// The medians of a plot, and how much they grow; the first row is its head.
fn sizes(plot: &Plot) -> Vec<Vec<String>> {
    let mut sizes: Vec<f64> = points(plot).map(|(size, _)| *size).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    sizes.dedup();
    let mut head = vec![plot.over.to_owned()];
    head.extend(sizes.iter().copied().map(count));
    head.push("last ÷ first".to_owned());
    let mut rows = vec![head];
    for line in &plot.lines {
        let mut row = vec![line.name.clone()];
        row.extend(sizes.iter().map(|size| {
            let point = line
                .points
                .iter()
                .find(|(there, _)| there.total_cmp(size).is_eq());
            point.map_or_else(
                || NOTHING.to_owned(),
                |(_, sample)| value(plot.unit, sample.median()),
            )
        }));
        row.push(growth(&line.points).unwrap_or_else(|| NOTHING.to_owned()));
        rows.push(row);
    }
    rows
}

fn points(plot: &Plot) -> impl Iterator<Item = &(f64, Sample)> {
    plot.lines.iter().flat_map(|line| &line.points)
}

fn growth(points: &[(f64, Sample)]) -> Option<String> {
    let ((_, first), (_, last)) = (points.first()?, points.last()?);
    Some(format!(
        "{} times",
        three_digits(last.median() / first.median())
    ))
}

fn pipes(rows: &[Vec<String>]) -> String {
    let line = |cells: &Vec<String>| format!("| {} |", cells.join(" | "));
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    let columns = rows.first().map_or(0, Vec::len);
    lines.insert(
        1,
        format!("|---|{}", "---:|".repeat(columns.saturating_sub(1))),
    );
    lines.join("\n")
}

fn grid(rows: &[Vec<String>]) -> String {
    let mut grid = Grid::new();
    grid.load_style(UTF8_FULL_CONDENSED);
    let mut rows = rows.iter();
    grid.set_header(rows.next().into_iter().flatten());
    for row in rows {
        grid.add_row(row);
    }
    for column in grid.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let lines = grid.lines().map(|line| line.trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::examples::growth;
    use crate::table::{Goal, Row};

    fn small() -> Group {
        let row = |name: &str, values: &[f64]| Row {
            name: name.to_owned(),
            sample: values.iter().copied().collect(),
        };
        Group {
            name: "verify",
            title: "Verify",
            method: "One call.".to_owned(),
            tables: vec![
                Table {
                    title: "One token".to_owned(),
                    unit: Unit::Time,
                    rows: vec![
                        row("Tollgate", &[1_190.0, 1_200.0, 1_210.0, 1_220.0, 1_500.0]),
                        row("PyJWT 2.15.1", &[29_000.0, 29_040.0, 29_100.0]),
                    ],
                    limit: None,
                    goals: vec![Goal::Better(20.0, "PyJWT"), Goal::Better(30.0, "PyJWT")],
                },
                Table {
                    title: "In a second".to_owned(),
                    unit: Unit::Rate,
                    rows: vec![row("Tollgate", &[12_345.0]), row("PyJWT 2.15.1", &[900.0])],
                    limit: None,
                    goals: vec![],
                },
            ],
            plots: vec![],
        }
    }

    fn machine() -> Machine {
        Machine {
            processor: "Some Processor".to_owned(),
            cores: 2,
            memory: 8e9,
            system: "Debian".to_owned(),
            rust: "1.95.0",
            pinned: None,
        }
    }

    #[test]
    fn what_may_be_chance_is_called_unclear() {
        let sample = |values: [f64; 4]| Sample::from_iter(values);
        let own = sample([1.0, 2.0, 3.0, 4.0]);
        for (other, words) in [
            (sample([2.0, 3.0, 4.0, 5.0]), "1.33 times faster (unclear)"),
            (sample([9.0, 10.0, 11.0, 12.0]), "3.67 times faster"),
        ] {
            assert_eq!(compared(Unit::Time, &own, &other), words);
        }
        let single = Sample::from_iter([3.0]);
        assert_eq!(compared(Unit::Time, &single, &single), "the same");
    }

    #[test]
    fn a_group_is_a_section_of_the_page() {
        let expected = r#"One call.

Machine: Some Processor, 2 cores, 8 GB of memory; Debian, Rust 1.95.0.

**One token**

| who | median | p99 | spread | Tollgate is |
|---|---:|---:|---:|---:|
| Tollgate | 1.21 µs | – | 1.7 % |  |
| PyJWT 2.15.1 | 29.0 µs | – | 0.2 % | 24.0 times faster |

Medians of 3 to 5 values each.

- Wanted: at least 20 times faster than PyJWT. Measured: 24.0 times faster. Met.
- Wanted: at least 30 times faster than PyJWT. Measured: 24.0 times faster. **Missed.**

**In a second**

| who | median | p1 | spread | Tollgate is |
|---|---:|---:|---:|---:|
| Tollgate | 12,345 requests/s | – | – |  |
| PyJWT 2.15.1 | 900 requests/s | – | – | 13.7 times faster |

<picture><source media="(prefers-color-scheme: dark)" srcset="benchmarks/verify-dark.svg"><img alt="Verify: the numbers above as a chart" src="benchmarks/verify-light.svg"></picture>
"#;
        assert_eq!(markdown(&small(), &machine()), expected);
    }

    #[test]
    fn a_plot_is_a_table_of_its_sizes() {
        let page = markdown(&growth(), &machine());
        let expected = "\
| different tokens seen | 1,000 | 10,000 | 100,000 | 1 million | last ÷ first |
|---|---:|---:|---:|---:|---:|
| Tollgate | 14.0 MB | 17.0 MB | 21.0 MB | 21.0 MB | 1.50 times |
";
        assert!(page.contains(expected), "{page}");
    }

    #[test]
    fn a_terminal_shows_the_same_without_marks_of_markdown() {
        let shown = text(&small());
        for line in [
            "Verify",
            "One token",
            "1.21 µs",
            "24.0 times faster",
            "Missed.",
        ] {
            assert!(shown.contains(line), "{line} is not in:\n{shown}");
        }
        assert!(!shown.contains("**"), "{shown}");
    }
}
