//! Where keys come from, and the ring that a process keeps of them.

use std::error::Error;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_lock::Mutex;

use crate::Timestamp;
use crate::event::Event;
use crate::key::{KeyId, KeyRing, WeakKey};

/// Why keys could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum KeySourceError {
    /// The vault or file could not be read.
    #[error("{origin} could not be read")]
    Unreadable {
        /// The URI or path, never its content.
        origin: String,
        /// What the adapter met.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// What was read is not a usable set of keys.
    #[error("{origin}: {problem}")]
    Unusable {
        /// The URI or path, never its content.
        origin: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A secret that must not sign anything.
    #[error("{origin} holds an unusable secret")]
    Weak {
        /// The URI or path, never its content.
        origin: String,
        /// Why.
        #[source]
        source: WeakKey,
    },
}

/// The port to a vault: reads every key of one purpose at once.
pub trait KeySource: Send + Sync {
    /// Reads the keys as they are now.
    fn load(&self) -> impl Future<Output = Result<KeyRing, KeySourceError>> + Send;
}

/// Why a key is not there, and so what may be said of its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingKey {
    /// The source was asked just now, and has no such key.
    Unknown,
    /// The source was not asked: somebody asked for another unknown key moments ago.
    Resting,
    /// The source was asked and did not answer.
    Unavailable,
}

/// The keys of one purpose, kept in memory and renewed from their source.
///
/// A token whose `kid` is unknown triggers one reload, so a key that was rotated a second ago
/// verifies at once; while a reload runs, others wait for its result instead of starting their
/// own, and after one there is none for [`COOL_DOWN`](Self::COOL_DOWN), so a flood of invented
/// ids is not a flood of calls. When a reload fails, the last good ring goes on serving.
#[derive(Debug)]
pub struct Keys<S> {
    source: S,
    ring: RwLock<Arc<KeyRing>>,
    reload: Mutex<LastReload>,
}

/// When the source was last asked, and why.
#[derive(Debug, Clone, Copy)]
struct LastReload {
    at: Timestamp,
    failed: bool,
    /// The last time that an unknown id was the reason.
    triggered: Option<Timestamp>,
}

/// Whether `span` has passed since `earlier`. A clock that was set back says nothing about how long
/// ago that was, so then it has.
fn passed(span: Duration, earlier: Timestamp, now: Timestamp) -> bool {
    now < earlier || now.since(earlier) >= span
}

impl<S: KeySource> Keys<S> {
    /// The least time between two reloads that unknown ids trigger.
    pub const COOL_DOWN: Duration = Duration::from_secs(5);
    /// A ring older than this is renewed before it is used: a dropped key is out after this long.
    pub const MAX_AGE: Duration = Duration::from_mins(1);

    /// Loads the first ring. Without one a process must not start.
    pub async fn load(source: S, now: Timestamp) -> Result<Self, KeySourceError> {
        let ring = source.load().await?;
        let last = LastReload {
            at: now,
            failed: false,
            triggered: None,
        };
        Ok(Self {
            source,
            ring: RwLock::new(Arc::new(ring)),
            reload: Mutex::new(last),
        })
    }

    /// The ring, renewed if it has grown old.
    pub async fn ring(&self, now: Timestamp) -> Arc<KeyRing> {
        // Whoever finds the lock taken uses the ring as it is: somebody is renewing it already.
        if let Some(mut last) = self.reload.try_lock()
            && passed(Self::MAX_AGE, last.at, now)
        {
            self.reload(&mut last, now).await;
        }
        self.snapshot()
    }

    /// The ring with the key `id` in it, reloaded if that is what it takes.
    pub async fn ring_with(&self, id: KeyId, now: Timestamp) -> Result<Arc<KeyRing>, MissingKey> {
        let ring = self.ring(now).await;
        if ring.get(id).is_some() {
            return Ok(ring);
        }
        let mut last = self.reload.lock().await;
        let ring = self.snapshot();
        if ring.get(id).is_some() {
            return Ok(ring);
        }
        if last
            .triggered
            .is_some_and(|triggered| !passed(Self::COOL_DOWN, triggered, now))
        {
            return Err(if last.failed {
                MissingKey::Unavailable
            } else {
                MissingKey::Resting
            });
        }
        last.triggered = Some(now);
        self.reload(&mut last, now).await;
        let ring = self.snapshot();
        match (ring.get(id), last.failed) {
            (Some(_), _) => Ok(ring),
            (None, false) => Err(MissingKey::Unknown),
            (None, true) => Err(MissingKey::Unavailable),
        }
    }

    async fn reload(&self, last: &mut LastReload, now: Timestamp) {
        let loaded = self.source.load().await;
        (last.at, last.failed) = (now, loaded.is_err());
        match loaded {
            Ok(ring) => {
                let current = ring.current().id();
                let changed = current != self.snapshot().current().id();
                *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
                if changed {
                    Event::KeysChanged { current }.emit();
                }
            }
            Err(error) => Event::KeysUnavailable { error: &error }.emit(),
        }
    }

    fn snapshot(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}
