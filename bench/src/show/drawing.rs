//! SVG, written by hand: elements, text, and how wide text is.

use std::fmt::{self, Display, Write};

/// An element, with everything in it.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    name: &'static str,
    attributes: String,
    content: String,
}

impl Element {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            attributes: String::new(),
            content: String::new(),
        }
    }

    pub(crate) fn with(mut self, attribute: &str, value: impl Display) -> Self {
        let value = escaped(&value.to_string());
        // A string takes whatever is written to it.
        let _ = write!(self.attributes, " {attribute}=\"{value}\"");
        self
    }

    /// With coordinates, to a tenth of a pixel.
    pub(crate) fn at<const N: usize>(self, attributes: [(&str, f64); N]) -> Self {
        attributes
            .into_iter()
            .fold(self, |element, (attribute, value)| {
                element.with(attribute, (value * 10.0).round() / 10.0)
            })
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.content += &escaped(text);
        self
    }

    pub(crate) fn containing(mut self, elements: impl IntoIterator<Item = Self>) -> Self {
        for element in elements {
            let _ = write!(self.content, "\n{element}");
        }
        self.content.push('\n');
        self
    }
}

impl Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            name,
            attributes,
            content,
        } = self;
        match content.as_str() {
            "" => write!(f, "<{name}{attributes}/>"),
            content => write!(f, "<{name}{attributes}>{content}</{name}>"),
        }
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

/// A part of a picture, from its own upper left corner down to its height.
pub(crate) struct Block {
    pub(crate) elements: Vec<Element>,
    pub(crate) height: f64,
}

impl Block {
    pub(crate) fn moved(self, x: f64, y: f64) -> Element {
        let place = format!("translate({x:.1} {y:.1})");
        Element::new("g")
            .with("transform", place)
            .containing(self.elements)
    }
}

/// A line of text; `y` is where its letters stand.
pub(crate) fn label(x: f64, y: f64, size: f64, colour: &str, text: &str) -> Element {
    let element = Element::new("text").at([("x", x), ("y", y), ("font-size", size)]);
    element.with("fill", colour).text(text)
}

pub(crate) fn line(from: (f64, f64), to: (f64, f64), colour: &str) -> Element {
    Element::new("line")
        .at([("x1", from.0), ("y1", from.1), ("x2", to.0), ("y2", to.1)])
        .with("stroke", colour)
}

/// How much wider bold letters are.
pub(crate) const BOLD: f64 = 1.15;

/// About how wide a text is, and rather more: nobody knows the font of the reader.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    let letter = |letter: char| match letter {
        ' ' | '.' | ',' | ':' | ';' | 'i' | 'j' | 'l' | 'I' | '\'' | '|' | '(' | ')' => 0.33,
        'f' | 'r' | 't' | '-' | '/' => 0.4,
        'm' | 'w' | 'M' | 'W' | '%' => 0.88,
        'A'..='Z' | '÷' => 0.7,
        _ => 0.61,
    };
    text.chars().map(letter).sum::<f64>() * size
}

/// Lines that are no wider than this, broken only behind a separator.
pub(crate) fn wrapped(text: &str, separator: &str, size: f64, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for piece in text.split_inclusive(separator) {
        match lines.last_mut() {
            Some(line) if width(&format!("{line}{}", piece.trim_end()), size) <= limit => {
                line.push_str(piece);
            }
            _ => lines.push(piece.to_owned()),
        }
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_svg_is_escaped() {
        let element = Element::new("a").with("b", "\"<&").text("<c> & d");
        assert_eq!(
            element.to_string(),
            "<a b=\"&quot;&lt;&amp;\">&lt;c&gt; &amp; d</a>"
        );
        let outer = Element::new("g").containing([Element::new("h").at([("x", 1.06)])]);
        assert_eq!(outer.to_string(), "<g>\n<h x=\"1.1\"/>\n</g>");
    }

    #[test]
    fn text_is_broken_where_it_may_be() {
        assert_eq!(
            wrapped("one two three", " ", 10.0, 50.0),
            ["one two", "three"]
        );
        assert_eq!(
            wrapped("a 1, b 2, c 3", ", ", 10.0, 50.0),
            ["a 1, b 2,", "c 3"]
        );
        assert_eq!(wrapped("one", " ", 10.0, 1.0), ["one"]);
    }
}
