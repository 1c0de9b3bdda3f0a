//! Lines over a size, both by powers of ten: what does not grow is level.

use crate::sample::Sample;
use crate::show::drawing::{BOLD, Block, Element, label, line, width};
use crate::show::number::{count, short, tick};
use crate::show::palette::Colours;
use crate::show::scale::Scale;
use crate::table::{Line, Plot};

const HEIGHT: f64 = 250.0;
/// For the numbers at the upright axis.
const LEFT: f64 = 58.0;
/// Between the end of a line and its name.
const SPACE: f64 = 14.0;
/// The names of two lines are at least so far apart.
const APART: f64 = 36.0;

/// A plot of this width, with its title above it, and the names of its lines at their ends.
pub(crate) fn draw(plot: &Plot, wide: f64, colours: Colours) -> Block {
    let names = plot
        .lines
        .iter()
        .map(|line| width(&line.name, BOLD * 13.0))
        .fold(70.0, f64::max);
    let area = Area {
        plot,
        colours,
        x: sizes(plot),
        y: values(plot),
        right: wide - names - SPACE,
    };
    let mut elements = area.axes();
    for line in &plot.lines {
        elements.extend(area.line(line));
    }
    elements.extend(area.names());
    let title = label(0.0, 14.0, 14.0, colours.ink, &plot.title).with("font-weight", 600);
    let hint = label(
        0.0,
        31.0,
        12.0,
        colours.quiet,
        "both axes are logarithmic; a level line does not grow",
    );
    let head = 48.0;
    let area = Block {
        elements,
        height: HEIGHT + 40.0,
    };
    let height = head + area.height;
    Block {
        elements: vec![title, hint, area.moved(0.0, head)],
        height,
    }
}

/// From the smallest size to the largest.
fn sizes(plot: &Plot) -> Scale {
    let sizes = || {
        plot.lines
            .iter()
            .flat_map(|line| line.points.iter().map(|(size, _)| *size))
    };
    let largest = sizes().fold(0.0, f64::max);
    Scale::logarithmic(sizes().fold(largest, f64::min), largest)
}

/// A power of ten at least, so that what hardly grows looks as if it hardly does.
fn values(plot: &Plot) -> Scale {
    let samples = || {
        plot.lines
            .iter()
            .flat_map(|line| line.points.iter().map(|(_, sample)| sample))
    };
    let most = samples()
        .map(|sample| sample.quartiles().1)
        .fold(0.0, f64::max);
    let least = samples()
        .map(|sample| sample.quartiles().0)
        .fold(most, f64::min);
    let margin = (10.0 * least / most).sqrt().max(1.6);
    Scale::logarithmic(least / margin, most * margin)
}

/// Where the lines are.
struct Area<'a> {
    plot: &'a Plot,
    colours: Colours,
    x: Scale,
    y: Scale,
    right: f64,
}

impl Area<'_> {
    fn axes(&self) -> Vec<Element> {
        let Self {
            plot,
            colours,
            right,
            ..
        } = self;
        let quiet = |x: f64, y: f64, text: &str| label(x, y, 11.0, colours.quiet, text);
        let mut elements = vec![];
        for value in self.y.ticks() {
            let y = self.y(value);
            elements.push(line((LEFT, y), (*right, y), colours.rule));
            let text = quiet(LEFT - 8.0, y + 4.0, &tick(plot.unit, value));
            elements.push(text.with("text-anchor", "end"));
        }
        for size in self.x.ticks() {
            let x = self.x(size);
            elements.push(line((x, HEIGHT), (x, HEIGHT + 4.0), colours.quiet));
            let text = quiet(x, HEIGHT + 18.0, &count(size));
            elements.push(text.with("text-anchor", "middle"));
        }
        elements.push(line((LEFT, HEIGHT), (*right, HEIGHT), colours.quiet));
        let over = quiet(f64::midpoint(LEFT, *right), HEIGHT + 36.0, plot.over);
        elements.push(over.with("text-anchor", "middle"));
        elements
    }

    /// The middle half as a shade, the medians as a line with dots.
    fn line(&self, line: &Line) -> Vec<Element> {
        let colour = self.colour(line);
        let points = || line.points.iter();
        let quartile = |(size, sample): &(f64, Sample)| (*size, sample.quartiles());
        let below = points()
            .map(quartile)
            .map(|(size, (low, _))| self.point(size, low));
        let above = points()
            .rev()
            .map(quartile)
            .map(|(size, (_, high))| self.point(size, high));
        let shade: Vec<String> = below.chain(above).collect();
        let medians: Vec<String> = points()
            .map(|(size, sample)| self.point(*size, sample.median()))
            .collect();
        let dot = |(size, sample): &(f64, Sample)| {
            let (x, y) = (self.x(*size), self.y(sample.median()));
            Element::new("circle")
                .at([("cx", x), ("cy", y), ("r", 3.5)])
                .with("fill", colour)
        };
        let mut elements = vec![
            Element::new("polygon")
                .with("points", shade.join(" "))
                .with("fill", colour)
                .with("fill-opacity", 0.2),
            Element::new("polyline")
                .with("points", medians.join(" "))
                .with("fill", "none")
                .with("stroke", colour)
                .with("stroke-width", 2),
        ];
        elements.extend(points().map(dot));
        elements
    }

    /// Each at the end of its line, with the last median; moved down where they would overlap.
    fn names(&self) -> Vec<Element> {
        let ends = self.plot.lines.iter().filter_map(|line| {
            let (_, sample) = line.points.last()?;
            Some((self.y(sample.median()), line, sample))
        });
        let mut ends: Vec<_> = ends.collect();
        ends.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        let mut next = 0_f64;
        let mut elements = vec![];
        for (y, line, sample) in ends {
            let y = y.max(next);
            next = y + APART;
            let (x, value) = (self.right + SPACE, short(self.plot.unit, sample.median()));
            let name = label(x, y - 1.0, 13.0, self.colours.ink, &line.name);
            elements.push(name.with("font-weight", 600));
            elements.push(label(x, y + 14.0, 12.0, self.colours.quiet, &value));
        }
        elements
    }

    /// The accent is Tollgate's, or everybody's if all lines are.
    fn colour(&self, line: &Line) -> &'static str {
        let ours = |line: &Line| line.name.starts_with("Tollgate");
        let any = self.plot.lines.iter().any(ours);
        if ours(line) || !any {
            self.colours.accent
        } else {
            self.colours.quiet
        }
    }

    fn point(&self, size: f64, value: f64) -> String {
        format!("{:.1},{:.1}", self.x(size), self.y(value))
    }

    fn x(&self, size: f64) -> f64 {
        LEFT + 16.0 + self.x.share(size) * (self.right - LEFT - 24.0)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT * (1.0 - self.y.share(value))
    }
}
