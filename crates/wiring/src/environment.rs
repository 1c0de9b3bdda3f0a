//! The environment variables, read once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

/// A snapshot of the variables of a process, or of those that somebody made up.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    #[cfg(feature = "aws")]
    pub(crate) account: std::sync::OnceLock<tollgate_aws::Account>,
    #[cfg(feature = "aws")]
    pub(crate) patient: bool,
}

/// A variable that keeps a process from starting. The value is not repeated: it may be a secret
/// that was put into the wrong variable.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// It must be set, and is not.
    #[error("{name} is not set; it should be {expected}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What to set it to.
        expected: &'static str,
    },
    /// It is set to something else.
    #[error("{name} is {found}; it should be {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What kind of value it has.
        found: &'static str,
        /// What to set it to.
        expected: String,
    },
}

/// A `main` that fails prints the error in this form: as a sentence, then, too.
impl fmt::Debug for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Environment {
    /// The variables of this process. A value that is not UTF-8 is read as U+FFFD, which no setting
    /// may be: it must not count as not set.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where variables are read"
    )]
    pub fn of_process() -> Self {
        let unicode = |(name, value): (OsString, OsString)| {
            let value = value
                .into_string()
                .unwrap_or_else(|_| "\u{FFFD}".to_owned());
            Some((name.into_string().ok()?, value))
        };
        std::env::vars_os().filter_map(unicode).collect()
    }

    /// This environment, and `name` set to `value` unless it is set already; an empty value is none.
    #[must_use]
    pub fn with_default(mut self, name: &str, value: impl Into<String>) -> Self {
        let variable = self.variables.entry(name.to_owned()).or_default();
        if variable.is_empty() {
            *variable = value.into();
        }
        self
    }

    /// This environment for a command that a person waits for, and no request: see
    /// [`Account::patient`](tollgate_aws::Account::patient).
    #[cfg(feature = "aws")]
    #[must_use]
    pub fn patient(self) -> Self {
        Self {
            patient: true,
            account: std::sync::OnceLock::new(),
            ..self
        }
    }

    /// The value of a variable; an empty one counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The value of a variable that must be set.
    pub fn require(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<&str, SettingError> {
        self.get(name)
            .ok_or(SettingError::Missing { name, expected })
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(variables: T) -> Self {
        let variables = variables.into_iter();
        Self {
            variables: variables
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            #[cfg(feature = "aws")]
            account: std::sync::OnceLock::new(),
            #[cfg(feature = "aws")]
            patient: false,
        }
    }
}
