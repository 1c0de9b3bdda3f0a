//! Several processes on one data directory, and one that is killed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tollgate_tests::client::Client;
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::server::{Server, add_user, data_directory};

#[test]
fn two_servers_share_a_data_directory() {
    let data = data_directory();
    add_user(data.path(), "");
    let servers = [Server::start(data.path()), Server::start(data.path())];
    let clients = servers.each_ref().map(Server::client);
    std::thread::scope(|scope| {
        for session in 0..8 {
            let clients = &clients;
            // One after another: more than a few log-ins of one account at once are throttled.
            let mut pair = clients[session % 2].log_in(EMAIL, PASSWORD);
            scope.spawn(move || {
                let on = |turn: usize| &clients[(session + turn) % 2];
                for turn in 0..25 {
                    assert_eq!(pair.status, 200, "session {session}, turn {turn}: {pair:?}");
                    let me = on(turn + 1).get_as("/me", pair.text("access_token"));
                    assert_eq!(me.status, 200);
                    pair = on(turn).refresh(pair.text("refresh_token"));
                }
                assert_eq!(on(0).log_out(pair.text("refresh_token")).status, 204);
                let over = on(1).refresh(pair.text("refresh_token"));
                assert_eq!(over.refusal(), (401, "invalid_grant", "revoked"));
            });
        }
    });
}

/// A process that stops cleanly takes the log of SQLite with it only if it is the last one: what the
/// others write afterwards is there for whoever starts next.
#[test]
fn a_server_that_stops_takes_nothing_from_the_others() {
    let data = data_directory();
    add_user(data.path(), "");
    let stays = Server::start(data.path());
    let client = stays.client();
    let mut pair = client.log_in(EMAIL, PASSWORD);
    for round in 0..3 {
        let stops = Server::start(data.path());
        pair = stops.client().refresh(pair.text("refresh_token"));
        stops.signal("TERM");
        assert!(stops.wait());
        pair = client.refresh(pair.text("refresh_token"));
        assert_eq!(pair.status, 200, "round {round}: {pair:?}");
        let next = Server::start(data.path());
        pair = next.client().refresh(pair.text("refresh_token"));
        assert_eq!(pair.status, 200, "round {round}: {pair:?}");
    }
}

/// An honest client: it writes down the key of a refresh before it sends it.
struct Session {
    token: String,
    refreshes: usize,
}

impl Session {
    fn key(&self) -> String {
        format!("refresh-{}", self.refreshes)
    }

    /// One refresh; `false` if there was no answer.
    fn refresh(&mut self, client: &Client) -> bool {
        let Ok(answer) = client.try_refresh(&self.token, Some(&self.key())) else {
            return false;
        };
        assert_eq!(
            answer.status, 200,
            "an honest client is never refused: {answer:?}"
        );
        answer.text("refresh_token").clone_into(&mut self.token);
        self.refreshes += 1;
        true
    }
}

/// `kill -9` in the middle of a thousand refreshes: whatever was under way, every session goes on.
#[test]
fn every_session_survives_a_killed_server() {
    const SESSIONS: usize = 10;
    const REFRESHES: usize = 1_000;
    let data = data_directory();
    add_user(data.path(), "");
    let mut server = Server::start(data.path());
    let client = server.client();
    let log_in = || {
        client
            .log_in(EMAIL, PASSWORD)
            .text("refresh_token")
            .to_owned()
    };
    let mut sessions: Vec<Session> = (0..SESSIONS)
        .map(|_| Session {
            token: log_in(),
            refreshes: 0,
        })
        .collect();

    // Three lives: killed twice in the middle, and then to the end.
    for killed_after in [REFRESHES / 3, 2 * REFRESHES / 3, usize::MAX] {
        let client = server.client();
        let done: usize = sessions.iter().map(|session| session.refreshes).sum();
        let (count, gone) = (AtomicUsize::new(done), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for session in &mut sessions {
                let (client, count, gone) = (client.fresh(), &count, &gone);
                scope.spawn(move || {
                    while count.load(Ordering::Relaxed) < REFRESHES && session.refresh(&client) {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    gone.store(true, Ordering::Relaxed);
                });
            }
            while count.load(Ordering::Relaxed) < killed_after && !gone.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            if killed_after < REFRESHES {
                server.signal("KILL");
            }
        });
        if killed_after < REFRESHES {
            server = Server::start(data.path());
        }
    }
    let client = server.client();
    for session in &mut sessions {
        assert!(session.refresh(&client), "alive after all");
        assert!(session.refreshes > 1);
    }
}
