//! The account and region that a process works in, and how long it waits for them.

use std::time::Duration;

pub use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_secretsmanager::config::{BehaviorVersion, StalledStreamProtectionConfig};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::{RetryConfig, SharedHttpClient, TimeoutConfig};

use crate::dynamodb::Collision;

/// One try, from the request to the whole answer. Both services answer in milliseconds; whoever has
/// not by then is asked again, on another connection.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(700);
/// All tries of one call, and the waits between them. A request makes at most five calls in a row,
/// so it ends before its function is stopped (15 s), and long before API Gateway gives up (29 s).
/// The exception is a log-in at an account whose attempts others count at the same moment: each of up
/// to seven more tries has then just been overtaken.
pub const CALL_TIMEOUT: Duration = Duration::from_millis(2_200);
/// How often a call is tried. Every one of them is safe to send twice.
pub const ATTEMPTS: u32 = 3;
/// The same for a call to a table, within the same time. Eight log-ins of one user at once are in
/// each other's way, and the last of them must still come in; what fails slowly is not tried so often.
pub const TABLE_ATTEMPTS: u32 = 8;

const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_millis(400);
const RETRY_QUOTA_PER_SECOND: f32 = 10.0;

/// Where the services are, and who asks them. Cheap to clone: clones share their connections.
#[derive(Clone, Debug)]
pub struct Account(SdkConfig);

impl Account {
    /// The account of `credentials`, in a region. `endpoint` replaces the services' own addresses:
    /// an emulator.
    #[must_use]
    pub fn new(region: String, credentials: Credentials, endpoint: Option<String>) -> Self {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client(endpoint.as_deref()))
            .sleep_impl(TokioSleep::new())
            .timeout_config(timeouts())
            .retry_config(retries())
            // Bodies are a few hundred bytes; the timeouts above are all that they need.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(endpoint);
        Self(config.build())
    }

    /// The same account for a person, who rather waits for a slow service than does not know how far
    /// a change came: up to a minute for each call.
    #[must_use]
    pub fn patient(self) -> Self {
        let config = self.0.into_builder();
        Self(config.timeout_config(patience()).build())
    }

    /// The name of the region.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.region().map_or("", |region| region.as_ref())
    }

    pub(crate) fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.0)
    }

    pub(crate) fn tables(&self) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.0)
            .retry_config(retries().with_max_attempts(TABLE_ATTEMPTS))
            .retry_partition(retry_quota())
            .retry_classifier(Collision);
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build()
}

/// For what no request waits for: a command of a person, or a call about many users.
pub(crate) fn patience() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_mins(1))
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_WAIT)
        .with_max_backoff(LONGEST_WAIT)
}

/// How many tries may be repeated before the SDK gives calls one try only: 50 that went unanswered,
/// or 100 that were throttled or collided. Its own quota comes back with calls that succeed, one for
/// five or ten of them; this one within a minute, also where few calls are made.
fn retry_quota() -> RetryPartition {
    let quota = TokenBucket::builder().refill_rate(RETRY_QUOTA_PER_SECOND);
    RetryPartition::custom("table")
        .token_bucket(quota.build())
        .build()
}

/// The one TLS stack. An emulator that speaks plain HTTP needs no certificates to be read.
fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    let client = aws_smithy_http_client::Builder::new();
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        return client.build_http();
    }
    client
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}
