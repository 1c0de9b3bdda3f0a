//! A store that remembers what it was asked, and fails when a test wants it to.

use std::sync::{Arc, Mutex};

use tollgate_core::attempts::{AttemptKey, AttemptLog, Attempts, Swapped};
use tollgate_core::email::Email;
use tollgate_core::family::{Families, Family, Opened, Revocation, Rotated, Rotation};
use tollgate_core::password::PasswordHash;
use tollgate_core::refresh_token::FamilyId;
use tollgate_core::store::StoreError;
use tollgate_core::user::{User, UserId, Users};

/// When a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store never heard of it.
    Before,
    /// It was done, and the answer was lost.
    After,
}

#[derive(Default)]
struct Script {
    calls: Vec<&'static str>,
    fault: Option<(&'static str, Fault)>,
}

/// A real store behind a wire that can be cut.
#[derive(Clone)]
pub struct Recorded<S> {
    inner: S,
    script: Arc<Mutex<Script>>,
}

impl<S> Recorded<S> {
    /// A wire to `inner` that works.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            script: Arc::default(),
        }
    }

    /// Lets the next call of this name fail.
    pub fn fail_next(&self, call: &'static str, fault: Fault) {
        self.script.lock().expect("not poisoned").fault = Some((call, fault));
    }

    /// What was asked since the last time, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.script.lock().expect("not poisoned").calls)
    }

    async fn call<T>(
        &self,
        name: &'static str,
        done: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let fault = {
            let mut script = self.script.lock().expect("not poisoned");
            script.calls.push(name);
            script
                .fault
                .take_if(|(call, _)| *call == name)
                .map(|(_, fault)| fault)
        };
        if fault == Some(Fault::Before) {
            return Err(StoreError::unavailable("the wire was cut"));
        }
        let answer = done.await;
        if fault == Some(Fault::After) {
            return Err(StoreError::unavailable("the answer was lost"));
        }
        answer
    }
}

impl<S: Users + Sync> Users for Recorded<S> {
    async fn id_of(&self, email: &Email) -> Result<Option<UserId>, StoreError> {
        self.call("id_of", self.inner.id_of(email)).await
    }

    async fn find(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        self.call("find", self.inner.find(id)).await
    }

    async fn rehash(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), StoreError> {
        self.call("rehash", self.inner.rehash(id, old, new)).await
    }
}

impl<S: Families + Sync> Families for Recorded<S> {
    async fn open(&self, family: &Family, verified: &PasswordHash) -> Result<Opened, StoreError> {
        self.call("open", self.inner.open(family, verified)).await
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<Rotated, StoreError> {
        self.call("rotate", self.inner.rotate(rotation)).await
    }

    async fn revoke(
        &self,
        user: &UserId,
        family: FamilyId,
        revocation: Revocation,
    ) -> Result<bool, StoreError> {
        self.call("revoke", self.inner.revoke(user, family, revocation))
            .await
    }
}

impl<S: AttemptLog + Sync> AttemptLog for Recorded<S> {
    async fn load(&self, keys: [AttemptKey; 2]) -> Result<[Option<Attempts>; 2], StoreError> {
        self.call("load", self.inner.load(keys)).await
    }

    async fn swap(
        &self,
        key: AttemptKey,
        expected: Option<Attempts>,
        new: Attempts,
    ) -> Result<Swapped, StoreError> {
        self.call("swap", self.inner.swap(key, expected, new)).await
    }

    async fn succeeded(
        &self,
        forgive: Option<AttemptKey>,
        known: Option<(AttemptKey, Attempts)>,
    ) -> Result<(), StoreError> {
        self.call("succeeded", self.inner.succeeded(forgive, known))
            .await
    }
}
