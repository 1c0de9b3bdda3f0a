//! Keys in Secrets Manager: one secret for each purpose, one version for each key.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::{
    GetSecretValueError, GetSecretValueOutput,
};
use futures_util::future::try_join3;
use secrecy::SecretString;
use tollgate_core::key::{Key, KeyRing};
use tollgate_core::key_source::{KeySource, KeySourceError};

use crate::account::Account;

/// Where a version is in its life. The name is passed with every call: without one, an emulator may
/// give another version than the service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It signs.
    Current,
    /// It signed before, and verifies.
    Previous,
    /// It will sign; it verifies already, for those who meet its first tokens.
    Pending,
}

impl Stage {
    /// The label of Secrets Manager.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Previous => "AWSPREVIOUS",
            Self::Pending => "AWSPENDING",
        }
    }
}

/// A secret whose versions are the keys of one purpose. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Secret {
    client: Client,
    id: String,
    region: String,
}

impl Secret {
    /// The secret with this name or ARN. Nothing is read yet.
    #[must_use]
    pub fn new(account: &Account, id: impl Into<String>) -> Self {
        Self {
            client: account.secrets(),
            id: id.into(),
            region: account.region().to_owned(),
        }
    }

    /// The key of a stage; `None` if no version is in it.
    async fn read(&self, stage: Stage) -> Result<Option<Key>, KeySourceError> {
        let request = self.client.get_secret_value().secret_id(&self.id);
        let version = match request.version_stage(stage.label()).send().await {
            Ok(version) => version,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(self.failed(error)),
        };
        self.key(version, stage).map(Some)
    }

    fn key(&self, version: GetSecretValueOutput, stage: Stage) -> Result<Key, KeySourceError> {
        let text = version.secret_string.ok_or_else(|| {
            let stage = stage.label();
            self.unusable(format!(
                "its version {stage} is binary; store the key as a string"
            ))
        })?;
        Key::new(SecretString::from(text)).map_err(|source| KeySourceError::Weak {
            origin: format!("{} ({})", self.origin(), stage.label()),
            source,
        })
    }

    fn origin(&self) -> String {
        format!("secretsmanager://{}", self.id)
    }

    fn unusable(&self, problem: String) -> KeySourceError {
        KeySourceError::Unusable {
            origin: self.origin(),
            problem,
        }
    }

    fn failed(&self, error: SdkError<GetSecretValueError>) -> KeySourceError {
        if error.code() == Some("AccessDeniedException") {
            return self.unusable(
                "access is denied; the role needs secretsmanager:GetSecretValue on this secret"
                    .to_owned(),
            );
        }
        KeySourceError::Unreadable {
            origin: self.origin(),
            source: error.into(),
        }
    }
}

fn is_absent(error: &SdkError<GetSecretValueError>) -> bool {
    error
        .as_service_error()
        .is_some_and(GetSecretValueError::is_resource_not_found_exception)
}

impl KeySource for Secret {
    async fn load(&self) -> Result<KeyRing, KeySourceError> {
        let pending = async {
            // It signs nothing yet. One that is no key must not take those away that are.
            Ok(self.read(Stage::Pending).await.unwrap_or_else(|error| {
                tracing::warn!(event = "keys.pending_refused", %error);
                None
            }))
        };
        let (current, previous, pending) = try_join3(
            self.read(Stage::Current),
            self.read(Stage::Previous),
            pending,
        )
        .await?;
        let current = current.ok_or_else(|| {
            self.unusable(format!(
                "there is no such secret in {}, or it has no version AWSCURRENT",
                self.region
            ))
        })?;
        Ok(KeyRing::new(
            current,
            previous.into_iter().chain(pending).collect(),
        ))
    }
}
