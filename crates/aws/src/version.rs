//! The versions of a secret, and the labels that say which of them signs.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use tollgate_core::Timestamp;
use tollgate_core::key::KeyId;
use tollgate_core::key_source::KeySourceError;

use crate::rotation::RotationError;
use crate::secret::{Secret, Stage};

/// How often a change is tried again because somebody else made one at the same time.
pub(crate) const ATTEMPTS: usize = 8;

/// A version that has a stage.
#[derive(Debug)]
pub struct Version {
    /// Its name in Secrets Manager.
    pub id: String,
    /// At least one, in the order of [`Stage`].
    pub stages: Vec<Stage>,
    /// Its key, or why it is none.
    pub key: Result<KeyId, KeySourceError>,
}

impl Version {
    /// Whether this version is in a stage.
    #[must_use]
    pub fn is(&self, stage: Stage) -> bool {
        self.stages.contains(&stage)
    }

    fn has(&self, key: KeyId) -> bool {
        self.key.as_ref().is_ok_and(|id| *id == key)
    }
}

/// What [`Secret::remove`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It verifies no more; these labels were on it.
    Removed(Vec<Stage>),
    /// Nothing: it signs.
    Signs,
    /// Nothing: no version with a stage has this key.
    Absent,
}

/// Which version has which label, at one moment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Labels {
    /// Whether Secrets Manager rotates this secret.
    pub(crate) rotates: bool,
    versions: BTreeMap<String, Vec<Stage>>,
}

impl Labels {
    /// The stages of a version; `None` if there is no such version.
    pub(crate) fn of(&self, version: &str) -> Option<&[Stage]> {
        self.versions.get(version).map(Vec::as_slice)
    }

    /// Whether a version is in a stage.
    pub(crate) fn has(&self, version: &str, stage: Stage) -> bool {
        self.of(version)
            .is_some_and(|stages| stages.contains(&stage))
    }

    /// The version that is in a stage.
    pub(crate) fn holder(&self, stage: Stage) -> Option<&str> {
        let mut ids = self.versions.keys();
        ids.find(|id| self.has(id, stage)).map(String::as_str)
    }
}

/// When a secret is rotated by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Never.
    Off,
    /// By Secrets Manager.
    On {
        /// How far apart; `None` for a calendar (`cron`).
        every: Option<Duration>,
        /// When the next time is, if Secrets Manager says so.
        next: Option<Timestamp>,
    },
}

const DAY: Duration = Duration::from_hours(24);

/// `rate(30 days)`, as Secrets Manager writes it.
fn rate(expression: &str) -> Option<Duration> {
    let rate = expression.strip_prefix("rate(")?.strip_suffix(')')?;
    let (number, unit) = rate.split_once(' ')?;
    let unit = match unit {
        "day" | "days" => DAY,
        "hour" | "hours" => DAY / 24,
        _ => return None,
    };
    unit.checked_mul(number.parse().ok()?)
}

impl Secret {
    /// Every version that has a stage: the one that signs first.
    pub async fn versions(&self) -> Result<Vec<Version>, RotationError> {
        let mut labels = self.labels().await?;
        loop {
            match self.read(&labels).await {
                Ok(versions) => return Ok(versions),
                // A label that moves between two calls is no error. It cannot go on for ever: each
                // time, somebody has changed the secret.
                Err(error) => {
                    let moved = self.labels().await?;
                    if moved == labels {
                        return Err(error.into());
                    }
                    labels = moved;
                }
            }
        }
    }

    /// Takes a key out of service, unless it signs: without a label, a version is deleted by Secrets
    /// Manager, and read by nobody until then.
    pub async fn remove(&self, key: KeyId) -> Result<Removal, RotationError> {
        let mut removed = Vec::new();
        let mut attempts = 1..ATTEMPTS;
        loop {
            let mut versions = self.versions().await?;
            versions.retain(|version| version.has(key));
            if versions.is_empty() && removed.is_empty() {
                return Ok(Removal::Absent);
            }
            if versions.is_empty() {
                return Ok(Removal::Removed(removed));
            }
            if versions.iter().any(|version| version.is(Stage::Current)) {
                return Ok(Removal::Signs);
            }
            for Version { id, stages, .. } in &versions {
                for stage in stages {
                    match self.move_label(*stage, Some(id), None).await {
                        Ok(()) => removed.push(*stage),
                        Err(RotationError::Conflict { .. }) if attempts.next().is_some() => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
    }

    /// When Secrets Manager rotates it.
    pub async fn schedule(&self) -> Result<Schedule, RotationError> {
        let described = self.describe().await?;
        if described.rotation_enabled != Some(true) {
            return Ok(Schedule::Off);
        }
        let next = described.next_rotation_date.map(|date| date.secs());
        let next = next.map(Timestamp::from_unix);
        let rules = described.rotation_rules;
        let every = rules.and_then(|rules| {
            let days = rules.automatically_after_days;
            let days = days.and_then(|days| Some(DAY * u32::try_from(days).ok()?));
            days.or_else(|| rate(rules.schedule_expression()?))
        });
        Ok(Schedule::On { every, next })
    }

    async fn describe(&self) -> Result<DescribeSecretOutput, RotationError> {
        let request = self.client.describe_secret().secret_id(&self.id);
        let described = request.send().await;
        described.map_err(|error| self.failed_to("DescribeSecret", error))
    }

    pub(crate) async fn labels(&self) -> Result<Labels, RotationError> {
        let described = self.describe().await?;
        let known = |labels: Vec<String>| {
            let mut stages: Vec<_> = labels.iter().filter_map(|it| Stage::of(it)).collect();
            stages.sort_unstable();
            stages
        };
        let versions = described.version_ids_to_stages.unwrap_or_default();
        Ok(Labels {
            rotates: described.rotation_enabled.unwrap_or_default(),
            versions: versions
                .into_iter()
                .map(|(id, labels)| (id, known(labels)))
                .collect(),
        })
    }

    /// Moves a label, or removes it. A label that is not where `from` says is a conflict.
    pub(crate) async fn move_label(
        &self,
        stage: Stage,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), RotationError> {
        let request = self.client.update_secret_version_stage();
        let request = request.secret_id(&self.id).version_stage(stage.label());
        let request = request.set_remove_from_version_id(from.map(str::to_owned));
        let request = request.set_move_to_version_id(to.map(str::to_owned));
        let Err(error) = request.send().await else {
            return Ok(());
        };
        if error.code() == Some("InvalidParameterException") {
            return Err(RotationError::Conflict {
                origin: self.origin(),
                source: error.into(),
            });
        }
        Err(self.failed_to("UpdateSecretVersionStage", error))
    }

    /// Why a call failed, with the permission that it needs.
    pub(crate) fn failed_to<E>(&self, action: &'static str, error: SdkError<E>) -> RotationError
    where
        SdkError<E>: ProvideErrorMetadata + Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let origin = self.origin();
        match error.code() {
            Some("AccessDeniedException") => RotationError::Denied { origin, action },
            Some("ResourceNotFoundException") => RotationError::NoSecret {
                origin,
                region: self.region().to_owned(),
            },
            _ => RotationError::Failed {
                origin,
                action,
                source: error.into(),
            },
        }
    }

    async fn read(&self, labels: &Labels) -> Result<Vec<Version>, KeySourceError> {
        let mut versions = Vec::new();
        for (id, stages) in &labels.versions {
            let Some(stage) = stages.first() else {
                continue;
            };
            let key = match self.fetch(*stage, Some(id)).await? {
                Some(value) => self.key(value, *stage).map(|key| key.id()),
                None => Err(self.unusable(format!("its version {} has no value", stage.label()))),
            };
            versions.push(Version {
                id: id.clone(),
                stages: stages.clone(),
                key,
            });
        }
        versions.sort_by_key(|version| version.stages.first().copied());
        Ok(versions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_as_secrets_manager_writes_it() {
        for (expression, read) in [
            ("rate(30 days)", Some(30 * DAY)),
            ("rate(1 day)", Some(DAY)),
            ("rate(4 hours)", Some(DAY / 6)),
            ("cron(0 8 1 * ? *)", None),
            ("rate(days)", None),
            ("rate(-1 days)", None),
            ("rate(4 moons)", None),
            ("", None),
        ] {
            assert_eq!(rate(expression), read, "{expression}");
        }
    }
}
