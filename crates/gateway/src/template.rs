//! The SAM template, reduced to what an API Gateway does with it.

mod condition;
mod field;
mod functions;
mod guards;
mod http_api;
mod intrinsic;
mod rest_api;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use http::Response;
use hyper::body::Bytes;
use saphyr_parser::ScanError;
use serde_json::Map;

use crate::authorizer::Authorizer;
use crate::cors::Cors;
use crate::gateway_response::GatewayResponses;
use crate::route::Route;
use crate::yaml::{self, Entry, Node, Value, YamlError};
use field::Field;
use functions::Functions;
use guards::Guards;
use intrinsic::Scope;

const REST_API: &str = "AWS::Serverless::Api";
const HTTP_API: &str = "AWS::Serverless::HttpApi";

/// Why a template cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The file could not be read.
    #[error("cannot read the template {file}; --template names another file")]
    Unreadable {
        /// The path as it was given.
        file: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not YAML.
    #[error("{file} line {line}: not valid YAML")]
    Syntax {
        /// The template.
        file: String,
        /// Where the parser stopped.
        line: usize,
        /// What the parser said.
        #[source]
        source: ScanError,
    },
    /// A part of the API cannot be served on one machine, or makes no sense.
    #[error("{file} line {line}: {key}: {problem}")]
    Unsupported {
        /// The template.
        file: String,
        /// The line of the value.
        line: usize,
        /// The key, from the resource down.
        key: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// There is nothing to serve.
    #[error(
        "{file} has no API: it needs a resource of type AWS::Serverless::Api or AWS::Serverless::HttpApi"
    )]
    NoApi {
        /// The template.
        file: String,
    },
}

/// The two products called API Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKind {
    /// A REST API: `AWS::Serverless::Api`.
    Rest,
    /// An HTTP API: `AWS::Serverless::HttpApi`.
    Http,
}

/// One API of a template: its routes, who guards them, and how it refuses.
pub struct Api {
    pub(crate) kind: ApiKind,
    pub(crate) stage: String,
    pub(crate) routes: Vec<Route>,
    /// The authorizer of preflight requests, which SAM adds to REST APIs unless told otherwise.
    pub(crate) preflight_authorizer: Option<Arc<Authorizer>>,
    pub(crate) cors: Cors,
    pub(crate) responses: GatewayResponses,
}

/// What the reader of an API resource found, before the routes are known.
struct ApiSettings {
    stage: String,
    guards: Guards,
    authorizer_on_preflight: bool,
    cors: Cors,
    responses: GatewayResponses,
}

impl Api {
    /// Reads a template from a file.
    pub fn load(path: &Path) -> Result<Self, TemplateError> {
        Self::load_with(path, &[])
    }

    /// Reads a template from a file, with values for parameters in place of their defaults. A value
    /// for a parameter that the template does not have counts for nothing.
    pub fn load_with(path: &Path, parameters: &[(&str, &str)]) -> Result<Self, TemplateError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse_with(&text, &file, parameters),
            Err(source) => Err(TemplateError::Unreadable { file, source }),
        }
    }

    /// Reads a template from text; `file` is the name that errors give it.
    pub fn parse(text: &str, file: &str) -> Result<Self, TemplateError> {
        Self::parse_with(text, file, &[])
    }

    fn parse_with(
        text: &str,
        file: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Self, TemplateError> {
        let root = yaml::parse(text).map_err(|error| syntax_error(error, file))?;
        let scope = Scope::new(file, &root, parameters);
        let (kind, id, node) = find_api(&root, &scope)?;
        let functions = Functions::find(&root, &scope)?;
        let properties = properties_of(&root, kind, node);
        let api = Field::new(&scope, id, &properties)?;
        let settings = match kind {
            ApiKind::Rest => rest_api::read(&api, &functions)?,
            ApiKind::Http => http_api::read(&api, &functions)?,
        };
        let routes = functions.routes(kind, id, &settings)?;
        let default = settings.guards.default_authorizer();
        Ok(Self {
            kind,
            stage: settings.stage,
            routes,
            preflight_authorizer: default.filter(|_| settings.authorizer_on_preflight),
            cors: settings.cors,
            responses: settings.responses,
        })
    }

    /// Which of the two kinds of API it is.
    #[must_use]
    pub fn kind(&self) -> ApiKind {
        self.kind
    }

    /// The routes, in the order of the template.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// The gateway responses of a REST API, each by its name and as the answer that it is, also where nothing on one
    /// machine leads to it. `context` is what `$context` holds.
    pub fn gateway_responses(
        &self,
        context: &Map<String, serde_json::Value>,
    ) -> impl Iterator<Item = (&'static str, Response<Bytes>)> {
        self.responses.all(context)
    }

    /// The binaries that serving it calls, authorizers included.
    #[must_use]
    pub fn functions(&self) -> BTreeSet<&str> {
        let guards = self
            .routes
            .iter()
            .filter_map(|route| route.authorizer.as_ref());
        guards
            .chain(&self.preflight_authorizer)
            .map(|authorizer| authorizer.function.as_str())
            .chain(self.routes.iter().map(Route::function))
            .collect()
    }
}

fn syntax_error(error: YamlError, file: &str) -> TemplateError {
    let file = file.to_owned();
    match error {
        YamlError::Scan(source) => TemplateError::Syntax {
            file,
            line: source.marker().line(),
            source,
        },
        YamlError::Unsupported { line, what } => TemplateError::Unsupported {
            file,
            line,
            key: "the template".to_owned(),
            problem: what,
        },
    }
}

/// The one API of the template; one behind a condition that does not hold is not there.
fn find_api<'a>(
    root: &'a Node,
    scope: &Scope<'_>,
) -> Result<(ApiKind, &'a str, &'a Node), TemplateError> {
    let mut found = None;
    for (id, resource) in present_resources(root, scope)? {
        let kind = match type_of(resource) {
            REST_API => ApiKind::Rest,
            HTTP_API => ApiKind::Http,
            _ => continue,
        };
        if found.replace((kind, id, resource)).is_some() {
            return Err(scope.error(
                resource.line,
                id,
                "is a second API; one machine serves one API of a template",
            ));
        }
    }
    found.ok_or_else(|| TemplateError::NoApi {
        file: scope.file.to_owned(),
    })
}

/// The resources whose condition holds, or that have none.
fn present_resources<'a>(
    root: &'a Node,
    scope: &Scope<'_>,
) -> Result<Vec<(&'a str, &'a Node)>, TemplateError> {
    let mut present = Vec::new();
    for Entry { key, node } in root.get("Resources").map(Node::entries).unwrap_or_default() {
        let holds = match node.get("Condition") {
            Some(Node {
                value: Value::Text(name),
                line,
                ..
            }) => scope.holds(name, *line)?,
            _ => true,
        };
        if holds {
            present.push((key.as_str(), node));
        }
    }
    Ok(present)
}

fn type_of(resource: &Node) -> &str {
    match resource.get("Type").map(|node| &node.value) {
        Some(Value::Text(name)) => name,
        _ => "",
    }
}

/// The properties of the API resource over those of `Globals`, as SAM merges them.
fn properties_of(root: &Node, kind: ApiKind, resource: &Node) -> Node {
    let section = match kind {
        ApiKind::Rest => "Api",
        ApiKind::Http => "HttpApi",
    };
    let empty = Node::new(resource.line, Value::Map(Vec::new()));
    let own = resource.get("Properties").unwrap_or(&empty);
    match root.get("Globals").and_then(|globals| globals.get(section)) {
        Some(globals) => merged(globals, own),
        None => own.clone(),
    }
}

/// SAM's rule: mappings merge, lists are appended, anything else is replaced.
fn merged(globals: &Node, own: &Node) -> Node {
    let value = match (&globals.value, &own.value) {
        (Value::Map(below), Value::Map(above)) if globals.tag.is_none() && own.tag.is_none() => {
            let mut entries = below.clone();
            for entry in above {
                match entries.iter_mut().find(|known| known.key == entry.key) {
                    Some(known) => known.node = merged(&known.node, &entry.node),
                    None => entries.push(entry.clone()),
                }
            }
            Value::Map(entries)
        }
        (Value::List(below), Value::List(above)) if globals.tag.is_none() && own.tag.is_none() => {
            Value::List(below.iter().chain(above).cloned().collect())
        }
        _ => return own.clone(),
    };
    Node::new(own.line, value)
}
