//! What every store must do. Each function is one rule; a store passes when all of them do.

use std::sync::Mutex;
use std::time::Duration;

use tollgate_core::Timestamp;
use tollgate_core::attempts::{AttemptKey, AttemptLog, Attempts, Swapped};
use tollgate_core::family::{
    Decision, Families, Family, IdempotencyHash, Opened, Revocation, RevocationReason, Rotated,
    Rotation,
};
use tollgate_core::password::PasswordHash;
use tollgate_core::refresh_token::{FamilyId, RefreshToken};
use tollgate_core::user::{Added, ImportStopped, Place, StopCause, User, UserDirectory, UserId};

use crate::functions::{START, rng, user};

/// A store that does all of it.
pub trait Store: UserDirectory + Families + AttemptLog + Clone + Send + Sync + 'static {}
impl<S: UserDirectory + Families + AttemptLog + Clone + Send + Sync + 'static> Store for S {}

const IDLE: Duration = Duration::from_hours(7 * 24);
const GRACE: Duration = Duration::from_secs(10);

fn at(seconds: u64) -> Timestamp {
    START.plus(Duration::from_secs(seconds))
}

fn revocation(reason: RevocationReason) -> Revocation {
    Revocation { at: at(1), reason }
}

async fn added(store: &impl Store, email: &str) -> User {
    let user = user(email, "a b");
    assert_eq!(store.add(&user).await.expect("it is up"), Added::Yes);
    user
}

/// What a log-in is about to open.
fn family_of(user: &UserId) -> (RefreshToken, Family) {
    let token = RefreshToken::first(user.clone(), &mut rng());
    let family = Family {
        id: token.family(),
        user: user.clone(),
        scope: "a b".parse().expect("a scope"),
        generation: 0,
        secret_hash: token.secret_hash(),
        rotated_at: START,
        idempotency: None,
        idle_expiry: START.plus(IDLE),
        absolute_expiry: START.plus(IDLE * 4),
        revoked: None,
    };
    (token, family)
}

async fn opened(store: &impl Store, user: &UserId) -> (RefreshToken, Family) {
    let (token, family) = family_of(user);
    let user = store.find(user).await.expect("it is up").expect("the user");
    let opened = store.open(&family, &user.password_hash).await;
    assert_eq!(opened.expect("it is up"), Opened::Yes);
    (token, family)
}

fn rotation(token: &RefreshToken, key: Option<&str>, now: Timestamp) -> Rotation {
    Rotation::of(token, key.map(IdempotencyHash::of), now, IDLE)
}

async fn rotate(store: &impl Store, rotation: &Rotation) -> Result<Family, Option<Family>> {
    match store.rotate(rotation).await.expect("it is up") {
        Rotated::Done(family) => Ok(family),
        Rotated::Refused(row) => Err(row),
    }
}

/// The row of a family: what a rotation of a generation that never was fails on.
async fn row(store: &impl Store, token: &RefreshToken) -> Option<Family> {
    let mut never = rotation(token, None, START);
    never.generation = u32::MAX;
    rotate(store, &never).await.expect_err("no such generation")
}

/// A user is found by address and id as it was added.
pub async fn a_user_is_found_as_it_was_added(store: impl Store) {
    let user = added(&store, "ada@example.com").await;
    let nobody = UserId::generate(&mut rng());
    assert_eq!(
        store.find(&user.id).await.expect("it is up").as_ref(),
        Some(&user)
    );
    assert_eq!(
        store
            .find_by_email(&user.email)
            .await
            .expect("it is up")
            .as_ref(),
        Some(&user)
    );
    assert_eq!(store.find(&nobody).await.expect("it is up"), None);
    let other = "eve@example.com".parse().expect("an address");
    assert_eq!(store.find_by_email(&other).await.expect("it is up"), None);
}

/// No two users have one address, nor one id; the second changes nothing.
pub async fn an_address_belongs_to_one_user(store: impl Store) {
    let first = added(&store, "ada@example.com").await;
    let same_address = user("ada@example.com", "admin");
    let same_id = User {
        id: first.id.clone(),
        ..user("eve@example.com", "admin")
    };
    for second in [same_address, same_id] {
        assert_eq!(store.add(&second).await.expect("it is up"), Added::Taken);
    }
    assert_eq!(store.list().await.expect("it is up"), [first]);
}

/// An account that is added twice is there once, and neither call says that somebody else has it:
/// when the first answer was lost, the second must not tell its own account from a stranger's.
pub async fn an_account_is_added_again(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    assert_eq!(store.add(&ada).await.expect("it is up"), Added::Yes);
    let other_scope = User {
        scope: "admin".parse().expect("a scope"),
        ..ada.clone()
    };
    let other_address = User {
        email: "eve@example.com".parse().expect("an address"),
        ..ada.clone()
    };
    let other_id = User {
        id: UserId::generate(&mut rng()),
        ..ada.clone()
    };
    for other in [other_scope, other_address, other_id] {
        assert_eq!(store.add(&other).await.expect("it is up"), Added::Taken);
    }
    assert_eq!(store.list().await.expect("it is up"), [ada]);
}

/// Of two who want one address at the same time, one gets it.
pub async fn an_address_is_given_to_one_of_two(store: impl Store) {
    for turn in 0..8 {
        let email = format!("ada{turn}@example.com");
        let racers = [(); 2].map(|()| {
            let (store, user) = (store.clone(), user(&email, ""));
            tokio::spawn(async move { (store.add(&user).await.expect("it is up"), user) })
        });
        let mut winners = Vec::new();
        for racer in racers {
            let (added, user) = racer.await.expect("no panic");
            winners.extend((added == Added::Yes).then_some(user));
        }
        let [winner] = &winners[..] else {
            panic!("{} of two", winners.len());
        };
        let found = store.find_by_email(&winner.email).await.expect("it is up");
        assert_eq!(found.as_ref(), Some(winner));
    }
}

/// Users whose hash costs nothing to make, as another system may have made them.
fn strangers(count: usize) -> Vec<User> {
    let hash = format!("$2b$10${}", "a".repeat(53));
    let stranger = |number| User {
        id: format!("stranger-{number}").parse().expect("an id"),
        email: format!("stranger{number}@example.com")
            .parse()
            .expect("an address"),
        password_hash: PasswordHash::parse(hash.clone()).expect("a hash"),
        scope: "a b".parse().expect("a scope"),
        disabled: number % 2 == 1,
        created_at: at(number as u64),
    };
    (0..count).map(stranger).collect()
}

/// More users than a store takes at once are there as they were sent, and once.
pub async fn many_users_are_imported(store: impl Store) {
    let mut users = strangers(12);
    let told = Mutex::new(Vec::new());
    let progress = |done| told.lock().expect("no panic").push(done);
    assert_eq!(
        store.places(&users).await.expect("it is up"),
        vec![Place::Free; 12]
    );
    for _ in 0..2 {
        let imported = store.import(&users, &progress).await;
        imported.expect("there is room for all");
    }
    let told = told.into_inner().expect("no panic");
    assert_eq!(told.last(), Some(&12));
    let there = users.iter().cloned().map(Place::Theirs).collect::<Vec<_>>();
    assert_eq!(store.places(&users).await.expect("it is up"), there);
    users.sort_by(|a, b| a.email.cmp(&b.email));
    assert_eq!(store.list().await.expect("it is up"), users);
}

/// Whoever is there stays as they are; there is no room where anybody else is.
pub async fn an_import_changes_nobody(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    let again = User {
        password_hash: strangers(1)[0].password_hash.clone(),
        scope: "admin".parse().expect("a scope"),
        ..ada.clone()
    };
    let other_id = User {
        id: UserId::generate(&mut rng()),
        ..ada.clone()
    };
    let other_address = User {
        email: "eve@example.com".parse().expect("an address"),
        ..ada.clone()
    };
    let free = strangers(1).remove(0);
    let places = async |users: &[User]| store.places(users).await.expect("it is up");
    assert_eq!(
        places(&[again.clone(), free.clone()]).await,
        [Place::Theirs(ada.clone()), Place::Free]
    );
    for taken in [&other_id, &other_address] {
        assert_eq!(
            places(&[free.clone(), taken.clone()]).await,
            [Place::Free, Place::Taken]
        );
    }
    store
        .import(&[free.clone(), again], &|_| {})
        .await
        .expect("whoever is there is in nobody's way");
    assert_eq!(store.list().await.expect("it is up"), [ada, free]);
}

/// An import that meets somebody else stops: nobody after them is added, and of those before either
/// none or as many as it says.
pub async fn an_import_that_stops_says_what_it_kept(store: impl Store) {
    let mut users = strangers(12);
    let other = User {
        id: "somebody-else".parse().expect("an id"),
        ..users[11].clone()
    };
    assert_eq!(store.add(&other).await.expect("it is up"), Added::Yes);
    let stopped = store.import(&users, &|_| {}).await;
    let ImportStopped { kept, cause } = stopped.expect_err("somebody is in the way");
    assert!(matches!(cause, StopCause::Taken), "{cause:?}");
    assert!([0, 11].contains(&kept), "{kept}");
    let mut there = users[..kept].to_vec();
    there.push(other.clone());
    there.sort_by(|a, b| a.email.cmp(&b.email));
    assert_eq!(store.list().await.expect("it is up"), there);

    assert!(store.delete(&other.id).await.expect("it is up"));
    let again = store.import(&users, &|_| {}).await;
    again.expect("it goes on where it stopped");
    users.sort_by(|a, b| a.email.cmp(&b.email));
    assert_eq!(store.list().await.expect("it is up"), users);
}

/// Users are listed by address.
pub async fn users_are_listed_by_address(store: impl Store) {
    let b = added(&store, "b@example.com").await;
    let a = added(&store, "a@example.com").await;
    assert_eq!(store.list().await.expect("it is up"), [a, b]);
}

/// A new hash replaces only the one that it was made from.
pub async fn a_rehash_never_undoes_a_change_of_password(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    let [better, changed, late] = [(); 3].map(|()| user("x@example.com", "").password_hash);
    store
        .rehash(&ada.id, &ada.password_hash, &better)
        .await
        .expect("it is up");
    let hash = async || {
        store
            .find(&ada.id)
            .await
            .expect("it is up")
            .expect("ada")
            .password_hash
    };
    assert_eq!(hash().await, better);
    assert!(
        store
            .set_password(&ada.id, &changed, at(1))
            .await
            .expect("it is up")
    );
    store
        .rehash(&ada.id, &better, &late)
        .await
        .expect("it is up");
    assert_eq!(hash().await, changed);
}

/// Disabling, deleting and a new password end every family of the user, and no other.
pub async fn what_ends_a_user_ends_their_families(store: impl Store) {
    let bob = added(&store, "bob@example.com").await;
    let (bobs, _) = opened(&store, &bob.id).await;

    let ada = added(&store, "ada@example.com").await;
    let (first, _) = opened(&store, &ada.id).await;
    let (second, _) = opened(&store, &ada.id).await;
    assert!(store.disable(&ada.id, at(1)).await.expect("it is up"));
    assert!(
        store
            .find(&ada.id)
            .await
            .expect("it is up")
            .expect("ada")
            .disabled
    );
    for token in [&first, &second] {
        let row = row(&store, token).await.expect("it is there");
        assert_eq!(
            row.revoked,
            Some(revocation(RevocationReason::UserDisabled))
        );
    }
    assert!(store.enable(&ada.id).await.expect("it is up"));
    assert!(
        rotate(&store, &rotation(&first, None, at(2)))
            .await
            .is_err(),
        "enabled, not revived"
    );

    let (third, _) = opened(&store, &ada.id).await;
    let hash = user("x@example.com", "").password_hash;
    assert!(
        store
            .set_password(&ada.id, &hash, at(1))
            .await
            .expect("it is up")
    );
    let ended = row(&store, &third).await.expect("it is there");
    assert_eq!(
        ended.revoked,
        Some(revocation(RevocationReason::PasswordChanged))
    );
    let still = row(&store, &first).await.expect("it is there").revoked;
    assert_eq!(
        still,
        Some(revocation(RevocationReason::UserDisabled)),
        "the first reason stays"
    );

    assert!(store.delete(&ada.id).await.expect("it is up"));
    assert_eq!(store.find(&ada.id).await.expect("it is up"), None);
    assert_eq!(store.id_of(&ada.email).await.expect("it is up"), None);
    let gone = rotate(&store, &rotation(&first, None, at(2))).await;
    assert_eq!(gone.expect_err("deleted"), None);
    let _ = added(&store, "ada@example.com").await;
    assert!(rotate(&store, &rotation(&bobs, None, at(2))).await.is_ok());
}

/// A log-in whose check took a while opens no family if the user changed meanwhile; sent twice, it
/// opens one.
pub async fn a_family_is_opened_for_the_user_that_was_checked(store: impl Store) {
    let other_hash = user("x@example.com", "").password_hash;
    for change in ["none", "password", "disabled", "deleted"] {
        let ada = added(&store, &format!("{change}@example.com")).await;
        let (_, family) = opened(&store, &ada.id).await;
        let family = Family {
            id: FamilyId::from_bytes([7; 16]),
            ..family
        };
        let expected = match change {
            "none" => Opened::Yes,
            "password" => {
                assert!(
                    store
                        .set_password(&ada.id, &other_hash, at(1))
                        .await
                        .expect("it is up")
                );
                Opened::UserChanged
            }
            "disabled" => {
                assert!(store.disable(&ada.id, at(1)).await.expect("it is up"));
                Opened::UserChanged
            }
            _ => {
                assert!(store.delete(&ada.id).await.expect("it is up"));
                Opened::UserChanged
            }
        };
        for _ in 0..2 {
            let opened = store
                .open(&family, &ada.password_hash)
                .await
                .expect("it is up");
            assert_eq!(opened, expected, "{change}");
        }
    }
}

/// More families than a store reads at once are ended like one.
pub async fn what_ends_a_user_ends_a_hundred_families(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    let mut tokens = Vec::new();
    for _ in 0..100 {
        let (token, family) = family_of(&ada.id);
        let opened = store.open(&family, &ada.password_hash).await;
        assert_eq!(opened.expect("it is up"), Opened::Yes);
        tokens.push(token);
    }
    assert!(store.disable(&ada.id, at(1)).await.expect("it is up"));
    let disabled = Some(revocation(RevocationReason::UserDisabled));
    for token in &tokens {
        let row = row(&store, token).await.expect("it is there");
        assert_eq!(row.revoked, disabled);
    }
    assert!(store.delete(&ada.id).await.expect("it is up"));
    for token in &tokens {
        assert_eq!(row(&store, token).await, None);
    }
}

/// Many log-ins of one user at once are many families.
pub async fn log_ins_at_once_are_all_opened(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    let log_ins: Vec<_> = (0..8)
        .map(|_| {
            let (store, hash) = (store.clone(), ada.password_hash.clone());
            let (token, family) = family_of(&ada.id);
            tokio::spawn(async move {
                let opened = store.open(&family, &hash).await;
                (opened.expect("it is up"), token, family)
            })
        })
        .collect();
    for log_in in log_ins {
        let (opened, token, family) = log_in.await.expect("no panic");
        assert_eq!(opened, Opened::Yes);
        assert_eq!(row(&store, &token).await, Some(family));
    }
}

/// A new password ends the log-ins with the old one, also those that are just beginning: each is
/// refused, or opened and then revoked.
pub async fn no_log_in_outruns_a_new_password(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    let hashes = [(); 2].map(|()| user("x@example.com", "").password_hash);
    let mut old = ada.password_hash.clone();
    for turn in 0..20 {
        let new = hashes[turn % 2].clone();
        let log_in = |_| {
            let (store, verified) = (store.clone(), old.clone());
            let (token, family) = family_of(&ada.id);
            tokio::spawn(async move {
                let opened = store.open(&family, &verified).await;
                (opened.expect("it is up"), token)
            })
        };
        let mut log_ins: Vec<_> = (0..3).map(log_in).collect();
        let change = {
            let (store, id, new) = (store.clone(), ada.id.clone(), new.clone());
            tokio::spawn(async move { store.set_password(&id, &new, at(1)).await })
        };
        log_ins.extend((0..3).map(log_in));
        assert!(change.await.expect("no panic").expect("it is up"));
        for log_in in log_ins {
            let (opened, token) = log_in.await.expect("no panic");
            let row = row(&store, &token).await;
            match opened {
                Opened::Yes => {
                    let row = row.expect("it was opened");
                    let ended = Some(revocation(RevocationReason::PasswordChanged));
                    assert_eq!(row.revoked, ended, "turn {turn}");
                }
                Opened::UserChanged => assert_eq!(row, None, "turn {turn}"),
            }
        }
        old = new;
    }
}

/// Administration says when there is nobody to administer.
pub async fn nobody_cannot_be_changed(store: impl Store) {
    let nobody = UserId::generate(&mut rng());
    let hash = user("x@example.com", "").password_hash;
    assert!(!store.enable(&nobody).await.expect("it is up"));
    assert!(!store.disable(&nobody, START).await.expect("it is up"));
    assert!(
        !store
            .set_password(&nobody, &hash, START)
            .await
            .expect("it is up")
    );
    assert!(!store.delete(&nobody).await.expect("it is up"));
}

/// A rotation whose condition holds raises the generation and renews the idle time; the rest of
/// the row stays.
pub async fn a_rotation_applies_to_the_live_token(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    let (mut token, mut expected) = opened(&store, &ada.id).await;
    for (turn, key) in [None, Some("k1"), None, Some("k2")].into_iter().enumerate() {
        let now = at(900 * (1 + u64::try_from(turn).expect("few")));
        let rotation = rotation(&token, key, now);
        expected = rotation.applied_to(&expected);
        assert_eq!(rotate(&store, &rotation).await, Ok(expected.clone()));
        assert_eq!(row(&store, &token).await, Some(expected.clone()));
        token = token.successor().expect("far from the end");
    }
}

/// Every other rotation writes nothing and gives the row, on which core then decides.
pub async fn a_rotation_is_the_shadow_of_the_decision(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    let (first, _) = opened(&store, &ada.id).await;
    let second = first.successor().expect("the second");
    let third = second.successor().expect("the third");
    let (stranger, _) = opened(&store, &ada.id).await;
    let moved = rotate(&store, &rotation(&first, Some("k"), at(60)))
        .await
        .expect("it is live");

    let other_secret = Rotation {
        secret_hash: stranger.secret_hash(),
        ..rotation(&second, None, at(61))
    };
    let other_user = Rotation {
        user: UserId::generate(&mut rng()),
        ..rotation(&second, None, at(61))
    };
    let idle_end = 60 + IDLE.as_secs();
    for (what, rotation, row, decision) in [
        (
            "again, at once",
            rotation(&first, None, at(70)),
            &moved,
            Decision::Replay,
        ),
        (
            "again, later",
            rotation(&first, None, at(71)),
            &moved,
            Decision::Reused,
        ),
        (
            "again, with its key",
            rotation(&first, Some("k"), at(7_200)),
            &moved,
            Decision::Replay,
        ),
        (
            "again, with another",
            rotation(&first, Some("l"), at(7_200)),
            &moved,
            Decision::Reused,
        ),
        (
            "from the future",
            rotation(&third, None, at(61)),
            &moved,
            Decision::StoreWentBack,
        ),
        (
            "idle",
            rotation(&second, None, at(idle_end)),
            &moved,
            Decision::Expired,
        ),
        (
            "with another secret",
            other_secret,
            &moved,
            Decision::Reused,
        ),
    ] {
        let found = rotate(&store, &rotation).await.expect_err(what);
        let found = found.expect("it is there");
        assert_eq!(&found, row, "{what}");
        assert_eq!(rotation.decide(&found, GRACE), decision, "{what}");
    }
    let found = rotate(&store, &other_user)
        .await
        .expect_err("of another user");
    assert_eq!(found, None);
    assert_eq!(
        row(&store, &first).await,
        Some(moved.clone()),
        "nothing was written"
    );
    let last_moment = rotation(&second, None, at(idle_end - 1));
    assert!(rotate(&store, &last_moment).await.is_ok());
}

/// A family ends at its absolute expiry, however often it was used.
pub async fn no_rotation_outlives_the_absolute_expiry(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    let (mut token, family) = opened(&store, &ada.id).await;
    for day in 1..28 {
        let rotation = rotation(&token, None, at(day * 86_400));
        assert!(rotate(&store, &rotation).await.is_ok(), "day {day}");
        token = token.successor().expect("far from the end");
    }
    let end = rotation(&token, None, family.absolute_expiry);
    let row = rotate(&store, &end).await.expect_err("it is over");
    assert_eq!(
        end.decide(&row.expect("it is there"), GRACE),
        Decision::Expired
    );
}

/// A family is revoked once: the first call says so, and its reason stays.
pub async fn a_family_is_revoked_once(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    let (token, family) = opened(&store, &ada.id).await;
    let (other, _) = opened(&store, &ada.id).await;
    let nobody = UserId::generate(&mut rng());
    let logout = revocation(RevocationReason::Logout);
    let reused = revocation(RevocationReason::Reused);
    assert!(
        !store
            .revoke(&nobody, family.id, logout)
            .await
            .expect("it is up")
    );
    assert!(
        store
            .revoke(&ada.id, family.id, logout)
            .await
            .expect("it is up")
    );
    assert!(
        !store
            .revoke(&ada.id, family.id, reused)
            .await
            .expect("it is up")
    );
    let found = rotate(&store, &rotation(&token, None, at(2)))
        .await
        .expect_err("it is over");
    assert_eq!(
        found,
        Some(Family {
            revoked: Some(logout),
            ..family
        })
    );
    assert_eq!(
        row(&store, &other).await.expect("it is there").revoked,
        None
    );
}

/// Of any number of rotations of one token at once, one happens.
pub async fn one_of_many_rotations_wins(store: impl Store) {
    let ada = added(&store, "ada@example.com").await;
    let (token, _) = opened(&store, &ada.id).await;
    let racers: Vec<_> = (0..32)
        .map(|_| {
            let (store, rotation) = (store.clone(), rotation(&token, None, at(60)));
            tokio::spawn(async move { rotate(&store, &rotation).await.is_ok() })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        winners += u32::from(racer.await.expect("no panic"));
    }
    assert_eq!(winners, 1);
    assert_eq!(
        row(&store, &token).await.expect("it is there").generation,
        1
    );
}

/// A count is replaced only by somebody who has seen it.
pub async fn an_attempt_is_counted_by_one(store: impl Store) {
    let key = AttemptKey::account("ada@example.com");
    let other = AttemptKey::account("eve@example.com");
    let count = |failures| Attempts {
        failures,
        next_allowed: at(60),
        expires_at: at(86_400),
    };
    let load = async || store.load([key, other]).await.expect("it is up");
    let swap = async |expected, new| store.swap(key, expected, new).await.expect("it is up");

    assert_eq!(load().await, [None, None]);
    assert_eq!(
        swap(Some(count(1)), count(2)).await,
        Swapped::Conflict(None)
    );
    assert_eq!(swap(None, count(1)).await, Swapped::Done);
    assert_eq!(
        swap(None, count(1)).await,
        Swapped::Conflict(Some(count(1)))
    );
    assert_eq!(swap(Some(count(1)), count(2)).await, Swapped::Done);
    assert_eq!(
        swap(Some(count(1)), count(2)).await,
        Swapped::Conflict(Some(count(2)))
    );
    assert_eq!(load().await, [Some(count(2)), None]);
    assert_eq!(
        store.load([key, key]).await.expect("it is up"),
        [Some(count(2)), Some(count(2))]
    );
}

/// Of any number of attempts that have seen one count, one replaces it, and the others are told by
/// what.
pub async fn attempts_at_once_are_counted_one_by_one(store: impl Store) {
    let key = AttemptKey::account("ada@example.com");
    let count = |failures| Attempts {
        failures,
        next_allowed: at(60),
        expires_at: at(86_400),
    };
    let mut seen = None;
    for turn in 0..8 {
        let racers: Vec<_> = (0..8)
            .map(|racer| {
                let (store, new) = (store.clone(), count(turn * 8 + racer));
                tokio::spawn(async move {
                    let swapped = store.swap(key, seen, new).await;
                    (swapped.expect("it is up"), new)
                })
            })
            .collect();
        let mut winners = Vec::new();
        let mut told = Vec::new();
        for racer in racers {
            match racer.await.expect("no panic") {
                (Swapped::Done, new) => winners.push(new),
                (Swapped::Conflict(row), _) => told.push(row),
            }
        }
        assert_eq!(winners.len(), 1, "turn {turn}");
        seen = Some(winners[0]);
        assert!(told.iter().all(|row| *row == seen), "turn {turn}");
    }
}

/// A success forgives one count and remembers one network, or neither.
pub async fn a_success_forgives(store: impl Store) {
    let account = AttemptKey::account("ada@example.com");
    let network = AttemptKey::network("ada@example.com", [192, 0, 2, 1].into());
    let count = Attempts {
        failures: 3,
        next_allowed: at(60),
        expires_at: at(86_400),
    };
    let known = Attempts::known_network(at(70));
    let load = async || store.load([account, network]).await.expect("it is up");

    assert_eq!(
        store.swap(account, None, count).await.expect("it is up"),
        Swapped::Done
    );
    store.succeeded(None, None).await.expect("it is up");
    assert_eq!(load().await, [Some(count), None]);
    store
        .succeeded(None, Some((network, known)))
        .await
        .expect("it is up");
    assert_eq!(load().await, [Some(count), Some(known)]);
    store
        .succeeded(Some(account), Some((network, known)))
        .await
        .expect("it is up");
    assert_eq!(load().await, [None, Some(known)]);
}

/// Runs every rule on a store of its own.
///
/// `$new` is an expression that gives a future of a new, empty store, and of what must live as long.
/// Attributes after it are put on every test.
#[macro_export]
macro_rules! store_contract {
    ($new:expr $(, #[$attribute:meta])*) => {
        $crate::store_contract!($new, [$(#[$attribute])*] =>
            a_user_is_found_as_it_was_added,
            an_address_belongs_to_one_user,
            an_account_is_added_again,
            an_address_is_given_to_one_of_two,
            many_users_are_imported,
            an_import_changes_nobody,
            an_import_that_stops_says_what_it_kept,
            users_are_listed_by_address,
            a_rehash_never_undoes_a_change_of_password,
            what_ends_a_user_ends_their_families,
            what_ends_a_user_ends_a_hundred_families,
            a_family_is_opened_for_the_user_that_was_checked,
            log_ins_at_once_are_all_opened,
            no_log_in_outruns_a_new_password,
            nobody_cannot_be_changed,
            a_rotation_applies_to_the_live_token,
            a_rotation_is_the_shadow_of_the_decision,
            no_rotation_outlives_the_absolute_expiry,
            a_family_is_revoked_once,
            one_of_many_rotations_wins,
            an_attempt_is_counted_by_one,
            attempts_at_once_are_counted_one_by_one,
            a_success_forgives,
        );
    };
    ($new:expr, $attributes:tt => $($rule:ident),* $(,)?) => {
        $($crate::store_contract!(@rule $rule, $new, $attributes);)*
    };
    (@rule $rule:ident, $new:expr, [$(#[$attribute:meta])*]) => {
        #[tokio::test(flavor = "multi_thread")]
        $(#[$attribute])*
        async fn $rule() {
            let (store, _keep) = $new.await;
            $crate::store_contract::$rule(store).await;
        }
    };
}
