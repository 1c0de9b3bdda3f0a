//! A whole rotation, without the function.

use std::fmt::Write;

use rand_core::CryptoRng;
use tollgate_core::key::{Key, KeyId};
use tollgate_core::rotation::Step;

use super::{Rotation, RotationError};
use crate::secret::{Secret, Stage};
use crate::version::Version;

/// What [`Secret::rotate`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Signs from now on.
    pub current: KeyId,
    /// Goes on verifying: the one that signed before.
    pub previous: Option<KeyId>,
    /// Verify no more: a secret keeps one older key.
    pub dropped: Vec<KeyId>,
    /// A pending version that an unfinished rotation had left is gone, and its key, if it had one.
    pub unfinished: Option<Option<KeyId>>,
}

impl Secret {
    /// A whole rotation, by hand: needs no function. Always a new key, since whoever rotates because
    /// of a leak must not get one that lay about; so a pending version that is left over loses its
    /// label, and if a rotation of Secrets Manager is under way, that one fails.
    pub async fn rotate(&self, rng: &mut impl CryptoRng) -> Result<Rotated, RotationError> {
        let before = self.versions().await?;
        let version = new_version(rng);
        let rotation = Rotation::new(self, &version);
        let created = rotation.put(&Key::generate_secret(rng)).await;
        rotation.tell(Step::Create, created)?;
        rotation.tell(Step::Test, rotation.test().await)?;
        rotation.tell(Step::Finish, rotation.finish().await)?;
        let after = self.versions().await;
        after
            .and_then(|after| self.compare(before, after))
            .map_err(|source| RotationError::Unconfirmed {
                source: Box::new(source),
            })
    }

    fn compare(&self, before: Vec<Version>, after: Vec<Version>) -> Result<Rotated, RotationError> {
        let (mut current, mut previous) = (None, None);
        for version in after {
            if version.is(Stage::Current) {
                current = Some(version.key?);
            } else if version.is(Stage::Previous) {
                previous = version.key.ok();
            }
        }
        let nothing = || self.unusable("it has no version AWSCURRENT".to_owned());
        let current = current.ok_or_else(nothing)?;
        let (used, waiting): (Vec<_>, Vec<_>) = before
            .into_iter()
            .partition(|version| version.is(Stage::Current) || version.is(Stage::Previous));
        let used = used.into_iter().filter_map(|version| version.key.ok());
        Ok(Rotated {
            current,
            previous,
            dropped: used
                .filter(|key| *key != current && Some(*key) != previous)
                .collect(),
            unfinished: waiting.into_iter().next().map(|version| version.key.ok()),
        })
    }
}

/// A name for a version: 32 characters, as Secrets Manager asks for, of 16 random bytes.
fn new_version(rng: &mut impl CryptoRng) -> String {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    bytes.iter().fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}
