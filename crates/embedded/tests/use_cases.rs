//! Log-in, refresh and log-out on a real store: what is given, what is refused, and what is told.

use std::cell::RefCell;
use std::future::Future;
use std::io::{self, Write};
use std::net::IpAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use serde_json::Value;
use tempfile::TempDir;
use tollgate_core::Timestamp;
use tollgate_core::access_token::{Claims, Profile, Unverified};
use tollgate_core::key::KeyRing;
use tollgate_core::key_source::{KeySource, Keys};
use tollgate_core::login::{Credentials, Login, LoginError};
use tollgate_core::logout::Logout;
use tollgate_core::mint::{Lifetimes, Mint, TokenPair};
use tollgate_core::password::{HashCost, Hasher, Password};
use tollgate_core::refresh::{InvalidGrant, Refresh, RefreshError};
use tollgate_core::user::{User, UserDirectory, UserId, Users};
use tollgate_embedded::{KeyFile, SqliteStore};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";
const WRONG: &str = "incorrect horse battery staple";
const START: Timestamp = Timestamp::from_unix(1_800_000_000);
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);
const HOME: &str = "192.0.2.1";
const ELSEWHERE: &str = "198.51.100.1";

/// Cheap; what it costs in production is the default.
const COST: HashCost = HashCost {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// SQLite and files do not wait, so one poll is enough.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("SQLite and files do not wait"),
    }
}

struct System {
    store: SqliteStore,
    login: Login<SqliteStore, KeyFile>,
    refresh: Refresh<SqliteStore, KeyFile>,
    logout: Logout<SqliteStore, KeyFile>,
    access_keys: KeyRing,
    user: UserId,
    now: Timestamp,
    _data: TempDir,
}

impl System {
    fn start() -> Self {
        Self::with(Lifetimes::default(), COST)
    }

    /// A system with one user, whose hash has this cost.
    fn with(lifetimes: Lifetimes, cost: HashCost) -> Self {
        let data = tempfile::tempdir().expect("a folder for temporary files");
        let store = SqliteStore::open(&data.path().join("tollgate.db")).expect("a new database");
        let file = |name| KeyFile::new(data.path().join(name));
        let (access, refresh) = (file("access.key"), file("refresh.key"));
        for keys in [&access, &refresh] {
            keys.create(&mut rng()).expect("a new key file");
        }
        let load = |file: &KeyFile| ready(Keys::load(file.clone(), START, |_| ())).expect("keys");
        let mint = || Mint {
            profile: profile(),
            lifetimes,
            access_keys: load(&access),
            refresh_keys: load(&refresh),
        };
        let user = user(cost);
        ready(store.add(&user)).expect("the first user");
        Self {
            login: Login {
                store: store.clone(),
                mint: mint(),
                hasher: Hasher::new(COST).expect("a valid cost"),
            },
            refresh: Refresh {
                store: store.clone(),
                mint: mint(),
            },
            logout: Logout {
                store: store.clone(),
                refresh_keys: load(&refresh),
            },
            access_keys: ready(access.load()).expect("keys"),
            store,
            user: user.id,
            now: START,
            _data: data,
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    fn attempt(
        &self,
        source: Option<&str>,
        email: &str,
        password: &str,
    ) -> Result<TokenPair, LoginError> {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let credentials = Credentials {
            email: email.to_owned(),
            password: Password::new(password).expect("short enough"),
            source: source.map(address),
        };
        ready(self.login.log_in(&credentials, self.now, &mut rng()))
    }

    fn log_in(&self) -> TokenPair {
        self.attempt(Some(HOME), EMAIL, PASSWORD)
            .expect("the password is right")
    }

    /// `None`: in. Otherwise how long to wait, zero if the credentials are wrong.
    fn refused(&self, source: &str, password: &str) -> Option<Duration> {
        match self.attempt(Some(source), EMAIL, password) {
            Ok(_) => None,
            Err(LoginError::InvalidCredentials) => Some(Duration::ZERO),
            Err(LoginError::TooManyAttempts { retry_after }) => Some(retry_after),
            Err(LoginError::Store(error)) => panic!("{error}"),
        }
    }

    fn exchange(&self, token: &str, key: Option<&str>) -> Result<TokenPair, InvalidGrant> {
        ready(self.refresh.refresh(token, key, self.now, &mut rng())).map_err(|error| match error {
            RefreshError::InvalidGrant(grant) => grant,
            other => panic!("{other}"),
        })
    }

    fn log_out(&self, token: &str) {
        ready(self.logout.log_out(token, self.now)).expect("the store is there");
    }

    /// What a token says, verified now.
    fn claims(&self, pair: &TokenPair) -> Claims {
        let token = Unverified::parse(pair.access_token.expose()).expect("ours");
        let key = self.access_keys.get(token.key_id()).expect("its key");
        token.verify(key, &profile(), self.now).expect("it is good")
    }
}

fn profile() -> Profile {
    Profile {
        issuer: "https://auth.example.com".to_owned(),
        audience: "api.example.com".to_owned(),
    }
}

fn user(cost: HashCost) -> User {
    let hasher = Hasher::new(cost).expect("a valid cost");
    let password = Password::new(PASSWORD).expect("short enough");
    User {
        id: UserId::generate(&mut rng()),
        email: EMAIL.parse().expect("an address"),
        password_hash: hasher.hash(&password, &mut rng()),
        scope: "reports:read".parse().expect("a scope"),
        disabled: false,
        created_at: START,
    }
}

fn refresh_token(pair: &TokenPair) -> &str {
    pair.refresh_token.expose()
}

thread_local! {
    /// What this thread, and so this test, has logged.
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes into [`LINES`]. One listener for all tests: whether anybody listens is remembered for the
/// whole process.
struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The events that `work` left: name, and reason if it has one.
fn told(work: impl FnOnce()) -> Vec<String> {
    let listener = tracing_subscriber::fmt().json().with_writer(|| Lines);
    // Another test was first, and has set the same one.
    let _ = tracing::subscriber::set_global_default(listener.finish());
    LINES.take();
    work();
    let lines = String::from_utf8(LINES.take()).expect("text");
    let text = |event: &Value, name: &str| event["fields"][name].as_str().map(str::to_owned);
    let named = |line: &str| {
        let event: Value = serde_json::from_str(line).expect("JSON");
        let name = text(&event, "event").expect("a name");
        text(&event, "reason").map_or(name.clone(), |reason| format!("{name} {reason}"))
    };
    lines.lines().map(named).collect()
}

#[test]
fn a_log_in_gives_what_was_promised() {
    let system = System::start();
    let mut pair = None;
    assert_eq!(told(|| pair = Some(system.log_in())), ["login.succeeded"]);
    let pair = pair.expect("it is set");
    assert_eq!(pair.expires_in, Duration::from_mins(15));
    assert_eq!(pair.refresh_expires_in, 7 * DAY);
    let claims = system.claims(&pair);
    assert_eq!(claims.sub, system.user);
    assert_eq!((claims.iat, claims.exp), (START, START.plus(15 * MINUTE)));
    assert_eq!(claims.email.as_str(), EMAIL);
    assert_eq!(claims.scope.to_string(), "reports:read");
    assert_eq!(claims.jti.len(), 22);
    assert_ne!(claims.jti, system.claims(&system.log_in()).jti);
}

#[test]
fn every_refused_log_in_is_one_to_the_client_and_tells_its_reason() {
    let system = System::start();
    let tries = |email: &str, password: &str| {
        told(|| {
            let refused = system.attempt(Some(HOME), email, password);
            assert!(matches!(refused, Err(LoginError::InvalidCredentials)));
        })
    };
    assert_eq!(tries(EMAIL, WRONG), ["login.refused wrong_password"]);
    let nobody = "grace@example.com";
    assert_eq!(tries(nobody, PASSWORD), ["login.refused unknown_user"]);
    assert_eq!(
        tries("no address", PASSWORD),
        ["login.refused unknown_user"]
    );
    ready(system.store.disable(&system.user, START)).expect("the user is there");
    assert_eq!(tries(EMAIL, PASSWORD), ["login.refused user_disabled"]);
    assert_eq!(tries(EMAIL, WRONG), ["login.refused wrong_password"]);
}

#[test]
fn guesses_must_wait_and_a_success_forgives_them() {
    let mut system = System::start();
    for _ in 0..5 {
        assert_eq!(system.refused(ELSEWHERE, WRONG), Some(Duration::ZERO));
    }
    let refused = told(|| assert_eq!(system.refused(ELSEWHERE, PASSWORD), Some(MINUTE)));
    assert_eq!(refused, ["login.refused too_many_attempts"]);
    system.pass(MINUTE);
    assert_eq!(system.refused(ELSEWHERE, PASSWORD), None);
    // From the same network, which is known by now, and from a new one.
    for source in [ELSEWHERE, HOME] {
        for _ in 0..5 {
            assert_eq!(system.refused(source, WRONG), Some(Duration::ZERO));
        }
        assert_eq!(system.refused(source, WRONG), Some(MINUTE));
    }
}

#[test]
fn a_known_network_is_counted_apart_for_ninety_days() {
    let mut system = System::start();
    let _ = system.log_in();
    for _ in 0..6 {
        let _ = system.refused(ELSEWHERE, WRONG);
    }
    assert_eq!(system.refused(ELSEWHERE, PASSWORD), Some(MINUTE));
    assert_eq!(system.refused(HOME, PASSWORD), None);
    // Known until the last second, and a stranger from then on.
    system.pass(89 * DAY + Duration::from_mins(24 * 60 - 1));
    for _ in 0..6 {
        let _ = system.refused(ELSEWHERE, WRONG);
    }
    assert_eq!(system.refused(HOME, WRONG), Some(Duration::ZERO));
    system.pass(Duration::from_secs(59));
    assert_eq!(system.refused(HOME, WRONG), Some(Duration::ZERO));
    system.pass(Duration::from_secs(1));
    for _ in 0..6 {
        let _ = system.refused(ELSEWHERE, WRONG);
    }
    assert_ne!(system.refused(HOME, PASSWORD), None);
}

#[test]
fn without_an_address_of_origin_the_account_is_counted() {
    let system = System::start();
    let try_with = |password| {
        let tried = system.attempt(None, EMAIL, password);
        matches!(tried, Err(LoginError::TooManyAttempts { .. }))
    };
    assert!(!try_with(PASSWORD));
    for _ in 0..5 {
        assert!(!try_with(WRONG));
    }
    assert!(try_with(PASSWORD));
}

#[test]
fn a_hash_of_yesterday_is_hashed_again_once() {
    let yesterday = HashCost {
        memory_kib: 32,
        ..COST
    };
    let system = System::with(Lifetimes::default(), yesterday);
    let hash = || {
        let user = ready(system.store.find(&system.user)).expect("the store");
        user.expect("the user").password_hash.expose().to_owned()
    };
    assert!(hash().contains("m=32"), "{}", hash());
    let first = told(|| drop(system.log_in()));
    assert_eq!(first, ["login.rehashed", "login.succeeded"]);
    assert!(hash().contains("m=64"), "{}", hash());
    assert_eq!(told(|| drop(system.log_in())), ["login.succeeded"]);
}

#[test]
fn a_token_is_exchanged_repeated_and_not_forked() {
    let mut system = System::start();
    let first = system.log_in();
    system.pass(15 * MINUTE);
    let mut second = None;
    let rotated = told(|| second = system.exchange(refresh_token(&first), None).ok());
    assert_eq!(rotated, ["refresh.rotated"]);
    let second = second.expect("the first token was live");
    assert_ne!(refresh_token(&first), refresh_token(&second));
    assert_eq!(
        system.claims(&second).sid,
        system.claims(&first_again(&system, &first)).sid
    );

    system.pass(Duration::from_secs(10));
    let again = told(|| {
        let again = system
            .exchange(refresh_token(&first), None)
            .expect("in the grace time");
        assert_eq!(refresh_token(&again), refresh_token(&second));
    });
    assert_eq!(again, ["refresh.replayed"]);

    system.pass(Duration::from_secs(1));
    let stolen = told(|| {
        let refused = system.exchange(refresh_token(&first), None).err();
        assert_eq!(refused, Some(InvalidGrant::Reused));
    });
    assert_eq!(stolen, ["refresh.reuse_detected", "refresh.refused reused"]);
    let over = told(|| {
        let refused = system.exchange(refresh_token(&second), None).err();
        assert_eq!(refused, Some(InvalidGrant::Revoked));
    });
    assert_eq!(over, ["refresh.refused revoked"]);
}

/// The successor of a token that was just exchanged, once more.
fn first_again(system: &System, first: &TokenPair) -> TokenPair {
    system
        .exchange(refresh_token(first), None)
        .expect("in the grace time")
}

#[test]
fn a_key_makes_a_refresh_repeatable_for_a_day() {
    let mut system = System::start();
    let first = system.log_in();
    let second = system
        .exchange(refresh_token(&first), Some("k1"))
        .expect("it is live");
    system.pass(DAY);
    let again = system
        .exchange(refresh_token(&first), Some("k1"))
        .expect("within a day");
    assert_eq!(refresh_token(&again), refresh_token(&second));
    let other = system.exchange(refresh_token(&first), Some("k2")).err();
    assert_eq!(other, Some(InvalidGrant::Reused));
}

#[test]
fn a_session_ends_by_its_times() {
    let mut system = System::start();
    let idle = system.log_in();
    system.pass(6 * DAY + Duration::from_secs(24 * 3_600 - 1));
    let used = system
        .exchange(refresh_token(&idle), None)
        .expect("the last second");
    assert_eq!(used.refresh_expires_in, 7 * DAY);
    system.pass(7 * DAY);
    let refused = told(|| {
        let refused = system.exchange(refresh_token(&used), None).err();
        assert_eq!(refused, Some(InvalidGrant::Expired));
    });
    assert_eq!(refused, ["refresh.refused expired"]);
}

#[test]
fn no_token_outlives_its_family() {
    let lifetimes = Lifetimes {
        family: Duration::from_mins(20),
        ..Lifetimes::default()
    };
    let mut system = System::with(lifetimes, COST);
    let first = system.log_in();
    assert_eq!(first.refresh_expires_in, 20 * MINUTE);
    system.pass(10 * MINUTE);
    let second = system
        .exchange(refresh_token(&first), None)
        .expect("it is live");
    assert_eq!(second.expires_in, 10 * MINUTE);
    assert_eq!(second.refresh_expires_in, 10 * MINUTE);
    assert_eq!(system.claims(&second).exp, START.plus(20 * MINUTE));
    system.pass(10 * MINUTE);
    let over = system.exchange(refresh_token(&second), None).err();
    assert_eq!(over, Some(InvalidGrant::Expired));
}

#[test]
fn what_is_no_token_of_a_living_family_is_refused() {
    let system = System::start();
    let pair = system.log_in();
    let token = refresh_token(&pair).to_owned();
    let forged = format!("{}{}", &token[..token.len() - 2], "AA");
    for text in [&forged, "", "tgr1_", pair.access_token.expose()] {
        let refused = told(|| {
            let refused = system.exchange(text, None).err();
            assert_eq!(refused, Some(InvalidGrant::Unknown), "{text}");
        });
        assert_eq!(refused, ["refresh.refused unknown"], "{text}");
        assert_eq!(told(|| system.log_out(text)), [""; 0], "{text}");
    }
    ready(system.store.disable(&system.user, START)).expect("the user is there");
    let disabled = system.exchange(&token, None).err();
    assert_eq!(disabled, Some(InvalidGrant::Revoked));
    ready(system.store.delete(&system.user)).expect("the user is there");
    let gone = system.exchange(&token, None).err();
    assert_eq!(gone, Some(InvalidGrant::Revoked));
}

#[test]
fn a_log_out_ends_the_family_once() {
    let system = System::start();
    let (pair, other) = (system.log_in(), system.log_in());
    let token = refresh_token(&pair);
    assert_eq!(told(|| system.log_out(token)), ["logout.revoked"]);
    assert_eq!(told(|| system.log_out(token)), [""; 0]);
    let refused = system.exchange(token, None).err();
    assert_eq!(refused, Some(InvalidGrant::Revoked));
    assert!(system.exchange(refresh_token(&other), None).is_ok());
}

#[test]
fn a_new_key_is_told_once() {
    let data = tempfile::tempdir().expect("a folder for temporary files");
    let file = KeyFile::new(data.path().join("access.key"));
    file.create(&mut rng()).expect("a new key file");
    let keys = ready(Keys::load(file.clone(), START, ready)).expect("keys");
    let renew_after = |minutes| {
        told(|| {
            let _ = ready(keys.ring(START.plus(minutes * MINUTE)));
        })
    };
    assert_eq!(renew_after(1), [""; 0]);
    file.rotate(&mut rng()).expect("a second key");
    assert_eq!(renew_after(2), ["keys.changed"]);
    assert_eq!(renew_after(3), [""; 0]);
}
