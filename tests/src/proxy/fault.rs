//! What goes wrong, when, and for whom.

use std::time::Duration;

use super::calls::{Call, Service};

/// What goes wrong. "Never reaches" means that nothing was changed upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `ThrottlingException`, as from Secrets Manager and from a DynamoDB table on demand; the
    /// call never reaches the service.
    Throttled,
    /// DynamoDB's `ProvisionedThroughputExceededException`; the call never reaches it. Secrets
    /// Manager knows no such thing.
    CapacityExceeded,
    /// DynamoDB cancels transactions with the reason `ThrottlingError`, which the SDK does not
    /// take for throttling. Other operations pass.
    TransactionThrottled,
    /// Somebody else's transaction is under way on the same item: DynamoDB cancels transactions
    /// with the reason `TransactionConflict`, and refuses single writes with
    /// `TransactionConflictException`. Other operations pass.
    Conflict,
    /// HTTP 500, `InternalServerError` or `InternalServiceError`; the call never reaches the
    /// service.
    InternalError,
    /// The port is closed, and so is every connection. It is for everybody, until [`heal`]: a
    /// closed port cannot know who asks. A call under way may or may not be carried out.
    ///
    /// [`heal`]: super::Proxy::heal
    Refused,
    /// The call is read, never answered, and never reaches the service. After [`heal`] the
    /// connection is closed.
    ///
    /// [`heal`]: super::Proxy::heal
    Stall,
    /// The service does what it is asked to, and the connection is closed without a byte of its
    /// answer.
    Lost,
    /// The service does what it is asked to, and its answer is held back for this long.
    SlowFirstByte(Duration),
    /// `AccessDeniedException`; the call never reaches the service.
    AccessDenied,
    /// `ResourceNotFoundException`: no such table, or no such secret.
    Missing,
    /// The services' clock is this far from this machine's: ahead, or behind if negative. Calls
    /// signed more than five minutes off get `InvalidSignatureException`; others pass, as those of
    /// an SDK that has corrected itself. Every answer has the services' time in `Date`.
    Skewed {
        /// How far, in seconds.
        seconds: i64,
    },
}

impl Fault {
    fn concerns(self, call: &Call) -> bool {
        let is = |operations: &[&str]| operations.contains(&call.operation.as_str());
        let transaction = is(&["TransactWriteItems", "TransactGetItems"]);
        match self {
            Self::CapacityExceeded => call.service == Service::DynamoDb,
            Self::TransactionThrottled => transaction,
            Self::Conflict => transaction || is(&["PutItem", "UpdateItem", "DeleteItem"]),
            Self::Throttled
            | Self::InternalError
            | Self::Refused
            | Self::Stall
            | Self::Lost
            | Self::SlowFirstByte(_)
            | Self::AccessDenied
            | Self::Missing
            | Self::Skewed { .. } => true,
        }
    }
}

/// Which calls meet which fault, and how often.
#[derive(Clone, Debug)]
pub struct Rule {
    fault: Fault,
    service: Option<Service>,
    operation: Option<String>,
    left: Option<u64>,
}

impl Rule {
    /// Every call, until [`heal`](super::Proxy::heal).
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self {
            fault,
            service: None,
            operation: None,
            left: None,
        }
    }

    /// The next `count` calls.
    #[must_use]
    pub fn times(count: u64, fault: Fault) -> Self {
        Self {
            left: Some(count),
            ..Self::always(fault)
        }
    }

    /// Only calls of this service.
    #[must_use]
    pub fn service(self, service: Service) -> Self {
        Self {
            service: Some(service),
            ..self
        }
    }

    /// Only calls of this operation, by its name in the API: `UpdateItem`.
    #[must_use]
    pub fn operation(self, name: &str) -> Self {
        Self {
            operation: Some(name.to_owned()),
            ..self
        }
    }

    pub(super) fn fault(&self) -> Fault {
        self.fault
    }

    pub(super) fn is_unconditional(&self) -> bool {
        self.service.is_none() && self.operation.is_none() && self.left.is_none()
    }

    /// The fault, if the rule is about this call; uses it up once.
    pub(super) fn strike(&mut self, call: &Call) -> Option<Fault> {
        let fits = self.service.is_none_or(|service| service == call.service)
            && self
                .operation
                .as_ref()
                .is_none_or(|name| *name == call.operation)
            && self.fault.concerns(call);
        match &mut self.left {
            _ if !fits => None,
            None => Some(self.fault),
            Some(0) => None,
            Some(left) => {
                *left -= 1;
                Some(self.fault)
            }
        }
    }
}
