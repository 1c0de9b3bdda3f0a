//! What everybody finds when a fault is over: whether anything was lost.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tollgate_core::key::KeyId;
use tollgate_core::refresh_token::PREFIX;
use tollgate_tests::client::{Answer, Client};
use tollgate_tests::credentials::{EMAIL, PASSWORD};

use crate::scene::{GUESSED, Scene, Session, is_allowed};
use crate::trial::{KEY, Seen};

/// The MAC at the end of a refresh token.
const MAC_BYTES: usize = 16;
const REVOKED: (u16, &str, &str) = (401, "invalid_grant", "revoked");

/// Something that must hold, and whether it does.
pub(crate) struct Check {
    pub(crate) what: &'static str,
    pub(crate) holds: bool,
}

impl From<(&'static str, bool)> for Check {
    fn from((what, holds): (&'static str, bool)) -> Self {
        Self { what, holds }
    }
}

/// Looks for everything that was there before, and that was asked for since.
pub(crate) fn checks(scene: &Scene, seen: &[Seen; 4]) -> Vec<Check> {
    let client = scene.deployed.client();
    let [log_in, refresh, ..] = seen;
    let mut checks = log_ins(scene, &client, &log_in.answer);
    checks.extend(refreshed(scene, &client, &refresh.answer));
    checks.extend(others(scene, &client));
    checks.extend(ended(scene, &client));
    checks
}

/// Whoever knows a password comes in, and whoever came in stays.
fn log_ins(scene: &Scene, client: &Client, during: &Answer) -> Vec<Check> {
    let logs_in = |email| client.log_in(email, PASSWORD).status == 200;
    let mut checks = vec![
        ("the user logs in", logs_in(EMAIL)),
        (
            "the user whose password was guessed at logs in",
            logs_in(GUESSED),
        ),
    ];
    if during.status == 200 {
        let session = Session::of(during);
        let allowed = is_allowed(&scene.deployed, &session.access);
        checks.push(("what a log-in gave is good: the access token", allowed));
        let good = is_good(client, &session);
        checks.push(("what a log-in gave is good: the refresh token", good));
    }
    checks.into_iter().map(Check::from).collect()
}

/// A client that was told 503 asks again, with the same token; so does one that was not.
fn refreshed(scene: &Scene, client: &Client, during: &Answer) -> Vec<Check> {
    let token = &scene.sessions.refreshed;
    let again = || client.refresh_with_key(&token.refresh, KEY);
    let answers = [again(), again()];
    let links = answers.each_ref().map(link);
    let first = link(during).or_else(|| links[0].clone());
    let generation = generation(scene, token);
    let next = answers[0].body["refresh_token"]
        .as_str()
        .unwrap_or_default();
    let checks = [
        (
            "a refresh that is repeated is answered",
            answers.iter().all(|it| it.status == 200),
        ),
        (
            "a token has one successor",
            first.is_some() && links.iter().all(|it| *it == first),
        ),
        ("the chain is one link longer", generation == Some(1)),
        ("the successor is good", client.refresh(next).status == 200),
    ];
    checks.map(Check::from).into()
}

/// Those who did nothing, or worked elsewhere.
fn others(scene: &Scene, client: &Client) -> Vec<Check> {
    let sessions = &scene.sessions;
    let allowed = is_allowed(&scene.deployed, &sessions.waiting.access);
    let mut checks = vec![
        ("an access token of before is good", allowed),
        (
            "a session that waited is good",
            is_good(client, &sessions.waiting),
        ),
    ];
    if let Some(newer) = &sessions.newer {
        checks.push(("a session of a newer key is good", is_good(client, newer)));
    }
    checks.into_iter().map(Check::from).collect()
}

/// What was to end has ended, and nothing else.
fn ended(scene: &Scene, client: &Client) -> Vec<Check> {
    let sessions = &scene.sessions;
    let left = client.refresh(&sessions.leaving.refresh);
    // If nobody could tell during the fault, it is told now.
    let _ = client.refresh(&sessions.stolen.refresh);
    let robbed = client.refresh(&sessions.robbed.refresh);
    let to_end = [&sessions.leaving, &sessions.revoked, &sessions.stolen];
    let mut to_end = to_end.map(Session::family);
    to_end.sort();
    let checks = [
        ("a log-out is done", left.refusal() == REVOKED),
        ("a theft is found out", robbed.refusal() == REVOKED),
        ("no other session has ended", revoked(scene) == to_end),
    ];
    checks.map(Check::from).into()
}

fn is_good(client: &Client, session: &Session) -> bool {
    client.refresh(&session.refresh).status == 200
}

/// Which link of which chain a refresh token is: everything in it but the key and its MAC. When the
/// key was rotated in between, the same link is signed again.
fn link(answer: &Answer) -> Option<Vec<u8>> {
    let token = answer.body["refresh_token"].as_str()?;
    let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
    let end = bytes.len().checked_sub(MAC_BYTES)?;
    Some(bytes.get(KeyId::BYTES..end)?.to_vec())
}

/// The generation in the row of a session.
fn generation(scene: &Scene, session: &Session) -> Option<u32> {
    let key = format!("family#{}", session.family());
    let items = scene.deployed.moto.items();
    let item = items.iter().find(|item| item["sk"]["S"] == key.as_str())?;
    item["generation"]["N"].as_str()?.parse().ok()
}

/// The sessions that were ended, in order.
fn revoked(scene: &Scene) -> Vec<String> {
    let family = |item: &Value| {
        let key = item["sk"]["S"].as_str()?;
        Some(key.strip_prefix("family#")?.to_owned())
    };
    let items = scene.deployed.moto.items();
    let ended = items.iter().filter(|item| !item["revoked_at"].is_null());
    let mut families: Vec<String> = ended.filter_map(family).collect();
    families.sort();
    families
}
