//! Keys in Secrets Manager: one secret for each purpose, one version for each key.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::{
    GetSecretValueError, GetSecretValueOutput,
};
use futures_util::future::try_join;
use secrecy::SecretString;
use tollgate_core::key::{Key, KeyRing};
use tollgate_core::key_source::{KeySource, KeySourceError};

use crate::account::Account;
use crate::event::Event;

/// Where a version is in its life. The name is passed with every call: without one, an emulator may
/// give another version than the service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// The stage of a label; `None` for one that somebody made up.
    pub(crate) fn of(label: &str) -> Option<Self> {
        [Self::Current, Self::Previous, Self::Pending]
            .into_iter()
            .find(|stage| stage.label() == label)
    }
}

/// A secret whose versions are the keys of one purpose. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Secret {
    pub(crate) client: Client,
    pub(crate) id: String,
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

    /// The URI that names it.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("secretsmanager://{}", self.id)
    }

    /// Its name, for logs: without the account, which an ARN has.
    pub(crate) fn name(&self) -> &str {
        let Some((_, name)) = self.id.split_once(":secret:") else {
            return &self.id;
        };
        // Secrets Manager puts a hyphen and six characters of its own behind the name.
        name.rsplit_once('-').map_or(name, |(name, _)| name)
    }

    /// Where it is.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// What a stage holds; `None` if no version is in it, or one that has no value yet. With a
    /// `version`, the stage has to be on that one.
    pub(crate) async fn fetch(
        &self,
        stage: Stage,
        version: Option<&str>,
    ) -> Result<Option<GetSecretValueOutput>, KeySourceError> {
        let request = self.client.get_secret_value().secret_id(&self.id);
        let request = request.version_stage(stage.label());
        match request
            .set_version_id(version.map(str::to_owned))
            .send()
            .await
        {
            Ok(value) => Ok(Some(value)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The key that was fetched, if it may sign.
    pub(crate) fn key(
        &self,
        value: GetSecretValueOutput,
        stage: Stage,
    ) -> Result<Key, KeySourceError> {
        let text = value.secret_string.ok_or_else(|| {
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

    /// The key of a stage that signs nothing now. One that is no key must not take those away that
    /// are: what it may have signed is refused, and the rest is served.
    fn spare(&self, value: Option<GetSecretValueOutput>, stage: Stage) -> Option<Key> {
        let key = self.key(value?, stage);
        key.inspect_err(|error| Event::VersionRefused { stage, error }.emit())
            .ok()
    }

    async fn current(&self) -> Result<Key, KeySourceError> {
        let value = self.fetch(Stage::Current, None).await?;
        let value = value.ok_or_else(|| {
            self.unusable(format!(
                "there is no such secret in {}, or it has no version AWSCURRENT; correct its name or AWS_REGION, or deploy the stack",
                self.region
            ))
        })?;
        self.key(value, Stage::Current)
    }

    async fn previous(&self) -> Result<Option<Key>, KeySourceError> {
        // It may have signed a moment ago: without an answer, nobody can say that it is gone.
        let value = self.fetch(Stage::Previous, None).await?;
        Ok(self.spare(value, Stage::Previous))
    }

    async fn pending(&self) -> Option<Key> {
        match self.fetch(Stage::Pending, None).await {
            Ok(value) => self.spare(value, Stage::Pending),
            Err(error) => {
                let (stage, error) = (Stage::Pending, &error);
                Event::VersionRefused { stage, error }.emit();
                None
            }
        }
    }

    pub(crate) fn unusable(&self, problem: String) -> KeySourceError {
        KeySourceError::Unusable {
            origin: self.origin(),
            problem,
        }
    }

    fn failed(&self, error: SdkError<GetSecretValueError>) -> KeySourceError {
        if error.code() == Some("AccessDeniedException") {
            return self.unusable(
                "access is denied; secretsmanager:GetSecretValue on this secret is missing, or \
                 kms:Decrypt if it has an encryption key of its own"
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
    /// The current version first. If a rotation ends while the others are read, the key that signed
    /// until then is one of them; the other way round it would be in neither answer.
    async fn load(&self) -> Result<KeyRing, KeySourceError> {
        let current = self.current().await?;
        let pending = async { Ok(self.pending().await) };
        let (previous, pending) = try_join(self.previous(), pending).await?;
        Ok(KeyRing::new(
            current,
            previous.into_iter().chain(pending).collect(),
        ))
    }

    async fn load_current(&self) -> Result<KeyRing, KeySourceError> {
        Ok(KeyRing::new(self.current().await?, Vec::new()))
    }
}
