//! A value of the template with the key that leads to it, so that every refusal can name both.

use super::TemplateError;
use super::intrinsic::Scope;
use crate::yaml::{Node, Value};

/// A settled value: intrinsic functions at its top are evaluated.
pub(super) struct Field<'a> {
    scope: &'a Scope<'a>,
    /// Dotted, from the resource down: `Api.Auth.DefaultAuthorizer`.
    key: String,
    node: Node,
}

impl<'a> Field<'a> {
    pub(super) fn new(
        scope: &'a Scope<'a>,
        key: impl Into<String>,
        node: &Node,
    ) -> Result<Self, TemplateError> {
        Ok(Self {
            scope,
            key: key.into(),
            node: scope.settle(node)?,
        })
    }

    /// The refusal of this value.
    pub(super) fn error(&self, problem: impl Into<String>) -> TemplateError {
        self.scope.error(self.node.line, &self.key, problem)
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.node.value, Value::Null)
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.node.value, Value::Map(_))
    }

    /// What is under a key; a null counts as absent, as `AWS::NoValue` does.
    pub(super) fn get(&self, key: &str) -> Result<Option<Field<'a>>, TemplateError> {
        let Some(node) = self.node.get(key) else {
            return Ok(None);
        };
        let field = Field::new(self.scope, format!("{}.{key}", self.key), node)?;
        Ok((!field.is_null()).then_some(field))
    }

    /// What is under a key that must be there.
    pub(super) fn require(&self, key: &str) -> Result<Field<'a>, TemplateError> {
        self.get(key)?
            .ok_or_else(|| self.error(format!("{key} is missing")))
    }

    /// The entries of a mapping; nulls left out.
    pub(super) fn entries(&self) -> Result<Vec<(String, Field<'a>)>, TemplateError> {
        if !self.is_map() {
            return Err(self.error("should be a mapping"));
        }
        let mut fields = Vec::new();
        for entry in self.node.entries() {
            let field = Field::new(
                self.scope,
                format!("{}.{}", self.key, entry.key),
                &entry.node,
            )?;
            if !field.is_null() {
                fields.push((entry.key.clone(), field));
            }
        }
        Ok(fields)
    }

    /// Refuses every key that is neither read nor known to change no answer.
    pub(super) fn only(&self, read: &[&str], ignored: &[&str]) -> Result<(), TemplateError> {
        if !self.is_map() {
            return Err(self.error("should be a mapping"));
        }
        for entry in self.node.entries() {
            let key = entry.key.as_str();
            if !read.contains(&key) && !ignored.contains(&key) {
                return Err(self.scope.error(
                    entry.node.line,
                    &format!("{}.{key}", self.key),
                    format!(
                        "is not emulated on one machine; supported here: {}",
                        read.join(", ")
                    ),
                ));
            }
        }
        Ok(())
    }

    pub(super) fn text(&self) -> Result<String, TemplateError> {
        match &self.node.value {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(self.error("should be a text")),
        }
    }

    pub(super) fn flag(&self) -> Result<bool, TemplateError> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.error("should be true or false")),
        }
    }

    pub(super) fn number(&self, most: u64) -> Result<u64, TemplateError> {
        match self.text()?.parse() {
            Ok(number) if number <= most => Ok(number),
            _ => Err(self.error(format!("should be a whole number from 0 to {most}"))),
        }
    }

    /// The texts of a list; one text alone counts as a list of one.
    pub(super) fn texts(&self) -> Result<Vec<String>, TemplateError> {
        let Value::List(items) = &self.node.value else {
            return self.text().map(|text| vec![text]);
        };
        items
            .iter()
            .map(|item| Field::new(self.scope, self.key.clone(), item)?.text())
            .collect()
    }

    /// The logical id of the resource this value refers to.
    pub(super) fn resource(&self) -> Result<&str, TemplateError> {
        match &self.node.value {
            Value::Resource(name) => Ok(name),
            _ => Err(self.error("should refer to a resource of this template (!Ref or !GetAtt)")),
        }
    }
}
