//! Which secrets may sign, and how a process keeps its keys.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tollgate_core::Timestamp;
use tollgate_core::key::{Key, KeyId, KeyRing, WeakKey};
use tollgate_core::key_source::{KeySource, KeySourceError, Keys, MissingKey};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn key(secret: &str) -> Result<Key, WeakKey> {
    Key::new(SecretString::from(secret))
}

#[test]
fn a_secret_is_long_unknown_and_random() {
    for (secret, problem) in [
        ("Zv7pN2xQ9rT4wY6bC8dF1gH3jK5mL0sA", None),
        ("0123456789abcdef0123456789abcdef", None),
        ("", Some(WeakKey::TooShort { bytes: 0 })),
        (
            "Zv7pN2xQ9rT4wY6bC8dF1gH3jK5mL0s",
            Some(WeakKey::TooShort { bytes: 31 }),
        ),
        (
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            Some(WeakKey::PubliclyKnown),
        ),
        (
            "abcabcabcabcabcabcabcabcabcabcabcabc",
            Some(WeakKey::Repetitive),
        ),
        ("your-256-bit-secret-your-256-bit-secret", None),
    ] {
        assert_eq!(key(secret).err(), problem, "{secret}");
    }
}

#[test]
fn a_generated_secret_is_a_key() {
    let mut rng = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
    let (first, second) = (
        Key::generate_secret(&mut rng),
        Key::generate_secret(&mut rng),
    );
    assert_eq!(first.expose_secret().len(), 43);
    assert_ne!(first.expose_secret(), second.expose_secret());
    assert!(Key::new(first).is_ok());
}

/// With the public list beside the repository, every secret of it is refused.
#[test]
fn publicly_known_secrets_are_refused() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/vectors/public_jwt_secrets_32_bytes_and_more.txt");
    let Ok(list) = std::fs::read(&list) else {
        println!("skipped about 1,900 cases: {} is not there", list.display());
        return;
    };
    let mut refused = 0;
    for line in list.split(|byte| *byte == b'\n') {
        let Ok(secret) = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)) else {
            continue;
        };
        if secret.len() >= Key::MIN_BYTES {
            assert!(
                matches!(key(secret), Err(WeakKey::PubliclyKnown)),
                "{secret}"
            );
            refused += 1;
        }
    }
    assert!(refused > 1_500, "only {refused} secrets were read");
}

#[test]
fn an_id_is_the_hash_of_the_secret() {
    let id = key("Zv7pN2xQ9rT4wY6bC8dF1gH3jK5mL0sA")
        .expect("a good key")
        .id();
    // echo -n Zv7p…L0sA | openssl sha256 -binary | head -c 8 | basenc --base64url
    assert_eq!(id.to_string(), "0sV-PhGAFdY");
    assert_eq!(KeyId::parse(id.to_string()), Some(id));
    for text in [
        "",
        "AAAA",
        "AAAAAAAAAAAA",
        "AAAAAAAAAAA=",
        "AAAAAAAAAAB",
        "AAAAAAAAAA!",
    ] {
        assert_eq!(KeyId::parse(text), None, "{text}");
    }
}

/// A vault whose content and health the test decides.
struct Vault {
    secrets: Mutex<Vec<&'static str>>,
    down: Mutex<bool>,
    calls: AtomicUsize,
}

const A: &str = "first secret, of 32 bytes or more than that";
const B: &str = "second secret, of 32 bytes or more than that";

impl Vault {
    /// All of them, the current one first.
    fn keys(&self) -> Result<Vec<Key>, KeySourceError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if *self.down.lock().expect("not poisoned") {
            let source = "it is away".into();
            return Err(KeySourceError::Unreadable {
                origin: "the test".into(),
                source,
            });
        }
        let secrets = self.secrets.lock().expect("not poisoned");
        let keys = secrets.iter();
        Ok(keys
            .map(|secret| key(secret).expect("a good key"))
            .collect())
    }
}

impl KeySource for &'static Vault {
    async fn load(&self) -> Result<KeyRing, KeySourceError> {
        let mut keys = self.keys()?.into_iter();
        let current = keys.next().expect("one at least");
        Ok(KeyRing::new(current, keys.collect()))
    }

    async fn load_current(&self) -> Result<KeyRing, KeySourceError> {
        let current = self.keys()?.swap_remove(0);
        Ok(KeyRing::new(current, Vec::new()))
    }
}

/// No source of the test ever waits, so one poll is enough.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// A vault with these secrets that answers.
fn vault(secrets: &[&'static str]) -> &'static Vault {
    Box::leak(Box::new(Vault {
        secrets: Mutex::new(secrets.to_vec()),
        down: false.into(),
        calls: 0.into(),
    }))
}

/// What runs beside a request is done before the request goes on.
fn load(vault: &'static Vault) -> Keys<&'static Vault> {
    now(Keys::load(vault, NOW, now)).expect("it is up")
}

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn id(secret: &str) -> KeyId {
    key(secret).expect("a good key").id()
}

#[test]
fn an_unknown_id_reloads_once_and_then_rests() {
    let vault = vault(&[A]);
    let keys = load(vault);
    let calls = || vault.calls.load(Ordering::Relaxed);
    let invented = id("an invented secret, of 32 bytes or more than that");
    assert_eq!(calls(), 1);

    // Known: nobody is asked.
    assert!(now(keys.ring_with(id(A), after(1))).is_ok());
    assert_eq!(calls(), 1);

    // Unknown: asked, even a moment after the first load; then once in five seconds, however many
    // ids are invented.
    assert_eq!(
        now(keys.ring_with(invented, after(1))).err(),
        Some(MissingKey::Unknown)
    );
    for _ in 0..1_000 {
        assert_eq!(
            now(keys.ring_with(invented, after(5))).err(),
            Some(MissingKey::Resting)
        );
    }
    assert_eq!(calls(), 2);
    assert_eq!(
        now(keys.ring_with(invented, after(6))).err(),
        Some(MissingKey::Unknown)
    );
    assert_eq!(calls(), 3);
}

/// Whenever it is rotated: a moment after the first load, or after a renewal.
#[test]
fn a_key_rotated_a_second_ago_verifies_at_once() {
    for renewed_at in [0, 61] {
        let vault = vault(&[A]);
        let keys = load(vault);
        let renewed = NOW.plus(Duration::from_secs(renewed_at));
        assert!(now(keys.ring(renewed)).get(id(A)).is_some());
        *vault.secrets.lock().expect("not poisoned") = vec![B, A];
        let soon = renewed.plus(Duration::from_secs(1));
        let ring = now(keys.ring_with(id(B), soon)).expect("it is there now");
        assert_eq!(ring.current().id(), id(B));
        assert!(ring.get(id(A)).is_some());
    }
}

#[test]
fn a_clock_that_is_set_back_freezes_nothing() {
    let vault = vault(&[B, A]);
    let keys = load(vault);
    *vault.secrets.lock().expect("not poisoned") = vec![B];
    let an_hour_before = Timestamp::from_unix(NOW.as_unix() - 3_600);
    assert!(
        now(keys.ring(an_hour_before)).get(id(A)).is_none(),
        "a dropped key is gone"
    );
}

/// Requests that run at once may read the clock in another order than they come.
#[test]
fn a_clock_that_is_two_seconds_behind_was_not_set_back() {
    for (seconds, there) in [(0, true), (1, true), (2, true), (3, false)] {
        let vault = vault(&[B, A]);
        let keys = load(vault);
        *vault.secrets.lock().expect("not poisoned") = vec![B];
        let before = Timestamp::from_unix(NOW.as_unix() - seconds);
        let ring = now(keys.ring(before));
        assert_eq!(ring.get(id(A)).is_some(), there, "{seconds} s");
    }
}

#[test]
fn a_ring_lists_every_key() {
    let ring = now(vault(&[B, A]).load()).expect("it is up");
    assert_eq!(ring.ids(), [id(A), id(B)].into());
}

#[test]
fn a_vault_that_is_away_takes_nothing_away() {
    let vault = vault(&[A]);
    let keys = load(vault);
    *vault.down.lock().expect("not poisoned") = true;
    let later = NOW.plus(Duration::from_hours(1));

    // The last good ring serves on; what it does not know may be good, and nobody can say.
    assert!(now(keys.ring_with(id(A), later)).is_ok());
    assert_eq!(
        now(keys.ring_with(id(B), later)).err(),
        Some(MissingKey::Unavailable)
    );

    *vault.down.lock().expect("not poisoned") = false;
    let resting = later.plus(Duration::from_secs(4));
    let missing = now(keys.ring_with(id(B), resting)).err();
    assert_eq!(missing, Some(MissingKey::Unavailable), "nobody can say yet");
    let recovered = later.plus(Duration::from_secs(5));
    assert_eq!(
        now(keys.ring_with(id(B), recovered)).err(),
        Some(MissingKey::Unknown)
    );
}

#[test]
fn a_dropped_key_is_gone_within_a_minute() {
    let vault = vault(&[B, A]);
    let keys = load(vault);
    *vault.secrets.lock().expect("not poisoned") = vec![B];
    assert!(now(keys.ring_with(id(A), NOW.plus(Duration::from_secs(59)))).is_ok());
    let gone = now(keys.ring_with(id(A), NOW.plus(Duration::from_mins(1))));
    assert_eq!(gone.err(), Some(MissingKey::Unknown));
}

/// Even while the vault does not answer at all.
#[test]
fn a_renewal_delays_nobody() {
    let vault = vault(&[B, A]);
    // Whatever runs beside the request gets nowhere.
    let keys = now(Keys::load(vault, NOW, std::mem::forget)).expect("it is up");
    *vault.secrets.lock().expect("not poisoned") = vec![B];
    for seconds in [60, 61, 119, 299] {
        let ring = now(keys.ring(after(seconds)));
        assert!(
            ring.get(id(A)).is_some(),
            "{seconds} s: the ring that is there"
        );
    }
    assert_eq!(vault.calls.load(Ordering::Relaxed), 1);
}

/// One that nobody used for minutes waits like one that starts: it may have missed a dropped key.
#[test]
fn a_process_that_slept_renews_its_keys_first() {
    let vault = vault(&[B, A]);
    let keys = now(Keys::load(vault, NOW, |_| {
        unreachable!("it must not go on")
    }))
    .expect("it is up");
    *vault.secrets.lock().expect("not poisoned") = vec![B];
    assert!(now(keys.ring(after(300))).get(id(A)).is_none());
}

/// While the vault is away, one request in a minute asks it; and the first one after a sleep.
#[test]
fn a_vault_that_is_away_is_asked_once_in_a_minute() {
    let vault = vault(&[A]);
    let keys = load(vault);
    *vault.down.lock().expect("not poisoned") = true;
    for (seconds, calls) in [
        (60, 2),
        (61, 2),
        (119, 2),
        (120, 3),
        (150, 3),
        (500, 4),
        (501, 4),
    ] {
        assert!(now(keys.ring(after(seconds))).get(id(A)).is_some());
        assert_eq!(vault.calls.load(Ordering::Relaxed), calls, "{seconds} s");
    }
}

#[test]
fn a_ring_may_be_renewed_more_often() {
    let vault = vault(&[A]);
    let keys = load(vault).renewed_every(Duration::from_secs(2));
    for (seconds, calls) in [(1, 1), (2, 2), (3, 2), (4, 3), (14, 4)] {
        let _ = now(keys.ring(after(seconds)));
        assert_eq!(vault.calls.load(Ordering::Relaxed), calls, "{seconds} s");
    }
}

/// A start with the current key alone: whoever has a token of another one comes in all the same.
#[test]
fn the_current_key_is_enough_to_begin_with() {
    let vault = vault(&[B, A]);
    let calls = || vault.calls.load(Ordering::Relaxed);
    let keys = now(Keys::load_current(vault, NOW, now)).expect("it is up");
    assert_eq!(now(keys.ring(NOW)).ids(), [id(B)].into());
    assert!(now(keys.ring_with(id(B), NOW)).is_ok());
    assert_eq!(calls(), 1);

    let ring = now(keys.ring_with(id(A), NOW)).expect("it is there");
    assert_eq!(ring.ids(), [id(A), id(B)].into());
    assert_eq!(calls(), 2);
    let invented = id("an invented secret, of 32 bytes or more than that");
    let missing = now(keys.ring_with(invented, after(1))).err();
    assert_eq!(missing, Some(MissingKey::Resting));
    assert_eq!(calls(), 2);
}

/// An invented `kid` takes nothing away from whoever has a real one: its reload brings that, too.
#[test]
fn a_stranger_at_the_start_keeps_nobody_out() {
    let keys = now(Keys::load_current(vault(&[B, A]), NOW, now)).expect("it is up");
    let invented = id("an invented secret, of 32 bytes or more than that");
    let missing = now(keys.ring_with(invented, NOW)).err();
    assert_eq!(missing, Some(MissingKey::Unknown));
    assert!(now(keys.ring_with(id(A), NOW)).is_ok());
}

#[test]
fn after_a_minute_the_others_are_there() {
    let vault = vault(&[B, A]);
    let keys = now(Keys::load_current(vault, NOW, now)).expect("it is up");
    assert!(now(keys.ring(after(59))).get(id(A)).is_none());
    assert!(now(keys.ring(after(60))).get(id(A)).is_some());
}

/// Whether a key exists that could not be read, nobody can say: 503, until somebody can.
#[test]
fn a_vault_that_goes_away_after_a_start_makes_nobody_a_stranger() {
    let vault = vault(&[B, A]);
    let away = |away| *vault.down.lock().expect("not poisoned") = away;
    let keys = now(Keys::load_current(vault, NOW, now)).expect("it is up");
    away(true);
    assert!(now(keys.ring_with(id(B), NOW)).is_ok());
    let older = now(keys.ring_with(id(A), NOW)).err();
    assert_eq!(older, Some(MissingKey::Unavailable));
    away(false);
    assert!(now(keys.ring_with(id(A), after(5))).is_ok());
}

#[test]
fn without_keys_there_is_no_start() {
    let vault = vault(&[A]);
    *vault.down.lock().expect("not poisoned") = true;
    assert!(now(Keys::load(vault, NOW, now)).is_err());
    assert!(now(Keys::load_current(vault, NOW, now)).is_err());
}
