//! CloudFormation's intrinsic functions, as far as one machine can know their values.
//!
//! `Ref` gives a parameter's default, a pseudo parameter or a resource's name; `If` and the conditions are evaluated;
//! `Sub`, `Join` and `GetAtt` work. Only what is read is evaluated, so other functions elsewhere do no harm.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::TemplateError;
use crate::yaml::{Entry, Node, Value};

/// Conditions may name each other; a circle of them ends here.
pub(super) const DEPTH_LIMIT: usize = 32;

/// How many values and bytes of text one template may be evaluated to: many times what a template has, which is a
/// megabyte at most. A value that names ten others, each of which names ten others, would never come to an end.
const WORK_LIMIT: usize = 8 * 1024 * 1024;

/// The pseudo parameters, as one machine has them.
const PSEUDO: &[(&str, &str)] = &[
    ("AWS::AccountId", crate::event::ACCOUNT),
    ("AWS::Partition", "aws"),
    ("AWS::Region", crate::event::REGION),
    (
        "AWS::StackId",
        "arn:aws:cloudformation:us-east-1:123456789012:stack/tollgate/local",
    ),
    ("AWS::StackName", "tollgate"),
    ("AWS::URLSuffix", "amazonaws.com"),
];

/// What names mean in one template.
pub(super) struct Scope<'a> {
    pub(super) file: &'a str,
    parameters: Option<&'a Node>,
    given: &'a [(&'a str, &'a str)],
    pub(super) conditions: Option<&'a Node>,
    resources: BTreeSet<&'a str>,
    /// What is left of [`WORK_LIMIT`].
    work: Cell<usize>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(file: &'a str, root: &'a Node, given: &'a [(&'a str, &'a str)]) -> Self {
        let resources = root.get("Resources").map(Node::entries).unwrap_or_default();
        Self {
            file,
            parameters: root.get("Parameters"),
            given,
            conditions: root.get("Conditions"),
            resources: resources.iter().map(|entry| entry.key.as_str()).collect(),
            work: Cell::new(WORK_LIMIT),
        }
    }

    /// Counts what an evaluation costs, and ends one that never would.
    pub(super) fn spend(&self, cost: usize, line: usize) -> Result<(), TemplateError> {
        match self.work.get().checked_sub(cost) {
            Some(left) => {
                self.work.set(left);
                Ok(())
            }
            None => Err(self.error(
                line,
                "the template",
                "asks for more work than a template may",
            )),
        }
    }

    pub(super) fn error(
        &self,
        line: usize,
        key: &str,
        problem: impl Into<String>,
    ) -> TemplateError {
        TemplateError::Unsupported {
            file: self.file.to_owned(),
            line,
            key: key.to_owned(),
            problem: problem.into(),
        }
    }

    /// The node with an intrinsic function at its top replaced by its value; what lies deeper is left alone.
    ///
    /// `AWS::NoValue` becomes null, which readers take for an absent key.
    pub(super) fn settle(&self, node: &Node) -> Result<Node, TemplateError> {
        self.settle_at(node, 0)
    }

    pub(super) fn settle_at(&self, node: &Node, depth: usize) -> Result<Node, TemplateError> {
        let Some((function, argument)) = call(node) else {
            self.spend(weight(node), node.line)?;
            return Ok(node.clone());
        };
        self.spend(1, node.line)?;
        if depth > DEPTH_LIMIT {
            return Err(self.error(node.line, function, "is nested too deeply"));
        }
        match function {
            "Ref" => self.reference(node.line, self.scalar(node.line, argument, function)?),
            "GetAtt" => self.attribute(node.line, argument),
            "Sub" => self.substitute(node.line, argument, depth),
            "If" => self.choose(node.line, argument, depth),
            "Join" => self.join(node.line, argument, depth),
            other => Err(self.error(
                node.line,
                other,
                "is not evaluated on one machine; Ref, GetAtt, Sub, Join, If and conditions are",
            )),
        }
    }

    pub(super) fn scalar<'v>(
        &self,
        line: usize,
        value: &'v Value,
        function: &str,
    ) -> Result<&'v str, TemplateError> {
        match value {
            Value::Text(text) => Ok(text),
            _ => Err(self.error(line, function, "needs a name")),
        }
    }

    fn reference(&self, line: usize, name: &str) -> Result<Node, TemplateError> {
        if name == "AWS::NoValue" {
            return Ok(Node::new(line, Value::Null));
        }
        if let Some((_, value)) = PSEUDO.iter().find(|(pseudo, _)| *pseudo == name) {
            return Ok(Node::text(line, *value));
        }
        if let Some(parameter) = self.parameters.and_then(|parameters| parameters.get(name)) {
            if let Some((_, value)) = self.given.iter().find(|(given, _)| *given == name) {
                return Ok(Node::text(line, *value));
            }
            return match parameter.get("Default").map(|default| &default.value) {
                Some(Value::Text(text)) => Ok(Node::text(line, text)),
                Some(Value::Null) => Ok(Node::text(line, "")),
                _ => Err(self.error(
                    line,
                    name,
                    "is a parameter without a Default, and one machine has no other value for it",
                )),
            };
        }
        if self.resources.contains(name) {
            return Ok(Node::new(line, Value::Resource(name.to_owned())));
        }
        Err(self.error(
            line,
            name,
            "is neither a parameter nor a resource of this template",
        ))
    }

    /// `!GetAtt Name.Arn` or `[Name, Arn]`: which attribute it is does not matter, since one machine has no ARNs.
    fn attribute(&self, line: usize, argument: &Value) -> Result<Node, TemplateError> {
        let name = match argument {
            Value::Text(text) => text.split('.').next().unwrap_or_default(),
            Value::List(items) => match items.first() {
                Some(first) => self.scalar(first.line, &first.value, "GetAtt")?,
                None => "",
            },
            _ => "",
        };
        if self.resources.contains(name) {
            Ok(Node::new(line, Value::Resource(name.to_owned())))
        } else {
            Err(self.error(
                line,
                "GetAtt",
                format!("names {name:?}, which is no resource of this template"),
            ))
        }
    }

    fn substitute(
        &self,
        line: usize,
        argument: &Value,
        depth: usize,
    ) -> Result<Node, TemplateError> {
        let (text, variables) = match argument {
            Value::Text(text) => (text.as_str(), None),
            Value::List(items) => match items.as_slice() {
                [text, variables] => (self.scalar(text.line, &text.value, "Sub")?, Some(variables)),
                _ => {
                    return Err(self.error(
                        line,
                        "Sub",
                        "needs a text, or a text and its variables",
                    ));
                }
            },
            _ => return Err(self.error(line, "Sub", "needs a text")),
        };
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                return Err(self.error(line, "Sub", "has ${ without }"));
            };
            rest = tail;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str("${");
                out.push_str(literal);
                out.push('}');
            } else {
                let given = variables.and_then(|variables| variables.get(name.trim()));
                out.push_str(&self.substituted(line, name.trim(), given, depth)?);
            }
        }
        out.push_str(rest);
        // `!Sub ${AuthorizerFunction.Arn}` and nothing else means the resource itself.
        let whole = text
            .strip_prefix("${")
            .and_then(|text| text.strip_suffix('}'));
        match whole.and_then(|name| name.split('.').next()) {
            Some(name) if self.resources.contains(name) => {
                Ok(Node::new(line, Value::Resource(name.to_owned())))
            }
            _ => Ok(Node::text(line, out)),
        }
    }

    fn substituted(
        &self,
        line: usize,
        name: &str,
        given: Option<&Node>,
        depth: usize,
    ) -> Result<String, TemplateError> {
        let node = match given {
            Some(node) => self.settle_at(node, depth + 1)?,
            None => self.reference(line, name.split('.').next().unwrap_or_default())?,
        };
        match node.value {
            Value::Text(text) | Value::Resource(text) => {
                self.spend(text.len(), line)?;
                Ok(text)
            }
            _ => Err(self.error(line, "Sub", format!("cannot insert {name}"))),
        }
    }

    fn join(&self, line: usize, argument: &Value, depth: usize) -> Result<Node, TemplateError> {
        let Value::List(items) = argument else {
            return Err(self.error(line, "Join", "needs a delimiter and a list"));
        };
        let [delimiter, list] = items.as_slice() else {
            return Err(self.error(line, "Join", "needs a delimiter and a list"));
        };
        let Value::List(parts) = &list.value else {
            return Err(self.error(line, "Join", "needs a list"));
        };
        let mut texts = Vec::new();
        for part in parts {
            match self.settle_at(part, depth + 1)?.value {
                Value::Text(text) | Value::Resource(text) => texts.push(text),
                _ => return Err(self.error(part.line, "Join", "can only join texts")),
            }
        }
        let delimiter = match &delimiter.value {
            Value::Text(text) => text.as_str(),
            _ => "",
        };
        let length = |text: &String| text.len() + delimiter.len();
        self.spend(texts.iter().map(length).sum(), line)?;
        Ok(Node::text(line, texts.join(delimiter)))
    }

    fn choose(&self, line: usize, argument: &Value, depth: usize) -> Result<Node, TemplateError> {
        let Value::List(items) = argument else {
            return Err(self.error(line, "If", "needs a condition and two values"));
        };
        let [condition, then, otherwise] = items.as_slice() else {
            return Err(self.error(line, "If", "needs a condition and two values"));
        };
        let name = self.scalar(condition.line, &condition.value, "If")?;
        let chosen = if self.condition_named(name, line, depth + 1)? {
            then
        } else {
            otherwise
        };
        self.settle_at(chosen, depth + 1)
    }
}

/// The function a node calls and its argument, in the short form (`!Ref X`) or the long one (`{Ref: X}`).
pub(super) fn call(node: &Node) -> Option<(&str, &Value)> {
    if let Some(tag) = &node.tag {
        return Some((tag, &node.value));
    }
    match node.entries() {
        [entry] => {
            let name = match entry.key.as_str() {
                "Ref" => "Ref",
                "Condition" => "Condition",
                key => key.strip_prefix("Fn::")?,
            };
            Some((name, &entry.node.value))
        }
        _ => None,
    }
}

/// What a copy of a node costs: its values and the bytes of their texts.
fn weight(node: &Node) -> usize {
    1 + match &node.value {
        Value::Null => 0,
        Value::Text(text) | Value::Resource(text) => text.len(),
        Value::List(items) => items.iter().map(weight).sum(),
        Value::Map(entries) => {
            let weight = |entry: &Entry| entry.key.len() + weight(&entry.node);
            entries.iter().map(weight).sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;
    use crate::yaml::{self, Value};

    const TEMPLATE: &str = "
Parameters:
  Stage: { Type: String, Default: live }
  Origin: { Type: String, Default: '' }
  Bare: { Type: String }
  Given: { Type: String, Default: '*' }
Conditions:
  HasOrigin: !Not [!Equals [!Ref Origin, '']]
  IsLive: !Equals [!Ref Stage, live]
  Both: !And [!Condition IsLive, !Condition HasOrigin]
  Either: { 'Fn::Or': [{ Condition: IsLive }, { Condition: HasOrigin }] }
  Circle: !Not [!Condition Circle]
Resources:
  Gate: { Type: AWS::Serverless::Function }
";

    fn evaluated(expression: &str) -> Result<String, String> {
        let text = format!("{TEMPLATE}X: {expression}\n");
        let Ok(root) = yaml::parse(&text) else {
            return Err("syntax".to_owned());
        };
        let scope = Scope::new("t.yaml", &root, &[("Given", "for this machine")]);
        let node = root.get("X").expect("X is there");
        match scope.settle(node).map_err(|error| error.to_string())?.value {
            Value::Text(text) => Ok(text),
            Value::Resource(name) => Ok(format!("resource {name}")),
            Value::Null => Ok("nothing".to_owned()),
            Value::List(_) | Value::Map(_) => Ok("untouched".to_owned()),
        }
    }

    #[test]
    fn values() {
        for (expression, expected) in [
            ("plain", "plain"),
            ("!Ref Stage", "live"),
            ("{ Ref: Stage }", "live"),
            ("!Ref Origin", ""),
            ("!Ref Given", "for this machine"),
            ("!Ref AWS::Region", "us-east-1"),
            ("!Ref AWS::NoValue", "nothing"),
            ("!Ref Gate", "resource Gate"),
            ("!GetAtt Gate.Arn", "resource Gate"),
            ("{ 'Fn::GetAtt': [Gate, Arn] }", "resource Gate"),
            ("!Sub '${Gate.Arn}'", "resource Gate"),
            (
                "!Sub 'x-${Stage}-${AWS::Region}-${!Literal}'",
                "x-live-us-east-1-${Literal}",
            ),
            ("!Sub ['${A}/${Stage}', { A: !Ref Stage }]", "live/live"),
            ("!Join ['-', [a, !Ref Stage]]", "a-live"),
            ("!If [IsLive, yes!, no!]", "yes!"),
            ("!If [Both, yes!, !Ref Stage]", "live"),
            ("!If [Either, 1, 2]", "1"),
            ("[!Ref Nothing]", "untouched"),
        ] {
            assert_eq!(
                evaluated(expression).as_deref(),
                Ok(expected),
                "{expression}"
            );
        }
    }

    #[test]
    fn what_grows_with_every_level_comes_to_an_end() {
        let doubled = (0..20).fold("x".to_owned(), |inner, _| {
            format!("!Sub ['${{A}}${{A}}${{A}}', {{ A: {inner} }}]")
        });
        let joined = (0..12).fold("x".to_owned(), |inner, _| {
            format!("!Join ['', [!Sub ['${{A}}${{A}}${{A}}${{A}}', {{ A: {inner} }}]]]")
        });
        let long = format!(
            "!Sub ['{}', {{ A: {} }}]",
            "${A}".repeat(9_000),
            "x".repeat(9_000)
        );
        for expression in [doubled, joined, long] {
            let error = evaluated(&expression).expect_err("too much");
            assert!(error.contains("asks for more work"), "{error}");
        }
        let levels = (0..7).map(|level| {
            let inner = format!("!Condition C{}, ", level + 1).repeat(100);
            format!("  C{level}: !And [{inner}]\n")
        });
        let conditions: String = levels.collect();
        let text = format!("Conditions:\n{conditions}  C7: !Equals [a, a]\nX: !If [C0, 1, 2]\n");
        let Ok(root) = yaml::parse(&text) else {
            panic!("valid YAML")
        };
        let settled = Scope::new("t.yaml", &root, &[]).settle(root.get("X").expect("X is there"));
        let error = settled.err().expect("too much").to_string();
        assert!(error.contains("asks for more work"), "{error}");
    }

    #[test]
    fn refusals_name_the_line() {
        for (expression, expected) in [
            (
                "!Ref Nothing",
                "Nothing: is neither a parameter nor a resource",
            ),
            ("!Ref Bare", "Bare: is a parameter without a Default"),
            ("!GetAtt Nothing.Arn", "is no resource"),
            ("!ImportValue x", "ImportValue: is not evaluated"),
            ("!If [Unknown, 1, 2]", "Unknown: is not a condition"),
            ("!If [Circle, 1, 2]", "Conditions: Equals"),
            ("!If [IsLive]", "If: needs a condition"),
            ("!Sub '${Stage'", "without }"),
            ("!Join x", "Join: needs"),
            ("!Ref [a]", "Ref: needs a name"),
        ] {
            let error = evaluated(expression).expect_err(expression);
            assert!(error.contains(expected), "{expression}: {error}");
            assert!(error.starts_with("t.yaml line "), "{error}");
        }
    }
}
