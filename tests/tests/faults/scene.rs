//! Functions with a proxy between them and AWS, and sessions of every kind, made around the proxy.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tollgate_core::user::{User, UserId};
use tollgate_tests::client::Answer;
use tollgate_tests::credentials::{EMAIL, PASSWORD};
use tollgate_tests::deployed::Deployed;
use tollgate_tests::events::authorizer_event;
use tollgate_tests::functions::{rng, user};
use tollgate_tests::moto::{CURRENT, Moto, PENDING, Secret};
use tollgate_tests::proxy::{Proxy, Rule};

use crate::elsewhere::Elsewhere;
use crate::matrix::{KEY_MAX_AGE, LONG, Row, Trouble, When};

/// Whose account is guessed at.
pub(crate) const GUESSED: &str = "bob@example.com";
/// Who warms up the functions.
const FIRST: &str = "carol@example.com";

const IDLE: Duration = Duration::from_hours(8 * 24);
const AN_HOUR: Duration = Duration::from_hours(1);

/// What somebody has who has logged in.
pub(crate) struct Session {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Session {
    /// Of a 200.
    pub(crate) fn of(answer: &Answer) -> Self {
        Self {
            access: answer.text("access_token").to_owned(),
            refresh: answer.text("refresh_token").to_owned(),
        }
    }

    /// The `sid` of its tokens.
    pub(crate) fn family(&self) -> String {
        let claims = self.access.split('.').nth(1).expect("a JWT");
        let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        claims["sid"].as_str().expect("a family").to_owned()
    }
}

/// The sessions that a fault finds.
pub(crate) struct Sessions {
    /// Is refreshed during the fault.
    pub(crate) refreshed: Session,
    /// Is logged out during the fault.
    pub(crate) leaving: Session,
    /// Does nothing.
    pub(crate) waiting: Session,
    /// Was logged out.
    pub(crate) revoked: Session,
    /// Has been refreshed; somebody else has the token of before.
    pub(crate) stolen: Session,
    /// What its owner has.
    pub(crate) robbed: Session,
    /// Was not used for too long.
    pub(crate) expired: Session,
    /// Its keys are no longer in the vault.
    pub(crate) dropped: Session,
    /// Its keys were made when the fault had begun, or were about to be.
    pub(crate) newer: Option<Session>,
}

/// Everything that one row is tried on.
pub(crate) struct Scene {
    pub(crate) deployed: Deployed,
    pub(crate) proxy: Proxy,
    pub(crate) sessions: Sessions,
    /// The versions that [`heal`](Self::heal) makes current again.
    good: [String; 2],
}

impl Scene {
    /// Everything is well.
    pub(crate) fn start(row: &Row) -> Self {
        let moto = Moto::new();
        let proxy = Proxy::start(moto.url());
        let max_age = format!("{}s", KEY_MAX_AGE.as_secs());
        let variables = [("TOLLGATE_KEY_MAX_AGE", max_age.as_str())];
        let variables: &[_] = match row.trouble {
            Trouble::ForLong(_) | Trouble::MovedBack => &variables,
            _ => &[],
        };
        let deployed = Deployed::start_at(moto, proxy.url(), 1, variables);
        add_users(&deployed);
        let mut scene = Self {
            sessions: sessions(&deployed),
            good: current_versions(&deployed.moto),
            deployed,
            proxy,
        };
        if row.when == When::Warm {
            scene.warm_up();
        }
        if row.expected.newer_key.is_some() {
            scene.rotate();
        }
        let _ = scene.proxy.calls();
        let _ = scene.deployed.emulator.new_lines();
        scene
    }

    /// Every function has answered.
    fn warm_up(&self) {
        let client = self.deployed.client();
        let pair = client.log_in(FIRST, PASSWORD);
        assert_eq!(pair.status, 200, "{pair:?}");
        let next = client.refresh(pair.text("refresh_token"));
        assert_eq!(next.status, 200, "{next:?}");
        assert_eq!(client.get_as("/me", next.text("access_token")).status, 200);
        // It was logged out before.
        assert_eq!(client.log_out(&self.sessions.revoked.refresh).status, 204);
    }

    /// Elsewhere new keys are used already.
    fn rotate(&mut self) {
        self.each_secret(Secret::rotate);
        self.good = current_versions(&self.deployed.moto);
        let elsewhere = Elsewhere::start(&self.deployed, Duration::ZERO);
        self.sessions.newer = Some(elsewhere.log_in(EMAIL));
    }

    /// The fault begins.
    pub(crate) fn begin(&self, row: &Row) {
        let rule = |rule: Rule| match row.who.service() {
            Some(service) => rule.service(service),
            None => rule,
        };
        match row.trouble {
            Trouble::Always(fault) => self.proxy.inject(rule(Rule::always(fault))),
            Trouble::Times(count, fault) => self.proxy.inject(rule(Rule::times(count, fault))),
            Trouble::EachWriteOnce(fault) => {
                for operation in ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"] {
                    self.proxy
                        .inject(Rule::times(1, fault).operation(operation));
                }
            }
            Trouble::ForLong(fault) => {
                self.proxy.inject(rule(Rule::always(fault)));
                std::thread::sleep(LONG + KEY_MAX_AGE);
            }
            Trouble::TooShort => self.replace(|secret| secret.put("too short", &[PENDING])),
            Trouble::Binary => self.replace(|secret| secret.put_binary(&[PENDING])),
            Trouble::MovedBack => {
                self.each_secret(Secret::roll_back);
                std::thread::sleep(2 * KEY_MAX_AGE);
            }
        }
    }

    /// Before the next request, if the fault is used up by one.
    pub(crate) fn begin_again(&self, row: &Row) {
        if let Trouble::EachWriteOnce(_) = row.trouble {
            self.begin_anew(row);
        }
    }

    /// Before others come, if the fault is used up by those before.
    pub(crate) fn begin_anew(&self, row: &Row) {
        if let Trouble::EachWriteOnce(_) | Trouble::Times(..) = row.trouble {
            self.proxy.heal();
            self.begin(row);
        }
    }

    /// The fault is over.
    pub(crate) fn heal(&self, row: &Row) {
        self.proxy.heal();
        if let Trouble::TooShort | Trouble::Binary | Trouble::MovedBack = row.trouble {
            self.deployed.moto.access_key().make_current(&self.good[0]);
            self.deployed.moto.refresh_key().make_current(&self.good[1]);
        }
    }

    /// Another version is the current one. It is added before: moto does not know which one was
    /// current once that has been moved.
    fn replace(&self, add: impl Fn(&Secret)) {
        self.each_secret(|secret| {
            add(secret);
            secret.finish_rotation();
        });
    }

    fn each_secret(&self, change: impl Fn(&Secret)) {
        change(self.deployed.moto.access_key());
        change(self.deployed.moto.refresh_key());
    }
}

fn current_versions(moto: &Moto) -> [String; 2] {
    let secrets = [moto.access_key(), moto.refresh_key()];
    secrets.map(|secret| secret.version(CURRENT).expect("every secret has one"))
}

fn add_users(deployed: &Deployed) {
    let ada = user(EMAIL, "");
    for email in [GUESSED, FIRST] {
        deployed.add(&User {
            id: UserId::generate(&mut rng()),
            email: email.parse().expect("an address"),
            ..ada.clone()
        });
    }
    deployed.add(&ada);
}

fn sessions(deployed: &Deployed) -> Sessions {
    let dropped = Elsewhere::start(deployed, Duration::ZERO).log_in(EMAIL);
    for _ in 0..2 {
        deployed.moto.access_key().rotate();
        deployed.moto.refresh_key().rotate();
    }
    // Somebody else: nobody logs in today, and then a week ago.
    let expired = Elsewhere::start(deployed, IDLE).log_in(GUESSED);
    let before = Elsewhere::start(deployed, AN_HOUR);
    let stolen = before.log_in(GUESSED);
    let robbed = before.refresh(&stolen);
    let today = Elsewhere::start(deployed, Duration::ZERO);
    let revoked = today.log_in(EMAIL);
    today.log_out(&revoked);
    Sessions {
        refreshed: today.log_in(EMAIL),
        leaving: today.log_in(EMAIL),
        waiting: today.log_in(EMAIL),
        revoked,
        stolen,
        robbed,
        expired,
        dropped,
        newer: None,
    }
}

/// Asks the authorizer itself, past the gateway and what it remembers.
pub(crate) fn is_allowed(deployed: &Deployed, token: &str) -> bool {
    let answer = deployed
        .emulator
        .call("authorizer", &authorizer_event(token));
    answer.is_ok_and(|answer| answer["policyDocument"]["Statement"][0]["Effect"] == "Allow")
}
