//! The functions of the template, and the routes their events ask for.

use std::collections::BTreeMap;

use super::field::Field;
use super::intrinsic::Scope;
use super::{ApiKind, ApiSettings, TemplateError, present_resources, type_of};
use crate::route::{PathPattern, Route, RouteMethod};
use crate::yaml::Node;

const FUNCTION: &str = "AWS::Serverless::Function";

/// The functions by logical id.
pub(super) struct Functions<'a> {
    scope: &'a Scope<'a>,
    by_id: BTreeMap<&'a str, &'a Node>,
    /// In the order of the file, which the routes keep.
    order: Vec<&'a str>,
}

impl<'a> Functions<'a> {
    pub(super) fn find(root: &'a Node, scope: &'a Scope<'a>) -> Result<Self, TemplateError> {
        let mut functions = Self {
            scope,
            by_id: BTreeMap::new(),
            order: Vec::new(),
        };
        for (id, resource) in present_resources(root, scope)? {
            if type_of(resource) == FUNCTION {
                functions.by_id.insert(id, resource);
                functions.order.push(id);
            }
        }
        Ok(functions)
    }

    /// The binary of the function a field refers to.
    pub(super) fn binary_of(&self, reference: &Field<'_>) -> Result<String, TemplateError> {
        let id = reference.resource()?;
        match self.by_id.get(id) {
            Some(resource) => self.binary(id, resource),
            None => Err(reference.error(format!("{id} is not an {FUNCTION} of this template"))),
        }
    }

    /// `Metadata.BuildProperties.Binary`: what `sam build` compiles is also what is invoked by name.
    fn binary(&self, id: &str, resource: &Node) -> Result<String, TemplateError> {
        let metadata = resource.get("Metadata");
        let properties = metadata.and_then(|metadata| metadata.get("BuildProperties"));
        match properties.and_then(|properties| properties.get("Binary")) {
            Some(binary) => {
                let name = Field::new(
                    self.scope,
                    format!("{id}.Metadata.BuildProperties.Binary"),
                    binary,
                )?;
                let text = name.text()?;
                // The name becomes a part of an Invoke URL.
                if !text.is_empty()
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
                {
                    Ok(text)
                } else {
                    Err(name.error("should be a binary's name: letters, digits, - and _"))
                }
            }
            None => Err(self.scope.error(
                resource.line,
                &format!("{id}.Metadata.BuildProperties.Binary"),
                "is missing; it names the binary to call",
            )),
        }
    }

    /// The routes of one API.
    pub(super) fn routes(
        &self,
        kind: ApiKind,
        api: &str,
        settings: &ApiSettings,
    ) -> Result<Vec<Route>, TemplateError> {
        let mut routes: Vec<Route> = Vec::new();
        for id in &self.order {
            let Some(resource) = self.by_id.get(id) else {
                continue;
            };
            let Some(properties) = resource.get("Properties") else {
                continue;
            };
            let function = Field::new(self.scope, *id, properties)?;
            let Some(events) = function.get("Events")? else {
                continue;
            };
            for (_, event) in events.entries()? {
                let Some(source) = event_source(kind, api, &event)? else {
                    continue;
                };
                let route = Route {
                    function: self.binary(id, resource)?,
                    ..read_route(kind, &source, settings)?
                };
                if routes
                    .iter()
                    .any(|known| known.path == route.path && known.method == route.method)
                {
                    return Err(
                        source.error("asks for a path and method that another event already has")
                    );
                }
                routes.push(route);
            }
        }
        Ok(routes)
    }
}

/// The properties of an event, if it is one of this API.
fn event_source<'e>(
    kind: ApiKind,
    api: &str,
    event: &Field<'e>,
) -> Result<Option<Field<'e>>, TemplateError> {
    let (wanted, reference) = match kind {
        ApiKind::Rest => ("Api", "RestApiId"),
        ApiKind::Http => ("HttpApi", "ApiId"),
    };
    match event.require("Type")?.text()?.as_str() {
        found if found == wanted => {}
        found @ ("Api" | "HttpApi") => {
            return Err(event.error(format!(
                "is of type {found}, but the template's API takes {wanted}"
            )));
        }
        _ => return Ok(None),
    }
    let missing = || {
        let problem = format!(
            "has no {reference}; write `{reference}: !Ref {api}` (implicit APIs are not served)"
        );
        event.error(problem)
    };
    let Some(source) = event.get("Properties")? else {
        return Err(missing());
    };
    let named = source.get(reference)?.ok_or_else(missing)?;
    if named.resource()? == api {
        Ok(Some(source))
    } else {
        Err(named.error(format!("refers to another API than {api}")))
    }
}

fn read_route(
    kind: ApiKind,
    source: &Field<'_>,
    settings: &ApiSettings,
) -> Result<Route, TemplateError> {
    match kind {
        ApiKind::Rest => source.only(
            &["RestApiId", "Path", "Method", "Auth"],
            &["TimeoutInMillis"],
        )?,
        ApiKind::Http => source.only(
            &["ApiId", "Path", "Method", "Auth", "PayloadFormatVersion"],
            &["TimeoutInMillis", "RouteSettings"],
        )?,
    }
    if let Some(version) = source.get("PayloadFormatVersion")?
        && version.text()? != "2.0"
    {
        return Err(version.error("should be 2.0"));
    }
    let path = match source.get("Path")? {
        Some(path) => PathPattern::parse(&path.text()?).map_err(|problem| path.error(problem))?,
        None if kind == ApiKind::Http => PathPattern::fallback(),
        None => return Err(source.error("Path is missing")),
    };
    let method = match source.get("Method")? {
        Some(method) => RouteMethod::parse(&method.text()?)
            .ok_or_else(|| method.error("should be an HTTP method"))?,
        None if kind == ApiKind::Http => RouteMethod::Any,
        None => return Err(source.error("Method is missing")),
    };
    Ok(Route {
        method,
        path,
        function: String::new(),
        authorizer: settings.guards.of_event(source)?,
    })
}
