//! The store in one DynamoDB table.
//!
//! | `pk` | `sk` | what |
//! |---|---|---|
//! | `user#ID` | `user` | a user |
//! | `user#ID` | `family#FAMILY` | a refresh family of theirs |
//! | `email#ADDRESS` | `email` | whose address it is |
//! | `attempts#KEY` | `attempts` | a count of attempts |
//!
//! Both keys are strings. A user and their families are one partition, so what ends a user finds
//! every family by its key, and nothing but [`list`](UserDirectory::list) reads the whole table.
//! DynamoDB drops an item some time after the second in [`EXPIRES_AT`]; every condition looks at the
//! time itself.
//!
//! Every write is one call that is safe to send twice: the client sends it again when an answer is
//! lost, and when two writes met (`Collision`).

mod attempts;
mod call;
mod collision;
mod ending;
mod families;
mod item;
mod table;
mod transaction;
mod tries;
mod users;

use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
#[cfg(doc)]
use tollgate_core::user::UserDirectory;

use crate::account::Account;
use item::Item;

pub use call::CallError;
pub(crate) use collision::Collision;
pub use table::{OpenError, TableReport};

/// The partition key.
const PK: &str = "pk";
/// The sort key.
const SK: &str = "sk";
/// The attribute that the table's time to live is on: seconds since 1970.
pub const EXPIRES_AT: &str = "expires_at";

/// The store. Cheap to clone: clones share their connections.
#[derive(Clone)]
pub struct DynamoDbStore {
    client: Client,
    table: String,
    region: String,
}

impl DynamoDbStore {
    /// The store in the table with this name. Nothing is asked yet; see [`probe`](Self::probe).
    #[must_use]
    pub fn new(account: &Account, table: impl Into<String>) -> Self {
        Self {
            client: account.tables(),
            table: table.into(),
            region: account.region().to_owned(),
        }
    }

    fn get(&self, key: Item) -> GetItemFluentBuilder {
        let request = self.client.get_item().table_name(&self.table);
        request.set_key(Some(key))
    }

    fn put(&self, item: Item) -> PutItemFluentBuilder {
        let request = self.client.put_item().table_name(&self.table);
        request.set_item(Some(item))
    }

    /// A write that gives the item back if its condition fails. It must have one: an update without
    /// a condition makes the item that it does not find.
    fn update(&self, key: Item, condition: &str, update: &str) -> UpdateItemFluentBuilder {
        let request = self.client.update_item().table_name(&self.table);
        request
            .set_key(Some(key))
            .condition_expression(condition)
            .update_expression(update)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn delete(&self, key: Item) -> DeleteItemFluentBuilder {
        let request = self.client.delete_item().table_name(&self.table);
        request.set_key(Some(key))
    }
}

impl fmt::Debug for DynamoDbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoDbStore")
            .field("table", &self.table)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// The primary key of an item.
fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    Item::from([
        (PK.to_owned(), AttributeValue::S(pk.into())),
        (SK.to_owned(), AttributeValue::S(sk.into())),
    ])
}
