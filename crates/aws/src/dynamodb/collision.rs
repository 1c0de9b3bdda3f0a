//! Two writes that met.

use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

/// Has a write sent again that another one was in the way of.
///
/// A transaction is cancelled when another one is at work on one of its items, and so is a single
/// write. Two log-ins of one user meet like that, as each checks the user. Neither has done anything
/// wrong, and in a few milliseconds the way is free; but the SDK, which repeats what was throttled or
/// went wrong on the other side, leaves this to the caller.
#[derive(Debug)]
pub(crate) struct Collision;

impl ClassifyRetry for Collision {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let error = error.as_operation_error();
        let collided = error.is_some_and(|error| {
            error.downcast_ref().is_some_and(transaction_was_in_the_way)
                || is_collision(error.downcast_ref::<UpdateItemError>())
                || is_collision(error.downcast_ref::<PutItemError>())
                || is_collision(error.downcast_ref::<DeleteItemError>())
        });
        if collided {
            RetryAction::throttling_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "two writes met"
    }
}

fn is_collision<E: ProvideErrorMetadata>(error: Option<&E>) -> bool {
    error.and_then(E::code) == Some("TransactionConflictException")
}

/// Whether the next try may end otherwise. That some condition failed as well does not matter: the
/// next try says so again, and says it of all items.
fn transaction_was_in_the_way(error: &TransactWriteItemsError) -> bool {
    const PASSING: [&str; 3] = [
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    ];
    match error {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => cancelled
            .cancellation_reasons()
            .iter()
            .filter_map(|reason| reason.code())
            .any(|code| PASSING.contains(&code)),
        _ => false,
    }
}
