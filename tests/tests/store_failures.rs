//! What the store is asked, and what happens when it does not answer: 503, never access, and
//! nothing is lost.

use std::time::Duration;

use tollgate_core::Timestamp;
use tollgate_core::attempts::FREE_FAILURES;
use tollgate_core::key_source::Keys;
use tollgate_core::login::{Credentials, Login, LoginError};
use tollgate_core::logout::{Logout, LogoutError};
use tollgate_core::mint::{Lifetimes, Mint, TokenPair};
use tollgate_core::password::{HashCost, Hasher, Password};
use tollgate_core::refresh::{Refresh, RefreshError};
use tollgate_core::user::{User, UserDirectory, Users};
use tollgate_embedded::{KeyFile, SqliteStore};
use tollgate_tests::credentials::{EMAIL, PASSWORD, WRONG_PASSWORD};
use tollgate_tests::functions::{Fixture, START, profile, rng, user};
use tollgate_tests::recorded::{Fault, Recorded};

type Store = Recorded<SqliteStore>;

struct System {
    wire: Store,
    login: Login<Store, KeyFile>,
    refresh: Refresh<Store, KeyFile>,
    logout: Logout<Store, KeyFile>,
    fixture: Fixture,
}

impl System {
    async fn start() -> Self {
        let fixture = Fixture::start().await;
        let wire = Recorded::new(fixture.store.clone());
        Self {
            login: Login {
                store: wire.clone(),
                mint: mint(&fixture).await,
                hasher: Hasher::new(HashCost::default()).expect("the default"),
            },
            refresh: Refresh {
                store: wire.clone(),
                mint: mint(&fixture).await,
            },
            logout: Logout {
                store: wire.clone(),
                refresh_keys: keys(&fixture.refresh_keys).await,
            },
            wire,
            fixture,
        }
    }

    async fn log_in(&self, email: &str, password: &str) -> Result<TokenPair, LoginError> {
        let credentials = Credentials {
            email: email.to_owned(),
            password: Password::new(password).expect("short enough"),
            source: Some([192, 0, 2, 1].into()),
        };
        self.login.log_in(&credentials, START, &mut rng()).await
    }

    async fn refresh(&self, pair: &TokenPair, now: Timestamp) -> Result<TokenPair, RefreshError> {
        self.refresh
            .refresh(pair.refresh_token.expose(), None, now, &mut rng())
            .await
    }
}

async fn mint(fixture: &Fixture) -> Mint<KeyFile> {
    Mint {
        profile: profile(),
        lifetimes: Lifetimes::default(),
        access_keys: keys(&fixture.access_keys).await,
        refresh_keys: keys(&fixture.refresh_keys).await,
    }
}

async fn keys(file: &KeyFile) -> Keys<KeyFile> {
    Keys::load(file.clone(), START, |task| drop(tokio::spawn(task)))
        .await
        .expect("good keys")
}

/// An unknown address, one that cannot be, a wrong password and a disabled user: the same calls.
#[tokio::test]
async fn every_refused_log_in_is_the_same_work() {
    let system = System::start().await;
    let eve = user("eve@example.com", "");
    system.fixture.store.add(&eve).await.expect("it is up");
    system
        .fixture
        .store
        .disable(&eve.id, START)
        .await
        .expect("it is up");
    for (email, password) in [
        (EMAIL, WRONG_PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("eve@example.com", PASSWORD),
        ("eve@example.com", WRONG_PASSWORD),
    ] {
        let refused = system.log_in(email, password).await.err();
        assert!(
            matches!(refused, Some(LoginError::InvalidCredentials)),
            "{email}: {refused:?}"
        );
        assert_eq!(
            system.wire.calls(),
            ["load", "id_of", "swap", "find"],
            "{email}"
        );
    }
}

/// What is refused before anybody was looked up takes as long for everybody.
#[tokio::test]
async fn an_attempt_that_comes_too_early_asks_about_nobody() {
    let system = System::start().await;
    for email in [EMAIL, "nobody@example.com"] {
        for _ in 0..FREE_FAILURES {
            let refused = system.log_in(email, WRONG_PASSWORD).await.err();
            assert!(matches!(refused, Some(LoginError::InvalidCredentials)));
        }
        let _ = system.wire.calls();
        let refused = system.log_in(email, PASSWORD).await.err();
        assert!(matches!(refused, Some(LoginError::TooManyAttempts { .. })));
        assert_eq!(system.wire.calls(), ["load"], "{email}");
    }
}

/// At most two round trips before the hash and one after: calls on one line go out together.
#[tokio::test]
async fn the_store_is_asked_no_more_than_it_takes() {
    let system = System::start().await;
    let pair = system
        .log_in(EMAIL, PASSWORD)
        .await
        .expect("the right password");
    assert_eq!(
        system.wire.calls(),
        [
            "load",
            "id_of", //
            "swap",
            "find", //
            "open",
            "succeeded",
        ]
    );
    let pair = system.refresh(&pair, START).await.expect("live");
    assert_eq!(system.wire.calls(), ["find", "rotate"], "one write");
    let _ = system.refresh(&pair, START).await.expect("live");
    let _ = system.wire.calls();
    let replayed = system.refresh(&pair, START).await;
    assert!(replayed.is_ok());
    assert_eq!(
        system.wire.calls(),
        ["find", "rotate"],
        "and none for a replay"
    );
    let forged = system
        .refresh
        .refresh("tgr1_AAAA", None, START, &mut rng())
        .await;
    assert!(matches!(forged, Err(RefreshError::InvalidGrant(_))));
    assert_eq!(
        system.wire.calls(),
        [""; 0],
        "a forged token does not reach the store"
    );
}

#[tokio::test]
async fn a_log_in_survives_every_failure_of_the_store() {
    for fault in [Fault::Before, Fault::After] {
        for call in ["id_of", "load", "swap", "find", "open", "succeeded"] {
            let system = System::start().await;
            system.wire.fail_next(call, fault);
            let failed = system.log_in(EMAIL, PASSWORD).await.err();
            assert!(
                matches!(failed, Some(LoginError::Store(_))),
                "{call} {fault:?}: {failed:?}"
            );
            assert!(
                system.log_in(EMAIL, PASSWORD).await.is_ok(),
                "{call} {fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_refresh_survives_every_failure_of_the_store() {
    for (fault, call) in [
        (Fault::Before, "find"),
        (Fault::After, "find"),
        (Fault::Before, "rotate"),
        (Fault::After, "rotate"),
    ] {
        let system = System::start().await;
        let first = system
            .log_in(EMAIL, PASSWORD)
            .await
            .expect("the right password");
        system.wire.fail_next(call, fault);
        let failed = system.refresh(&first, START).await.err();
        assert!(
            matches!(failed, Some(RefreshError::Store(_))),
            "{call} {fault:?}: {failed:?}"
        );
        // Whether or not it was written, asking again goes on where it was.
        let again = system
            .refresh(&first, START)
            .await
            .expect("nothing is lost");
        let once_more = system.refresh(&first, START).await.expect("the same");
        assert_eq!(
            again.refresh_token.expose(),
            once_more.refresh_token.expose()
        );
        assert!(
            system.refresh(&again, START).await.is_ok(),
            "{call} {fault:?}"
        );
    }
}

/// When the user cannot be read, the token is not used up, however long that lasts.
#[tokio::test]
async fn a_long_failure_before_the_write_costs_nothing() {
    let system = System::start().await;
    let pair = system
        .log_in(EMAIL, PASSWORD)
        .await
        .expect("the right password");
    system.wire.fail_next("find", Fault::Before);
    assert!(system.refresh(&pair, START).await.is_err());
    let hours_later = START.plus(Duration::from_hours(5));
    assert!(system.refresh(&pair, hours_later).await.is_ok());
}

/// A reuse whose revocation fails is refused all the same, and revoked by the next one.
#[tokio::test]
async fn theft_is_refused_even_when_it_cannot_be_written_down() {
    for fault in [Fault::Before, Fault::After] {
        let system = System::start().await;
        let stolen = system
            .log_in(EMAIL, PASSWORD)
            .await
            .expect("the right password");
        let second = system.refresh(&stolen, START).await.expect("live");
        let third = system.refresh(&second, START).await.expect("live");
        system.wire.fail_next("revoke", fault);
        let failed = system.refresh(&stolen, START).await.err();
        assert!(
            matches!(failed, Some(RefreshError::Store(_))),
            "{fault:?}: {failed:?}"
        );
        assert!(system.refresh(&stolen, START).await.is_err());
        let owner = system.refresh(&third, START).await.err();
        assert!(
            matches!(owner, Some(RefreshError::InvalidGrant(_))),
            "{fault:?}: {owner:?}"
        );
    }
}

#[tokio::test]
async fn a_log_out_that_fails_says_so() {
    for fault in [Fault::Before, Fault::After] {
        let system = System::start().await;
        let pair = system
            .log_in(EMAIL, PASSWORD)
            .await
            .expect("the right password");
        let token = pair.refresh_token.expose();
        system.wire.fail_next("revoke", fault);
        let failed = system.logout.log_out(token, START).await;
        assert!(
            matches!(failed, Err(LogoutError::Store(_))),
            "{fault:?}: {failed:?}"
        );
        assert!(system.logout.log_out(token, START).await.is_ok());
        assert!(system.refresh(&pair, START).await.is_err());
    }
}

/// A hash of an older policy is renewed at log-in; when that fails, the log-in stands.
#[tokio::test]
async fn an_outdated_hash_is_renewed_and_a_failure_of_that_keeps_nobody_out() {
    let system = System::start().await;
    let cheap = HashCost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };
    let password = Password::new(PASSWORD).expect("short enough");
    let outdated = Hasher::new(cheap)
        .expect("valid")
        .hash(&password, &mut rng());
    let eve = User {
        password_hash: outdated,
        ..user("eve@example.com", "")
    };
    system.fixture.store.add(&eve).await.expect("it is up");
    let stored = async || {
        let eve = system
            .fixture
            .store
            .find(&eve.id)
            .await
            .expect("it is up")
            .expect("eve");
        eve.password_hash
    };
    system.wire.fail_next("rehash", Fault::Before);
    assert!(system.log_in("eve@example.com", PASSWORD).await.is_ok());
    assert_eq!(stored().await, eve.password_hash, "not yet");
    assert!(system.log_in("eve@example.com", PASSWORD).await.is_ok());
    let renewed = stored().await;
    assert!(
        renewed.expose().contains("m=47104,t=1,p=1"),
        "the policy of today"
    );
    assert!(system.log_in("eve@example.com", PASSWORD).await.is_ok());
    assert_eq!(stored().await, renewed, "once is enough");
}
