//! The functions that issue and end sessions, on a real store.

use std::cell::RefCell;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use tempfile::TempDir;
use tollgate_core::Timestamp;
use tollgate_core::family::{Families, Family};
use tollgate_core::login::Login;
use tollgate_core::logout::Logout;
use tollgate_core::mint::{Lifetimes, Mint};
use tollgate_core::password::{HashCost, Hasher, Password};
use tollgate_core::refresh::Refresh;
use tollgate_core::refresh_token::RefreshToken;
use tollgate_core::user::{User, UserDirectory};
use tollgate_embedded::SqliteStore;
use tollgate_invocation::{Cors, answer};
use tollgate_wiring::clock;

use crate::keys::{ACCESS, REFRESH, Secrets};
use crate::tokens::{EMAIL, USER, fill, profile};
use crate::{NOW, block_on};

/// Her password, in `events/` too.
pub const PASSWORD: &str = "canary-password battery staple";
/// The one other origin whose pages may use cookies, in `events/` too.
static APP: HeaderValue = HeaderValue::from_static("https://app.example.com");
/// A database with more rows than this is begun anew, since each input may leave some.
const FULL: u32 = 20_000;
/// A wait that ends every throttling, and every session.
const LATER: Duration = Duration::from_hours(31 * 24);

/// Every HTTP function, and what they share.
pub struct Service {
    login: Login<SqliteStore, Secrets>,
    refresh: Refresh<SqliteStore, Secrets>,
    logout: Logout<SqliteStore, Secrets>,
    user: User,
    now: Timestamp,
    uses: u32,
    _data: TempDir,
}

/// The tokens of a session that was refreshed twice: the first, the second (a moment ago) and the
/// live one, and what the live one becomes next.
#[derive(Debug)]
pub struct Session {
    /// Generations 0 to 3.
    pub tokens: [String; 4],
}

impl Service {
    /// Calls `work` with the service of this thread, some time after the last call.
    pub fn with<T>(work: impl FnOnce(&Self) -> T) -> T {
        thread_local! {
            static SERVICE: RefCell<Option<Service>> = const { RefCell::new(None) };
        }
        SERVICE.with_borrow_mut(|service| {
            if service.as_ref().is_none_or(|service| service.uses == FULL) {
                *service = Some(Self::start());
            }
            let service = service.as_mut().expect("it was just made");
            service.uses += 1;
            service.now = service.now.plus(LATER);
            work(service)
        })
    }

    fn start() -> Self {
        // In memory, where there is such a folder: a sync with each commit is not what is tested.
        let data = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let data = data.expect("a folder for temporary files");
        let store = SqliteStore::open(&data.path().join("fuzz.db")).expect("a new database");
        let hasher = || {
            let cost = HashCost {
                memory_kib: 8,
                passes: 1,
                lanes: 1,
            };
            Hasher::new(cost).expect("the lowest cost there is")
        };
        let password = Password::new(PASSWORD).expect("short enough");
        let user = User {
            id: USER.parse().expect("an id"),
            email: EMAIL.parse().expect("an address"),
            password_hash: hasher().hash(&password, &mut clock::rng()),
            scope: "reports:read".parse().expect("a scope"),
            disabled: false,
            created_at: NOW,
        };
        block_on(store.add(&user)).expect("the first user");
        let mint = || Mint {
            profile: profile(),
            lifetimes: Lifetimes::default(),
            access_keys: ACCESS.keys(),
            refresh_keys: REFRESH.keys(),
        };
        Self {
            login: Login {
                store: store.clone(),
                mint: mint(),
                hasher: hasher(),
            },
            refresh: Refresh {
                store: store.clone(),
                mint: mint(),
            },
            logout: Logout {
                store,
                refresh_keys: REFRESH.keys(),
            },
            user,
            now: NOW,
            uses: 0,
            _data: data,
        }
    }

    /// What time it is for the functions.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new session of the user.
    #[must_use]
    pub fn session(&self) -> Session {
        let mut token = RefreshToken::first(self.user.id.clone(), &mut clock::rng());
        let family = Family {
            id: token.family(),
            user: self.user.id.clone(),
            scope: self.user.scope.clone(),
            generation: 2,
            secret_hash: token.secret_hash(),
            rotated_at: self.now,
            idempotency: None,
            idle_expiry: self.now.plus(Duration::from_hours(1)),
            absolute_expiry: self.now.plus(Duration::from_hours(1)),
            revoked: None,
        };
        let store = &self.refresh.store;
        block_on(store.open(&family, &self.user.password_hash)).expect("a new row");
        let key = REFRESH.current();
        let tokens = [(); 4].map(|()| {
            let encoded = token.encode(&key).expose().to_owned();
            token = token.successor().expect("four of four billion");
            encoded
        });
        Session { tokens }
    }

    /// The answer of a function to an event.
    #[must_use]
    pub fn invoke(&self, function: &str, event: Value) -> HttpAnswer {
        let (event, cors) = (LambdaEvent::new(event, Context::default()), Cors::default());
        let (now, rng) = (self.now, clock::rng);
        let answer = block_on(async {
            match function {
                "login" => {
                    answer(event, &cors, |it| {
                        tollgate_login::handle(&self.login, it, Some(&APP), now, rng())
                    })
                    .await
                }
                "refresh" => {
                    answer(event, &cors, |it| {
                        tollgate_refresh::handle(&self.refresh, it, Some(&APP), now, rng())
                    })
                    .await
                }
                "logout" => {
                    answer(event, &cors, |it| {
                        tollgate_logout::handle(&self.logout, it, Some(&APP), now)
                    })
                    .await
                }
                "protected-api" => {
                    answer(event, &cors, async |it| {
                        tollgate_protected_api::handle(&it, now.into())
                    })
                    .await
                }
                other => panic!("there is no function {other}"),
            }
        });
        HttpAnswer::read(&answer)
    }
}

impl Session {
    /// The event in `text`, with tokens of the session in the place of placeholders.
    #[must_use]
    pub fn fill(&self, text: &str) -> Option<Value> {
        let [used, just_used, live, _] = &self.tokens;
        let text = fill(text)
            .replace("{{used_refresh_token}}", used)
            .replace("{{just_used_refresh_token}}", just_used)
            .replace("{{refresh_token}}", live);
        serde_json::from_str(&text).ok()
    }
}

/// An answer of an HTTP function.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    /// The status.
    pub status: u64,
    /// The body; null if it is empty.
    pub body: Value,
    /// What the cookie is now, if the answer sets one.
    pub cookie: Option<String>,
}

impl HttpAnswer {
    /// Reads an answer; panics if API Gateway would not take it, or if it breaks the contract.
    #[must_use]
    pub fn read(answer: &Value) -> Self {
        let status = answer["statusCode"].as_u64().expect("a status");
        assert!((200..500).contains(&status), "a fault: {answer}");
        assert_eq!(answer["isBase64Encoded"], false);
        let header = |name: &str| {
            let values = [
                &answer["multiValueHeaders"][name][0],
                &answer["headers"][name],
            ];
            values
                .into_iter()
                .find_map(Value::as_str)
                .map(str::to_owned)
        };
        assert_eq!(
            header("cache-control").as_deref(),
            Some("no-store"),
            "{answer}"
        );
        let body = match answer["body"].as_str().unwrap_or_default() {
            "" => Value::Null,
            text => serde_json::from_str(text).expect("a body is JSON"),
        };
        if status >= 400 {
            let text = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
            assert!(text("error") && text("error_description"), "{answer}");
        }
        if status == 401 {
            let challenge = header("www-authenticate").expect("a challenge");
            assert!(challenge.starts_with("Bearer"), "{challenge}");
        }
        assert!(
            !answer.to_string().contains(PASSWORD),
            "the password is in the answer"
        );
        // To an HTTP API cookies are no header.
        let of_http_api = answer["cookies"][0].as_str().map(str::to_owned);
        let cookie = header("set-cookie")
            .or(of_http_api)
            .map(|cookie| kept(&cookie));
        let in_body = body["refresh_token"].is_string();
        assert!(
            !in_body || cookie.is_none(),
            "a refresh token leaves the house once: {answer}"
        );
        Self {
            status,
            body,
            cookie,
        }
    }
}

/// The value of our cookie, which only a browser reads.
fn kept(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    assert!(
        attributes.starts_with("HttpOnly; SameSite=Strict; Secure; Path=/"),
        "{cookie}"
    );
    assert!(!attributes.contains("Domain"), "{cookie}");
    let value = pair.strip_prefix("__Secure-tollgate_refresh=");
    value.expect("the one name").to_owned()
}

/// Panics unless a page that may use the cookie sent the event.
pub fn assert_known_page(event: &Value) {
    let origins = header_of(event, "origin");
    let [origin] = origins.as_slice() else {
        panic!("no origin, or several: {event}")
    };
    let hosts = header_of(event, "host");
    let own = hosts
        .iter()
        .flat_map(|host| [format!("https://{host}"), format!("http://{host}")]);
    assert!(
        APP == *origin || own.into_iter().any(|own| own == *origin),
        "{origin} is another origin: {event}"
    );
    let sites = header_of(event, "sec-fetch-site");
    assert!(!sites.iter().any(|site| site == "cross-site"), "{event}");
}

/// Every value of a header, as a function sees them.
#[must_use]
pub fn header_of(event: &Value, name: &str) -> Vec<String> {
    let named = |headers: &Value| {
        let headers = headers.as_object().cloned().unwrap_or_default();
        headers
            .into_iter()
            .filter(|(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
    };
    let texts = |values: Vec<Value>| {
        let flat = values.into_iter().flat_map(|value| match value {
            Value::Array(values) => values,
            value => vec![value],
        });
        flat.filter_map(|value| value.as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let several = &event["multiValueHeaders"];
    if several.as_object().is_some_and(|all| !all.is_empty()) {
        texts(named(several))
    } else {
        texts(named(&event["headers"]))
    }
}

/// The JSON body of an event, as a function sees it.
#[must_use]
pub fn body_of(event: &Value) -> Option<Value> {
    let text = event["body"].as_str()?;
    if event["isBase64Encoded"] == true {
        serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()
    } else {
        serde_json::from_str(text).ok()
    }
}
