//! Transactions: their parts, and why one was cancelled.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use tollgate_core::store::StoreError;

use super::DynamoDbStore;
use super::call::CallError;
use super::item::Item;

const OPERATION: &str = "TransactWriteItems";

impl DynamoDbStore {
    /// Puts an item where none is. If there is one, the cancelled transaction shows it.
    pub(super) fn put_new(&self, item: Item) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(StoreError::unavailable)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// Why a transaction was cancelled: a reason for each of its items, in their order.
pub(super) fn reasons(error: &SdkError<TransactWriteItemsError>) -> &[CancellationReason] {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons()
        }
        _ => &[],
    }
}

/// The port's error of a transaction, with the codes of what cancelled it.
pub(super) fn cancelled(error: SdkError<TransactWriteItemsError>) -> StoreError {
    let codes = reasons(&error).iter().filter_map(CancellationReason::code);
    let codes: Vec<_> = codes.map(str::to_owned).collect();
    StoreError::unavailable(CallError::new(OPERATION, error).because_of(&codes))
}

/// Whether the condition on this item failed.
pub(super) fn is_refusal(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// Whether what is in the way of a [`put_new`](DynamoDbStore::put_new) is what it would have put:
/// then an earlier try did, whose answer was lost. `None` if nothing is in its way.
///
/// DynamoDB itself recognises a transaction that comes a second time, for ten minutes. An emulator
/// may not, and a caller may ask again after a failure.
pub(super) fn in_the_way(
    reason: &CancellationReason,
    is_ours: impl FnOnce(&Item) -> bool,
) -> Option<bool> {
    is_refusal(reason).then(|| reason.item().is_some_and(is_ours))
}
