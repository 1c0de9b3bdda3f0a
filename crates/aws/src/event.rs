//! What happened to keys in Secrets Manager, in names that do not change: as in the core, one event
//! for each outcome, and none of them carries a key.

use tollgate_core::event::chain;
use tollgate_core::key::KeyId;
use tollgate_core::key_source::KeySourceError;
use tollgate_core::rotation::Step;

use crate::rotation::{Outcome, RotationError};
use crate::secret::Stage;

/// An outcome worth telling.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event<'a> {
    /// A version that signs nothing cannot be used; the others serve on.
    VersionRefused {
        stage: Stage,
        error: &'a KeySourceError,
    },
    /// A step of a rotation is done.
    Rotated {
        secret: &'a str,
        step: Step,
        outcome: Outcome,
    },
    /// A step of a rotation is not done; the key that signs goes on signing.
    RotationFailed {
        secret: &'a str,
        step: Step,
        error: &'a RotationError,
    },
}

impl Event<'_> {
    /// Tells it to whoever listens: see the crate `tracing`.
    pub(crate) fn emit(self) {
        match self {
            Self::VersionRefused { stage, error } => {
                let stage = stage.label();
                let error = chain(error);
                tracing::warn!(event = "keys.version_refused", stage, error);
            }
            Self::Rotated {
                secret,
                step,
                outcome,
            } => {
                let (step, key) = (step.name(), outcome.key().as_ref().map(KeyId::to_string));
                let outcome = outcome.name();
                tracing::info!(event = "keys.rotation", step, secret, outcome, key);
            }
            Self::RotationFailed {
                secret,
                step,
                error,
            } => {
                let (step, reason, error) = (step.name(), error.reason(), chain(error));
                tracing::error!(event = "keys.rotation_failed", step, secret, reason, error);
            }
        }
    }
}
