//! Log-ins and refreshes as a client sees them, over HTTP: ours, and what Better Auth has for them.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::header::SET_COOKIE;
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use crate::run::order::shuffled;
use crate::run::server::{EMAIL, PASSWORD, Server};
use crate::run::{Run, instant, rng};
use crate::table::{Row, Table, Unit};

/// How many times one takes before the other has its turn.
const TURN: usize = 10;
/// How long each is asked before anything counts: what is compiled at run time wants it.
const WARM_UP: Duration = Duration::from_secs(3);
/// How the session of Better Auth travels.
const COOKIE: &str = "better-auth.session_token";

/// A log-in with the right password.
pub(crate) fn log_ins(run: &Run) -> Result<Table, String> {
    table(run, "A log-in over HTTP, on SQLite", Account::log_in)
}

/// A refresh; a session that is extended.
pub(crate) fn refreshes(run: &Run) -> Result<Table, String> {
    table(run, "A refresh over HTTP, on SQLite", Account::renew)
}

fn table(
    run: &Run,
    title: &str,
    exchange: fn(&mut Account) -> Result<(), String>,
) -> Result<Table, String> {
    let mut accounts = [
        Account::new("Tollgate", Service::Tollgate, Server::tollgate(run, 300)?),
        Account::new(
            "Better Auth, on Node",
            Service::BetterAuth,
            Server::better_auth(run)?,
        ),
    ];
    for account in &mut accounts {
        account.log_in()?;
        let start = instant();
        while start.elapsed() < WARM_UP {
            exchange(account)?;
        }
    }
    let mut rows: Vec<Row> = accounts.iter().map(|it| Row::new(it.name)).collect();
    for _ in 0..run.rounds(40) {
        for index in shuffled(accounts.len(), &mut rng()) {
            for _ in 0..TURN {
                let start = instant();
                exchange(&mut accounts[index])?;
                let taken = start.elapsed().as_secs_f64() * 1e9;
                rows[index].sample.extend([taken]);
            }
        }
    }
    Ok(Table {
        title: title.to_owned(),
        unit: Unit::Time,
        rows,
        limit: None,
        goals: vec![],
    })
}

#[derive(Clone, Copy)]
enum Service {
    Tollgate,
    BetterAuth,
}

/// Somebody at a service, over one connection that stays open.
struct Account {
    name: &'static str,
    service: Service,
    server: Server,
    agent: Agent,
    /// What the next refresh brings: a refresh token, or a cookie.
    ticket: String,
}

impl Account {
    fn new(name: &'static str, service: Service, server: Server) -> Self {
        let config = Agent::config_builder().timeout_global(Some(Duration::from_secs(30)));
        Self {
            name,
            service,
            server,
            agent: config.build().new_agent(),
            ticket: String::new(),
        }
    }

    fn log_in(&mut self) -> Result<(), String> {
        let body = json!({"email": EMAIL, "password": PASSWORD});
        self.ticket = match self.service {
            Service::Tollgate => self.post("/auth/login", &body)?.refresh_token()?,
            Service::BetterAuth => self.post("/api/auth/sign-in/email", &body)?.cookie()?,
        };
        Ok(())
    }

    fn renew(&mut self) -> Result<(), String> {
        self.ticket = match self.service {
            Service::Tollgate => {
                let body = json!({"refresh_token": self.ticket});
                self.post("/auth/refresh", &body)?.refresh_token()?
            }
            Service::BetterAuth => {
                let url = self.url("/api/auth/get-session");
                let request = self.agent.get(&url).header("cookie", &self.ticket);
                Answer::read(request.call())?.cookie()?
            }
        };
        Ok(())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Answer, String> {
        let request = self.agent.post(self.url(path));
        let request = request.content_type("application/json");
        Answer::read(request.send(body.to_string()))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }
}

/// What a service said, read to its end: its connection can be used again.
struct Answer {
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn read(answer: Result<Response<Body>, ureq::Error>) -> Result<Self, String> {
        let read = || {
            let (parts, mut body) = answer?.into_parts();
            Ok(Self {
                headers: parts.headers,
                text: body.read_to_string()?,
            })
        };
        read().map_err(|error: ureq::Error| format!("a service did not answer well: {error}"))
    }

    fn refresh_token(&self) -> Result<String, String> {
        let pair: Option<Value> = serde_json::from_str(&self.text).ok();
        let token = pair.and_then(|pair| pair["refresh_token"].as_str().map(str::to_owned));
        token.ok_or_else(|| format!("no refresh token in {}", self.text))
    }

    /// The session in what the answer sets.
    fn cookie(&self) -> Result<String, String> {
        let set = self.headers.get_all(SET_COOKIE);
        let cookies = set.iter().filter_map(|value| value.to_str().ok());
        let session = cookies
            .filter_map(|cookie| cookie.split(';').next())
            .find(|cookie| cookie.starts_with(COOKIE));
        let session = session.map(str::to_owned);
        session.ok_or_else(|| format!("the answer sets no {COOKIE}: {}", self.text))
    }
}
