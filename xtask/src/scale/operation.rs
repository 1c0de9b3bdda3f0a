//! What one log-in, refresh, log-out and authorized request take: units of the table, and time in
//! Lambda.
//!
//! The calls are those of `crates/aws/src/dynamodb`, whose items are all under 1 KB. A consistent
//! read is one unit and an eventually consistent one half a unit, also if there is no such item. A
//! write is one unit, also if its condition fails; each item of a transaction is two, also one that
//! is only checked.

use super::price;

/// Milliseconds that Argon2id takes. Measured: 41 on an x86 core of 2.6 GHz, nobody else at work.
/// Assumed: half as long again on what Lambda calls a vCPU, which is 1,769 MB of memory.
const HASH: f64 = 60.0;
/// Milliseconds of CPU that an invocation takes without calls: measured in the authorizer.
const INVOCATION: f64 = 0.2;
/// Milliseconds of CPU that a call of the table takes: measured in a refresh, which makes two.
const CALL: f64 = 0.7;
/// MB for which Lambda gives one vCPU, and less of one for less.
const ONE_VCPU: f64 = 1_769.0;
/// Milliseconds of one round trip to the table: assumed.
const ROUND_TRIP: f64 = 5.0;

/// How many invocations start a sandbox: assumed. AWS speaks of fewer than one in a hundred.
const START_SHARE: f64 = 0.01;
/// Billed milliseconds of a start, with two TLS connections, the keys, and a look at the table:
/// assumed.
const START: f64 = 150.0;

/// Bytes that an invocation logs: Lambda's own lines, an event, and the metrics.
pub(super) const FUNCTION_LOG_BYTES: f64 = 1_000.0;
/// Bytes that API Gateway logs for a request.
pub(super) const ACCESS_LOG_BYTES: f64 = 400.0;

/// How many versions of a secret are read at a time: current, previous, pending.
pub(super) const STAGES: f64 = 3.0;

/// A function as template.yaml deploys it.
pub(super) struct Function {
    pub(super) name: &'static str,
    /// MB.
    pub(super) memory: f64,
    /// How many secrets it reads at the start, and once a minute while it is used.
    pub(super) secrets: f64,
    /// Write units of the look at the table when it starts.
    probe: f64,
}

pub(super) static LOGIN: Function = Function {
    name: "login",
    memory: ONE_VCPU,
    secrets: 2.0,
    probe: 1.0,
};
pub(super) static REFRESH: Function = Function {
    name: "refresh",
    memory: 256.0,
    secrets: 2.0,
    probe: 1.0,
};
pub(super) static LOGOUT: Function = Function {
    name: "logout",
    memory: 256.0,
    secrets: 1.0,
    probe: 1.0,
};
pub(super) static AUTHORIZER: Function = Function {
    name: "authorizer",
    memory: 256.0,
    secrets: 1.0,
    probe: 0.0,
};
pub(super) static PROTECTED_API: Function = Function {
    name: "protected-api",
    memory: 256.0,
    secrets: 0.0,
    probe: 0.0,
};

impl Function {
    /// All of them that answer requests.
    pub(super) fn all() -> [&'static Self; 5] {
        [&LOGIN, &REFRESH, &LOGOUT, &AUTHORIZER, &PROTECTED_API]
    }

    /// Dollars for so many milliseconds.
    fn running(&self, milliseconds: f64) -> f64 {
        milliseconds / 1_000.0 * self.memory / 1_024.0 * price::GB_SECOND
    }
}

/// Something that happens, and what it takes.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) function: &'static Function,
    /// Read units.
    pub(super) reads: f64,
    /// Write units.
    pub(super) writes: f64,
    /// Calls of the table.
    pub(super) calls: f64,
    /// Milliseconds of hashing.
    hash: f64,
    /// How often it waits for the table. What is asked at once is one wait, and a transaction, which
    /// has two phases, is two.
    waits: f64,
    /// Requests to API Gateway: none for the authorizer, which API Gateway calls itself.
    pub(super) requests: f64,
}

impl Operation {
    /// Milliseconds in Lambda, which charges for whole ones.
    pub(super) fn milliseconds(&self) -> f64 {
        let work = self.hash + INVOCATION + self.calls * CALL;
        (work * ONE_VCPU / self.function.memory + self.waits * ROUND_TRIP).ceil()
    }

    /// Dollars for its units.
    pub(super) fn table(&self) -> f64 {
        self.reads * price::READ_UNIT + self.writes * price::WRITE_UNIT
    }

    /// Dollars for its time in Lambda.
    pub(super) fn lambda(&self) -> f64 {
        price::INVOCATION + self.function.running(self.milliseconds())
    }

    /// Dollars for its share of a start.
    pub(super) fn start(&self) -> f64 {
        let function = self.function;
        let keys = function.secrets * STAGES * price::SECRET_CALL;
        let look = function.probe * price::WRITE_UNIT;
        START_SHARE * (function.running(START) + keys + look)
    }

    /// Dollars at the price of the first ones, for its request.
    pub(super) fn gateway(&self) -> f64 {
        price::API_REQUEST.of(self.requests)
    }

    /// Dollars at the price of the first ones, for what is logged.
    pub(super) fn logs(&self) -> f64 {
        let own = price::FUNCTION_LOG_GB.of(FUNCTION_LOG_BYTES / 1e9);
        own + self.requests * ACCESS_LOG_BYTES / 1e9 * price::ACCESS_LOG_GB
    }

    /// Dollars at the price of the first ones, for all of it.
    pub(super) fn dollars(&self) -> f64 {
        self.table() + self.lambda() + self.start() + self.gateway() + self.logs()
    }
}

/// What is read before the hash: the address, two counts at half the price, the user.
const LOGIN_READS: f64 = 1.0 + 2.0 * 0.5 + 1.0;
/// The attempt is counted.
const COUNTED: f64 = 1.0;
/// The transaction: the user is checked, and the family put.
const OPENED: f64 = 2.0 + 2.0;
/// The network is remembered.
const REMEMBERED: f64 = 1.0;
/// The count of the account is removed.
const FORGIVEN: f64 = 1.0;

pub(super) static LOG_IN: Operation = Operation {
    name: "log-in from a new network",
    function: &LOGIN,
    reads: LOGIN_READS,
    writes: COUNTED + OPENED + REMEMBERED + FORGIVEN,
    calls: 8.0,
    hash: HASH,
    waits: 4.0,
    requests: 1.0,
};
pub(super) static LOG_IN_KNOWN: Operation = Operation {
    name: "log-in from a known network",
    calls: 7.0,
    writes: COUNTED + OPENED + REMEMBERED,
    ..LOG_IN
};
pub(super) static WRONG_PASSWORD: Operation = Operation {
    name: "wrong password",
    writes: COUNTED,
    calls: 5.0,
    waits: 2.0,
    ..LOG_IN
};
pub(super) static TOO_EARLY: Operation = Operation {
    name: "guess that comes too early (429)",
    reads: LOGIN_READS - 1.0,
    writes: 0.0,
    calls: 3.0,
    hash: 0.0,
    waits: 1.0,
    ..LOG_IN
};
pub(super) static REFRESHED: Operation = Operation {
    name: "refresh, also the same again",
    function: &REFRESH,
    reads: 1.0,
    writes: 1.0,
    calls: 2.0,
    hash: 0.0,
    waits: 2.0,
    requests: 1.0,
};
pub(super) static REUSED: Operation = Operation {
    name: "refresh that finds a theft",
    writes: 2.0,
    calls: 3.0,
    waits: 3.0,
    ..REFRESHED
};
pub(super) static LOGGED_OUT: Operation = Operation {
    name: "log-out",
    function: &LOGOUT,
    reads: 0.0,
    writes: 1.0,
    calls: 1.0,
    hash: 0.0,
    waits: 1.0,
    requests: 1.0,
};
pub(super) static REQUEST: Operation = Operation {
    name: "authorized request, without its authorizer",
    function: &PROTECTED_API,
    reads: 0.0,
    writes: 0.0,
    calls: 0.0,
    hash: 0.0,
    waits: 0.0,
    requests: 1.0,
};
pub(super) static AUTHORIZATION: Operation = Operation {
    name: "call of the authorizer",
    function: &AUTHORIZER,
    requests: 0.0,
    ..REQUEST
};
