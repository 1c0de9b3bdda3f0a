//! The items `user#ID`, `family#FAMILY`.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ConditionCheck, ReturnValue, TransactWriteItem};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tollgate_core::family::{
    Families, Family, IdempotencyHash, Opened, Revocation, RevocationReason, Rotated, Rotation,
};
use tollgate_core::password::PasswordHash;
use tollgate_core::refresh_token::{FamilyId, SecretHash};
use tollgate_core::store::StoreError;
use tollgate_core::user::UserId;

use super::call::{Written, written};
use super::item::{Attributes, InvalidItem, Item, bytes, flag, number, optional, text, time};
use super::transaction::{cancelled, in_the_way, is_refusal, reasons};
use super::tries::Tries;
use super::{DynamoDbStore, EXPIRES_AT, SK, users};

/// Items outlive their family by this much, so that a late client still hears `expired`.
const KEPT_AFTER_EXPIRY: Duration = Duration::from_hours(24);

/// What the sort key of a family begins with.
pub(super) const PREFIX: &str = "family#";

fn key(user: &UserId, family: FamilyId) -> Item {
    super::key(users::partition(user), format!("{PREFIX}{family}"))
}

fn item(family: &Family) -> Item {
    let mut item = key(&family.user, family.id);
    let attributes = [
        ("scope", text(&family.scope)),
        ("generation", number(family.generation)),
        ("secret_hash", bytes(family.secret_hash.as_bytes())),
        ("rotated_at", time(family.rotated_at)),
        ("idle_expiry", time(family.idle_expiry)),
        ("absolute_expiry", time(family.absolute_expiry)),
        (
            EXPIRES_AT,
            time(family.absolute_expiry.plus(KEPT_AFTER_EXPIRY)),
        ),
    ];
    item.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
    if let Some(hash) = family.idempotency {
        item.insert("idempotency".to_owned(), bytes(hash.as_bytes()));
    }
    if let Some(revocation) = family.revoked {
        item.insert("revoked_at".to_owned(), time(revocation.at));
        item.insert("revoked_reason".to_owned(), text(revocation.reason.name()));
    }
    item
}

fn read(item: &Item) -> Result<Family, StoreError> {
    let item = Attributes(item);
    let read = || {
        Ok(Family {
            id: id(item)?,
            user: users::id(item)?,
            scope: item.parsed("scope")?,
            generation: item.number("generation")?,
            secret_hash: SecretHash::from_bytes(item.bytes("secret_hash")?),
            rotated_at: item.time("rotated_at")?,
            idempotency: optional(item.bytes("idempotency"))?.map(IdempotencyHash::from_bytes),
            idle_expiry: item.time("idle_expiry")?,
            absolute_expiry: item.time("absolute_expiry")?,
            revoked: revocation(item)?,
        })
    };
    read().map_err(corrupt)
}

fn corrupt(error: InvalidItem) -> StoreError {
    StoreError::corrupt("families", error)
}

fn id(item: Attributes<'_>) -> Result<FamilyId, InvalidItem> {
    let id = item.text(SK)?.strip_prefix(PREFIX);
    let id = id.ok_or_else(|| InvalidItem::value(SK, "it is not that of a family"))?;
    let id = URL_SAFE_NO_PAD.decode(id).ok();
    let id = id.and_then(|id| id.try_into().ok());
    id.map(FamilyId::from_bytes)
        .ok_or_else(|| InvalidItem::value(SK, "it is not 16 bytes in base64url"))
}

fn revocation(item: Attributes<'_>) -> Result<Option<Revocation>, InvalidItem> {
    const REASON: &str = "revoked_reason";
    let Some(at) = optional(item.time("revoked_at"))? else {
        return Ok(None);
    };
    let name = item.text(REASON)?;
    let reason = RevocationReason::ALL
        .into_iter()
        .find(|reason| reason.name() == name)
        .ok_or_else(|| InvalidItem::value(REASON, "an unknown reason of revocation"))?;
    Ok(Some(Revocation { at, reason }))
}

impl DynamoDbStore {
    /// The one write that ends a family. It makes none that is not there.
    pub(super) fn revocation_of(
        &self,
        key: Item,
        revocation: Revocation,
    ) -> UpdateItemFluentBuilder {
        self.update(
            key,
            "attribute_exists(pk) AND attribute_not_exists(revoked_at)",
            "SET revoked_at = :at, revoked_reason = :reason",
        )
        .expression_attribute_values(":at", time(revocation.at))
        .expression_attribute_values(":reason", text(revocation.reason.name()))
    }

    fn user_is_as_verified(
        &self,
        user: &UserId,
        verified: &PasswordHash,
    ) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(users::key(user)))
            .condition_expression("disabled = :no AND password_hash = :verified")
            .expression_attribute_values(":no", flag(false))
            .expression_attribute_values(":verified", text(verified.expose()))
            .build()
            .map_err(StoreError::unavailable)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}

impl Families for DynamoDbStore {
    async fn open(&self, family: &Family, verified: &PasswordHash) -> Result<Opened, StoreError> {
        let put = self.put_new(item(family))?;
        let call = self.client.transact_write_items();
        let call = call
            .transact_items(self.user_is_as_verified(&family.user, verified)?)
            .transact_items(put);
        let Err(error) = call.send().await else {
            return Ok(Opened::Yes);
        };
        let is_ours = |item: &Item| read(item).is_ok_and(|there| there == *family);
        match reasons(&error) {
            [of_user, _] if is_refusal(of_user) => Ok(Opened::UserChanged),
            [_, of_family] if in_the_way(of_family, is_ours) == Some(true) => Ok(Opened::Yes),
            _ => Err(cancelled(error)),
        }
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<Rotated, StoreError> {
        const CONDITION: &str = "generation = :generation AND secret_hash = :secret_hash \
             AND attribute_not_exists(revoked_at) AND idle_expiry > :now AND absolute_expiry > :now";
        const WITH_KEY: &str = "SET generation = :next, rotated_at = :now, \
             idle_expiry = :idle_expiry, idempotency = :idempotency";
        const WITHOUT_KEY: &str = "SET generation = :next, rotated_at = :now, \
             idle_expiry = :idle_expiry REMOVE idempotency";
        let key = key(&rotation.user, rotation.family);
        let call = match rotation.idempotency {
            Some(hash) => self
                .update(key, CONDITION, WITH_KEY)
                .expression_attribute_values(":idempotency", bytes(hash.as_bytes())),
            None => self.update(key, CONDITION, WITHOUT_KEY),
        };
        let next = rotation.generation.saturating_add(1);
        let idle_expiry = rotation.now.plus(rotation.idle_ttl);
        let call = call
            .expression_attribute_values(":generation", number(rotation.generation))
            .expression_attribute_values(":secret_hash", bytes(rotation.secret_hash.as_bytes()))
            .expression_attribute_values(":now", time(rotation.now))
            .expression_attribute_values(":next", number(next))
            .expression_attribute_values(":idle_expiry", time(idle_expiry))
            .return_values(ReturnValue::AllNew);
        match written("UpdateItem", call.send()).await? {
            Written::Done(row) => {
                let row = row.attributes.unwrap_or_default();
                read(&row).map(Rotated::Done)
            }
            Written::Refused(row) => {
                let row = row.as_ref().map(read).transpose()?;
                Ok(Rotated::Refused(row))
            }
        }
    }

    /// An answer may be lost after the family was ended; the next try of the same call then finds it
    /// ended. If it finds this very revocation, it was us: the event that belongs to it must not be
    /// lost too. With one try there is no such doubt, and one theft is one event.
    async fn revoke(
        &self,
        user: &UserId,
        family: FamilyId,
        revocation: Revocation,
    ) -> Result<bool, StoreError> {
        let tries = Tries::default();
        let call = self.revocation_of(key(user, family), revocation);
        let call = call.customize().interceptor(tries.clone());
        match written("UpdateItem", call.send()).await? {
            Written::Done(_) => Ok(true),
            Written::Refused(Some(row)) if tries.were_several() => {
                let found = self::revocation(Attributes(&row)).map_err(corrupt)?;
                Ok(found == Some(revocation))
            }
            Written::Refused(_) => Ok(false),
        }
    }
}
