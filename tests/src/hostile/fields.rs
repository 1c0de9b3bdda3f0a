//! The fields of a JSON object as text, so that a name may stand there twice and a value be no JSON.

use serde_json::Value;

use super::draw::Draw;
use super::forge::quoted;

/// Names and values in their order, both as they are written, quotes included.
#[derive(Clone)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Those of an object.
    pub(super) fn of(object: &Value) -> Self {
        let fields = object.as_object().into_iter().flatten();
        Self(
            fields
                .map(|(name, value)| (quoted(name), value.to_string()))
                .collect(),
        )
    }

    /// With another value for `name`, which is added where there is none.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let name = quoted(name);
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((name, value.into())),
        }
        self
    }

    /// Without the field.
    pub(super) fn without(mut self, name: &str) -> Self {
        let name = quoted(name);
        self.0.retain(|(known, _)| *known != name);
        self
    }

    /// With one field more, somewhere, even if there is one of that name. `name` is as written.
    pub(super) fn adding(mut self, name: &str, value: &str, draw: &mut Draw) -> Self {
        let place = draw.below(self.0.len() + 1);
        self.0.insert(place, (name.to_owned(), value.to_owned()));
        self
    }

    /// The value of `name` as it is written.
    pub(super) fn value(&self, name: &str) -> &str {
        let name = quoted(name);
        let field = self.0.iter().find(|(known, _)| *known == name);
        field.map_or("null", |(_, value)| value)
    }

    /// The object.
    pub(super) fn text(&self) -> String {
        let fields = self.0.iter().map(|(name, value)| format!("{name}:{value}"));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    }
}
