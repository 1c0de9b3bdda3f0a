//! What many users cost: verifying, refreshing and logging in beside a thousand of them and beside a
//! million; and what a gateway remembers of as many tokens.

use std::time::Duration;

use rusqlite::Connection;
use ureq::Agent;

use tollgate_wiring::clock;

use crate::memory;
use crate::run::account::Exchange;
use crate::run::server::Server;
use crate::run::store::{Opened, Store};
use crate::run::worker::{self, Worker};
use crate::run::{Run, own, rng};
use crate::sample::Sample;
use crate::table::{Group, Line, Plot, Unit};

/// How many users there are, each with one family.
const USERS: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// How many different tokens a gateway sees.
const TOKENS: [u32; 3] = [1_000, 10_000, 100_000];

pub(crate) fn measure(run: &Run) -> Result<Group, String> {
    Ok(Group {
        name: "growth",
        title: "Growth",
        method: "Refreshing and logging in on SQLite, in a store that holds so many users and as many families \
            already; verifying beside it, which asks no store and so cannot grow. The exchanges are those of one more user, so the pages that they touch are in \
            memory. And the resident memory of `tollgate serve` after so many requests, each with another \
            token: its authorizer cache keeps ten thousand answers at most."
            .to_owned(),
        tables: vec![],
        plots: vec![of_time(run)?, of_memory(run)?],
    })
}

fn of_time(run: &Run) -> Result<Plot, String> {
    let stores: Result<Vec<Opened>, String> =
        USERS.iter().map(|users| filled(run, *users)).collect();
    let stores = stores?;
    let mut workers = Vec::new();
    for store in &stores {
        for arguments in [
            ["exchange", &Exchange::Login.argument()],
            ["exchange", &Exchange::Refresh.argument()],
            ["worker", "verify"],
        ] {
            let mut command = own()?;
            command
                .args(arguments)
                .envs(store.variables.iter().cloned());
            workers.push(Worker::start(command)?);
        }
    }
    let rows = worker::measure(&mut workers, run.rounds(20), &mut rng())?;
    let line = |name: &str, of: usize| Line {
        name: name.to_owned(),
        points: USERS
            .iter()
            .zip(rows.chunks(3))
            .map(|(users, rows)| (f64::from(*users), rows[of].sample.clone()))
            .collect(),
    };
    Ok(Plot {
        title: "Time of each, with so many users and families".to_owned(),
        over: "users and families",
        unit: Unit::Time,
        lines: vec![
            line("a log-in", 0),
            line("a refresh", 1),
            line("an access token verified", 2),
        ],
    })
}

/// SQLite with so many users and families.
fn filled(run: &Run, users: u32) -> Result<Opened, String> {
    const FILL: &str = "\
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1) \
        INSERT INTO users \
        SELECT 'user-' || n, 'user-' || n || '@example.net', '$argon2id$of-nobody', 'reports:read', 0, 0 FROM numbers";
    const FAMILIES: &str = "\
        INSERT INTO families \
        SELECT id, randomblob(16), scope, 0, randomblob(32), 0, NULL, 1 << 40, 1 << 40, NULL, NULL FROM users";
    let opened = Store::Sqlite.open(run)?;
    let path = opened.database();
    let fill = || {
        let connection = Connection::open(&path)?;
        connection.execute(FILL, [users])?;
        connection.execute(FAMILIES, [])
    };
    tollgate_embedded::SqliteStore::open(&path).map_err(|error| error.to_string())?;
    fill().map_err(|error: rusqlite::Error| format!("{}: {error}", path.display()))?;
    Ok(opened)
}

fn of_memory(run: &Run) -> Result<Plot, String> {
    let mut points: Vec<(f64, Sample)> = Vec::new();
    let server = Server::tollgate(run, 300)?;
    let url = format!("http://{}/me", server.address);
    let config = Agent::config_builder().timeout_global(Some(Duration::from_secs(30)));
    let agent = config.build().new_agent();
    let mut sent = 0;
    for tokens in TOKENS {
        while sent < tokens {
            sent += 1;
            let token = memory::access_token_of_session(clock::now(), sent);
            let bearer = format!("Bearer {}", token.expose());
            let answer = agent.get(&url).header("authorization", &bearer).call();
            let answer = answer.and_then(|mut answer| answer.body_mut().read_to_vec());
            answer.map_err(|error| format!("{url}: {error}"))?;
        }
        points.push((f64::from(tokens), [server.memory()].into_iter().collect()));
    }
    Ok(Plot {
        title: "Resident memory of `tollgate serve`".to_owned(),
        over: "different tokens",
        unit: Unit::Bytes,
        lines: vec![Line {
            name: "memory".to_owned(),
            points,
        }],
    })
}
