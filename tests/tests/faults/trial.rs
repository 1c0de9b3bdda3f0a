//! One row: everything is well, a fault begins, everybody comes, the fault is over, and it is
//! counted what has become of them.

use std::time::{Duration, Instant};

use tollgate_core::key_source::COOL_DOWN;
use tollgate_tests::client::{Answer, Client};
use tollgate_tests::credentials::{EMAIL, PASSWORD};

use crate::aftermath::{self, Check};
use crate::impostor::{self, Impostor};
use crate::log::Log;
use crate::matrix::{Row, When};
use crate::scene::{Scene, Session, is_allowed};

/// Of the refresh, as a client should send one.
pub(crate) const KEY: &str = "7c0b4a1e-one-refresh-of-one-client";
/// The functions count in seconds.
const A_SECOND: Duration = Duration::from_secs(1);
/// How long it is waited until all is well.
const PATIENCE: Duration = Duration::from_secs(30);

/// What somebody saw.
pub(crate) struct Seen {
    pub(crate) answer: Answer,
    pub(crate) took: Duration,
}

/// What became of a row.
pub(crate) struct Outcome<'a> {
    pub(crate) row: &'a Row,
    /// A log-in, a refresh, a log-out, an authorized request.
    pub(crate) seen: [Seen; 4],
    pub(crate) newer_key: Option<Seen>,
    /// The calls that met the fault.
    pub(crate) disturbed: u64,
    /// Those that it could have met.
    pub(crate) calls: u64,
    /// Those of them that ask for keys.
    pub(crate) secrets_read: u64,
    /// While it lasted.
    pub(crate) log: Log,
    /// Who must not come in.
    pub(crate) refused: Vec<Impostor>,
    /// What must be there afterwards.
    pub(crate) kept: Vec<Check>,
    /// How long after the fault each of the four works again.
    pub(crate) well_after: Option<Duration>,
}

/// Plays it.
pub(crate) fn run(row: &Row) -> Outcome<'_> {
    let scene = Scene::start(row);
    scene.begin(row);
    let (seen, newer_key) = ask(&scene, row);
    scene.begin_anew(row);
    let refused = intrude(&scene);
    if row.when == When::Warm
        && newer_key
            .as_ref()
            .is_some_and(|seen| seen.answer.status == 503)
    {
        ask_for_newer_keys(&scene);
    }
    let calls = scene.proxy.calls();
    let log = Log::of(&scene.deployed.emulator.new_lines());
    scene.heal(row);
    let well_after = recover(&scene);
    let kept = aftermath::checks(&scene, &seen);
    Outcome {
        row,
        seen,
        newer_key,
        disturbed: calls.disturbed(),
        calls: calls.total(),
        secrets_read: calls.operation("GetSecretValue"),
        log,
        refused,
        kept,
        well_after,
    }
}

/// Those who may come in, one after the other.
fn ask(scene: &Scene, row: &Row) -> ([Seen; 4], Option<Seen>) {
    let client = scene.deployed.client();
    let sessions = &scene.sessions;
    let look = |ask: &dyn Fn() -> Answer| {
        scene.begin_again(row);
        look(ask)
    };
    let seen = [
        look(&|| client.log_in(EMAIL, PASSWORD)),
        look(&|| client.refresh_with_key(&sessions.refreshed.refresh, KEY)),
        look(&|| client.log_out(&sessions.leaving.refresh)),
        look(&|| client.get_as("/me", &sessions.refreshed.access)),
    ];
    let newer = sessions.newer.as_ref();
    let newer = newer.map(|newer| look(&|| client.get_as("/me", &newer.access)));
    (seen, newer)
}

/// Those who must not come in, all at once.
fn intrude(scene: &Scene) -> Vec<Impostor> {
    let client = scene.deployed.client();
    std::thread::scope(|scope| {
        let groups = [
            scope.spawn(|| impostor::with_passwords(&client.fresh())),
            scope.spawn(|| impostor::with_refresh_tokens(scene, &client.fresh())),
            scope.spawn(|| impostor::with_access_tokens(scene, &client.fresh())),
        ];
        let groups = groups.map(|thread| thread.join().expect("no panic"));
        groups.into_iter().flatten().collect()
    })
}

/// From now on it takes as long as it can until newer keys are known: they were asked for just
/// before the fault is over.
fn ask_for_newer_keys(scene: &Scene) {
    std::thread::sleep(COOL_DOWN + A_SECOND);
    let client = scene.deployed.client();
    let newer = scene.sessions.newer.as_ref().expect("it was asked for");
    std::thread::scope(|scope| {
        scope.spawn(|| is_allowed(&scene.deployed, &newer.access));
        scope.spawn(|| client.refresh(&newer.refresh));
    });
}

/// The time until each of the four has succeeded; nothing, if one of them does not.
fn recover(scene: &Scene) -> Option<Duration> {
    let client = scene.deployed.client();
    let sessions = &scene.sessions;
    let healed = clock();
    std::thread::scope(|scope| {
        let until = |works: &(dyn Fn(&Client) -> bool + Sync)| {
            let client = client.fresh();
            while !works(&client) {
                if healed.elapsed() > PATIENCE {
                    return None;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            Some(healed.elapsed())
        };
        let newest = sessions.newer.as_ref().unwrap_or(&sessions.refreshed);
        let refreshes = |client: &Client, session: &Session| {
            client.refresh_with_key(&session.refresh, KEY).status == 200
        };
        let log_in = scope.spawn(move || until(&|it| it.log_in(EMAIL, PASSWORD).status == 200));
        let refresh = scope.spawn(move || {
            until(&|it| refreshes(it, &sessions.refreshed) && refreshes(it, newest))
        });
        let log_out =
            scope.spawn(move || until(&|it| it.log_out(&sessions.leaving.refresh).status == 204));
        let authorize =
            scope.spawn(move || until(&|_| is_allowed(&scene.deployed, &newest.access)));
        let times = [log_in, refresh, log_out, authorize];
        let times = times.map(|thread| thread.join().expect("no panic"));
        times
            .into_iter()
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .max()
    })
}

fn look(ask: &dyn Fn() -> Answer) -> Seen {
    let asked = clock();
    let answer = ask();
    Seen {
        answer,
        took: asked.elapsed(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long everybody waits is what is measured"
)]
fn clock() -> Instant {
    Instant::now()
}
