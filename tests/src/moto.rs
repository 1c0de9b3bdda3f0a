//! AWS on this machine: moto, which `cargo xtask test` starts, with a table and two secrets of one
//! test.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use getrandom::SysRng;
use getrandom::rand_core::TryRng;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use crate::logs;

/// The region of everything in it.
pub const REGION: &str = "us-east-1";

/// The stage of the version of a secret that is in use.
pub const CURRENT: &str = "AWSCURRENT";
/// The stage of the version that was in use before.
pub const PREVIOUS: &str = "AWSPREVIOUS";
/// The stage of a version that is to be used next.
pub const PENDING: &str = "AWSPENDING";

/// A table and two secrets in moto, which nobody else uses. They are gone when it is dropped.
pub struct Moto {
    aws: Aws,
    table: String,
    access_key: Secret,
    refresh_key: Secret,
}

impl Moto {
    /// Makes a new table and two new secrets.
    #[must_use]
    pub fn new() -> Self {
        let aws = Aws::from_env();
        let name = unique_name();
        let moto = Self {
            access_key: Secret::create(aws.clone(), format!("{name}/access-key")),
            refresh_key: Secret::create(aws.clone(), format!("{name}/refresh-key")),
            table: name,
            aws,
        };
        moto.create_table();
        moto
    }

    /// Where moto is. Put a [`Proxy`](crate::proxy::Proxy) in front of it to break things.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.aws.url
    }

    /// The name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The secret that access tokens are signed with.
    #[must_use]
    pub fn access_key(&self) -> &Secret {
        &self.access_key
    }

    /// The secret that refresh tokens are signed with.
    #[must_use]
    pub fn refresh_key(&self) -> &Secret {
        &self.refresh_key
    }

    /// What a process needs to use the table and the secrets at `endpoint`, which is
    /// [`Self::url`] or the address of a proxy.
    #[must_use]
    pub fn environment(&self, endpoint: &str) -> Vec<(String, String)> {
        let secret = |secret: &Secret| format!("secretsmanager://{}", secret.name);
        [
            ("AWS_ENDPOINT_URL", endpoint.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("TOLLGATE_STORE", format!("dynamodb://{}", self.table)),
            ("TOLLGATE_ACCESS_KEY", secret(&self.access_key)),
            ("TOLLGATE_REFRESH_KEY", secret(&self.refresh_key)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Everything in the table, in DynamoDB's JSON.
    #[must_use]
    pub fn items(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let mut request = json!({"TableName": self.table, "ConsistentRead": true});
        loop {
            let mut page = self.dynamodb("Scan", &request);
            if let Value::Array(found) = page["Items"].take() {
                items.extend(found);
            }
            if page["LastEvaluatedKey"].is_null() {
                return items;
            }
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"].take();
        }
    }

    /// Puts these items there and nothing else: the table as it was, if they are what
    /// [`Self::items`] once said.
    pub fn restore(&self, items: &[Value]) {
        self.delete_table();
        self.create_table();
        for item in items {
            let _ = self.dynamodb("PutItem", &json!({"TableName": self.table, "Item": item}));
        }
    }

    /// The table is gone, until [`Self::restore`].
    pub fn delete_table(&self) {
        let _ = self.dynamodb("DeleteTable", &json!({"TableName": self.table}));
    }

    /// Calls DynamoDB, around any proxy.
    #[must_use]
    pub fn dynamodb(&self, operation: &str, request: &Value) -> Value {
        self.aws.dynamodb(operation, request)
    }

    /// Calls DynamoDB, around any proxy; a refusal is what it says.
    pub fn try_dynamodb(&self, operation: &str, request: &Value) -> Result<Value, String> {
        self.aws.call("dynamodb", operation, request)
    }

    /// As template.yaml has it.
    fn create_table(&self) {
        let _ = self.dynamodb(
            "CreateTable",
            &json!({
                "TableName": self.table,
                "AttributeDefinitions": [
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "BillingMode": "PAY_PER_REQUEST",
            }),
        );
        let expiry = json!({"AttributeName": "expires_at", "Enabled": true});
        let request = json!({"TableName": self.table, "TimeToLiveSpecification": expiry});
        let _ = self.dynamodb("UpdateTimeToLive", &request);
    }
}

impl Default for Moto {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // The test may have deleted it, and moto may be gone.
        let request = json!({"TableName": self.table});
        let _ = self.aws.call("dynamodb", "DeleteTable", &request);
        for secret in [&self.access_key, &self.refresh_key] {
            let request = json!({"SecretId": secret.name, "ForceDeleteWithoutRecovery": true});
            let _ = self.aws.call("secretsmanager", "DeleteSecret", &request);
        }
    }
}

/// A secret, seen from the side of whoever administers it.
pub struct Secret {
    aws: Aws,
    name: String,
}

impl Secret {
    fn create(aws: Aws, name: String) -> Self {
        let request = json!({
            "Name": name,
            "SecretString": secret_string(),
            "ClientRequestToken": version_id(),
        });
        let _ = aws.secretsmanager("CreateSecret", &request);
        Self { aws, name }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value at a stage, if there is one.
    #[must_use]
    pub fn value(&self, stage: &str) -> Option<String> {
        let request = json!({"SecretId": self.name, "VersionStage": stage});
        let answer = self.aws.call("secretsmanager", "GetSecretValue", &request);
        Some(answer.ok()?["SecretString"].as_str()?.to_owned())
    }

    /// The version at a stage, if there is one.
    #[must_use]
    pub fn version(&self, stage: &str) -> Option<String> {
        let request = json!({"SecretId": self.name});
        let answer = self.aws.secretsmanager("DescribeSecret", &request);
        let versions = answer["VersionIdsToStages"].as_object()?;
        let mut versions = versions.iter();
        let holds = |stages: &Value| {
            let mut stages = stages.as_array().into_iter().flatten();
            stages.any(|name| name == stage)
        };
        let (version, _) = versions.find(|(_, stages)| holds(stages))?;
        Some(version.clone())
    }

    /// Adds a version with this value at these stages, which other versions lose. Any value: an
    /// empty string is the only one that is refused.
    pub fn put(&self, value: &str, stages: &[&str]) {
        let request = json!({
            "SecretId": self.name,
            "SecretString": value,
            "VersionStages": stages,
            "ClientRequestToken": version_id(),
        });
        let _ = self.aws.secretsmanager("PutSecretValue", &request);
    }

    /// Adds a version that is not a string.
    pub fn put_binary(&self, stages: &[&str]) {
        let request = json!({
            "SecretId": self.name,
            "SecretBinary": "bm90IGEgc3RyaW5nLCBidXQgbG9uZyBlbm91Z2ggZm9yIGEga2V5",
            "VersionStages": stages,
            "ClientRequestToken": version_id(),
        });
        let _ = self.aws.secretsmanager("PutSecretValue", &request);
    }

    /// What Secrets Manager does when a rotation is due, before it calls the rotation function: a
    /// new version without a value, pending. Its id is the `ClientRequestToken` of the calls.
    #[must_use]
    pub fn request_rotation(&self) -> String {
        // moto takes AWSPENDING on the version that signs for a rotation under way; AWS does not.
        if self
            .version(PENDING)
            .is_some_and(|pending| Some(pending) == self.version(CURRENT))
        {
            self.remove_stage(PENDING);
        }
        let version = version_id();
        let request = json!({
            "SecretId": self.name,
            "ClientRequestToken": version,
            "RotationLambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:elsewhere",
            "RotationRules": {"AutomaticallyAfterDays": 30},
        });
        // moto looks for the function, which runs elsewhere, after all of this.
        let answer = self.aws.call("secretsmanager", "RotateSecret", &request);
        let refusal = answer.expect_err("the function is not in moto");
        assert!(refusal.contains("Resource not found"), "{refusal}");
        version
    }

    /// The steps of a rotation up to, and without, the last: a new value, pending.
    pub fn begin_rotation(&self) {
        self.put(&secret_string(), &[PENDING]);
    }

    /// The last step of a rotation: what is pending becomes current, what was current previous.
    pub fn finish_rotation(&self) {
        let pending = self.version(PENDING).expect("a rotation was begun");
        self.make_current(&pending);
        self.remove_stage(PENDING);
    }

    /// A whole rotation.
    pub fn rotate(&self) {
        self.begin_rotation();
        self.finish_rotation();
    }

    /// Moves AWSCURRENT; Secrets Manager moves AWSPREVIOUS by itself.
    pub fn make_current(&self, version: &str) {
        let current = self.version(CURRENT).expect("every secret has one");
        let request = json!({
            "SecretId": self.name,
            "VersionStage": CURRENT,
            "RemoveFromVersionId": current,
            "MoveToVersionId": version,
        });
        let _ = self
            .aws
            .secretsmanager("UpdateSecretVersionStage", &request);
    }

    /// AWSCURRENT goes back to the previous version: a stale secret.
    pub fn roll_back(&self) {
        let previous = self.version(PREVIOUS).expect("it was rotated");
        self.make_current(&previous);
    }

    /// Takes a stage from the version that has it; a version without one is deprecated and goes.
    pub fn remove_stage(&self, stage: &str) {
        let version = self.version(stage).expect("a version at this stage");
        let request = json!({
            "SecretId": self.name,
            "VersionStage": stage,
            "RemoveFromVersionId": version,
        });
        let _ = self
            .aws
            .secretsmanager("UpdateSecretVersionStage", &request);
    }

    /// The secret is gone, until [`Self::recreate`].
    pub fn delete(&self) {
        let request = json!({"SecretId": self.name, "ForceDeleteWithoutRecovery": true});
        let _ = self.aws.secretsmanager("DeleteSecret", &request);
    }

    /// The secret is there again, with a new value and no history.
    pub fn recreate(&self) {
        let _ = Self::create(self.aws.clone(), self.name.clone());
    }
}

/// A string as a vault generates it, 43 characters of 64 different ones: 258 bits. No log may
/// hold it.
#[must_use]
pub fn secret_string() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let secret: String = random::<43>()
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 63)]))
        .collect();
    logs::forbid([secret.as_str()]);
    secret
}

/// JSON over HTTP, as all of AWS speaks it that is needed here.
#[derive(Clone)]
struct Aws {
    agent: Agent,
    url: String,
}

impl Aws {
    fn from_env() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "where cargo xtask test says that moto is"
        )]
        let url = std::env::var("TOLLGATE_MOTO").expect("TOLLGATE_MOTO: run cargo xtask test");
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_mins(1)))
            .build()
            .new_agent();
        Self { agent, url }
    }

    fn dynamodb(&self, operation: &str, request: &Value) -> Value {
        self.call("dynamodb", operation, request)
            .unwrap_or_else(|refusal| unreachable!("{operation} {request}: {refusal}"))
    }

    /// The request is not printed: it may hold a secret.
    fn secretsmanager(&self, operation: &str, request: &Value) -> Value {
        self.call("secretsmanager", operation, request)
            .unwrap_or_else(|refusal| {
                unreachable!("{operation} {}: {refusal}", request["SecretId"])
            })
    }

    /// An answer, or a refusal.
    fn call(&self, service: &str, operation: &str, request: &Value) -> Result<Value, String> {
        let (api, version) = match service {
            "dynamodb" => ("DynamoDB_20120810", "1.0"),
            _ => ("secretsmanager", "1.1"),
        };
        let request = Request::post(&self.url)
            .header("content-type", format!("application/x-amz-json-{version}"))
            .header("x-amz-target", format!("{api}.{operation}"))
            .header("authorization", authorization(service))
            .body(request.to_string())
            .expect("a request");
        let answer = self.agent.run(request).map_err(|error| error.to_string());
        let (head, mut body) = answer?.into_parts();
        let text = body.read_to_string().map_err(|error| error.to_string())?;
        let value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if head.status.is_success() {
            Ok(value)
        } else {
            Err(format!("{}: {text}", head.status))
        }
    }
}

/// moto believes any signature; it only looks which service and region it is for.
#[must_use]
pub fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=0"
    )
}

/// No two tests, of whatever process, have the same.
fn unique_name() -> String {
    static NAMES: AtomicU64 = AtomicU64::new(1);
    let number = NAMES.fetch_add(1, Ordering::Relaxed);
    format!("tollgate-test-{}-{number}", hex(&random::<6>()))
}

/// Secrets Manager wants 32 to 64 characters.
fn version_id() -> String {
    hex(&random::<16>())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string grows");
        text
    })
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SysRng
        .try_fill_bytes(&mut bytes)
        .expect("the system has randomness");
    bytes
}
