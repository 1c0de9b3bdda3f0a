//! `openapi.json`, and whether an answer is one that it describes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tollgate_gateway::Bytes;
use ureq::http::Response;

use crate::schemas;

/// The contract of `template.yaml`.
pub(crate) struct Document(Value);

/// One method of one path, as the document describes it.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    document: &'a Document,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    described: &'a Value,
}

impl Document {
    pub(crate) fn read() -> Self {
        let text = include_str!("../../../openapi.json");
        Self(serde_json::from_str(text).expect("JSON"))
    }

    pub(crate) fn value(&self) -> &Value {
        &self.0
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.0["paths"].as_object().expect("paths");
        let operations = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods");
            methods.iter().map(move |(method, described)| Operation {
                document: self,
                method,
                path,
                described,
            })
        });
        operations.collect()
    }

    pub(crate) fn operation(&self, path: &str) -> Operation<'_> {
        let mut found = self.operations().into_iter().filter(|it| it.path == path);
        found.next().expect(path)
    }

    /// What is meant by a value that may be a reference.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').expect("a place in here");
                self.resolve(self.0.pointer(pointer).expect(reference))
            }
            None => value,
        }
    }

    /// What of a value is not as a schema of the document has it.
    pub(crate) fn complaints(&self, schema: &Value, value: &Value) -> Vec<String> {
        let with_references = json!({"components": self.0["components"], "allOf": [schema]});
        schemas::complaints(&with_references, value)
    }
}

impl<'a> Operation<'a> {
    /// Whether it needs an access token.
    pub(crate) fn is_protected(self) -> bool {
        let own = self.described.get("security");
        let security = own.unwrap_or(&self.document.0["security"]);
        let alternatives = security.as_array().expect("alternatives");
        alternatives
            .iter()
            .any(|it| it.get("accessToken").is_some())
    }

    pub(crate) fn has_body(self) -> bool {
        self.described.get("requestBody").is_some()
    }

    /// What a body is validated against.
    pub(crate) fn body_schema(self) -> &'a Value {
        let body = self.document.resolve(&self.described["requestBody"]);
        &body["content"]["application/json"]["schema"]
    }

    /// What a header of the request is validated against.
    pub(crate) fn header_schema(self, name: &str) -> &'a Value {
        let parameters = self.described["parameters"].as_array().expect("parameters");
        let mut parameters = parameters.iter().map(|it| self.document.resolve(it));
        let parameter = parameters.find(|it| it["in"] == "header" && it["name"] == name);
        &parameter.expect(name)["schema"]
    }

    /// The answers: status and description.
    pub(crate) fn responses(self) -> impl Iterator<Item = (u16, &'a Value)> {
        let responses = self.described["responses"].as_object().expect("responses");
        responses.iter().map(move |(status, response)| {
            let status = status.parse().expect("a status");
            (status, self.document.resolve(response))
        })
    }

    /// Every `(status, error, reason)` that it may be refused with. A schema is asked about every name that there
    /// is, since there are several ways to write down which of them it takes.
    pub(crate) fn refusals(self) -> BTreeSet<(u16, String, Option<String>)> {
        let schemas = &self.document.0["components"]["schemas"];
        let texts = |schema: &Value| -> Vec<String> {
            let all = schema["enum"].as_array().expect("names").iter();
            all.map(|it| it.as_str().expect("text").to_owned())
                .collect()
        };
        let mut errors = texts(&schemas["Refusal"]["properties"]["error"]);
        errors.push("invalid_grant".to_owned());
        let reasons = texts(&schemas["InvalidGrant"]["properties"]["reason"]);
        let reasons: Vec<_> = reasons.into_iter().map(Some).chain([None]).collect();
        let mut taken = BTreeSet::new();
        for (status, response) in self.responses().filter(|(status, _)| *status >= 400) {
            let schema = &response["content"]["application/json"]["schema"];
            for error in &errors {
                for reason in &reasons {
                    let mut body = json!({"error": error, "error_description": "A sentence."});
                    if let Some(reason) = reason {
                        body["reason"] = reason.as_str().into();
                    }
                    if self.document.complaints(schema, &body).is_empty() {
                        taken.insert((status, error.clone(), reason.clone()));
                    }
                }
            }
        }
        taken
    }

    /// What of an answer is not as it is described.
    pub(crate) fn complaints(self, answer: &Response<Bytes>) -> Vec<String> {
        let status = answer.status().as_u16();
        let mut described = self.responses().filter(|(known, _)| *known == status);
        let Some((_, described)) = described.next() else {
            return vec![format!("{status} is not described")];
        };
        let mut complaints = self.complaints_of_headers(described, answer);
        let content = &described["content"];
        if content.is_null() {
            if !answer.body().is_empty() {
                complaints.push("there is a body".to_owned());
            }
            return complaints;
        }
        if answer
            .headers()
            .get("content-type")
            .is_none_or(|it| it != "application/json")
        {
            complaints.push("it is not application/json".to_owned());
        }
        let schema = &content["application/json"]["schema"];
        match serde_json::from_slice(answer.body()) {
            Ok(body) => complaints.extend(self.document.complaints(schema, &body)),
            Err(error) => complaints.push(error.to_string()),
        }
        complaints
    }

    fn complaints_of_headers(self, described: &Value, answer: &Response<Bytes>) -> Vec<String> {
        let mut complaints = Vec::new();
        for (name, header) in described["headers"].as_object().into_iter().flatten() {
            let header = self.document.resolve(header);
            let mut values = answer.headers().get_all(name).iter().peekable();
            if values.peek().is_none() && header["required"] == true {
                complaints.push(format!("there is no {name}"));
            }
            for value in values {
                let text = value.to_str().expect("ASCII");
                // A header is text; its schema may be that of a number.
                let number = text.parse::<u64>().map(Value::from);
                let value = number.unwrap_or_else(|_| text.into());
                let wrong = self.document.complaints(&header["schema"], &value);
                complaints.extend(wrong.iter().map(|it| format!("{name}: {it}")));
            }
        }
        complaints
    }
}
