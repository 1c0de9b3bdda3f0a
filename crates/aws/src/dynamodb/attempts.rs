//! The items `attempts#KEY`.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::try_join;
use tollgate_core::attempts::{AttemptKey, AttemptLog, Attempts, Swapped};
use tollgate_core::store::StoreError;

use super::call::{Written, failed, written};
use super::item::{Attributes, InvalidItem, Item, number, time};
use super::{DynamoDbStore, EXPIRES_AT};

fn key(key: AttemptKey) -> Item {
    let key = URL_SAFE_NO_PAD.encode(key.as_bytes());
    super::key(format!("attempts#{key}"), "attempts")
}

fn item(of: AttemptKey, row: Attempts) -> Item {
    let mut item = key(of);
    item.insert("failures".to_owned(), number(row.failures));
    item.insert("next_allowed".to_owned(), time(row.next_allowed));
    item.insert(EXPIRES_AT.to_owned(), time(row.expires_at));
    item
}

/// An item that has expired and is still there is read like any other: whoever counts looks at the
/// time.
fn read(item: &Item) -> Result<Attempts, StoreError> {
    let item = Attributes(item);
    let read = || -> Result<Attempts, InvalidItem> {
        Ok(Attempts {
            failures: item.number("failures")?,
            next_allowed: item.time("next_allowed")?,
            expires_at: item.time(EXPIRES_AT)?,
        })
    };
    read().map_err(|error| StoreError::corrupt("attempts", error))
}

impl DynamoDbStore {
    async fn load_one(&self, of: AttemptKey) -> Result<Option<Attempts>, StoreError> {
        // Half the price of a consistent read, and as good: `swap` compares with what is there.
        let found = self.get(key(of)).consistent_read(false).send().await;
        let found = found.map_err(failed("GetItem"))?;
        found.item.as_ref().map(read).transpose()
    }

    async fn forgive(&self, of: AttemptKey) -> Result<(), StoreError> {
        let deleted = self.delete(key(of)).send().await;
        deleted.map(drop).map_err(failed("DeleteItem"))
    }

    async fn remember(&self, of: AttemptKey, row: Attempts) -> Result<(), StoreError> {
        let put = self.put(item(of, row)).send().await;
        put.map(drop).map_err(failed("PutItem"))
    }
}

impl AttemptLog for DynamoDbStore {
    async fn load(&self, keys: [AttemptKey; 2]) -> Result<[Option<Attempts>; 2], StoreError> {
        let [first, second] = keys;
        if first == second {
            let row = self.load_one(first).await?;
            return Ok([row, row]);
        }
        let (first, second) = try_join(self.load_one(first), self.load_one(second)).await?;
        Ok([first, second])
    }

    /// If the answer to a swap is lost, the next try of the same call finds its own row, and says
    /// that somebody was faster. The attempt is then counted twice, which is the safe side: a row
    /// that is the same may just as well be that of another guess in the same second.
    async fn swap(
        &self,
        key: AttemptKey,
        expected: Option<Attempts>,
        new: Attempts,
    ) -> Result<Swapped, StoreError> {
        let put = self
            .put(item(key, new))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match expected {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(row) => put
                .condition_expression(
                    "failures = :failures AND next_allowed = :next AND expires_at = :expires",
                )
                .expression_attribute_values(":failures", number(row.failures))
                .expression_attribute_values(":next", time(row.next_allowed))
                .expression_attribute_values(":expires", time(row.expires_at)),
        };
        match written("PutItem", put.send()).await? {
            Written::Done(_) => Ok(Swapped::Done),
            Written::Refused(row) => {
                let row = row.as_ref().map(read).transpose()?;
                Ok(Swapped::Conflict(row))
            }
        }
    }

    async fn succeeded(
        &self,
        forgive: Option<AttemptKey>,
        known: Option<(AttemptKey, Attempts)>,
    ) -> Result<(), StoreError> {
        let forgive = async {
            match forgive {
                Some(key) => self.forgive(key).await,
                None => Ok(()),
            }
        };
        let known = async {
            match known {
                Some((key, row)) => self.remember(key, row).await,
                None => Ok(()),
            }
        };
        try_join(forgive, known).await.map(drop)
    }
}
