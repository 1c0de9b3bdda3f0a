//! Every sample event of `events/` and every fixture of `../shared/events`, against the real
//! handlers. What each sample should bring is the table in `events/README.md`.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use tollgate_tests::client::Answer;
use tollgate_tests::events::{Scene, changed, http_answer, in_repository, names, on_disk};

const FUNCTIONS: [&str; 5] = ["login", "refresh", "logout", "protected-api", "authorizer"];
/// Called by Secrets Manager, so its events are replayed where that is: `rotate_keys.rs`.
const ROTATION: &str = "rotate-keys";
/// One valid event of each form that authorizers are asked in.
const FORMS: [&str; 3] = [
    "authorizer-token-valid",
    "authorizer-request-valid",
    "authorizer-http-valid",
];
/// Where the fixtures are that nobody here wrote, and how many.
const FIXTURES: [&str; 2] = [
    "../shared/events/lambda-events",
    "../shared/events/lambda-http",
];
const FIXTURE_COUNT: usize = 38;

/// A row of the table: an event, who gets it, and what comes back.
struct Row {
    event: String,
    function: String,
    outcome: String,
}

/// The events that API Gateway sends.
fn table() -> Vec<Row> {
    let mut rows = every_row();
    rows.retain(|row| row.function != ROTATION);
    rows
}

fn every_row() -> Vec<Row> {
    let readme = fs::read_to_string(in_repository("events/README.md")).expect("the table");
    let rows = readme.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let ["", event, function, outcome, _, ""] = cells[..] else {
            return None;
        };
        let event = event.strip_prefix('`')?.strip_suffix('`')?;
        Some(Row {
            event: event.to_owned(),
            function: function.to_owned(),
            outcome: outcome.to_owned(),
        })
    });
    rows.collect()
}

#[test]
fn every_event_has_a_row_and_every_row_an_event() {
    let rows = every_row();
    let listed: BTreeSet<_> = rows.iter().map(|row| row.event.clone()).collect();
    assert_eq!(rows.len(), listed.len(), "two rows for one event");
    assert_eq!(listed, names(&in_repository("events")));
    for row in rows {
        assert!(
            FUNCTIONS.contains(&row.function.as_str()) || row.function == ROTATION,
            "{}: there is no function {}",
            row.event,
            row.function
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_brings_what_the_table_says() {
    let mut scene = Scene::start().await;
    for row in table() {
        // Refreshing and logging out change what the next one meets.
        if matches!(row.function.as_str(), "refresh" | "logout") {
            scene = Scene::start().await;
        }
        let event = scene.fill(&on_disk(&in_repository("events"), &row.event));
        let answer = scene.invoke(&row.function, event.clone()).await;
        let answer = answer.expect(&row.event);
        let outcome = match row.function.as_str() {
            "authorizer" => decision(&row.event, &event, &answer),
            _ => http_outcome(&row.event, &http_answer(&answer)),
        };
        assert_eq!(outcome, row.outcome, "{}", row.event);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_the_same_are_the_same_to_the_letter() {
    let scene = Scene::start().await;
    for (function, one, other) in [
        ("login", "login-wrong-password", "login-unknown-user"),
        ("logout", "logout-again", "logout-forged"),
    ] {
        let answer = async |name: &str| {
            let event = scene.fill(&on_disk(&in_repository("events"), name));
            scene.invoke(function, event).await.expect(name)
        };
        assert_eq!(answer(one).await, answer(other).await, "{one}, {other}");
    }
    let retried = on_disk(&in_repository("events"), "refresh-retried");
    let mut successors = BTreeSet::new();
    for _ in 0..3 {
        let answer = scene.invoke("refresh", scene.fill(&retried)).await;
        let answer = http_answer(&answer.expect("an answer"));
        successors.insert(answer.text("refresh_token").to_owned());
    }
    assert_eq!(
        successors.len(),
        1,
        "one successor, however often it is asked for"
    );
}

/// The answer in the words of the table, if it keeps the contract of HTTP functions.
fn http_outcome(name: &str, answer: &Answer) -> String {
    assert_eq!(answer.cache_control.as_deref(), Some("no-store"), "{name}");
    let text = |field: &str| answer.body[field].as_str();
    // RFC 6750, section 3.1: no error code for what was no bad Bearer token.
    let challenge = match (answer.status, text("error")) {
        (401, Some("invalid_token")) => Some(r#"Bearer realm="tollgate", error="invalid_token""#),
        (401, _) => Some(r#"Bearer realm="tollgate""#),
        (403, Some("cross_site_request")) => None,
        (403, _) => {
            Some(r#"Bearer realm="tollgate", error="insufficient_scope", scope="reports:read""#)
        }
        _ => None,
    };
    assert_eq!(answer.challenge.as_deref(), challenge, "{name}");
    match answer.status {
        200 => {
            assert_eq!(text("error"), None, "{name}");
            let asks_for_cookie = name.contains("-cookie");
            assert_eq!(answer.set_cookie.is_some(), asks_for_cookie, "{name}");
            "200".to_owned()
        }
        204 => {
            assert_eq!(answer.body, Value::Null, "{name}");
            "204".to_owned()
        }
        status => {
            let description = text("error_description").expect(name);
            assert!(description.ends_with('.'), "{name}: {description}");
            let words = [text("error"), text("reason")];
            let words = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
            format!("{status} {words}")
        }
    }
}

/// The decision in the words of the table, if it has the form that API Gateway understands.
fn decision(name: &str, event: &Value, answer: &Value) -> String {
    let allowed = match &answer["isAuthorized"] {
        Value::Bool(allowed) => {
            assert_eq!(event["version"], "2.0", "{name}");
            assert_eq!(answer.get("policyDocument"), None, "{name}");
            *allowed
        }
        _ => policy_allows(name, event, answer),
    };
    let context = answer["context"].as_object().expect(name);
    assert!(
        context.values().all(|it| it.is_string() || it.is_number()),
        "{name}: API Gateway passes on nothing else"
    );
    let has = |fields: &[&str]| context.keys().eq(fields);
    if allowed {
        assert!(
            has(&["email", "exp", "iss", "scope", "sid", "sub"]),
            "{name}"
        );
        "allow".to_owned()
    } else {
        assert!(has(&["error_description", "reason"]), "{name}");
        format!("deny {}", context["reason"].as_str().expect(name))
    }
}

/// Whether the policy allows; either way it is for the whole stage, and nothing more.
fn policy_allows(name: &str, event: &Value, answer: &Value) -> bool {
    assert_ne!(event["version"], "2.0", "{name}");
    let arn = event["methodArn"].as_str().expect(name);
    let [api, stage, ..] = arn.split('/').collect::<Vec<_>>()[..] else {
        unreachable!("{name}: an ARN has a stage")
    };
    let statement = &answer["policyDocument"]["Statement"];
    let (effect, principal) = match statement[0]["Effect"].as_str() {
        Some("Allow") => ("Allow", answer["context"]["sub"].as_str().expect(name)),
        _ => ("Deny", "anonymous"),
    };
    let resource = match stage {
        "*" => "*".to_owned(),
        stage => format!("{api}/{stage}/*"),
    };
    assert!(effect == "Deny" || resource != "*", "{name}: too far");
    let expected = json!({
        "Version": "2012-10-17",
        "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}],
    });
    assert_eq!(answer["policyDocument"], expected, "{name}");
    assert_eq!(answer["principalId"], principal, "{name}");
    effect == "Allow"
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_with_its_placeholders_lets_nobody_in() {
    let scene = Scene::start().await;
    for row in table() {
        let event: Value =
            serde_json::from_str(&on_disk(&in_repository("events"), &row.event)).expect("JSON");
        let answer = scene.invoke(&row.function, event.clone()).await;
        let answer = answer.expect(&row.event);
        let status = || http_answer(&answer).status;
        match row.function.as_str() {
            "authorizer" => assert_ne!(decision(&row.event, &event, &answer), "allow"),
            "refresh" | "protected-api" => assert!((400..500).contains(&status()), "{}", row.event),
            _ => assert!(status() < 500, "{}", row.event),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_any_byte_changed_is_denied_in_every_form() {
    let scene = Scene::start().await;
    let token = scene.value("{{access_token}}");
    for name in FORMS {
        let event = scene
            .fill(&on_disk(&in_repository("events"), name))
            .to_string();
        let decide = async |token_sent: &str| {
            let event: Value = serde_json::from_str(&event.replace(token, token_sent)).expect(name);
            let answer = scene.invoke("authorizer", event.clone()).await.expect(name);
            decision(name, &event, &answer)
        };
        assert_eq!(decide(token).await, "allow", "{name}");
        for at in 0..token.len() {
            let decision = decide(&changed(token, at)).await;
            assert!(
                decision.starts_with("deny "),
                "{name}: byte {at}: {decision}"
            );
        }
        for other in [&token[1..], &token[..token.len() - 1], &format!("{token}A")] {
            assert!(
                decide(other).await.starts_with("deny "),
                "{name}: another length"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fixture_gets_an_answer_from_every_function() {
    let scene = Scene::start().await;
    let folders = FIXTURES.map(in_repository);
    let count: usize = folders.iter().map(|folder| names(folder).len()).sum();
    if count == 0 {
        println!("skipped: the {FIXTURE_COUNT} fixtures of ../shared/events are not here");
        return;
    }
    assert_eq!(count, FIXTURE_COUNT);
    for fixtures in folders {
        let names = names(&fixtures);
        for (name, function) in names.iter().flat_map(|name| FUNCTIONS.map(|it| (name, it))) {
            let event: Value = serde_json::from_str(&on_disk(&fixtures, name)).expect("JSON");
            let answer = scene.invoke(function, event).await;
            let answer = answer.unwrap_or_else(|error| unreachable!("{function}: {name}: {error}"));
            if function == "authorizer" {
                assert_denied(name, &answer);
                continue;
            }
            let answer = http_answer(&answer);
            assert!((400..500).contains(&answer.status), "{function}: {name}");
            http_outcome(name, &answer);
        }
    }
}

/// No fixture has a token of ours, whatever form it has.
fn assert_denied(name: &str, answer: &Value) {
    let effect = &answer["policyDocument"]["Statement"][0]["Effect"];
    let denied = [effect == "Deny", answer["isAuthorized"] == false];
    assert!(denied.contains(&true), "{name}: {answer}");
    assert!(
        effect != "Allow" && answer["isAuthorized"] != true,
        "{name}: {answer}"
    );
    assert!(answer["context"]["reason"].is_string(), "{name}: {answer}");
}
