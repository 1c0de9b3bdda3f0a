//! A YAML tree that remembers its lines and keeps CloudFormation's short tags (`!Ref`, `!Sub`, …).

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

/// Deeper than any template; a bound on recursion.
const DEPTH_LIMIT: usize = 64;
/// As much as CloudFormation takes.
const SIZE_LIMIT: usize = 1024 * 1024;

/// A value, the line it starts at, and its tag without the exclamation mark.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) tag: Option<String>,
    pub(crate) value: Value,
}

/// What a node holds. Numbers and booleans stay text: CloudFormation treats them alike, and so does every reader here.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// What an intrinsic function made of a resource's name: `!Ref Api`, `!GetAtt AuthorizerFunction.Arn`.
    Resource(String),
}

/// One key of a mapping with its value.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn new(line: usize, value: Value) -> Self {
        Self {
            line,
            tag: None,
            value,
        }
    }

    pub(crate) fn text(line: usize, text: impl Into<String>) -> Self {
        Self::new(line, Value::Text(text.into()))
    }

    /// The value under a key, if this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.node)
    }

    /// The entries of a mapping, in the order of the file; nothing for any other value.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }
}

/// Why a text is not a tree for this reader.
pub(crate) enum YamlError {
    Scan(ScanError),
    /// Valid YAML, but nothing that a template has.
    Unsupported {
        line: usize,
        what: String,
    },
}

/// The first document of a text.
pub(crate) fn parse(text: &str) -> Result<Node, YamlError> {
    if text.len() > SIZE_LIMIT {
        return Err(unsupported(
            1,
            "has more than a megabyte, which CloudFormation does not take",
        ));
    }
    let mut reader = Reader(Parser::new_from_str(text));
    loop {
        match reader.next()? {
            (Event::Nothing | Event::StreamStart | Event::DocumentStart(_), _) => {}
            (Event::StreamEnd | Event::DocumentEnd, line) => {
                return Ok(Node::new(line, Value::Null));
            }
            (event, line) => return reader.node(event, line, 0),
        }
    }
}

/// Builds the tree from the parser's events. A tree that is too deep is never built: even dropping it would overflow
/// the stack.
struct Reader<'a>(Parser<'a, StrInput<'a>>);

impl<'a> Reader<'a> {
    /// The next event and its line.
    fn next(&mut self) -> Result<(Event<'a>, usize), YamlError> {
        match self.0.next() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => Err(YamlError::Scan(error)),
            None => Ok((Event::StreamEnd, 0)),
        }
    }

    fn node(&mut self, event: Event<'a>, line: usize, depth: usize) -> Result<Node, YamlError> {
        if depth > DEPTH_LIMIT {
            return Err(unsupported(line, "is nested too deeply"));
        }
        let (value, tag) = match event {
            Event::Scalar(text, style, _, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let null = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if null {
                    Value::Null
                } else {
                    Value::Text(text.into_owned())
                };
                (value, tag)
            }
            Event::SequenceStart(_, tag) => (self.list(depth)?, tag),
            Event::MappingStart(_, tag) => (self.map(depth)?, tag),
            Event::Alias(_) => {
                return Err(unsupported(
                    line,
                    "has an alias, which CloudFormation does not take",
                ));
            }
            _ => return Err(unsupported(line, "ends too early")),
        };
        let mut node = Node::new(line, value);
        // `!!str` and its like say nothing that a template means.
        node.tag = tag
            .filter(|tag| tag.handle == "!")
            .map(|tag| tag.suffix.clone());
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, line) => items.push(self.node(event, line, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut keys = HashSet::new();
        loop {
            let (key, line) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Value::Map(entries)),
                (Event::Scalar(key, ..), line) => (key.into_owned(), line),
                (_, line) => return Err(unsupported(line, "has a key that is not a text")),
            };
            if !keys.insert(key.clone()) {
                return Err(unsupported(
                    line,
                    format!("has the key {key} twice in one mapping"),
                ));
            }
            let (event, value_line) = self.next()?;
            let mut node = self.node(event, value_line, depth + 1)?;
            // An error about a value is best read at its key.
            node.line = line;
            entries.push(Entry { key, node });
        }
    }
}

fn unsupported(line: usize, what: impl Into<String>) -> YamlError {
    let what = what.into();
    YamlError::Unsupported { line, what }
}

#[cfg(test)]
mod tests {
    use super::{Value, YamlError, parse};

    #[test]
    fn tags_and_lines_survive() {
        let Ok(tree) = parse("A: !Ref Api\nB:\n  - !GetAtt F.Arn\n  - 2.0\nC: !If [X, 1, 2]\n")
        else {
            panic!("valid YAML")
        };
        let a = tree.get("A").expect("A is there");
        assert_eq!((a.line, a.tag.as_deref()), (1, Some("Ref")));
        let Some(Value::List(items)) = tree.get("B").map(|node| &node.value) else {
            panic!("B is a list")
        };
        assert_eq!(
            (items[0].line, items[0].tag.as_deref()),
            (3, Some("GetAtt"))
        );
        assert!(matches!(&items[1].value, Value::Text(text) if text == "2.0"));
        assert_eq!(
            tree.get("C").and_then(|node| node.tag.as_deref()),
            Some("If")
        );
    }

    #[test]
    fn what_no_template_has() {
        let deep = "- ".repeat(100_000);
        let flow = "[".repeat(100);
        let long = "#".repeat(1024 * 1024 + 1);
        for (text, expected) in [
            (deep.as_str(), "is nested too deeply"),
            (&flow, "is nested too deeply"),
            (&long, "has more than a megabyte"),
            ("a: &x 1\nb: *x", "has an alias"),
            ("a: 1\na: 2", "has the key a twice"),
            ("[a]: 1", "has a key that is not a text"),
        ] {
            let Err(YamlError::Unsupported { what, line }) = parse(text) else {
                panic!("{expected}")
            };
            assert!(what.starts_with(expected) && line > 0, "{what} {line}");
        }
    }

    #[test]
    fn scalars_stay_as_they_were_written() {
        let Ok(tree) = parse("[2.0, 007, yes, 'null', null, ~, '', !Ref '', !!str x]") else {
            panic!("valid YAML")
        };
        let Value::List(items) = tree.value else {
            panic!("a list")
        };
        let texts = items.iter().map(|item| match &item.value {
            Value::Text(text) => text.as_str(),
            _ => "(null)",
        });
        let texts: Vec<&str> = texts.collect();
        let expected = ["2.0", "007", "yes", "null", "(null)", "(null)", "", "", "x"];
        assert_eq!(texts, expected);
        assert!(items[8].tag.is_none());
    }
}
