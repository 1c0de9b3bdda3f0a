//! What DynamoDB charges for.

use serde_json::Value;

use super::calls::Call;

/// Units of the table, as on-demand tables are charged, for items of up to 1 KB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Units {
    /// Halves of a read unit.
    pub(super) half_reads: u64,
    /// Write units.
    pub(super) writes: u64,
}

impl Units {
    /// Of a call with this body: a consistent read is one, another is half of one, a write is one,
    /// also if its condition fails, and each item of a transaction is two. What reads or writes many
    /// items at a time is not counted here.
    pub(super) fn of(call: &Call, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let (half_reads, writes) = match call.operation.as_str() {
            "GetItem" if body["ConsistentRead"] == true => (2, 0),
            "GetItem" => (1, 0),
            "PutItem" | "UpdateItem" | "DeleteItem" => (0, 1),
            "TransactWriteItems" => {
                let items = body["TransactItems"].as_array().map_or(0, Vec::len);
                (0, 2 * u64::try_from(items).unwrap_or(u64::MAX))
            }
            _ => (0, 0),
        };
        Self { half_reads, writes }
    }
}
