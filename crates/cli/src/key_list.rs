//! The keys of one purpose, as they are shown: ids, never secrets.

use std::fmt;

use tollgate_aws::Secret;
use tollgate_aws::secret::Stage;
use tollgate_aws::version::Version;
use tollgate_core::key::KeyId;
use tollgate_core::key_source::KeySource;
use tollgate_embedded::KeyFile;
use tollgate_wiring::Vault;

use crate::failure::Failure;

/// What a key does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Signs,
    /// It signed, and verifies.
    Older,
    /// It verifies, and has not signed yet.
    Pending,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Signs => "signs",
            Self::Older => "older",
            Self::Pending => "pending",
        }
    }
}

struct Row {
    /// Or why it is no key.
    key: Result<KeyId, Failure>,
    role: Role,
    /// The labels of a version; empty for a line of a file.
    labels: String,
}

impl Row {
    fn place(&self) -> String {
        format!("{:<7}  {}", self.role.name(), self.labels)
            .trim_end()
            .to_owned()
    }
}

/// What a vault holds.
pub(crate) struct KeyList {
    origin: String,
    rows: Vec<Row>,
}

impl KeyList {
    /// Reads it from the vault.
    pub(crate) async fn read(vault: &Vault) -> Result<Self, Failure> {
        match vault {
            Vault::File(file) => Self::of_file(file).await,
            Vault::Secret(secret) => Self::of_secret(secret).await,
        }
    }

    async fn of_file(file: &KeyFile) -> Result<Self, Failure> {
        let ring = file.load().await?;
        let roles = std::iter::once(Role::Signs).chain(std::iter::repeat(Role::Older));
        let rows = ring.iter().zip(roles).map(|(key, role)| Row {
            key: Ok(key.id()),
            role,
            labels: String::new(),
        });
        Ok(Self {
            origin: file.path().display().to_string(),
            rows: rows.collect(),
        })
    }

    async fn of_secret(secret: &Secret) -> Result<Self, Failure> {
        let versions = secret.versions().await?;
        Ok(Self {
            origin: secret.origin(),
            rows: versions.into_iter().map(Row::from).collect(),
        })
    }

    /// The first that is none, as a failure.
    pub(crate) fn refuse_what_is_no_key(&self) -> Result<(), Failure> {
        let mut wrong = self.rows.iter().filter_map(|row| row.key.as_ref().err());
        wrong
            .next()
            .map_or(Ok(()), |failure| Err(Failure::new(failure.to_string())))
    }

    /// A pending key, as a failure: until it is gone, Secrets Manager begins no other rotation.
    pub(crate) fn refuse_what_is_left_over(&self) -> Result<(), Failure> {
        let mut pending = self.rows.iter().filter(|row| row.role == Role::Pending);
        pending.next().map_or(Ok(()), |_| {
            Err(Failure::new(
                "a rotation is under way, or was not finished; if it is not under way: tollgate keys rotate",
            ))
        })
    }

    /// Where they are.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Every id.
    pub(crate) fn ids(&self) -> Vec<KeyId> {
        let ids = self.rows.iter().filter_map(|row| row.key.as_ref().ok());
        ids.copied().collect()
    }

    /// Whether this is one of them.
    pub(crate) fn has(&self, key: KeyId) -> bool {
        self.rows_of(key).next().is_some()
    }

    /// Whether it signs now.
    pub(crate) fn sign_with(&self, key: KeyId) -> bool {
        self.rows_of(key).any(|row| row.role == Role::Signs)
    }

    /// Whether there may be tokens of it.
    pub(crate) fn has_signed_with(&self, key: KeyId) -> bool {
        self.rows_of(key).any(|row| row.role != Role::Pending)
    }

    /// What it is, or its labels if it has any.
    pub(crate) fn place(&self, key: KeyId) -> String {
        let places = self.rows_of(key).map(|row| match row.labels.as_str() {
            "" => row.role.name().to_owned(),
            labels => labels.to_owned(),
        });
        places.collect::<Vec<_>>().join(", ")
    }

    fn rows_of(&self, key: KeyId) -> impl Iterator<Item = &Row> {
        let this = move |row: &&Row| row.key.as_ref().is_ok_and(|id| *id == key);
        self.rows.iter().filter(this)
    }
}

impl From<Version> for Row {
    fn from(version: Version) -> Self {
        let role = if version.is(Stage::Current) {
            Role::Signs
        } else if version.is(Stage::Previous) {
            Role::Older
        } else {
            Role::Pending
        };
        let labels: Vec<_> = version.stages.iter().map(|stage| stage.label()).collect();
        Self {
            key: version.key.map_err(Failure::from),
            role,
            labels: labels.join(", "),
        }
    }
}

impl fmt::Display for KeyList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:", self.origin)?;
        for row in &self.rows {
            let place = row.place();
            match &row.key {
                Ok(key) => writeln!(f, "  {key}  {place}")?,
                Err(failure) => writeln!(f, "  no key       {place}: {failure}")?,
            }
        }
        Ok(())
    }
}

/// Ids for a sentence.
pub(crate) fn shown(ids: &[KeyId]) -> String {
    ids.iter()
        .map(KeyId::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
