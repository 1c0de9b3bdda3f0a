//! Where keys come from, and the ring that a process keeps of them.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_lock::Mutex;
use futures_util::future::BoxFuture;

use crate::Timestamp;
use crate::event::Event;
use crate::key::{KeyId, KeyRing, WeakKey};

/// Why keys could not be loaded.
#[derive(thiserror::Error)]
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

/// As a sentence: what a client of a vault prints for debugging may hold a whole answer.
impl fmt::Debug for KeySourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The port to a vault: reads the keys of one purpose.
pub trait KeySource: Send + Sync + 'static {
    /// Reads the keys as they are now.
    fn load(&self) -> impl Future<Output = Result<KeyRing, KeySourceError>> + Send;

    /// Reads the current key, and only those others that come with it.
    fn load_current(&self) -> impl Future<Output = Result<KeyRing, KeySourceError>> + Send {
        self.load()
    }
}

/// Runs a task beside the request that started it: `tokio::spawn`, in a process that has it. Core
/// knows no runtime.
pub type Background = fn(BoxFuture<'static, ()>);

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
/// own, and after one there is none for [`COOL_DOWN`], so a flood of invented
/// ids is not a flood of calls. A ring that is older than [`MAX_AGE`] is renewed
/// beside the request that finds it so, which does not wait. When a reload fails, the last good
/// ring goes on serving.
#[derive(Debug)]
pub struct Keys<S> {
    shared: Arc<Shared<S>>,
    background: Background,
    max_age: Duration,
}

#[derive(Debug)]
struct Shared<S> {
    source: S,
    loaded: RwLock<Loaded>,
    /// When the source was last asked, successfully or not; seconds since 1970.
    asked_at: AtomicI64,
    /// Held while the source is asked.
    reload: Arc<Mutex<LastReload>>,
}

/// The last good ring.
#[derive(Debug)]
struct Loaded {
    ring: Arc<KeyRing>,
    at: Timestamp,
}

/// How the last reload went.
#[derive(Debug, Default, Clone, Copy)]
struct LastReload {
    failed: bool,
    /// The last time that an unknown id was the reason.
    triggered: Option<Timestamp>,
}

/// The least time between two reloads that unknown ids trigger.
pub const COOL_DOWN: Duration = Duration::from_secs(5);
/// A ring that nobody has tried to renew for this long is renewed, beside the request.
pub const MAX_AGE: Duration = Duration::from_mins(1);
/// A ring that nobody has tried to renew for so many times its greatest age is renewed before it
/// is used: the process has slept, and must not wake up with a key that was dropped.
pub const SLEPT: u32 = 5;

/// Requests that run at the same time may read the clock in another order than they come here.
const JITTER: Duration = Duration::from_secs(2);

/// Whether `span` has passed since `earlier`. A clock that was set back says nothing about how long
/// ago that was, so then it has.
fn passed(span: Duration, earlier: Timestamp, now: Timestamp) -> bool {
    earlier.since(now) > JITTER || now.since(earlier) >= span
}

impl<S: KeySource> Keys<S> {
    /// Loads the first ring. Without one a process must not start.
    pub async fn load(
        source: S,
        now: Timestamp,
        background: Background,
    ) -> Result<Self, KeySourceError> {
        let ring = source.load().await?;
        Ok(Self::holding(source, ring, now, background))
    }

    /// Loads the current key alone, with which nearly every token is signed. Whoever verifies by `kid`
    /// can begin with it: a token of another key is one of an unknown `kid`, which triggers a reload,
    /// and after [`MAX_AGE`] the others are there without one.
    pub async fn load_current(
        source: S,
        now: Timestamp,
        background: Background,
    ) -> Result<Self, KeySourceError> {
        let ring = source.load_current().await?;
        Ok(Self::holding(source, ring, now, background))
    }

    fn holding(source: S, ring: KeyRing, now: Timestamp, background: Background) -> Self {
        let ring = Arc::new(ring);
        let shared = Shared {
            source,
            loaded: RwLock::new(Loaded { ring, at: now }),
            asked_at: AtomicI64::new(now.as_unix()),
            reload: Arc::default(),
        };
        Self {
            shared: Arc::new(shared),
            background,
            max_age: MAX_AGE,
        }
    }

    /// These keys, with another greatest age than [`MAX_AGE`]: a dropped key is
    /// refused sooner, or the source is asked less often.
    #[must_use]
    pub fn renewed_every(self, max_age: Duration) -> Self {
        Self { max_age, ..self }
    }

    /// The ring. One that has grown old is renewed; see [`MAX_AGE`] and
    /// [`SLEPT`].
    pub async fn ring(&self, now: Timestamp) -> Arc<KeyRing> {
        let asked = self.shared.asked_at();
        if passed(self.max_age * SLEPT, asked, now) {
            self.shared.renew(self.max_age, now).await;
        } else if passed(self.max_age, asked, now)
            // Whoever finds the lock taken need not do it: somebody is renewing the ring already.
            && let Some(mut last) = self.shared.reload.try_lock_arc()
        {
            self.shared.asked_at.store(now.as_unix(), Ordering::Relaxed);
            let shared = Arc::clone(&self.shared);
            (self.background)(Box::pin(async move { shared.reload(&mut last, now).await }));
        }
        let (ring, at) = self.shared.snapshot();
        Event::KeysUsed { age: now.since(at) }.emit();
        ring
    }

    /// The ring with the key `id` in it, reloaded if that is what it takes.
    pub async fn ring_with(&self, id: KeyId, now: Timestamp) -> Result<Arc<KeyRing>, MissingKey> {
        let ring = self.ring(now).await;
        if ring.get(id).is_some() {
            return Ok(ring);
        }
        let mut last = self.shared.reload.lock().await;
        let (ring, _) = self.shared.snapshot();
        if ring.get(id).is_some() {
            return Ok(ring);
        }
        if last
            .triggered
            .is_some_and(|triggered| !passed(COOL_DOWN, triggered, now))
        {
            return Err(if last.failed {
                MissingKey::Unavailable
            } else {
                MissingKey::Resting
            });
        }
        last.triggered = Some(now);
        self.shared.reload(&mut last, now).await;
        let (ring, _) = self.shared.snapshot();
        match (ring.get(id), last.failed) {
            (Some(_), _) => Ok(ring),
            (None, false) => Err(MissingKey::Unknown),
            (None, true) => Err(MissingKey::Unavailable),
        }
    }
}

impl<S: KeySource> Shared<S> {
    /// Reloads, unless somebody else has done it by the time that it is our turn.
    async fn renew(&self, max_age: Duration, now: Timestamp) {
        let mut last = self.reload.lock().await;
        if passed(max_age, self.asked_at(), now) {
            self.reload(&mut last, now).await;
        }
    }

    async fn reload(&self, last: &mut LastReload, now: Timestamp) {
        self.asked_at.store(now.as_unix(), Ordering::Relaxed);
        let loaded = self.source.load().await;
        last.failed = loaded.is_err();
        let (before, at) = self.snapshot();
        match loaded {
            Ok(ring) => {
                let current = ring.current().id();
                let ring = Arc::new(ring);
                *self.loaded.write().unwrap_or_else(PoisonError::into_inner) =
                    Loaded { ring, at: now };
                if current != before.current().id() {
                    Event::KeysChanged { current }.emit();
                }
            }
            Err(error) => {
                let age = now.since(at);
                Event::KeysUnavailable { error: &error, age }.emit();
            }
        }
    }

    fn asked_at(&self) -> Timestamp {
        Timestamp::from_unix(self.asked_at.load(Ordering::Relaxed))
    }

    fn snapshot(&self) -> (Arc<KeyRing>, Timestamp) {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        (Arc::clone(&loaded.ring), loaded.at)
    }
}
