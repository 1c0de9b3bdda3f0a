//! Calls: what became of them, and an error that says so without saying what they were about.

use std::error::Error;
use std::fmt;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use tollgate_core::store::StoreError;

use super::item::Item;

/// A call that was not carried out, or of which nobody knows.
///
/// The errors of the SDK carry the item that a condition failed on and, when they are printed for
/// debugging, the whole response; DynamoDB's messages repeat values. So none of that is kept: this
/// has the name of the operation, and what went wrong in one word or two.
#[derive(Debug)]
pub struct CallError {
    operation: &'static str,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    /// The service refused, with this code.
    Code(String),
    /// Nobody understands the answer.
    Unreadable,
    /// No answer came.
    Unanswered(Box<dyn Error + Send + Sync>),
}

impl CallError {
    pub(super) fn new<E>(operation: &'static str, error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let problem = match error {
            SdkError::ServiceError(context) => match context.err().code() {
                Some(code) => Problem::Code(code.to_owned()),
                None => Problem::Code(format!("status {}", context.raw().status())),
            },
            SdkError::ResponseError(_) => Problem::Unreadable,
            // Neither is about anything but the connection, the time, or the credentials.
            error => Problem::Unanswered(error.into_source().unwrap_or_else(Into::into)),
        };
        Self { operation, problem }
    }

    /// Adds the codes of the items to that of their transaction.
    pub(super) fn because_of(mut self, codes: &[String]) -> Self {
        if let Problem::Code(code) = &mut self.problem
            && !codes.is_empty()
        {
            *code = format!("{code} ({})", codes.join(", "));
        }
        self
    }

    /// The code of a refusal, such as `AccessDeniedException`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.problem {
            Problem::Code(code) => Some(code),
            Problem::Unreadable | Problem::Unanswered(_) => None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        match &self.problem {
            Problem::Code(code) => f.write_str(code),
            Problem::Unreadable => f.write_str("the answer is unreadable"),
            Problem::Unanswered(_) => f.write_str("no answer"),
        }
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.problem {
            Problem::Unanswered(source) => Some(source.as_ref()),
            Problem::Code(_) | Problem::Unreadable => None,
        }
    }
}

/// For `map_err`: the port's error of a call.
pub(super) fn failed<E>(operation: &'static str) -> impl FnOnce(SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    move |error| StoreError::unavailable(CallError::new(operation, error))
}

/// What became of a conditional write.
pub(super) enum Written<T> {
    /// The condition held.
    Done(T),
    /// It did not, and nothing was written; this is the item that it failed on, if there is one.
    Refused(Option<Item>),
}

/// Waits for a conditional write.
pub(super) async fn written<T, E>(
    operation: &'static str,
    call: impl Future<Output = Result<T, SdkError<E>>>,
) -> Result<Written<T>, StoreError>
where
    E: Conditional + ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    call.await.map(Written::Done).or_else(|error| {
        let refusal = error.as_service_error().and_then(E::failed_condition);
        match refusal {
            Some(refusal) => Ok(Written::Refused(refusal.item.clone())),
            None => Err(failed(operation)(error)),
        }
    })
}

/// The error of an operation that may have a condition.
pub(super) trait Conditional {
    fn failed_condition(&self) -> Option<&ConditionalCheckFailedException>;
}

macro_rules! conditional {
    ($($error:ident),*) => {
        $(
            impl Conditional for $error {
                fn failed_condition(&self) -> Option<&ConditionalCheckFailedException> {
                    match self {
                        Self::ConditionalCheckFailedException(refusal) => Some(refusal),
                        _ => None,
                    }
                }
            }
        )*
    };
}
conditional!(DeleteItemError, PutItemError, UpdateItemError);
