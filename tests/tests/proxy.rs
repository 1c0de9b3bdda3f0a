//! The proxy that breaks what passes through it, as a plain HTTP client sees it, and what moto has
//! done in the end.

use std::io;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tollgate_tests::moto::{CURRENT, Moto, authorization};
use tollgate_tests::proxy::{Fault, Proxy, Rule, Service};
use ureq::Agent;
use ureq::http::Request;

/// Status, the name of the error without its namespace, and the whole body.
type Answer = (u16, String, Value);

/// Moto, a proxy in front of it, and a client that keeps its connections.
struct Bench {
    moto: Moto,
    proxy: Proxy,
    agent: Agent,
}

impl Bench {
    fn new() -> Self {
        let moto = Moto::new();
        let proxy = Proxy::start(moto.url());
        Self {
            moto,
            proxy,
            agent: agent(Duration::from_mins(1)),
        }
    }

    fn send(&self, target: &str, body: &Value) -> Result<Answer, ureq::Error> {
        send(&self.agent, self.proxy.url(), target, body)
    }

    /// Writes an item, in whatever way.
    fn write(&self, operation: &str, name: &str) -> Result<Answer, ureq::Error> {
        let (table, key) = (self.moto.table(), key(name));
        let body = match operation {
            "PutItem" => json!({"TableName": table, "Item": key}),
            "UpdateItem" => update(table, name),
            "TransactWriteItems" => {
                let put = json!({"Put": {"TableName": table, "Item": key}});
                let other = json!({"Put": {"TableName": table, "Item": self::key("other")}});
                json!({"TransactItems": [put, other]})
            }
            _ => unreachable!("{operation} does not write"),
        };
        self.send(&format!("DynamoDB_20120810.{operation}"), &body)
    }

    fn put(&self, name: &str) -> Result<Answer, ureq::Error> {
        self.write("PutItem", name)
    }

    fn get(&self, name: &str) -> Result<Answer, ureq::Error> {
        let body = json!({"TableName": self.moto.table(), "Key": key(name)});
        self.send("DynamoDB_20120810.GetItem", &body)
    }

    fn get_secret(&self) -> Result<Answer, ureq::Error> {
        let name = self.moto.access_key().name();
        let body = json!({"SecretId": name, "VersionStage": CURRENT});
        self.send("secretsmanager.GetSecretValue", &body)
    }

    /// The names of what was really written.
    fn written(&self) -> Vec<String> {
        let items = self.moto.items().into_iter();
        let mut names: Vec<String> = items
            .map(|item| item["pk"]["S"].as_str().expect("a key").to_owned())
            .collect();
        names.sort();
        names
    }
}

fn agent(patience: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(patience))
        .build()
        .new_agent()
}

fn key(name: &str) -> Value {
    json!({"pk": {"S": name}, "sk": {"S": "-"}})
}

fn update(table: &str, name: &str) -> Value {
    json!({
        "TableName": table,
        "Key": key(name),
        "UpdateExpression": "ADD writes :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    })
}

fn send(agent: &Agent, url: &str, target: &str, body: &Value) -> Result<Answer, ureq::Error> {
    let (api, _) = target.split_once('.').expect("an API and an operation");
    let service = if api == "secretsmanager" {
        api
    } else {
        "dynamodb"
    };
    let request = Request::post(url)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", target)
        .header("authorization", authorization(service))
        .body(body.to_string());
    let mut answer = agent.run(request.expect("a request"))?;
    let status = answer.status().as_u16();
    let body: Value = answer.body_mut().read_json()?;
    let name = body["__type"].as_str().unwrap_or_default();
    let name = name.rsplit('#').next().unwrap_or_default().to_owned();
    Ok((status, name, body))
}

fn refused(answer: Result<Answer, ureq::Error>) -> (u16, String) {
    let (status, name, _) = answer.expect("an answer");
    (status, name)
}

fn is_io(answer: &Result<Answer, ureq::Error>, kinds: &[io::ErrorKind]) -> bool {
    matches!(answer, Err(ureq::Error::Io(error)) if kinds.contains(&error.kind()))
}

fn clock() -> Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long an answer takes is what is tested"
    )]
    Instant::now()
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn everything_passes_and_is_counted() {
    let bench = Bench::new();
    assert_eq!(bench.put("a").expect("an answer").0, 200);
    for _ in 0..2 {
        assert_eq!(bench.get("a").expect("an answer").2["Item"], key("a"));
    }
    let secret = bench.get_secret().expect("an answer").2;
    assert_eq!(
        secret["SecretString"].as_str(),
        bench.moto.access_key().value(CURRENT).as_deref()
    );
    let calls = bench.proxy.calls();
    assert_eq!(
        calls.operations(),
        [("GetItem", 2), ("PutItem", 1), ("GetSecretValue", 1)]
    );
    assert_eq!((calls.total(), calls.disturbed()), (4, 0));
    assert_eq!(calls.of(Service::DynamoDb), 3);
    assert_eq!(calls.of(Service::SecretsManager), 1);
    assert_eq!(calls.operation("GetItem"), 2);
    assert_eq!(bench.proxy.calls().total(), 0, "counted from new");
    assert_eq!(bench.proxy.total(), 4);
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn refusals_are_worded_as_by_the_services_and_nothing_is_written() {
    let bench = Bench::new();
    for (fault, dynamodb, secretsmanager) in [
        (
            Fault::Throttled,
            (400, "ThrottlingException"),
            (400, "ThrottlingException"),
        ),
        (
            Fault::CapacityExceeded,
            (400, "ProvisionedThroughputExceededException"),
            (200, ""),
        ),
        (
            Fault::Conflict,
            (400, "TransactionConflictException"),
            (200, ""),
        ),
        (
            Fault::InternalError,
            (500, "InternalServerError"),
            (500, "InternalServiceError"),
        ),
        (
            Fault::AccessDenied,
            (400, "AccessDeniedException"),
            (400, "AccessDeniedException"),
        ),
        (
            Fault::Missing,
            (400, "ResourceNotFoundException"),
            (400, "ResourceNotFoundException"),
        ),
        (
            Fault::Skewed { seconds: 600 },
            (400, "InvalidSignatureException"),
            (400, "InvalidSignatureException"),
        ),
    ] {
        bench.proxy.inject(Rule::always(fault));
        let (status, name) = refused(bench.put("never"));
        assert_eq!((status, name.as_str()), dynamodb, "{fault:?}");
        let (status, name) = refused(bench.get_secret());
        assert_eq!((status, name.as_str()), secretsmanager, "{fault:?}");
        let passed = u64::from(secretsmanager.0 == 200);
        assert_eq!(bench.proxy.calls().disturbed(), 2 - passed, "{fault:?}");
        bench.proxy.heal();
    }
    assert_eq!(bench.written(), [""; 0]);
    assert_eq!(bench.put("now").expect("an answer").0, 200);
    assert_eq!(bench.written(), ["now"]);
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_transaction_is_canceled_with_a_reason_for_each_of_its_items() {
    let bench = Bench::new();
    for (fault, code) in [
        (Fault::Conflict, "TransactionConflict"),
        (Fault::TransactionThrottled, "ThrottlingError"),
    ] {
        bench.proxy.inject(Rule::times(1, fault));
        let read = bench.get("never").expect("an answer");
        assert_eq!(read.0, 200, "a single read conflicts with nothing");
        let (status, name, body) = bench
            .write("TransactWriteItems", "never")
            .expect("an answer");
        assert_eq!(
            (status, name.as_str()),
            (400, "TransactionCanceledException")
        );
        let reasons = body["CancellationReasons"].as_array().expect("reasons");
        let codes: Vec<&Value> = reasons.iter().map(|reason| &reason["Code"]).collect();
        assert_eq!(codes, [code, "None"]);
    }
    assert_eq!(bench.written(), [""; 0]);
    let done = bench.write("TransactWriteItems", "now").expect("an answer");
    assert_eq!(done.0, 200, "{done:?}");
    assert_eq!(bench.written(), ["now", "other"]);
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_lost_answer_is_to_a_call_that_was_carried_out() {
    let bench = Bench::new();
    bench.get("a").expect("a connection to keep");
    for operation in ["PutItem", "UpdateItem", "TransactWriteItems"] {
        bench
            .proxy
            .inject(Rule::times(1, Fault::Lost).operation(operation));
        let lost = bench.write(operation, operation);
        assert!(
            is_io(
                &lost,
                &[io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset]
            ),
            "{lost:?}"
        );
        assert!(
            bench.written().contains(&operation.to_owned()),
            "{operation}"
        );
        assert_eq!(bench.proxy.calls().operation(operation), 1);
        assert_eq!(bench.get("a").expect("an answer").0, 200, "others live on");
    }
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_slow_answer_is_held_back_until_its_time_or_until_all_is_well() {
    let bench = Bench::new();
    let time = Duration::from_millis(500);
    bench
        .proxy
        .inject(Rule::times(1, Fault::SlowFirstByte(time)));
    let start = clock();
    assert_eq!(bench.put("a").expect("an answer").0, 200);
    assert!(start.elapsed() >= time);

    let hour = Fault::SlowFirstByte(Duration::from_hours(1));
    bench.proxy.inject(Rule::always(hour));
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| bench.put("b"));
        wait_for_calls(&bench.proxy, 2);
        // Written while the answer is held back.
        while bench.written() != ["a", "b"] {
            std::thread::sleep(Duration::from_millis(10));
        }
        bench.proxy.heal();
        assert_eq!(slow.join().expect("no panic").expect("an answer").0, 200);
    });
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_stalled_call_is_never_answered_and_never_carried_out() {
    let bench = Bench::new();
    bench.proxy.inject(Rule::always(Fault::Stall));
    let impatient = agent(Duration::from_millis(500));
    let body = json!({"TableName": bench.moto.table(), "Item": key("a")});
    let start = clock();
    let answer = send(
        &impatient,
        bench.proxy.url(),
        "DynamoDB_20120810.PutItem",
        &body,
    );
    assert!(matches!(answer, Err(ureq::Error::Timeout(_))), "{answer:?}");
    assert!(start.elapsed() >= Duration::from_millis(500));

    std::thread::scope(|scope| {
        let stalled = scope.spawn(|| bench.put("b"));
        wait_for_calls(&bench.proxy, 2);
        bench.proxy.heal();
        let answer = stalled.join().expect("no panic");
        assert!(
            is_io(
                &answer,
                &[io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset]
            ),
            "{answer:?}"
        );
    });
    assert_eq!(bench.put("c").expect("an answer").0, 200);
    assert_eq!(bench.written(), ["c"]);
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_closed_port_refuses_and_opens_again_as_the_same() {
    let bench = Bench::new();
    let kept = bench.put("a").expect("an answer");
    assert_eq!(kept.0, 200);
    for round in 0..20 {
        bench.proxy.inject(Rule::always(Fault::Refused));
        for _ in 0..3 {
            let answer = bench.put("never");
            assert!(
                is_io(&answer, &[io::ErrorKind::ConnectionRefused]),
                "{round}: {answer:?}"
            );
        }
        // Twice is no more than once.
        bench.proxy.inject(Rule::always(Fault::Refused));
        bench.proxy.heal();
        bench.proxy.heal();
        let name = format!("b{round:02}");
        assert_eq!(bench.put(&name).expect("an answer").0, 200);
    }
    assert_eq!(bench.written().len(), 21);
    assert_eq!(bench.proxy.calls().operations(), [("PutItem", 21)]);
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_closed_port_cuts_off_who_is_waiting() {
    let bench = Bench::new();
    bench.proxy.inject(Rule::always(Fault::Stall));
    std::thread::scope(|scope| {
        let stalled = scope.spawn(|| bench.put("a"));
        wait_for_calls(&bench.proxy, 1);
        bench.proxy.inject(Rule::always(Fault::Refused));
        let answer = stalled.join().expect("no panic");
        assert!(
            is_io(
                &answer,
                &[io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset]
            ),
            "{answer:?}"
        );
    });
}

#[test]
#[should_panic(expected = "a closed port refuses everybody")]
fn a_port_cannot_be_closed_for_some() {
    let proxy = Proxy::start("http://127.0.0.1:1");
    proxy.inject(Rule::times(1, Fault::Refused));
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn rules_are_a_script() {
    let bench = Bench::new();
    let proxy = &bench.proxy;
    proxy.inject(Rule::times(2, Fault::Throttled).operation("PutItem"));
    proxy.inject(Rule::times(1, Fault::InternalError).operation("PutItem"));
    proxy.inject(Rule::always(Fault::AccessDenied).service(Service::SecretsManager));
    let statuses: Vec<(u16, String)> = (0..4).map(|_| refused(bench.put("a"))).collect();
    let expected = [
        (400, "ThrottlingException"),
        (400, "ThrottlingException"),
        (500, "InternalServerError"),
        (200, ""),
    ];
    assert_eq!(
        statuses,
        expected.map(|(status, name)| (status, name.to_owned()))
    );
    assert_eq!(bench.get("a").expect("an answer").0, 200);
    for _ in 0..2 {
        assert_eq!(refused(bench.get_secret()).1, "AccessDeniedException");
    }
    assert_eq!(proxy.calls().disturbed(), 5);
}

/// What an SDK does that measures the skew and signs again.
#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn a_client_that_reads_the_date_gets_over_skewed_clocks() {
    let bench = Bench::new();
    for seconds in [3600, -3600] {
        bench.proxy.inject(Rule::always(Fault::Skewed { seconds }));
        let send = |signed_at: &str| {
            let body = json!({"TableName": bench.moto.table(), "Key": key("a")});
            let request = Request::post(bench.proxy.url())
                .header("content-type", "application/x-amz-json-1.0")
                .header("x-amz-target", "DynamoDB_20120810.GetItem")
                .header("authorization", authorization("dynamodb"))
                .header("x-amz-date", signed_at)
                .body(body.to_string());
            let answer = bench
                .agent
                .run(request.expect("a request"))
                .expect("an answer");
            let date = answer.headers()["date"].to_str().expect("ASCII").to_owned();
            let date = httpdate::parse_http_date(&date).expect("a date");
            let date = humantime::format_rfc3339_seconds(date).to_string();
            (answer.status().as_u16(), date.replace(['-', ':'], ""))
        };
        let (status, theirs) = send("20200101T000000Z");
        assert_eq!(status, 400);
        let (status, again) = send(&theirs);
        assert_eq!(status, 200);
        assert!(again >= theirs, "{again} is on the same clock as {theirs}");
        bench.proxy.heal();
    }
}

#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn hundreds_of_connections_at_once_are_answered() {
    let bench = Bench::new();
    let start = clock();
    std::thread::scope(|scope| {
        for number in 0..300 {
            let bench = &bench;
            scope.spawn(move || {
                let body =
                    json!({"TableName": bench.moto.table(), "Item": key(&number.to_string())});
                let own = agent(Duration::from_mins(1));
                let answer = send(&own, bench.proxy.url(), "DynamoDB_20120810.PutItem", &body);
                assert_eq!(answer.expect("an answer").0, 200);
            });
        }
    });
    println!("300 at once: {:?}", start.elapsed());
    assert_eq!(bench.written().len(), 300);
}

/// Prints how much moto gets done, which is what limits every test on it.
#[test]
#[ignore = "needs TOLLGATE_MOTO"]
fn the_speed_of_moto() {
    let bench = Bench::new();
    bench.put("a").expect("an answer");
    for (way, url) in [("moto", bench.moto.url()), ("proxy", bench.proxy.url())] {
        for threads in [1, 16] {
            for operation in ["GetItem", "UpdateItem"] {
                let count = measure(&bench, url, threads, operation);
                println!("{way}, {threads} threads: {count:.0} {operation} a second");
            }
        }
    }
}

fn measure(bench: &Bench, url: &str, threads: u32, operation: &str) -> f64 {
    let each = 192 / threads;
    let start = clock();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let own = agent(Duration::from_mins(1));
                // GetItem reads no more of it than the key.
                let body = update(bench.moto.table(), "a");
                for _ in 0..each {
                    let target = format!("DynamoDB_20120810.{operation}");
                    let answer = send(&own, url, &target, &body).expect("an answer");
                    assert_eq!(answer.0, 200);
                }
            });
        }
    });
    f64::from(each * threads) / start.elapsed().as_secs_f64()
}

fn wait_for_calls(proxy: &Proxy, count: u64) {
    while proxy.total() < count {
        std::thread::sleep(Duration::from_millis(10));
    }
}
