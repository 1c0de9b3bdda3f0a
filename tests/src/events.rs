//! The sample events of `events/`, made current: their placeholders become tokens that the functions
//! themselves issued.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tollgate_gateway::{Invoke, InvokeError};

use crate::client::Answer;
use crate::functions::Fixture;

/// Longer than an unused session lives, so also than an access token.
const IDLE: Duration = Duration::from_hours(8 * 24);
/// Longer than a refresh token may be presented again.
const PAST_GRACE: Duration = Duration::from_secs(11);
/// How long an access token is good.
const ACCESS_TTL: i64 = 900;
/// How far clocks may differ: an identity is over this long after it expired, not before.
const LEEWAY: i64 = 5;

/// A file or folder of the repository.
#[must_use]
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The names of the JSON files in a folder, without `.json`; none if there is no such folder.
#[must_use]
pub fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let json = paths.filter(|path| path.extension().is_some_and(|it| it == "json"));
    json.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect()
}

/// The text of an event as it lies on disk.
#[must_use]
pub fn on_disk(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(format!("{name}.json"))).expect("a file that can be read")
}

/// The functions after some history, and the tokens which that history left.
pub struct Scene {
    /// The functions, their store and their clock.
    pub fixture: Fixture,
    /// From a placeholder to what stands for it now. Not printable: these are tokens.
    values: Vec<(&'static str, String)>,
}

impl Scene {
    /// Plays the history: sessions that are idle, over, refreshed long ago, refreshed just now, and
    /// live.
    pub async fn start() -> Self {
        let mut scene = Self {
            fixture: Fixture::start().await,
            values: vec![],
        };
        let idle = scene.log_in().await;
        scene.fixture.pass(IDLE);
        let revoked = scene.log_in().await;
        scene.end("logout", &revoked).await;
        let used = scene.log_in().await;
        scene.end("refresh", &used).await;
        scene.fixture.pass(PAST_GRACE);
        let just_used = scene.log_in().await;
        scene.end("refresh", &just_used).await;
        let live = scene.log_in().await;

        let access = |session: &Answer| session.text("access_token").to_owned();
        let refresh = |session: &Answer| session.text("refresh_token").to_owned();
        let now = scene.fixture.now().as_unix();
        let (end, past) = ((now + ACCESS_TTL).to_string(), (now - LEEWAY).to_string());
        scene.values = vec![
            ("{{access_token}}", access(&live)),
            ("{{other_access_token}}", access(&just_used)),
            ("{{expired_access_token}}", access(&idle)),
            (
                "{{forged_access_token}}",
                resigned(live.text("access_token"), just_used.text("access_token")),
            ),
            ("{{refresh_token}}", refresh(&live)),
            ("{{just_used_refresh_token}}", refresh(&just_used)),
            ("{{used_refresh_token}}", refresh(&used)),
            ("{{idle_refresh_token}}", refresh(&idle)),
            ("{{revoked_refresh_token}}", refresh(&revoked)),
            (
                "{{forged_refresh_token}}",
                changed(live.text("refresh_token"), 40),
            ),
            ("\"{{expires_at_number}}\"", end.clone()),
            ("\"{{expired_at_number}}\"", past.clone()),
            ("{{expires_at}}", end),
            ("{{expired_at}}", past),
        ];
        scene
    }

    /// What stands for a placeholder.
    #[must_use]
    pub fn value(&self, placeholder: &str) -> &str {
        let mut values = self.values.iter();
        let found = values.find(|(name, _)| *name == placeholder);
        &found.expect("a placeholder of events/README.md").1
    }

    /// The event in `text` with every placeholder replaced.
    #[must_use]
    pub fn fill(&self, text: &str) -> Value {
        let mut filled = text.to_owned();
        for (placeholder, value) in &self.values {
            filled = filled.replace(placeholder, value);
        }
        assert!(!filled.contains("{{"), "a placeholder nobody knows: {text}");
        serde_json::from_str(&filled).expect("JSON")
    }

    /// Calls a function.
    pub async fn invoke(&self, function: &str, event: Value) -> Result<Value, InvokeError> {
        self.fixture.functions.invoke(function, event).await
    }

    async fn log_in(&self) -> Answer {
        self.replay("login", "login-good", "").await
    }

    async fn end(&self, function: &str, session: &Answer) {
        let token = session.text("refresh_token");
        self.replay(function, &format!("{function}-good"), token)
            .await;
    }

    async fn replay(&self, function: &str, event: &str, token: &str) -> Answer {
        let event = on_disk(&in_repository("events"), event).replace("{{refresh_token}}", token);
        let event = serde_json::from_str(&event).expect("JSON");
        let answer = self.invoke(function, event).await.expect("an answer");
        let answer = http_answer(&answer);
        assert!(answer.status < 300, "{function}: {}", answer.status);
        answer
    }
}

/// The answer of an HTTP function, in the form of either kind of API.
#[must_use]
pub fn http_answer(answer: &Value) -> Answer {
    let header = |name: &str| {
        let (several, one) = (&answer["multiValueHeaders"], &answer["headers"]);
        let value = several[name][0].as_str().or(one[name].as_str())?;
        Some(value.to_owned())
    };
    let text = answer["body"].as_str().unwrap_or_default();
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(text).expect("JSON")
    };
    Answer {
        status: serde_json::from_value(answer["statusCode"].clone()).expect("a status"),
        challenge: header("www-authenticate"),
        retry_after: header("retry-after").map(|it| it.parse().expect("seconds")),
        cache_control: header("cache-control"),
        // To an HTTP API cookies are no header.
        set_cookie: header("set-cookie")
            .or_else(|| Some(answer["cookies"][0].as_str()?.to_owned())),
        body,
    }
}

/// The claims of one token under the signature of another.
fn resigned(claims: &str, signature: &str) -> String {
    let (claims, _) = claims.rsplit_once('.').expect("three parts");
    let (_, signature) = signature.rsplit_once('.').expect("three parts");
    format!("{claims}.{signature}")
}

/// `text` with another character at one place, of those that base64url has.
#[must_use]
pub fn changed(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let byte = bytes.get_mut(at).expect("a place in the text");
    *byte = if *byte == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("ASCII")
}

/// A refresh, as API Gateway hands it to the function.
#[must_use]
pub fn refresh_event(token: &str) -> Value {
    json!({
        "resource": "/auth/refresh",
        "path": "/auth/refresh",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Content-Type": ["application/json"]},
        "requestContext": {"httpMethod": "POST", "stage": "v1"},
        "body": json!({"refresh_token": token}).to_string(),
        "isBase64Encoded": false,
    })
}

/// A request for an answer of the authorizer, as a TOKEN authorizer gets it.
#[must_use]
pub fn authorizer_event(token: &str) -> Value {
    json!({
        "type": "TOKEN",
        "authorizationToken": format!("Bearer {token}"),
        "methodArn": "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/v1/GET/me",
    })
}
