//! The template's `Conditions`: which resources are there, and what `If` chooses.

use super::TemplateError;
use super::intrinsic::{DEPTH_LIMIT, Scope, call};
use crate::yaml::{Node, Value};

impl Scope<'_> {
    /// Whether a condition of the template holds.
    pub(super) fn holds(&self, name: &str, line: usize) -> Result<bool, TemplateError> {
        self.condition_named(name, line, 0)
    }

    pub(super) fn condition_named(
        &self,
        name: &str,
        line: usize,
        depth: usize,
    ) -> Result<bool, TemplateError> {
        match self.conditions.and_then(|conditions| conditions.get(name)) {
            Some(condition) => self.condition(condition, depth + 1),
            None => Err(self.error(line, name, "is not a condition of this template")),
        }
    }

    fn condition(&self, node: &Node, depth: usize) -> Result<bool, TemplateError> {
        let Some((function, argument)) = call(node).filter(|_| depth <= DEPTH_LIMIT) else {
            return Err(self.error(
                node.line,
                "Conditions",
                "Equals, Not, And, Or and Condition are understood",
            ));
        };
        self.spend(1, node.line)?;
        let items = match argument {
            Value::List(items) => items.as_slice(),
            _ => &[],
        };
        match (function, items) {
            ("Equals", [left, right]) => {
                let (left, right) = (self.settle_at(left, depth)?, self.settle_at(right, depth)?);
                Ok(matches!((left.value, right.value), (Value::Text(a), Value::Text(b)) if a == b))
            }
            ("Not", [inner]) => Ok(!self.condition(inner, depth + 1)?),
            // Every part is looked at, so that a mistake in one is found whatever the others say.
            ("And", parts) => parts
                .iter()
                .try_fold(true, |all, part| Ok(all & self.condition(part, depth + 1)?)),
            ("Or", parts) => {
                parts.iter().try_fold(
                    false,
                    |any, part| Ok(any | self.condition(part, depth + 1)?),
                )
            }
            ("Condition", _) => {
                let name = self.scalar(node.line, argument, function)?;
                self.condition_named(name, node.line, depth + 1)
            }
            _ => Err(self.error(
                node.line,
                function,
                "is not understood in a condition; Equals, Not, And, Or are",
            )),
        }
    }
}
