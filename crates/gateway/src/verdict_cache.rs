//! The verdicts that API Gateway keeps for a while, so that a token is not verified on every request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::verdict::Verdict;

/// The authorizer's name and the values of its identity sources. Neither path nor method: a verdict for one method
/// is used for all of them, as on AWS.
pub(crate) type Key = (String, Vec<String>);

/// A bounded map with an age limit.
pub(crate) struct VerdictCache {
    entries: Mutex<HashMap<Key, Entry>>,
    capacity: usize,
}

struct Entry {
    verdict: Arc<Verdict>,
    expires: Instant,
}

impl VerdictCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: Mutex::default(),
            capacity,
        }
    }

    pub(crate) fn get(&self, key: &Key, now: Instant) -> Option<Arc<Verdict>> {
        let entries = self.lock();
        let entry = entries.get(key)?;
        (now < entry.expires).then(|| Arc::clone(&entry.verdict))
    }

    pub(crate) fn put(&self, key: Key, verdict: Arc<Verdict>, now: Instant, keep: Duration) {
        // Zero means off.
        let Some(expires) = now.checked_add(keep).filter(|_| !keep.is_zero()) else {
            return;
        };
        let mut entries = self.lock();
        if entries.len() >= self.capacity {
            entries.retain(|_, entry| now < entry.expires);
        }
        if entries.len() >= self.capacity {
            // Nothing has expired: all of it goes, which costs each token one call, and never more memory.
            entries.clear();
        }
        entries.insert(key, Entry { verdict, expires });
    }

    /// The map is consistent after every operation, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use serde_json::json;

    use super::{Key, VerdictCache};
    use crate::authorizer::Format;
    use crate::clock;
    use crate::verdict::Verdict;

    fn verdict() -> Arc<Verdict> {
        let answer = json!({ "isAuthorized": true });
        Arc::new(Verdict::parse(Format::Http { simple: true }, &answer).expect("a verdict"))
    }

    fn key(token: usize) -> Key {
        ("A".to_owned(), vec![token.to_string()])
    }

    #[test]
    fn a_verdict_ages() {
        let (cache, now, keep) = (
            VerdictCache::new(8),
            clock::now().instant,
            Duration::from_mins(5),
        );
        cache.put(key(1), verdict(), now, keep);
        for (age, found) in [(0, true), (299, true), (300, false), (301, false)] {
            let later = now + Duration::from_secs(age);
            assert_eq!(cache.get(&key(1), later).is_some(), found, "after {age} s");
        }
        assert!(cache.get(&key(2), now).is_none(), "another token");
        cache.put(key(3), verdict(), now, Duration::ZERO);
        assert!(cache.get(&key(3), now).is_none(), "zero means off");
    }

    #[test]
    fn it_never_grows_over_its_capacity() {
        let (cache, now) = (VerdictCache::new(8), clock::now().instant);
        for token in 0..100 {
            cache.put(key(token), verdict(), now, Duration::from_secs(1));
            assert!(cache.lock().len() <= 8);
            assert!(cache.get(&key(token), now).is_some(), "the newest is there");
        }
        let later = now + Duration::from_secs(2);
        cache.put(key(100), verdict(), later, Duration::from_secs(1));
        assert!(cache.get(&key(99), later).is_none());
    }
}
