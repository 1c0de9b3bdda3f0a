//! What an operation takes is what docs/scale.md says, counted between the functions and moto.
//!
//! The tables of that page are those of `cargo xtask scale`; a test of xtask compares the two. So
//! what the bill is made of cannot differ from what the code does.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tollgate_core::Timestamp;
use tollgate_core::user::{Added, UserDirectory};
use tollgate_gateway::Invoke;
use tollgate_sandbox::Functions;
use tollgate_tests::credentials::{EMAIL, PASSWORD, WRONG_PASSWORD};
use tollgate_tests::events::{authorizer_event, http_answer, in_repository, refresh_event};
use tollgate_tests::functions::{login_event, user};
use tollgate_tests::moto::Moto;
use tollgate_tests::proxy::Proxy;
use tollgate_wiring::{Environment, Store, clock};

const HOME: &str = "198.51.100.7";
const ELSEWHERE: &str = "203.0.113.9";

/// The functions, with a proxy that counts between them and moto.
struct Counted {
    functions: Functions,
    proxy: Proxy,
    moto: Moto,
    /// Seconds by which their clock is ahead.
    ahead: Arc<AtomicI64>,
}

impl Counted {
    async fn start() -> Self {
        let moto = Moto::new();
        let proxy = Proxy::start(moto.url());
        let mut variables = moto.environment(proxy.url());
        let own = [
            ("TOLLGATE_ISSUER", "https://auth.example.com"),
            ("TOLLGATE_AUDIENCE", "api.example.com"),
        ];
        variables.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let environment = Environment::from_iter(variables);
        let ahead = Arc::new(AtomicI64::new(0));
        let seconds = Arc::clone(&ahead);
        let now = move || {
            let now = clock::now().as_unix();
            Timestamp::from_unix(now + seconds.load(Ordering::Relaxed))
        };
        let functions = Functions::start(&environment, now)
            .await
            .expect("it starts");
        Self {
            functions,
            proxy,
            moto,
            ahead,
        }
    }

    /// Adds the user of the tests, around the proxy.
    async fn add_user(&self) {
        let direct = Environment::from_iter(self.moto.environment(self.moto.url()));
        let store = Store::open(&direct).await.expect("a table");
        let added = store.add(&user(EMAIL, "reports:read")).await;
        assert_eq!(added.expect("moto"), Added::Yes);
        let _ = self.proxy.calls();
    }

    /// Calls a function, and gives its status and body.
    async fn call(&self, function: &str, event: Value) -> (u16, Value) {
        let answer = self.functions.invoke(function, event).await;
        let answer = http_answer(&answer.expect("an answer"));
        (answer.status, answer.body)
    }

    async fn log_in(&self, password: &str, source: &str) -> (u16, Value) {
        self.call("login", login_event(EMAIL, password, source))
            .await
    }

    async fn refresh(&self, token: &str) -> (u16, Value) {
        self.call("refresh", refresh_event(token)).await
    }

    /// What was done since the last time took what the row of this name says.
    fn took(&self, name: &str) {
        let row = row(name);
        let [calls, reads, writes] = [1, 2, 3].map(|column| row[column].as_str());
        let took = self.proxy.calls();
        let (took_reads, took_writes) = took.units();
        let took = [
            took.total().to_string(),
            took_reads.to_string(),
            took_writes.to_string(),
        ];
        assert_eq!(took, [calls, reads, writes], "{name}");
    }
}

/// The cells of a row of docs/scale.md.
fn row(name: &str) -> Vec<String> {
    let page = std::fs::read_to_string(in_repository("docs/scale.md")).expect("the page");
    let begin = format!("| {name} |");
    let line = page.lines().find(|line| line.starts_with(&begin));
    let line = line.unwrap_or_else(|| unreachable!("docs/scale.md has no row {begin}"));
    let cells = line.trim_matches('|').split('|');
    cells.map(|cell| cell.trim().to_owned()).collect()
}

fn refresh_token(body: &Value) -> &str {
    body["refresh_token"].as_str().expect("a token")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TOLLGATE_MOTO"]
async fn every_operation_takes_what_the_page_says() {
    let it = Counted::start().await;
    it.add_user().await;

    let (status, first) = it.log_in(PASSWORD, HOME).await;
    assert_eq!(status, 200, "{first}");
    it.took("log-in from a new network");
    assert_eq!(it.log_in(PASSWORD, HOME).await.0, 200);
    it.took("log-in from a known network");
    assert_eq!(it.log_in(WRONG_PASSWORD, HOME).await.0, 401);
    it.took("wrong password");
    let stranger = login_event("nobody@example.com", PASSWORD, HOME);
    assert_eq!(it.call("login", stranger).await.0, 401);
    it.took("wrong password");

    let (status, second) = it.refresh(refresh_token(&first)).await;
    assert_eq!(status, 200, "{second}");
    it.took("refresh, also the same again");
    assert_eq!(
        it.refresh(refresh_token(&first)).await.1["error"],
        json!(null)
    );
    it.took("refresh, also the same again");
    let access = second["access_token"].as_str().expect("a token");
    let event = authorizer_event(access);
    let allowed = it.functions.invoke("authorizer", event).await;
    assert_eq!(
        allowed.expect("an answer")["policyDocument"]["Statement"][0]["Effect"],
        "Allow"
    );
    it.took("authorized request, without its authorizer");
    assert_eq!(it.refresh(refresh_token(&second)).await.0, 200);
    it.took("refresh, also the same again");
    assert_eq!(
        it.refresh(refresh_token(&first)).await.1["reason"],
        "reused"
    );
    it.took("refresh that finds a theft");

    let (_, other) = it.log_in(PASSWORD, HOME).await;
    let _ = it.proxy.calls();
    let mut event = refresh_event(refresh_token(&other));
    event["resource"] = json!("/auth/logout");
    event["path"] = json!("/auth/logout");
    assert_eq!(it.call("logout", event).await.0, 204);
    it.took("log-out");

    // Last, as it keeps everybody else out.
    while it.log_in(WRONG_PASSWORD, ELSEWHERE).await.0 == 401 {
        it.took("wrong password");
    }
    it.took("guess that comes too early (429)");
    weigh(&it.moto.items());
}

/// Every item is below 1 KB, which is one write unit, and about as heavy as the page says.
fn weigh(items: &[Value]) {
    let heaviest = |prefix: &str, sort_prefix: &str| {
        let of_kind = items.iter().filter(|item| {
            let is = |key: &str, prefix| {
                item[key]["S"]
                    .as_str()
                    .is_some_and(|it| it.starts_with(prefix))
            };
            is("pk", prefix) && is("sk", sort_prefix)
        });
        of_kind.map(bytes).max().expect("one of this kind")
    };
    for (name, prefix, sort_prefix) in [
        ("user", "user#", "user"),
        ("address", "email#", "email"),
        ("session", "user#", "family#"),
        ("known network", "attempts#", "attempts"),
    ] {
        let bytes = heaviest(prefix, sort_prefix);
        let said: usize = row(name)[1].parse().expect("a number");
        assert!(bytes <= said, "{name}: {bytes} bytes, {said} said");
        assert!(
            said <= bytes + bytes / 4,
            "{name}: {bytes} bytes, {said} said"
        );
        assert!(bytes < 1_024, "{name}: {bytes} bytes");
    }
}

/// As DynamoDB counts them: names and values; two digits of a number are one byte.
fn bytes(item: &Value) -> usize {
    let attributes = item.as_object().into_iter().flatten();
    let value = |value: &Value| {
        let text = |kind: &str| value[kind].as_str().map(str::len);
        let number = text("N").map(|digits| digits.div_ceil(2) + 1);
        // Base64: three bytes in four characters.
        let binary = text("B").map(|characters| characters * 3 / 4);
        text("S").or(number).or(binary).unwrap_or(1)
    };
    attributes.map(|(name, it)| name.len() + value(it)).sum()
}

/// A start reads three versions of each secret that a function has, the authorizer's only the current
/// one, and looks at the table; a minute later, the next call reads the secrets again, and the ones after it do not.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TOLLGATE_MOTO"]
async fn a_start_and_a_minute_take_what_the_bill_says() {
    const STAGES: u64 = 3;
    // Both secrets: login, refresh. One: logout.
    const SECRETS: u64 = 2 + 2 + 1;
    const AUTHORIZER: u64 = 1;
    let it = Counted::start().await;
    let started = it.proxy.calls();
    assert_eq!(
        started.operation("GetSecretValue"),
        SECRETS * STAGES + AUTHORIZER
    );
    // Login, refresh and logout each look at the table.
    assert_eq!(started.units(), (0.0, 3.0));

    it.add_user().await;
    let (_, pair) = it.log_in(PASSWORD, HOME).await;
    let token = pair["access_token"].as_str().expect("a token");
    let _ = it.proxy.calls();
    let authorize = || it.functions.invoke("authorizer", authorizer_event(token));
    let _ = authorize().await;
    assert_eq!(it.proxy.calls().total(), 0, "the keys are fresh");
    it.ahead.store(61, Ordering::Relaxed);
    let mut read = 0;
    // They are read beside the call.
    for _ in 0..500 {
        let _ = authorize().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        read += it.proxy.calls().operation("GetSecretValue");
        if read >= STAGES {
            break;
        }
    }
    for _ in 0..10 {
        let _ = authorize().await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    read += it.proxy.calls().operation("GetSecretValue");
    assert_eq!(read, STAGES);
}
