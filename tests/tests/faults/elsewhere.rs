//! The functions in this process, without a proxy in front of AWS: what happens before a fault, and
//! where there is none.

use std::time::Duration;

use serde_json::{Value, json};
use tollgate_core::Timestamp;
use tollgate_core::access_token::Profile;
use tollgate_gateway::Invoke;
use tollgate_sandbox::Functions;
use tollgate_tests::client::Answer;
use tollgate_tests::credentials::PASSWORD;
use tollgate_tests::deployed::Deployed;
use tollgate_tests::events::{http_answer, refresh_event};
use tollgate_tests::functions::{login_event, profile};
use tollgate_wiring::{Environment, clock};

use crate::scene::Session;

/// All functions, some time ago.
pub(crate) struct Elsewhere<'a> {
    deployed: &'a Deployed,
    functions: Functions,
}

impl<'a> Elsewhere<'a> {
    pub(crate) fn start(deployed: &'a Deployed, ago: Duration) -> Self {
        let ago = i64::try_from(ago.as_secs()).expect("days");
        let now = move || Timestamp::from_unix(clock::now().as_unix() - ago);
        let moto = &deployed.moto;
        let mut variables = moto.environment(moto.url());
        let Profile { issuer, audience } = profile();
        variables.push(("TOLLGATE_ISSUER".to_owned(), issuer));
        variables.push(("TOLLGATE_AUDIENCE".to_owned(), audience));
        let environment: Environment = variables.into_iter().collect();
        let functions = deployed.block_on(Functions::start(&environment, now));
        Self {
            deployed,
            functions: functions.expect("it starts"),
        }
    }

    pub(crate) fn log_in(&self, email: &str) -> Session {
        let event = login_event(email, PASSWORD, "192.0.2.1");
        Session::of(&self.call("login", event))
    }

    pub(crate) fn refresh(&self, session: &Session) -> Session {
        Session::of(&self.call("refresh", refresh_event(&session.refresh)))
    }

    pub(crate) fn log_out(&self, session: &Session) {
        let mut event = refresh_event(&session.refresh);
        event["path"] = json!("/auth/logout");
        event["resource"] = json!("/auth/logout");
        assert_eq!(self.call("logout", event).status, 204);
    }

    fn call(&self, function: &str, event: Value) -> Answer {
        let answer = self.functions.invoke(function, event);
        let answer = self.deployed.block_on(answer).expect("an answer");
        http_answer(&answer)
    }
}
