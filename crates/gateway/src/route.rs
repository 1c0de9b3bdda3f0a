//! Which function a method and path lead to.

use std::fmt;
use std::sync::Arc;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::authorizer::Authorizer;
use crate::template::{Api, ApiKind};

/// One method and path of the API, and the function behind it.
pub struct Route {
    pub(crate) method: RouteMethod,
    pub(crate) path: PathPattern,
    pub(crate) function: String,
    pub(crate) authorizer: Option<Arc<Authorizer>>,
}

impl Route {
    /// The HTTP method, or `ANY`.
    #[must_use]
    pub fn method(&self) -> &str {
        match &self.method {
            RouteMethod::Any => "ANY",
            RouteMethod::Only(method) => method.as_str(),
        }
    }

    /// The path as the template has it, such as `/users/{id}`; `$default` for an HTTP API's catch-all.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path.text
    }

    /// The binary that answers it.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The name of its authorizer in the template, if it has one.
    #[must_use]
    pub fn authorizer(&self) -> Option<&str> {
        self.authorizer
            .as_ref()
            .map(|authorizer| authorizer.name.as_str())
    }

    /// What an HTTP API calls it: `GET /me`, or `$default`.
    pub(crate) fn key(&self) -> String {
        if self.path.is_fallback() {
            self.path.text.clone()
        } else {
            self.to_string()
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method(), self.path())
    }
}

/// The methods a route takes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum RouteMethod {
    Any,
    Only(Method),
}

impl RouteMethod {
    /// SAM takes any case, and `any` or `x-amazon-apigateway-any-method` for all of them.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        match upper.as_str() {
            "ANY" | "X-AMAZON-APIGATEWAY-ANY-METHOD" => Some(Self::Any),
            "DELETE" | "GET" | "HEAD" | "OPTIONS" | "PATCH" | "POST" | "PUT" => {
                Method::from_bytes(upper.as_bytes()).ok().map(Self::Only)
            }
            _ => None,
        }
    }

    fn takes(&self, method: &Method) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == method,
        }
    }
}

/// A path of the template, cut into segments.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PathPattern {
    pub(crate) text: String,
    segments: Vec<Segment>,
}

/// Ordered as API Gateway prefers them: an exact segment over a variable, a variable over the greedy rest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Exact(String),
    Variable(String),
    Greedy(String),
    Fallback,
}

/// Path parameters with their decoded values.
pub(crate) type Parameters = Vec<(String, String)>;

impl PathPattern {
    /// An HTTP API's `$default` route.
    pub(crate) fn fallback() -> Self {
        Self {
            text: "$default".to_owned(),
            segments: vec![Segment::Fallback],
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text == "$default" {
            return Ok(Self::fallback());
        }
        let Some(path) = text.strip_prefix('/') else {
            return Err("should start with /".to_owned());
        };
        let segments: Vec<Segment> = path
            .split('/')
            .map(Segment::parse)
            .collect::<Result<_, _>>()?;
        let inner = segments.split_last().map_or(&[][..], |(_, inner)| inner);
        if inner
            .iter()
            .any(|segment| matches!(segment, Segment::Greedy(_)))
        {
            return Err("a {name+} segment has to be the last one".to_owned());
        }
        Ok(Self {
            text: text.to_owned(),
            segments,
        })
    }

    pub(crate) fn is_fallback(&self) -> bool {
        self.segments == [Segment::Fallback]
    }

    /// The parameters, if the path matches. A variable never matches nothing, and a trailing slash is a segment.
    pub(crate) fn matches(&self, path: &str) -> Option<Parameters> {
        let mut parameters = Vec::new();
        let mut rest = Some(path.strip_prefix('/')?);
        for segment in &self.segments {
            let remaining = rest?;
            let (head, tail) = match remaining.split_once('/') {
                Some((head, tail)) => (head, Some(tail)),
                None => (remaining, None),
            };
            rest = tail;
            match segment {
                Segment::Exact(text) if text == head => {}
                Segment::Variable(name) if !head.is_empty() => {
                    parameters.push((name.clone(), decoded(head)));
                }
                Segment::Greedy(name) if !remaining.is_empty() => {
                    parameters.push((name.clone(), decoded(remaining)));
                    return Some(parameters);
                }
                Segment::Fallback => return Some(parameters),
                Segment::Exact(_) | Segment::Variable(_) | Segment::Greedy(_) => return None,
            }
        }
        rest.is_none().then_some(parameters)
    }

    /// Kinds of segments only, so that two patterns compare by how specific they are.
    fn rank(&self) -> Vec<u8> {
        let rank = |segment: &Segment| match segment {
            Segment::Exact(_) => 0,
            Segment::Variable(_) => 1,
            Segment::Greedy(_) => 2,
            Segment::Fallback => 3,
        };
        self.segments.iter().map(rank).collect()
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, String> {
        let Some(inner) = text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        else {
            if text.contains(['{', '}']) {
                return Err(format!(
                    "has a segment {text:?} that is neither plain nor {{name}} nor {{name+}}"
                ));
            }
            return Ok(Self::Exact(text.to_owned()));
        };
        let (name, greedy) = match inner.strip_suffix('+') {
            Some(name) => (name, true),
            None => (inner, false),
        };
        if name.is_empty() || name.contains(['{', '}', '+']) {
            return Err(format!("has a segment {text:?} without a name"));
        }
        Ok(if greedy {
            Self::Greedy(name.to_owned())
        } else {
            Self::Variable(name.to_owned())
        })
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl Api {
    /// The route of a request: most specific path first, then the exact method over `ANY`.
    ///
    /// A REST API settles on a resource before it looks at the method; an HTTP API looks at both together.
    pub(crate) fn route(&self, method: &Method, path: &str) -> Option<(&Route, Parameters)> {
        let mut best: Option<(&Route, Parameters)> = None;
        let matching = self.matching(path);
        let chosen_path = matching.iter().map(|(route, _)| route.path.rank()).min();
        for (route, parameters) in matching {
            let right_resource =
                self.kind == ApiKind::Http || Some(route.path.rank()) == chosen_path;
            if !right_resource || !route.method.takes(method) {
                continue;
            }
            let rank = |route: &Route| (route.path.rank(), route.method == RouteMethod::Any);
            if best
                .as_ref()
                .is_none_or(|(known, _)| rank(route) < rank(known))
            {
                best = Some((route, parameters));
            }
        }
        best
    }

    /// The most specific path of the API that matches, whatever its methods: what a preflight request asks about.
    pub(crate) fn resource(&self, path: &str) -> Option<&PathPattern> {
        let matching = self
            .matching(path)
            .into_iter()
            .map(|(route, _)| &route.path);
        matching.min_by_key(|pattern| pattern.rank())
    }

    /// The methods of a path, in the template's order.
    pub(crate) fn methods_of(&self, path: &PathPattern) -> Vec<&str> {
        let on_path = self.routes.iter().filter(|route| route.path == *path);
        on_path.map(Route::method).collect()
    }

    fn matching(&self, path: &str) -> Vec<(&Route, Parameters)> {
        let matched = |route| Self::matched(route, path);
        self.routes.iter().filter_map(matched).collect()
    }

    fn matched<'a>(route: &'a Route, path: &str) -> Option<(&'a Route, Parameters)> {
        route
            .path
            .matches(path)
            .map(|parameters| (route, parameters))
    }
}

#[cfg(test)]
mod tests {
    use super::PathPattern;

    fn matched(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
        PathPattern::parse(pattern)
            .expect("a valid pattern")
            .matches(path)
    }

    #[test]
    fn paths() {
        for (pattern, path, expected) in [
            ("/me", "/me", Some(vec![])),
            ("/me", "/me/", None),
            ("/me", "/ME", None),
            ("/me", "/m%65", None),
            ("/me", "//me", None),
            ("/", "/", Some(vec![])),
            ("/", "/me", None),
            ("/users/{id}", "/users/7", Some(vec![("id", "7")])),
            ("/users/{id}", "/users/a%20b", Some(vec![("id", "a b")])),
            ("/users/{id}", "/users/a%2Fb", Some(vec![("id", "a/b")])),
            ("/users/{id}", "/users/", None),
            ("/users/{id}", "/users/7/x", None),
            ("/{proxy+}", "/a/b/c", Some(vec![("proxy", "a/b/c")])),
            ("/{proxy+}", "/", None),
            (
                "/a/{b}/{rest+}",
                "/a/1/2/3",
                Some(vec![("b", "1"), ("rest", "2/3")]),
            ),
            ("$default", "/anything/at/all", Some(vec![])),
            ("/me", "*", None),
        ] {
            let expected = expected.map(|pairs| {
                let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                pairs.into_iter().map(owned).collect::<Vec<_>>()
            });
            assert_eq!(matched(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn patterns_that_are_refused() {
        for pattern in ["", "me", "/{}", "/{+}", "/{a+}/b", "/x{a}", "/{a"] {
            assert!(PathPattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
