//! Where keys are: a URI in the environment.

#[cfg(feature = "aws")]
use tollgate_aws::Secret;
use tollgate_core::key::KeyRing;
use tollgate_core::key_source::{KeySource, KeySourceError};
#[cfg(feature = "embedded")]
use tollgate_embedded::KeyFile;

use crate::environment::{Environment, SettingError};

/// Signs access tokens. Read by login, refresh and the authorizer.
pub const ACCESS_KEY: &str = "TOLLGATE_ACCESS_KEY";
/// Signs refresh tokens. Read by login, refresh and logout, and by nobody else.
pub const REFRESH_KEY: &str = "TOLLGATE_REFRESH_KEY";

const EXPECTED: &str = "a URI, as secretsmanager://tollgate/access-key or file:///path/access.key";

/// A source of keys of whichever kind this build knows.
#[derive(Clone, Debug)]
pub enum Vault {
    /// `file://PATH`
    #[cfg(feature = "embedded")]
    File(KeyFile),
    /// `secretsmanager://NAME`
    #[cfg(feature = "aws")]
    Secret(Secret),
}

impl Vault {
    /// The source that a variable names. Nothing is read yet.
    pub fn open(environment: &Environment, variable: &'static str) -> Result<Self, SettingError> {
        let uri = environment.require(variable, EXPECTED)?;
        Self::at(environment, variable, uri)
    }

    /// The source at a URI, which stands in this variable.
    pub(crate) fn at(
        environment: &Environment,
        variable: &'static str,
        uri: &str,
    ) -> Result<Self, SettingError> {
        // Only AWS asks for more of it.
        #[cfg(not(feature = "aws"))]
        let _ = environment;
        match uri.split_once("://") {
            #[cfg(feature = "embedded")]
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(KeyFile::new(path))),
            #[cfg(not(feature = "embedded"))]
            Some(("file", _)) => Err(absent(variable, "file://", "embedded")),
            #[cfg(feature = "aws")]
            Some(("secretsmanager", id)) if is_secret_id(id) => {
                let account = crate::aws::account(environment)?;
                Ok(Self::Secret(Secret::new(&account, id)))
            }
            #[cfg(not(feature = "aws"))]
            Some(("secretsmanager", _)) => Err(absent(variable, "secretsmanager://", "aws")),
            scheme => Err(SettingError::Invalid {
                name: variable,
                found: kind(scheme, &["secretsmanager", "file"]),
                expected: EXPECTED.to_owned(),
            }),
        }
    }
}

/// A name or an ARN, in the characters that Secrets Manager has for them.
#[cfg(feature = "aws")]
fn is_secret_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@-:".contains(&byte);
    !id.is_empty() && id.bytes().all(allowed)
}

/// What kind of text is in the place of a URI of one of these schemes.
pub(crate) fn kind(uri: Option<(&str, &str)>, schemes: &[&str]) -> &'static str {
    match uri {
        None => "a text without ://",
        Some((scheme, _)) if schemes.contains(&scheme) => "a URI without a good name in it",
        Some(_) => "a URI of another scheme",
    }
}

/// A scheme that another build knows.
#[cfg(not(all(feature = "aws", feature = "embedded")))]
pub(crate) fn absent(name: &'static str, scheme: &str, feature: &str) -> SettingError {
    SettingError::Invalid {
        name,
        found: "a URI that this build does not know",
        expected: format!("another one; {scheme} needs a build with the feature `{feature}`"),
    }
}

impl KeySource for Vault {
    async fn load(&self) -> Result<KeyRing, KeySourceError> {
        match *self {
            #[cfg(feature = "embedded")]
            Self::File(ref file) => file.load().await,
            #[cfg(feature = "aws")]
            Self::Secret(ref secret) => crate::aws::opaque(secret.load()).await,
        }
    }

    async fn load_current(&self) -> Result<KeyRing, KeySourceError> {
        match *self {
            #[cfg(feature = "embedded")]
            Self::File(ref file) => file.load_current().await,
            #[cfg(feature = "aws")]
            Self::Secret(ref secret) => crate::aws::opaque(secret.load_current()).await,
        }
    }
}
