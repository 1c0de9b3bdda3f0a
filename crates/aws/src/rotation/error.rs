//! Why a rotation was not done.

use std::error::Error;
use std::fmt;

use tollgate_core::key_source::KeySourceError;

/// Why a step, or another change of a secret, was not done. The key that signs goes on signing.
#[derive(thiserror::Error)]
pub enum RotationError {
    /// Somebody else than Secrets Manager called.
    #[error("{origin}: rotation is not turned on for this secret")]
    NotEnabled {
        /// The secret.
        origin: String,
    },
    /// Neither pending nor anything else.
    #[error("{origin}: it has no version {version}")]
    UnknownVersion {
        /// The secret.
        origin: String,
        /// Which was asked for.
        version: String,
    },
    /// It was pending once, or never.
    #[error(
        "{origin}: its version {version} is not AWSPENDING; another rotation has taken its place"
    )]
    Superseded {
        /// The secret.
        origin: String,
        /// Which was asked for.
        version: String,
    },
    /// Registered by Secrets Manager, and not filled yet.
    #[error("{origin}: its version {version} has no value; createSecret comes first")]
    NoValue {
        /// The secret.
        origin: String,
        /// Which was asked for.
        version: String,
    },
    /// Two versions with one key: a rotation that changes nothing.
    #[error("{origin}: its version {version} holds the key that signs already")]
    SameKey {
        /// The secret.
        origin: String,
        /// Which was asked for.
        version: String,
    },
    /// Cannot happen while core keeps its promises; that is what the test is for.
    #[error("{origin}: the key of version {version} does not verify what it signs")]
    Broken {
        /// The secret.
        origin: String,
        /// Which was asked for.
        version: String,
    },
    /// The new key signs, and what became of the older ones is not known.
    #[error("a new key signs from now on, but it could not be seen what became of the older ones")]
    Unconfirmed {
        /// What came after the last step.
        #[source]
        source: Box<Self>,
    },
    /// No such secret.
    #[error("{origin}: there is no such secret in {region}")]
    NoSecret {
        /// The secret.
        origin: String,
        /// Where it was looked for.
        region: String,
    },
    /// The caller lacks a permission.
    #[error("{origin}: access is denied; secretsmanager:{action} on this secret is missing")]
    Denied {
        /// The secret.
        origin: String,
        /// The missing permission.
        action: &'static str,
    },
    /// A label is not where it was a moment ago.
    #[error("{origin}: its labels were moved by somebody else at the same time")]
    Conflict {
        /// The secret.
        origin: String,
        /// What the service says.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The service failed a call.
    #[error("{origin}: {action} failed")]
    Failed {
        /// The secret.
        origin: String,
        /// The call.
        action: &'static str,
        /// What the client met.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A version could not be read, or is no key.
    #[error(transparent)]
    Key(#[from] KeySourceError),
}

/// As a sentence: what a client of AWS prints for debugging may hold a whole answer.
impl fmt::Debug for RotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.reason())
    }
}

impl RotationError {
    /// The stable name, in logs.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotEnabled { .. } => "not_enabled",
            Self::UnknownVersion { .. } => "unknown_version",
            Self::Superseded { .. } => "superseded",
            Self::NoValue { .. } => "no_value",
            Self::SameKey { .. } => "same_key",
            Self::Broken { .. } => "broken_key",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::NoSecret { .. } => "no_secret",
            Self::Denied { .. } => "denied",
            Self::Conflict { .. } => "conflict",
            Self::Failed { .. } | Self::Key(KeySourceError::Unreadable { .. }) => "unavailable",
            Self::Key(KeySourceError::Unusable { .. }) => "unusable",
            Self::Key(KeySourceError::Weak { .. }) => "weak_key",
        }
    }
}
