//! The authorizers of an API, and which of them guards a route.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::TemplateError;
use super::field::Field;
use crate::authorizer::Authorizer;

/// Who may guard an API's routes, and who does unless told otherwise.
#[derive(Default)]
pub(super) struct Guards {
    authorizers: BTreeMap<String, Arc<Authorizer>>,
    default: Option<String>,
}

impl Guards {
    /// Reads `Auth.Authorizers` and `Auth.DefaultAuthorizer`.
    pub(super) fn read(
        auth: &Field<'_>,
        read: impl Fn(&str, &Field<'_>) -> Result<Authorizer, TemplateError>,
    ) -> Result<Self, TemplateError> {
        let mut guards = Self::default();
        if let Some(listed) = auth.get("Authorizers")? {
            for (name, field) in listed.entries()? {
                let authorizer = read(&name, &field)?;
                guards.authorizers.insert(name, Arc::new(authorizer));
            }
        }
        if let Some(field) = auth.get("DefaultAuthorizer")? {
            guards.default = match field.text()? {
                name if guards.authorizers.contains_key(&name) => Some(name),
                name if name == "NONE" => None,
                name => return Err(field.error(format!("{name:?} is not one of the Authorizers"))),
            };
        }
        Ok(guards)
    }

    /// The API's default authorizer.
    pub(super) fn default_authorizer(&self) -> Option<Arc<Authorizer>> {
        self.authorizers.get(self.default.as_ref()?).cloned()
    }

    /// The event's own authorizer, `NONE`, or the API's default.
    pub(super) fn of_event(
        &self,
        source: &Field<'_>,
    ) -> Result<Option<Arc<Authorizer>>, TemplateError> {
        let auth = source.get("Auth")?;
        if let Some(auth) = &auth {
            auth.only(&["Authorizer"], &["InvokeRole"])?;
        }
        let own = match &auth {
            Some(auth) => auth.get("Authorizer")?,
            None => None,
        };
        let Some(own) = own else {
            return Ok(self.default_authorizer());
        };
        let name = own.text()?;
        if name == "NONE" {
            return Ok(None);
        }
        match self.authorizers.get(&name) {
            Some(authorizer) => Ok(Some(Arc::clone(authorizer))),
            None => Err(own.error(format!(
                "{name:?} is neither an authorizer of the API nor NONE"
            ))),
        }
    }
}
