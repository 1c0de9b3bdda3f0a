//! Those who must not come in, whatever is broken.

use tollgate_tests::client::{Answer, Client};
use tollgate_tests::credentials::{PASSWORD, WRONG_PASSWORD};
use tollgate_tests::events::changed;

use crate::scene::{GUESSED, Scene};

/// One of them, and the answer.
pub(crate) struct Impostor {
    pub(crate) who: &'static str,
    pub(crate) status: u16,
}

impl Impostor {
    /// Whoever is not refused has come in.
    pub(crate) fn is_in(&self) -> bool {
        !matches!(self.status, 401 | 502 | 503)
    }
}

/// With passwords.
pub(crate) fn with_passwords(client: &Client) -> Vec<Impostor> {
    vec![
        impostor("a wrong password", &client.log_in(GUESSED, WRONG_PASSWORD)),
        impostor(
            "nobody's address",
            &client.log_in("nobody@example.com", PASSWORD),
        ),
    ]
}

/// With refresh tokens.
pub(crate) fn with_refresh_tokens(scene: &Scene, client: &Client) -> Vec<Impostor> {
    let sessions = &scene.sessions;
    let forged = changed(&sessions.waiting.refresh, 40);
    let tokens = [
        ("a forged refresh token", &forged),
        ("a revoked refresh token", &sessions.revoked.refresh),
        ("a reused refresh token", &sessions.stolen.refresh),
        ("an expired refresh token", &sessions.expired.refresh),
        (
            "a refresh token of a dropped key",
            &sessions.dropped.refresh,
        ),
    ];
    tokens
        .map(|(what, token)| impostor(what, &client.refresh(token)))
        .into()
}

/// With access tokens.
pub(crate) fn with_access_tokens(scene: &Scene, client: &Client) -> Vec<Impostor> {
    let sessions = &scene.sessions;
    let forged = format!("{}x", sessions.refreshed.access);
    let tokens = [
        ("a forged access token", &forged),
        ("an expired access token", &sessions.expired.access),
        ("an access token of a dropped key", &sessions.dropped.access),
    ];
    tokens
        .map(|(what, token)| impostor(what, &client.get_as("/me", token)))
        .into()
}

fn impostor(who: &'static str, answer: &Answer) -> Impostor {
    Impostor {
        who,
        status: answer.status,
    }
}
