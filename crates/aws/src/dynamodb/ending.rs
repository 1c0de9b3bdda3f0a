//! The end of every family of a user.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{self, TryStreamExt};
use tollgate_core::family::Revocation;
use tollgate_core::store::StoreError;
use tollgate_core::user::UserId;

use super::call::{failed, written};
use super::item::{Item, text};
use super::{DynamoDbStore, families, users};

/// How many families are read at once: few enough that ending begins early, and that a test sees a
/// second page.
const PAGE: i32 = 64;
/// How many are ended at once.
const AT_ONCE: usize = 16;
/// How often they are looked for, at least. A query and a transaction are not one after the other:
/// a family whose transaction came first may be seen a moment later.
const LOOKS: u32 = 2;

/// What is done to them.
#[derive(Clone, Copy)]
pub(super) enum Ending {
    /// They stay, to say why they ended.
    Revoked(Revocation),
    /// Their user goes, and so do they.
    Deleted,
}

impl DynamoDbStore {
    /// Ends every family of a user, and returns when that is done. Found by their key; safe to
    /// repeat when it fails half way.
    ///
    /// Whatever keeps new ones from opening must be written before.
    pub(super) async fn end_families(
        &self,
        user: &UserId,
        ending: Ending,
    ) -> Result<(), StoreError> {
        let mut looks = 0;
        loop {
            let found = self.end_found(user, ending).await?;
            looks += 1;
            if found == 0 && looks >= LOOKS {
                return Ok(());
            }
        }
    }

    /// Ends those that there are, and says how many there were.
    async fn end_found(&self, user: &UserId, ending: Ending) -> Result<usize, StoreError> {
        let alive = match ending {
            Ending::Revoked(_) => Some("attribute_not_exists(revoked_at)".to_owned()),
            Ending::Deleted => None,
        };
        let query = self.client.query().table_name(&self.table);
        let mut pages = query
            .consistent_read(true)
            .key_condition_expression("pk = :user AND begins_with(sk, :family)")
            .expression_attribute_values(":user", AttributeValue::S(users::partition(user)))
            .expression_attribute_values(":family", text(families::PREFIX))
            .set_filter_expression(alive)
            .projection_expression("pk, sk")
            .into_paginator()
            .page_size(PAGE)
            .send();
        let mut found = 0;
        while let Some(page) = pages.next().await {
            let keys = page.map_err(failed("Query"))?.items.unwrap_or_default();
            found += keys.len();
            stream::iter(keys.into_iter().map(Ok))
                .try_for_each_concurrent(AT_ONCE, |key| self.end(key, ending))
                .await?;
        }
        Ok(found)
    }

    /// Ends one. It may be over already, and its item need not be readable.
    async fn end(&self, key: Item, ending: Ending) -> Result<(), StoreError> {
        match ending {
            Ending::Revoked(revocation) => {
                let call = self.revocation_of(key, revocation);
                written("UpdateItem", call.send()).await.map(drop)
            }
            Ending::Deleted => {
                let deleted = self.delete(key).send().await;
                deleted.map(drop).map_err(failed("DeleteItem"))
            }
        }
    }
}
