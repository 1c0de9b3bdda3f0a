//! The faults, and what is expected of the functions that meet them.

use std::time::Duration;

use tollgate_core::key_source::{COOL_DOWN, SLEPT};
use tollgate_tests::proxy::{Fault, Service};

use crate::log::START_REFUSED;

/// What is behind the proxy, for whom a fault is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Table,
    Vault,
    Both,
}

impl Who {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table => "DynamoDB",
            Self::Vault => "Secrets Manager",
            Self::Both => "both",
        }
    }

    pub(crate) fn service(self) -> Option<Service> {
        match self {
            Self::Table => Some(Service::DynamoDb),
            Self::Vault => Some(Service::SecretsManager),
            Self::Both => None,
        }
    }
}

/// When a function meets a fault for the first time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// It has answered before.
    Warm,
    /// It has not started yet.
    Start,
}

impl When {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Start => "at the start",
        }
    }
}

/// What goes wrong.
#[derive(Clone, Copy)]
pub(crate) enum Trouble {
    /// Every call.
    Always(Fault),
    /// The first calls.
    Times(u64, Fault),
    /// The first call of each operation that writes.
    EachWriteOnce(Fault),
    /// Every call, and it goes on for so long that all keys are old.
    ForLong(Fault),
    /// The current version of the secrets is not fit to sign.
    TooShort,
    /// The current version of the secrets is not a string.
    Binary,
    /// The version before is the current one again.
    MovedBack,
}

/// One row.
pub(crate) struct Row {
    pub(crate) fault: &'static str,
    pub(crate) who: Who,
    pub(crate) when: When,
    pub(crate) trouble: Trouble,
    pub(crate) expected: Expected,
}

/// What must be seen, and logged, and how soon all must be well.
#[derive(Clone, Copy)]
pub(crate) struct Expected {
    /// The statuses of a log-in, a refresh, a log-out and an authorized request.
    pub(crate) statuses: [u16; 4],
    /// The status of a request with a token of a key that is newer than those that the functions
    /// know, if there is one.
    pub(crate) newer_key: Option<u16>,
    /// These events.
    pub(crate) logged: &'static [&'static str],
    /// After the fault is gone.
    pub(crate) well_within: Duration,
}

impl Expected {
    /// Where keys are not rotated.
    const fn without_newer_key(self) -> Self {
        Self {
            newer_key: None,
            ..self
        }
    }
}

/// For a request, and for a machine that has much to do.
const AT_ONCE: Duration = Duration::from_secs(3);
/// What a start takes, in a build that is not optimised.
const A_START: Duration = Duration::from_secs(6);

const UNNOTICED: Expected = Expected {
    statuses: [200, 200, 204, 200],
    newer_key: Some(200),
    logged: &[],
    well_within: AT_ONCE,
};
/// Another key signs meanwhile, and that is heard.
const UNNOTICED_WHILE_KEYS_CHANGE: Expected = Expected {
    logged: &["keys.changed"],
    ..UNNOTICED
};
/// Nobody logs in, and whoever has a token works on.
const NO_TABLE: Expected = Expected {
    statuses: [503, 503, 503, 200],
    newer_key: None,
    logged: &["store.failed"],
    well_within: AT_ONCE,
};
/// The keys of before serve on.
const NO_VAULT: Expected = Expected {
    newer_key: Some(503),
    logged: &["keys.unavailable"],
    well_within: COOL_DOWN.saturating_add(AT_ONCE),
    ..UNNOTICED
};
/// Whoever has a token works on.
const NEITHER: Expected = Expected {
    statuses: NO_TABLE.statuses,
    logged: &["keys.unavailable", "store.failed"],
    ..NO_VAULT
};
/// The authorizer has no table, and starts.
const NO_START: Expected = Expected {
    statuses: [502, 502, 502, 200],
    newer_key: None,
    logged: &[START_REFUSED],
    well_within: A_START,
};
const NO_START_AT_ALL: Expected = Expected {
    statuses: [502, 502, 502, 503],
    newer_key: Some(503),
    ..NO_START
};

/// The greatest age of keys in the rows that are about their age: the shortest setting.
pub(crate) const KEY_MAX_AGE: Duration = Duration::from_secs(1);
/// Keys of this age are renewed before they are used.
pub(crate) const LONG: Duration = Duration::from_secs(KEY_MAX_AGE.as_secs() * SLEPT as u64);

const SLOW: Fault = Fault::SlowFirstByte(Duration::from_millis(400));
const TOO_SLOW: Fault = Fault::SlowFirstByte(Duration::from_millis(1_500));

/// The whole matrix.
pub(crate) fn rows() -> Vec<Row> {
    [table(), vault(), both()].into_iter().flatten().collect()
}

fn table() -> Vec<Row> {
    use Trouble::{Always, EachWriteOnce, Times};
    let warm = |fault, trouble, expected| row(fault, Who::Table, When::Warm, trouble, expected);
    let start = |fault, trouble, expected| row(fault, Who::Table, When::Start, trouble, expected);
    let unnoticed = UNNOTICED.without_newer_key();
    let replayed = Expected {
        logged: &["refresh.replayed"],
        ..unnoticed
    };
    let no_login = Expected {
        statuses: [503, 200, 204, 200],
        ..NO_TABLE
    };
    vec![
        warm(
            "throttling, three calls",
            Times(3, Fault::Throttled),
            unnoticed,
        ),
        warm("throttling", Always(Fault::Throttled), NO_TABLE),
        warm(
            "capacity exceeded",
            Always(Fault::CapacityExceeded),
            NO_TABLE,
        ),
        warm(
            "transactions throttled",
            Always(Fault::TransactionThrottled),
            no_login,
        ),
        warm("500", Always(Fault::InternalError), NO_TABLE),
        warm("stall", Always(Fault::Stall), NO_TABLE),
        warm(
            "reply lost after commit, once",
            EachWriteOnce(Fault::Lost),
            replayed,
        ),
        warm("reply lost after commit", Always(Fault::Lost), NO_TABLE),
        warm("slow first byte, 0.4 s", Always(SLOW), unnoticed),
        warm("slow first byte, 1.5 s", Always(TOO_SLOW), NO_TABLE),
        warm("table missing", Always(Fault::Missing), NO_TABLE),
        warm("permission denied", Always(Fault::AccessDenied), NO_TABLE),
        start("throttling", Always(Fault::Throttled), NO_TABLE),
        start("500", Always(Fault::InternalError), NO_TABLE),
        start("stall", Always(Fault::Stall), NO_TABLE),
        start("reply lost after commit", Always(Fault::Lost), NO_TABLE),
        start("slow first byte, 1.5 s", Always(TOO_SLOW), NO_TABLE),
        start("table missing", Always(Fault::Missing), NO_START),
        start("permission denied", Always(Fault::AccessDenied), NO_START),
    ]
}

fn vault() -> Vec<Row> {
    use Trouble::{Always, Binary, ForLong, MovedBack, Times, TooShort};
    let warm = |fault, trouble, expected| row(fault, Who::Vault, When::Warm, trouble, expected);
    let start = |fault, trouble, expected| row(fault, Who::Vault, When::Start, trouble, expected);
    // Secrets are broken by hand, and nobody rotates them then.
    let kept = NO_VAULT.without_newer_key();
    let moved = UNNOTICED_WHILE_KEYS_CHANGE.without_newer_key();
    let moved_before = UNNOTICED.without_newer_key();
    let broken = NO_START_AT_ALL.without_newer_key();
    vec![
        warm("throttling", Always(Fault::Throttled), NO_VAULT),
        warm("500", Always(Fault::InternalError), NO_VAULT),
        warm("stall", Always(Fault::Stall), NO_VAULT),
        warm("reply lost", Always(Fault::Lost), NO_VAULT),
        warm(
            "slow first byte, 0.4 s",
            Always(SLOW),
            UNNOTICED_WHILE_KEYS_CHANGE,
        ),
        warm("slow first byte, 1.5 s", Always(TOO_SLOW), NO_VAULT),
        warm("secret missing", Always(Fault::Missing), NO_VAULT),
        warm("permission denied", Always(Fault::AccessDenied), NO_VAULT),
        warm(
            "stale secret: no answer for long",
            ForLong(Fault::Stall),
            NO_VAULT,
        ),
        warm("stale secret: moved back", MovedBack, moved),
        warm("malformed secret: too short", TooShort, kept),
        warm("malformed secret: binary", Binary, kept),
        start(
            "throttling, two calls",
            Times(2, Fault::Throttled),
            UNNOTICED,
        ),
        start("throttling", Always(Fault::Throttled), NO_START_AT_ALL),
        start("500", Always(Fault::InternalError), NO_START_AT_ALL),
        start("stall", Always(Fault::Stall), NO_START_AT_ALL),
        start("reply lost", Always(Fault::Lost), NO_START_AT_ALL),
        start("slow first byte, 0.4 s", Always(SLOW), UNNOTICED),
        start("slow first byte, 1.5 s", Always(TOO_SLOW), NO_START_AT_ALL),
        start("secret missing", Always(Fault::Missing), NO_START_AT_ALL),
        start(
            "permission denied",
            Always(Fault::AccessDenied),
            NO_START_AT_ALL,
        ),
        start("stale secret: moved back", MovedBack, moved_before),
        start("malformed secret: too short", TooShort, broken),
        start("malformed secret: binary", Binary, broken),
    ]
}

fn both() -> Vec<Row> {
    use Trouble::Always;
    let ahead = Always(Fault::Skewed { seconds: 600 });
    let behind = Always(Fault::Skewed { seconds: -600 });
    let warm = |fault, trouble, expected| row(fault, Who::Both, When::Warm, trouble, expected);
    let start = |fault, trouble, expected| row(fault, Who::Both, When::Start, trouble, expected);
    vec![
        warm("connection refused", Always(Fault::Refused), NEITHER),
        warm(
            "clock skew, 10 min ahead",
            ahead,
            UNNOTICED_WHILE_KEYS_CHANGE,
        ),
        warm(
            "clock skew, 10 min behind",
            behind,
            UNNOTICED_WHILE_KEYS_CHANGE,
        ),
        start(
            "connection refused",
            Always(Fault::Refused),
            NO_START_AT_ALL,
        ),
        start("clock skew, 10 min ahead", ahead, UNNOTICED),
        start("clock skew, 10 min behind", behind, UNNOTICED),
    ]
}

fn row(fault: &'static str, who: Who, when: When, trouble: Trouble, expected: Expected) -> Row {
    Row {
        fault,
        who,
        when,
        trouble,
        expected,
    }
}
