//! A key is replaced, by Secrets Manager's steps or by hand, and dropped; nobody who holds a token
//! of a key that is still there notices.

use std::collections::BTreeSet;
use std::time::Duration;

use tollgate_aws::rotation::{Outcome, Rotated, RotationError};
use tollgate_aws::secret::Stage;
use tollgate_aws::version::{Removal, Version};
use tollgate_aws::{Account, Rotation, Secret};
use tollgate_core::access_token::{AccessToken, Claims, InvalidToken};
use tollgate_core::event::chain;
use tollgate_core::key::{Key, KeyId};
use tollgate_core::key_source::{KeySource, Keys};
use tollgate_core::rotation::Step;
use tollgate_core::verifier::{Unverifiable, Verifier};
use tollgate_tests::credentials::EMAIL;
use tollgate_tests::functions::{START, profile, rng};
use tollgate_tests::logs;
use tollgate_tests::moto::{self, CURRENT, Moto, PENDING, PREVIOUS};
use tollgate_tests::proxy::{Fault, Proxy, Rule};
use tollgate_wiring::Environment;

/// Patient, since many ask at once, and moto answers them one after the other.
fn account(moto: &Moto, endpoint: &str) -> Account {
    logs::capture();
    let environment = Environment::from_iter(moto.environment(endpoint)).patient();
    tollgate_wiring::account(&environment).expect("its variables are set")
}

/// The same secret, as Tollgate sees it.
fn secret(moto: &Moto) -> Secret {
    Secret::new(&account(moto, moto.url()), moto.access_key().name())
}

/// The id of the key at a stage, whatever Tollgate says.
fn at(secret: &moto::Secret, stage: &str) -> Option<KeyId> {
    let value = secret.value(stage)?;
    logs::forbid([value.as_str()]);
    Some(Key::new(value.into()).ok()?.id())
}

fn ids(secret: &moto::Secret) -> [Option<KeyId>; 3] {
    [CURRENT, PREVIOUS, PENDING].map(|stage| at(secret, stage))
}

/// A step, as Secrets Manager has it taken.
async fn take(secret: &Secret, version: &str, step: Step) -> Result<Outcome, RotationError> {
    Rotation::new(secret, version).take(step, &mut rng()).await
}

fn reason<T>(result: Result<T, RotationError>) -> &'static str {
    result.map_or_else(|error| error.reason(), |_| "-")
}

#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn every_step_may_run_twice() {
    let moto = Moto::new();
    let (vault, secret) = (moto.access_key(), secret(&moto));
    let old = at(vault, CURRENT);
    let version = vault.request_rotation();
    let take = async |step| take(&secret, &version, step).await.expect("moto is up");

    let Outcome::Created(new) = take(Step::Create).await else {
        unreachable!("it had no value")
    };
    assert_eq!(take(Step::Create).await, Outcome::Kept(new));
    for step in [Step::Set, Step::Set] {
        assert_eq!(take(step).await, Outcome::NothingToSet);
    }
    for step in [Step::Test, Step::Test] {
        assert_eq!(take(step).await, Outcome::Tested(new));
    }
    assert_eq!(ids(vault), [old, None, Some(new)], "the old one signs");
    assert_eq!(take(Step::Finish).await, Outcome::Finished(new));
    for step in Step::ALL {
        assert_eq!(take(step).await, Outcome::AlreadyCurrent, "{step:?}");
    }
    assert_eq!(ids(vault), [Some(new), old, Some(new)]);
    assert_eq!(vault.version(CURRENT), Some(version));
}

/// What was done, or not, when the answer was lost; Secrets Manager then begins with any step.
#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn a_rotation_goes_on_where_it_was_interrupted() {
    for last in Step::ALL {
        for lost in [false, true] {
            let moto = Moto::new();
            let vault = moto.access_key();
            let old = at(vault, CURRENT);
            let proxy = Proxy::start(moto.url());
            let secret = Secret::new(&account(&moto, proxy.url()), vault.name());
            let version = vault.request_rotation();
            if lost {
                // The first answer to each change; the client asks again.
                for change in ["PutSecretValue", "UpdateSecretVersionStage"] {
                    proxy.inject(Rule::times(1, Fault::Lost).operation(change));
                }
            }
            for step in Step::ALL {
                let taken = take(&secret, &version, step).await;
                taken.expect("moto is up");
                if step == last {
                    break;
                }
            }
            let made = at(vault, PENDING);
            for step in Step::ALL {
                let taken = take(&secret, &version, step).await;
                taken.expect("moto is up");
            }
            assert_eq!(
                ids(vault),
                [made, old, made],
                "after {last:?}, lost: {lost}"
            );
            assert_ne!(made, old);
            let disturbed = proxy.calls().disturbed();
            assert_eq!(disturbed, if lost { 2 } else { 0 });
        }
    }
}

#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn only_a_version_that_was_registered_is_rotated() {
    let moto = Moto::new();
    let (vault, secret) = (moto.access_key(), secret(&moto));
    let before = ids(vault);
    let refused = async |version: &str, step| reason(take(&secret, version, step).await);
    let first = vault.version(CURRENT).expect("there is one");
    for step in Step::ALL {
        assert_eq!(refused(&first, step).await, "not_enabled");
    }
    let version = vault.request_rotation();
    let unknown = "00000000000000000000000000000000";
    for step in Step::ALL {
        assert_eq!(refused(unknown, step).await, "unknown_version");
    }
    for step in [Step::Test, Step::Finish] {
        assert_eq!(refused(&version, step).await, "no_value");
    }
    assert_eq!(ids(vault), before, "nothing without a value signs");

    let later = vault.request_rotation();
    for step in Step::ALL {
        assert_eq!(refused(&version, step).await, "superseded");
    }
    assert_eq!(refused(&later, Step::Create).await, "-");
    vault.delete();
    assert_eq!(refused(&later, Step::Test).await, "no_secret");
}

#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn what_is_no_key_never_signs() {
    let moto = Moto::new();
    let (vault, secret) = (moto.access_key(), secret(&moto));
    let old = at(vault, CURRENT);
    let _ = vault.request_rotation();
    for garbage in ["canary-secret", &"a".repeat(32), &"ab".repeat(20)] {
        vault.put(garbage, &[PENDING]);
        let version = vault.version(PENDING).expect("just put");
        for step in [Step::Create, Step::Test, Step::Finish] {
            let error = take(&secret, &version, step).await.expect_err("no key");
            assert_eq!(error.reason(), "weak_key", "{step:?}");
            let text = format!("{error:?} {error}");
            assert!(!text.contains("canary") && text.contains(vault.name()));
        }
        assert_eq!(at(vault, CURRENT), old);
        let ring = secret.load().await.expect("it serves on");
        assert_eq!(Some(ring.current().id()), old);
    }
    // By hand, it is replaced.
    let Rotated {
        current,
        previous,
        unfinished,
        ..
    } = secret.rotate(&mut rng()).await.expect("moto is up");
    assert_eq!((previous, unfinished), (old, Some(None)));
    assert_eq!(at(vault, CURRENT), Some(current));
}

/// Without a rotation at once, Secrets Manager only tests the function, on a copy of the current
/// version.
#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn the_same_key_again_is_a_rehearsal_and_no_rotation() {
    let moto = Moto::new();
    let (vault, secret) = (moto.access_key(), secret(&moto));
    let _ = vault.request_rotation();
    let first = vault.version(CURRENT);
    vault.put(&vault.value(CURRENT).expect("a key"), &[PENDING]);
    let version = vault.version(PENDING).expect("just put");
    let current = at(vault, CURRENT).expect("a key");
    let tested = take(&secret, &version, Step::Test).await;
    assert_eq!(tested.ok(), Some(Outcome::Rehearsed(current)));
    let finished = take(&secret, &version, Step::Finish).await;
    assert_eq!(reason(finished), "same_key");
    assert_eq!(vault.version(CURRENT), first);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TOLLGATE_MOTO"]
async fn of_many_who_finish_at_once_one_does() {
    let moto = Moto::new();
    let (vault, secret) = (moto.access_key(), secret(&moto));
    let old = at(vault, CURRENT);
    let version = vault.request_rotation();
    let created = take(&secret, &version, Step::Create).await;
    let new = created.expect("moto is up").key();
    let finish = |_| {
        let (secret, version) = (secret.clone(), version.clone());
        tokio::spawn(async move {
            let finished = take(&secret, &version, Step::Finish).await;
            finished.expect("whoever is late finds it done")
        })
    };
    let mut finished = 0;
    for task in (0..8).map(finish).collect::<Vec<_>>() {
        match task.await.expect("no panic") {
            Outcome::Finished(_) => finished += 1,
            other => assert_eq!(other, Outcome::AlreadyCurrent),
        }
    }
    assert_eq!(finished, 1);
    assert_eq!(ids(vault), [new, old, new]);
}

/// Each makes a key of its own, or learns that another took its place; what they say of the end is
/// what it is.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TOLLGATE_MOTO"]
async fn rotations_by_hand_at_once_leave_a_sound_secret() {
    let moto = Moto::new();
    let (vault, secret) = (moto.access_key(), secret(&moto));
    let old = at(vault, CURRENT).expect("a key");
    let rotate = |_| {
        let secret = secret.clone();
        tokio::spawn(async move { secret.rotate(&mut rng()).await })
    };
    let mut current = BTreeSet::new();
    for task in (0..6).map(rotate).collect::<Vec<_>>() {
        match task.await.expect("no panic") {
            Ok(rotated) => drop(current.insert(rotated.current)),
            Err(error) => assert_eq!(error.reason(), "superseded", "{}", chain(&error)),
        }
    }
    let [now, previous, pending] = ids(vault);
    assert!(
        now.is_some_and(|now| current.contains(&now)),
        "somebody won"
    );
    assert!(previous.is_some_and(|it| it == old || current.contains(&it)));
    assert_eq!(pending, now, "nothing is left over");
}

/// Whatever a rotation left behind, by hand there is always a new key; and afterwards the schedule
/// goes on.
#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn a_rotation_by_hand_is_not_held_up_by_one_that_was_not_finished() {
    let moto = Moto::new();
    let (vault, secret) = (moto.access_key(), secret(&moto));
    let old = at(vault, CURRENT);
    let version = vault.request_rotation();
    let taken = take(&secret, &version, Step::Create).await;
    let left = taken.expect("moto is up").key();

    let rotated = secret.rotate(&mut rng()).await.expect("moto is up");
    assert_eq!(rotated.previous, old);
    assert_eq!(rotated.dropped, []);
    assert_eq!(rotated.unfinished, Some(left));
    assert!(left != Some(rotated.current), "a new one");
    for step in Step::ALL {
        assert_eq!(reason(take(&secret, &version, step).await), "superseded");
    }

    let version = vault.request_rotation();
    for step in Step::ALL {
        let taken = take(&secret, &version, step).await;
        taken.expect("moto is up");
    }
    assert_eq!(at(vault, PREVIOUS), Some(rotated.current));

    // The second rotation in a row drops the first key, and says so.
    let middle = at(vault, CURRENT);
    let again = secret.rotate(&mut rng()).await.expect("moto is up");
    assert_eq!(again.previous, middle);
    assert_eq!(again.dropped, [rotated.current]);
    assert_eq!(again.unfinished, None);
}

/// One rotation at each of several moments of one verifier, that reads the secret as functions do.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TOLLGATE_MOTO"]
async fn tokens_of_the_old_key_verify_throughout() {
    let moto = Moto::new();
    let (vault, secret) = (moto.access_key(), secret(&moto));
    let now = |seconds| START.plus(Duration::from_secs(seconds));
    let keys = Keys::load(secret.clone(), START, |task| drop(tokio::spawn(task)));
    let verifier = Verifier::new(profile(), keys.await.expect("moto is up"));
    let verify = async |token: &AccessToken, now| verifier.verify(token.expose(), now).await;

    let old = signed(vault, CURRENT);
    let version = vault.request_rotation();
    for (minute, step) in (0..).zip(Step::ALL) {
        let taken = take(&secret, &version, step).await;
        taken.expect("moto is up");
        let now = now(60 * minute);
        assert!(verify(&old, now).await.is_ok(), "after {step:?}");
        assert!(secret.load().await.is_ok(), "a process may start any time");
    }
    let second = signed(vault, CURRENT);
    assert!(verify(&second, now(181)).await.is_ok(), "at once");
    assert!(verify(&old, now(182)).await.is_ok());

    let _ = secret.rotate(&mut rng()).await.expect("moto is up");
    let newest = signed(vault, CURRENT);
    assert!(verify(&newest, now(190)).await.is_ok(), "at once");
    assert!(verify(&second, now(191)).await.is_ok());
    assert_eq!(
        verify(&old, now(200)).await,
        Err(Unverifiable::Invalid(InvalidToken::UnknownKey)),
        "two rotations ago"
    );

    let new = at(vault, PREVIOUS).expect("a key");
    let removed = secret.remove(new).await.expect("moto is up");
    assert_eq!(removed, Removal::Removed(vec![Stage::Previous]));
    // A process that nobody asked for five minutes reads its keys before it answers.
    assert!(verify(&newest, now(501)).await.is_ok());
    assert_eq!(
        verify(&second, now(502)).await,
        Err(Unverifiable::Invalid(InvalidToken::UnknownKey)),
        "dropped"
    );
}

#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn any_key_is_dropped_but_the_one_that_signs() {
    let moto = Moto::new();
    let (vault, secret) = (moto.access_key(), secret(&moto));
    vault.rotate();
    vault.begin_rotation();
    let [current, previous, pending] = ids(vault).map(|id| id.expect("a key"));
    let stages = async || {
        let versions = secret.versions().await.expect("moto is up");
        versions.iter().flat_map(shown).collect::<Vec<_>>()
    };
    let (now, before, next) = (Stage::Current, Stage::Previous, Stage::Pending);
    let all = [(current, now), (previous, before), (pending, next)];
    assert_eq!(stages().await, all);

    let remove = async |key| secret.remove(key).await.expect("moto is up");
    let unknown = Key::new(moto::secret_string().into()).expect("a key").id();
    assert_eq!(remove(unknown).await, Removal::Absent);
    assert_eq!(remove(current).await, Removal::Signs);
    assert_eq!(stages().await, all, "nothing has changed");
    assert_eq!(remove(pending).await, Removal::Removed(vec![next]));
    assert_eq!(remove(previous).await, Removal::Removed(vec![before]));
    assert_eq!(remove(previous).await, Removal::Absent);
    assert_eq!(stages().await, all[..1]);

    // Whoever rolls back leaves a version with two labels.
    let rotated = secret.rotate(&mut rng()).await.expect("moto is up");
    vault.roll_back();
    let removed = Removal::Removed(vec![before, next]);
    assert_eq!(remove(rotated.current).await, removed);
    assert_eq!(stages().await, all[..1]);
}

fn shown(version: &Version) -> Vec<(KeyId, Stage)> {
    let key = *version.key.as_ref().expect("a key");
    let stages = version.stages.iter();
    stages.map(|stage| (key, *stage)).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TOLLGATE_MOTO"]
async fn many_may_drop_one_key_and_lose_answers() {
    let moto = Moto::new();
    let vault = moto.access_key();
    vault.rotate();
    let proxy = Proxy::start(moto.url());
    // One less than a call is tried: all of them may be those of one.
    proxy.inject(Rule::times(2, Fault::Lost).operation("UpdateSecretVersionStage"));
    let secret = Secret::new(&account(&moto, proxy.url()), vault.name());
    let [current, previous, _] = ids(vault);
    let key = previous.expect("it was rotated");
    let remove = |_| {
        let secret = secret.clone();
        tokio::spawn(async move { secret.remove(key).await.expect("moto is up") })
    };
    for task in (0..4).map(remove).collect::<Vec<_>>() {
        assert_ne!(task.await.expect("no panic"), Removal::Signs);
    }
    assert_eq!(ids(vault), [current, None, None]);
}

#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn a_missing_permission_is_named() {
    let moto = Moto::new();
    let vault = moto.access_key();
    vault.rotate();
    let proxy = Proxy::start(moto.url());
    let secret = Secret::new(&account(&moto, proxy.url()), vault.name());
    let before = at(vault, CURRENT);
    for action in [
        "DescribeSecret",
        "GetSecretValue",
        "PutSecretValue",
        "UpdateSecretVersionStage",
    ] {
        proxy.inject(Rule::always(Fault::AccessDenied).operation(action));
        let error = secret.rotate(&mut rng()).await.expect_err("denied");
        let text = error.to_string();
        for part in [vault.name(), &format!("secretsmanager:{action}")] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        proxy.heal();
    }
    assert_eq!(at(vault, CURRENT), before);
    proxy.inject(Rule::always(Fault::InternalError));
    let error = secret.rotate(&mut rng()).await;
    assert_eq!(reason(error), "unavailable");
}

/// An older version that is no key, as after a rotation that replaced one; the others serve.
#[tokio::test]
#[ignore = "needs TOLLGATE_MOTO"]
async fn a_rotation_heals_a_secret_that_was_no_key() {
    let moto = Moto::new();
    let (vault, secret) = (moto.access_key(), secret(&moto));
    vault.put("canary-secret", &[CURRENT]);
    assert!(secret.load().await.is_err());
    let rotated = secret.rotate(&mut rng()).await.expect("moto is up");
    assert_eq!(rotated.previous, None);
    assert_eq!(vault.value(PREVIOUS).as_deref(), Some("canary-secret"));
    let ring = secret.load().await.expect("a key");
    assert_eq!(ring.current().id(), rotated.current);
    assert_eq!(ring.iter().count(), 2, "it is AWSPENDING, too");
}

/// A token of the key at a stage.
fn signed(vault: &moto::Secret, stage: &str) -> AccessToken {
    let value = vault.value(stage).expect("a value");
    let claims = Claims {
        iss: profile().issuer,
        aud: profile().audience,
        sub: "somebody".parse().expect("an id"),
        iat: START,
        exp: START.plus(Duration::from_mins(15)),
        nbf: None,
        jti: "-".to_owned(),
        sid: "-".to_owned(),
        email: EMAIL.parse().expect("an address"),
        scope: "".parse().expect("a scope"),
    };
    AccessToken::sign(&claims, &Key::new(value.into()).expect("a key"))
}
