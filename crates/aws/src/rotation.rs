//! A new key for a secret, in the four steps of Secrets Manager.
//!
//! A rotation is one new version of the secret. Secrets Manager names it, calls the function
//! `rotate-keys` once for each step, and calls again after a failure; so any step may run twice, or
//! stop half way. `tollgate keys rotate` takes the same steps by hand. Until the last one, the key
//! that signs is the old one.

mod by_hand;
mod error;

use std::time::Duration;

use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use aws_smithy_async::rt::sleep::{AsyncSleep, TokioSleep};
use rand_core::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use tollgate_core::Timestamp;
use tollgate_core::access_token::{AccessToken, Claims, Profile, Unverified};
use tollgate_core::key::{Key, KeyId};
use tollgate_core::rotation::Step;

pub use by_hand::Rotated;
pub use error::RotationError;

use crate::event::Event;
use crate::secret::{Secret, Stage};
use crate::version::{ATTEMPTS, Labels};

/// How often a value that should be there is looked for.
const LOOKS: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// How a step ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a new key.
    Created(KeyId),
    /// The version has a key already: this step ran before, or another process was faster.
    Kept(KeyId),
    /// There is nobody to tell.
    NothingToSet,
    /// The key verifies what it signs, and is another one than that which signs now.
    Tested(KeyId),
    /// The version holds the key that signs: Secrets Manager tries the function, as it does when
    /// rotation is turned on without rotating at once, and removes the version afterwards.
    Rehearsed(KeyId),
    /// The new key signs from now on.
    Finished(KeyId),
    /// The version signs already: this step ran before.
    AlreadyCurrent,
}

impl Outcome {
    /// The stable name, in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::Kept(_) => "kept",
            Self::NothingToSet => "nothing_to_set",
            Self::Tested(_) => "tested",
            Self::Rehearsed(_) => "rehearsed",
            Self::Finished(_) => "finished",
            Self::AlreadyCurrent => "already_current",
        }
    }

    /// The key that it is about, if the step looked at one.
    #[must_use]
    pub fn key(self) -> Option<KeyId> {
        match self {
            Self::Created(key)
            | Self::Kept(key)
            | Self::Tested(key)
            | Self::Rehearsed(key)
            | Self::Finished(key) => Some(key),
            Self::NothingToSet | Self::AlreadyCurrent => None,
        }
    }
}

/// One rotation of a secret: the version that it makes.
#[derive(Clone, Copy, Debug)]
pub struct Rotation<'a> {
    secret: &'a Secret,
    version: &'a str,
    on_behalf: Option<&'a SecretString>,
}

impl<'a> Rotation<'a> {
    /// The rotation that makes `version`: the `ClientRequestToken` of Secrets Manager.
    #[must_use]
    pub fn new(secret: &'a Secret, version: &'a str) -> Self {
        Self {
            secret,
            version,
            on_behalf: None,
        }
    }

    /// With the `RotationToken` that Secrets Manager gives to those who rotate in the name of
    /// another account.
    #[must_use]
    pub fn on_behalf(self, rotation_token: Option<&'a SecretString>) -> Self {
        Self {
            on_behalf: rotation_token,
            ..self
        }
    }

    /// Takes a step for Secrets Manager. It has registered the version, as AWSPENDING, before the
    /// first one. Whatever comes of it leaves an event.
    pub async fn take(
        &self,
        step: Step,
        rng: &mut impl CryptoRng,
    ) -> Result<Outcome, RotationError> {
        let taken = self.admit_and_take(step, rng).await;
        self.tell(step, taken)
    }

    async fn admit_and_take(
        &self,
        step: Step,
        rng: &mut impl CryptoRng,
    ) -> Result<Outcome, RotationError> {
        let labels = self.secret.labels().await?;
        if !labels.rotates {
            let origin = self.secret.origin();
            return Err(RotationError::NotEnabled { origin });
        }
        if labels.of(self.version).is_none() {
            return Err(RotationError::UnknownVersion {
                origin: self.secret.origin(),
                version: self.version.to_owned(),
            });
        }
        if labels.has(self.version, Stage::Current) {
            return Ok(Outcome::AlreadyCurrent);
        }
        self.require_pending(&labels)?;
        match step {
            Step::Create => self.create(rng).await,
            Step::Set => Ok(Outcome::NothingToSet),
            Step::Test => self.test().await,
            Step::Finish => self.finish().await,
        }
    }

    fn tell(
        &self,
        step: Step,
        taken: Result<Outcome, RotationError>,
    ) -> Result<Outcome, RotationError> {
        let secret = self.secret.name();
        match &taken {
            Ok(outcome) => Event::Rotated {
                secret,
                step,
                outcome: *outcome,
            },
            Err(error) => Event::RotationFailed {
                secret,
                step,
                error,
            },
        }
        .emit();
        taken
    }

    /// A version has one value for ever: whoever is first decides, and the others take it over.
    async fn create(&self, rng: &mut impl CryptoRng) -> Result<Outcome, RotationError> {
        if let Some(value) = self
            .secret
            .fetch(Stage::Pending, Some(self.version))
            .await?
        {
            let key = self.secret.key(value, Stage::Pending)?;
            return Ok(Outcome::Kept(key.id()));
        }
        self.put(&Key::generate_secret(rng)).await
    }

    async fn put(&self, secret: &SecretString) -> Result<Outcome, RotationError> {
        let request = self.secret.client.put_secret_value();
        let request = request
            .secret_id(&self.secret.id)
            .client_request_token(self.version)
            .version_stages(Stage::Pending.label())
            .secret_string(secret.expose_secret());
        let token = self.on_behalf.map(ExposeSecret::expose_secret);
        let put = request.set_rotation_token(token.map(str::to_owned)).send();
        let exists = |error: &PutSecretValueError| error.is_resource_exists_exception();
        match put.await {
            Err(error) if !error.as_service_error().is_some_and(exists) => {
                return Err(self.secret.failed_to("PutSecretValue", error));
            }
            _ => {}
        }
        // Ours, or that of another process which was faster.
        let key = self.key().await?.id();
        let ours = Key::new(secret.clone()).is_ok_and(|ours| ours.id() == key);
        Ok(if ours {
            Outcome::Created(key)
        } else {
            Outcome::Kept(key)
        })
    }

    async fn test(&self) -> Result<Outcome, RotationError> {
        let key = self.key().await?;
        if proves_itself(&key).is_none() {
            return Err(RotationError::Broken {
                origin: self.secret.origin(),
                version: self.version.to_owned(),
            });
        }
        Ok(if self.signs_already(&key).await? {
            Outcome::Rehearsed(key.id())
        } else {
            Outcome::Tested(key.id())
        })
    }

    /// Moves AWSCURRENT here; AWSPREVIOUS goes by itself to where it was. What is no key, or not a
    /// new one, never gets it, whatever the steps before said.
    async fn finish(&self) -> Result<Outcome, RotationError> {
        let mut attempts = 1..ATTEMPTS;
        loop {
            let labels = self.secret.labels().await?;
            if labels.has(self.version, Stage::Current) {
                return Ok(Outcome::AlreadyCurrent);
            }
            self.require_pending(&labels)?;
            let key = self.key().await?;
            if self.signs_already(&key).await? {
                return self.explain_the_same_key().await;
            }
            let from = labels.holder(Stage::Current);
            let moved = self
                .secret
                .move_label(Stage::Current, from, Some(self.version));
            match moved.await {
                Ok(()) => return Ok(Outcome::Finished(key.id())),
                // The same step in another process, or a rotation that ended just now.
                Err(RotationError::Conflict { .. }) if attempts.next().is_some() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The key that is to sign does already: since another process took this very step a moment ago,
    /// or since the version is no new key.
    async fn explain_the_same_key(&self) -> Result<Outcome, RotationError> {
        if self
            .secret
            .labels()
            .await?
            .has(self.version, Stage::Current)
        {
            return Ok(Outcome::AlreadyCurrent);
        }
        Err(RotationError::SameKey {
            origin: self.secret.origin(),
            version: self.version.to_owned(),
        })
    }

    /// The key of the pending version. A value that was put a moment ago may be a moment late.
    async fn key(&self) -> Result<Key, RotationError> {
        let mut looks = 1..LOOKS;
        loop {
            match self.secret.fetch(Stage::Pending, Some(self.version)).await {
                Ok(Some(value)) => return Ok(self.secret.key(value, Stage::Pending)?),
                missing => {
                    self.require_pending(&self.secret.labels().await?)?;
                    missing?;
                }
            }
            if looks.next().is_none() {
                return Err(RotationError::NoValue {
                    origin: self.secret.origin(),
                    version: self.version.to_owned(),
                });
            }
            TokioSleep::new().sleep(BETWEEN_LOOKS).await;
        }
    }

    fn require_pending(&self, labels: &Labels) -> Result<(), RotationError> {
        if labels.has(self.version, Stage::Pending) {
            return Ok(());
        }
        Err(RotationError::Superseded {
            origin: self.secret.origin(),
            version: self.version.to_owned(),
        })
    }

    /// Whether this key signs now. What signs and is no key is another one: a rotation heals that.
    async fn signs_already(&self, key: &Key) -> Result<bool, RotationError> {
        let value = self.secret.fetch(Stage::Current, None).await?;
        let current = value.map(|value| self.secret.key(value, Stage::Current));
        Ok(current.is_some_and(|current| current.is_ok_and(|current| current.id() == key.id())))
    }
}

/// Signs a token and verifies it, as the functions will.
fn proves_itself(key: &Key) -> Option<()> {
    let profile = Profile {
        issuer: "https://rotation.invalid".to_owned(),
        audience: "rotation.invalid".to_owned(),
    };
    let now = Timestamp::from_unix(0);
    let claims = Claims {
        iss: profile.issuer.clone(),
        aud: profile.audience.clone(),
        sub: "rotation".parse().ok()?,
        iat: now,
        exp: now.plus(Duration::from_secs(1)),
        nbf: None,
        jti: "rotation".to_owned(),
        sid: "rotation".to_owned(),
        email: "rotation@example.com".parse().ok()?,
        scope: "".parse().ok()?,
    };
    let token = AccessToken::sign(&claims, key);
    let token = Unverified::parse(token.expose()).ok()?;
    (token.verify(key, &profile, now).ok()? == claims).then_some(())
}
