//! A protected request, end to end on one machine.

use tollgate_wiring::clock;

use crate::memory;
use crate::run::load::{self, Answers};
use crate::run::order::shuffled;
use crate::run::server::Server;
use crate::run::{Run, rng};
use crate::table::{Goal, Group, Row, Table, Unit};

/// How many connections are open, each with one request at a time.
const CONNECTIONS: [u32; 3] = [1, 16, 256];
/// Those of the goals.
const USUAL: u32 = 16;
/// How long each is asked in a round.
const SECONDS: u32 = 2;

/// Starts a service.
type Start = fn(&Run) -> Result<Server, String>;

/// Who answers.
const SERVICES: [(&str, Start); 5] = [
    ("Tollgate", |run| Server::tollgate(run, 300)),
    ("Tollgate, authorizer asked every time", |run| {
        Server::tollgate(run, 0)
    }),
    ("Hono with jose, on Node", Server::hono),
    ("FastAPI with PyJWT, on uvicorn", Server::fastapi),
    ("hyper alone, which checks nothing", |_| Server::bare()),
];

pub(crate) fn measure(run: &Run) -> Result<Group, String> {
    let servers: Result<Vec<Server>, String> =
        SERVICES.iter().map(|(_, start)| start(run)).collect();
    let servers = servers?;
    let mut tables = Vec::new();
    for connections in CONNECTIONS {
        let rows = || {
            SERVICES
                .iter()
                .map(|(name, _)| Row::new(name))
                .collect::<Vec<_>>()
        };
        let (mut rates, mut delays) = (rows(), rows());
        for round in 0..=run.rounds(15) {
            for index in shuffled(servers.len(), &mut rng()) {
                let answers = ask(run, &servers[index], connections)?;
                // The first round warms up.
                if round > 0 {
                    rates[index].sample.extend([answers.rate]);
                    delays[index].sample.extend([answers.p99]);
                }
            }
        }
        tables.extend(shown(connections, rates, delays));
    }
    Ok(Group {
        name: "request",
        title: "A protected request, end to end",
        method: "`GET /me` with a Bearer token over connections that stay open. The service has one processor for \
            itself, and whoever asks has another. Tollgate is `tollgate serve` with its log, which nobody reads: API Gateway's part, \
            the authorizer and the function in one process, with the authorizer's answers remembered or not. \
            FastAPI runs on one worker of uvicorn without its access log, Hono on Node's own server. The limit is the \
            HTTP library that Tollgate listens with, with an answer that is always the same. Each value \
            is that of two seconds: the requests in a second, or the latency that 99 of 100 stayed below."
            .to_owned(),
        tables,
        plots: vec![],
    })
}

fn ask(run: &Run, server: &Server, connections: u32) -> Result<Answers, String> {
    let token = memory::access_token_at(clock::now());
    let url = format!("http://{}/me", server.address);
    load::send(&run.places.load, &url, token.expose(), connections, SECONDS)
}

fn shown(connections: u32, rates: Vec<Row>, delays: Vec<Row>) -> [Table; 2] {
    let over = match connections {
        1 => "1 connection".to_owned(),
        several => format!("{several} connections"),
    };
    let goals = |fastapi, hono| {
        if connections == USUAL {
            vec![Goal::Better(hono, "Hono"), Goal::Better(fastapi, "FastAPI")]
        } else {
            vec![]
        }
    };
    [
        Table {
            title: format!("Requests in a second, {over}"),
            unit: Unit::Rate,
            rows: rates,
            limit: Some("hyper"),
            goals: goals(15.0, 3.0),
        },
        Table {
            title: format!("99 of 100 are answered within, {over}"),
            unit: Unit::Time,
            rows: delays,
            limit: Some("hyper"),
            goals: goals(1.0, 1.0),
        },
    ]
}
