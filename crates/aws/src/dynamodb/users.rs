//! The items `user#ID`, `user` and `email#ADDRESS`, `email`.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, KeysAndAttributes, ReturnValue, TransactWriteItem,
};
use tollgate_core::Timestamp;
use tollgate_core::email::Email;
use tollgate_core::family::{Revocation, RevocationReason};
use tollgate_core::password::PasswordHash;
use tollgate_core::store::StoreError;
use tollgate_core::user::{
    Added, ImportStopped, Place, StopCause, User, UserDirectory, UserId, Users,
};

use super::call::{Written, failed, written};
use super::ending::Ending;
use super::item::{Attributes, InvalidItem, Item, flag, text, time};
use super::transaction::{cancelled, in_the_way, is_refusal, reasons};
use super::{DynamoDbStore, PK};
use crate::account::patience;

const USER: &str = "user";
const EXISTS: &str = "attribute_exists(pk)";

/// How many users, of two items each, are read or added with one call. DynamoDB takes 100 items;
/// fewer cost the same, and are done sooner.
const USERS_IN_A_CALL: usize = 10;

/// For calls about many users: nobody waits for their log-in meanwhile.
fn patient() -> Builder {
    Builder::new().timeout_config(patience())
}

/// The partition of a user and their families.
pub(super) fn partition(id: &UserId) -> String {
    format!("user#{id}")
}

/// Whose partition an item is in.
pub(super) fn id(item: Attributes<'_>) -> Result<UserId, InvalidItem> {
    let id = item.text(PK)?.strip_prefix("user#");
    let id = id.ok_or_else(|| InvalidItem::value(PK, "it is not that of a user"))?;
    id.parse().map_err(|error| InvalidItem::value(PK, error))
}

pub(super) fn key(id: &UserId) -> Item {
    super::key(partition(id), USER)
}

fn address_partition(email: &str) -> String {
    format!("email#{email}")
}

fn address_key(email: &str) -> Item {
    super::key(address_partition(email), "email")
}

fn item(user: &User) -> Item {
    let mut item = key(&user.id);
    let attributes = [
        ("email", text(&user.email)),
        ("password_hash", text(user.password_hash.expose())),
        ("scope", text(&user.scope)),
        ("disabled", flag(user.disabled)),
        ("created_at", time(user.created_at)),
    ];
    item.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
    item
}

fn address_item(user: &User) -> Item {
    let mut item = address_key(user.email.as_str());
    item.insert("user_id".to_owned(), text(&user.id));
    item
}

fn corrupt(error: InvalidItem) -> StoreError {
    StoreError::corrupt("users", error)
}

fn read(item: &Item) -> Result<User, StoreError> {
    let item = Attributes(item);
    let read = || {
        let hash = item.text("password_hash")?.to_owned();
        Ok(User {
            id: id(item)?,
            email: item.parsed("email")?,
            password_hash: PasswordHash::parse(hash)
                .map_err(|error| InvalidItem::value("password_hash", error))?,
            scope: item.parsed("scope")?,
            disabled: item.flag("disabled")?,
            created_at: item.time("created_at")?,
        })
    };
    read().map_err(corrupt)
}

/// Before keys that were not processed are asked for again: the table is short of capacity.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

#[derive(Debug, thiserror::Error)]
#[error("BatchGetItem left keys unprocessed, time after time: the table is throttled")]
struct Throttled;

impl DynamoDbStore {
    /// Changes one attribute of a user; `false` if there is none.
    async fn change(
        &self,
        id: &UserId,
        update: &str,
        value: AttributeValue,
    ) -> Result<bool, StoreError> {
        let call = self
            .update(key(id), EXISTS, update)
            .expression_attribute_values(":value", value);
        let written = written("UpdateItem", call.send()).await?;
        Ok(matches!(written, Written::Done(_)))
    }

    /// Reads any items that there are of these keys, 100 at the most, by their partition.
    async fn read_many(&self, keys: Vec<Item>) -> Result<HashMap<String, Item>, StoreError> {
        let mut items = HashMap::new();
        let mut keys = keys;
        let mut pauses = PAUSES.iter();
        while !keys.is_empty() {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .build()
                .map_err(StoreError::unavailable)?;
            let call = self.client.batch_get_item();
            let call = call.request_items(&self.table, request);
            let answer = call.customize().config_override(patient()).send().await;
            let answer = answer.map_err(failed("BatchGetItem"))?;
            for item in answer
                .responses
                .into_iter()
                .flatten()
                .flat_map(|(_, items)| items)
            {
                let partition = Attributes(&item).text(PK).map_err(corrupt)?.to_owned();
                items.insert(partition, item);
            }
            // What did not fit into one answer.
            let rest = answer.unprocessed_keys.unwrap_or_default();
            keys = rest.into_values().flat_map(|rest| rest.keys).collect();
            if !keys.is_empty() {
                let pause = pauses.next().ok_or(Throttled);
                let pause = pause.map_err(StoreError::unavailable)?;
                tokio::time::sleep(*pause).await;
            }
        }
        Ok(items)
    }

    /// What is where these users would go: [`USERS_IN_A_CALL`] at the most.
    async fn places_of(&self, users: &[User]) -> Result<Vec<Place>, StoreError> {
        let keys = users
            .iter()
            .flat_map(|user| [key(&user.id), address_key(user.email.as_str())]);
        let items = self.read_many(keys.collect()).await?;
        let place = |user: &User| {
            let there = items.get(&partition(&user.id)).map(read).transpose()?;
            let address = items.get(&address_partition(user.email.as_str()));
            Ok(match (there, address) {
                (None, None) => Place::Free,
                (Some(there), Some(address))
                    if there.email == user.email && *address == address_item(user) =>
                {
                    Place::Theirs(there)
                }
                _ => Place::Taken,
            })
        };
        users.iter().map(place).collect()
    }

    /// Adds these users or none of them: [`USERS_IN_A_CALL`] at the most. `false`: somebody is in
    /// the way of one.
    async fn add_all(&self, users: &[&User]) -> Result<bool, StoreError> {
        let mut call = self.client.transact_write_items();
        for user in users {
            call = call
                .transact_items(self.put_new(item(user))?)
                .transact_items(self.put_new(address_item(user))?);
        }
        let added = call.customize().config_override(patient()).send().await;
        match added {
            Ok(_) => Ok(true),
            Err(error) if reasons(&error).iter().any(is_refusal) => Ok(false),
            Err(error) => Err(cancelled(error)),
        }
    }

    /// Adds those of these users who are not there, up to the first whom somebody else is in the way
    /// of; says how many that is.
    async fn add_missing(&self, users: &[User]) -> Result<usize, StoreError> {
        loop {
            let places = self.places_of(users).await?;
            let taken = places.iter().position(|place| *place == Place::Taken);
            let end = taken.unwrap_or(users.len());
            let missing = users.iter().zip(&places).take(end);
            let missing: Vec<_> = missing
                .filter(|(_, place)| **place == Place::Free)
                .map(|(user, _)| user)
                .collect();
            if missing.is_empty() || self.add_all(&missing).await? {
                return Ok(end);
            }
        }
    }

    /// Removes a user and their address, or neither.
    async fn remove(&self, id: &UserId, email: &str) -> Result<(), StoreError> {
        let user = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key(id)))
            .build()
            .map_err(StoreError::unavailable)?;
        let address = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(address_key(email)))
            .condition_expression("attribute_not_exists(pk) OR user_id = :user")
            .expression_attribute_values(":user", text(id))
            .build()
            .map_err(StoreError::unavailable)?;
        let call = self.client.transact_write_items();
        let call = call
            .transact_items(TransactWriteItem::builder().delete(user).build())
            .transact_items(TransactWriteItem::builder().delete(address).build());
        call.send().await.map(drop).map_err(cancelled)
    }
}

impl Users for DynamoDbStore {
    async fn id_of(&self, email: &Email) -> Result<Option<UserId>, StoreError> {
        let call = self.get(address_key(email.as_str()));
        let found = call.consistent_read(true).send().await;
        let found = found.map_err(failed("GetItem"))?;
        let id = |item| Attributes(item).parsed("user_id").map_err(corrupt);
        found.item.as_ref().map(id).transpose()
    }

    async fn find(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let found = self.get(key(id)).consistent_read(true).send().await;
        let found = found.map_err(failed("GetItem"))?;
        found.item.as_ref().map(read).transpose()
    }

    async fn rehash(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), StoreError> {
        const CONDITION: &str = "password_hash = :old";
        const UPDATE: &str = "SET password_hash = :new";
        let call = self
            .update(key(id), CONDITION, UPDATE)
            .expression_attribute_values(":old", text(old.expose()))
            .expression_attribute_values(":new", text(new.expose()));
        written("UpdateItem", call.send()).await.map(drop)
    }
}

/// What ends a user is written before their families are ended, so that no new one opens behind it:
/// [`open`](tollgate_core::family::Families::open) checks the user in its own transaction. A call
/// that fails half way has begun, and is safe to repeat.
impl UserDirectory for DynamoDbStore {
    async fn add(&self, user: &User) -> Result<Added, StoreError> {
        let (item, address) = (item(user), address_item(user));
        let call = self.client.transact_write_items();
        let call = call
            .transact_items(self.put_new(item)?)
            .transact_items(self.put_new(address.clone())?);
        let Err(error) = call.send().await else {
            return Ok(Added::Yes);
        };
        let user_is_ours = |item: &Item| read(item).is_ok_and(|there| there == *user);
        let in_the_way = match reasons(&error) {
            [of_user, of_address] => [
                in_the_way(of_user, user_is_ours),
                in_the_way(of_address, |item| *item == address),
            ],
            _ => [None, None],
        };
        match in_the_way {
            [Some(true), Some(true)] => Ok(Added::Yes),
            [Some(false), _] | [_, Some(false)] => Ok(Added::Taken),
            _ => Err(cancelled(error)),
        }
    }

    async fn places(&self, users: &[User]) -> Result<Vec<Place>, StoreError> {
        let mut places = Vec::with_capacity(users.len());
        for users in users.chunks(USERS_IN_A_CALL) {
            places.extend(self.places_of(users).await?);
        }
        Ok(places)
    }

    /// As many at once as one call takes, in their order: what was added before it stops is kept.
    async fn import(
        &self,
        users: &[User],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<(), ImportStopped> {
        let mut kept = 0;
        for users in users.chunks(USERS_IN_A_CALL) {
            let stopped = |error: StoreError| ImportStopped {
                kept,
                cause: error.into(),
            };
            let all: Vec<_> = users.iter().collect();
            let added = if self.add_all(&all).await.map_err(stopped)? {
                users.len()
            } else {
                self.add_missing(users).await.map_err(stopped)?
            };
            kept += added;
            if added < users.len() {
                let cause = StopCause::Taken;
                return Err(ImportStopped { kept, cause });
            }
            progress(kept);
        }
        Ok(())
    }

    /// Reads the whole table, families and all: for administration.
    async fn list(&self) -> Result<Vec<User>, StoreError> {
        let scan = self.client.scan().table_name(&self.table);
        let mut pages = scan
            .consistent_read(true)
            .filter_expression("sk = :user")
            .expression_attribute_values(":user", text(USER))
            .into_paginator()
            .send();
        let mut users = Vec::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(failed("Scan"))?.items() {
                users.push(read(item)?);
            }
        }
        users.sort_by(|a: &User, b| a.email.cmp(&b.email));
        Ok(users)
    }

    async fn enable(&self, id: &UserId) -> Result<bool, StoreError> {
        self.change(id, "SET disabled = :value", flag(false)).await
    }

    async fn disable(&self, id: &UserId, now: Timestamp) -> Result<bool, StoreError> {
        let revocation = Revocation {
            at: now,
            reason: RevocationReason::UserDisabled,
        };
        let found = self.change(id, "SET disabled = :value", flag(true)).await?;
        if found {
            self.end_families(id, Ending::Revoked(revocation)).await?;
        }
        Ok(found)
    }

    async fn set_password(
        &self,
        id: &UserId,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let revocation = Revocation {
            at: now,
            reason: RevocationReason::PasswordChanged,
        };
        let hash = text(hash.expose());
        let found = self.change(id, "SET password_hash = :value", hash).await?;
        if found {
            self.end_families(id, Ending::Revoked(revocation)).await?;
        }
        Ok(found)
    }

    /// The user goes last: as long as anything is left, a repeated call finds them.
    async fn delete(&self, id: &UserId) -> Result<bool, StoreError> {
        let disable = self
            .update(key(id), EXISTS, "SET disabled = :disabled")
            .expression_attribute_values(":disabled", flag(true))
            .return_values(ReturnValue::AllNew);
        let Written::Done(user) = written("UpdateItem", disable.send()).await? else {
            return Ok(false);
        };
        let user = user.attributes.unwrap_or_default();
        let email = Attributes(&user).text("email").map_err(corrupt)?;
        self.end_families(id, Ending::Deleted).await?;
        self.remove(id, email).await?;
        Ok(true)
    }
}
