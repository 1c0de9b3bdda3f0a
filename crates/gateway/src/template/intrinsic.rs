//! CloudFormation's intrinsic functions, as far as one machine can know their values.
//!
//! `Ref` gives a parameter's default, a pseudo parameter or a resource's name; `If` and the conditions are evaluated;
//! `Sub`, `Join` and `GetAtt` work. Only what is read is evaluated, so other functions elsewhere do no harm.

use std::collections::BTreeSet;

use super::TemplateError;
use crate::yaml::{Node, Value};

/// Conditions may name each other; a circle of them ends here.
pub(super) const DEPTH_LIMIT: usize = 32;

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
    pub(super) conditions: Option<&'a Node>,
    resources: BTreeSet<&'a str>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(file: &'a str, root: &'a Node) -> Self {
        let resources = root.get("Resources").map(Node::entries).unwrap_or_default();
        Self {
            file,
            parameters: root.get("Parameters"),
            conditions: root.get("Conditions"),
            resources: resources.iter().map(|entry| entry.key.as_str()).collect(),
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
            return Ok(node.clone());
        };
        if depth > DEPTH_LIMIT {
            return Err(self.error(node.line, function, "is nested too deeply"));
        }
        match function {
            "Ref" => self.reference(node.line, &self.scalar(&argument, function)?),
            "GetAtt" => self.attribute(node.line, &argument),
            "Sub" => self.substitute(node.line, &argument, depth),
            "If" => self.choose(node.line, &argument, depth),
            "Join" => self.join(node.line, &argument, depth),
            other => Err(self.error(
                node.line,
                other,
                "is not evaluated on one machine; Ref, GetAtt, Sub, Join, If and conditions are",
            )),
        }
    }

    pub(super) fn scalar(&self, node: &Node, function: &str) -> Result<String, TemplateError> {
        match &node.value {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(self.error(node.line, function, "needs a name")),
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
    fn attribute(&self, line: usize, argument: &Node) -> Result<Node, TemplateError> {
        let name = match &argument.value {
            Value::Text(text) => text.split('.').next().unwrap_or_default().to_owned(),
            Value::List(items) => match items.first() {
                Some(first) => self.scalar(first, "GetAtt")?,
                None => String::new(),
            },
            _ => String::new(),
        };
        if self.resources.contains(name.as_str()) {
            Ok(Node::new(line, Value::Resource(name)))
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
        argument: &Node,
        depth: usize,
    ) -> Result<Node, TemplateError> {
        let (text, variables) = match &argument.value {
            Value::Text(text) => (text.clone(), None),
            Value::List(items) => match items.as_slice() {
                [text, variables] => (self.scalar(text, "Sub")?, Some(variables)),
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
        let mut rest = text.as_str();
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
            Value::Text(text) | Value::Resource(text) => Ok(text),
            _ => Err(self.error(line, "Sub", format!("cannot insert {name}"))),
        }
    }

    fn join(&self, line: usize, argument: &Node, depth: usize) -> Result<Node, TemplateError> {
        let Value::List(items) = &argument.value else {
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
        Ok(Node::text(line, texts.join(delimiter)))
    }

    fn choose(&self, line: usize, argument: &Node, depth: usize) -> Result<Node, TemplateError> {
        let Value::List(items) = &argument.value else {
            return Err(self.error(line, "If", "needs a condition and two values"));
        };
        let [condition, then, otherwise] = items.as_slice() else {
            return Err(self.error(line, "If", "needs a condition and two values"));
        };
        let name = self.scalar(condition, "If")?;
        let chosen = if self.condition_named(&name, line, depth + 1)? {
            then
        } else {
            otherwise
        };
        self.settle_at(chosen, depth + 1)
    }
}

/// The function a node calls and its argument, in the short form (`!Ref X`) or the long one (`{Ref: X}`).
pub(super) fn call(node: &Node) -> Option<(&str, Node)> {
    if let Some(tag) = &node.tag {
        let argument = Node::new(node.line, node.value.clone());
        return Some((tag, argument));
    }
    match node.entries() {
        [entry] => {
            let name = match entry.key.as_str() {
                "Ref" => "Ref",
                "Condition" => "Condition",
                key => key.strip_prefix("Fn::")?,
            };
            Some((name, entry.node.clone()))
        }
        _ => None,
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
        let scope = Scope::new("t.yaml", &root);
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
