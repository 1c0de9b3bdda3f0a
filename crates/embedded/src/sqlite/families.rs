//! The table `families`.

use std::error::Error;
use std::time::Duration;

use rusqlite::{Row, Transaction, named_params, params};
use tollgate_core::Timestamp;
use tollgate_core::family::{
    Families, Family, IdempotencyHash, Opened, Revocation, RevocationReason, Rotated, Rotation,
};
use tollgate_core::password::PasswordHash;
use tollgate_core::refresh_token::{FamilyId, SecretHash};
use tollgate_core::store::StoreError;
use tollgate_core::user::UserId;

use super::{SqliteStore, optional};

/// Rows outlive their family by this much, so that a late client still hears `expired`.
const KEPT_AFTER_EXPIRY: Duration = Duration::from_hours(24);

/// A row as SQLite gives it, before it is believed.
struct FamilyRow {
    id: [u8; 16],
    user_id: String,
    scope: String,
    generation: u32,
    secret_hash: [u8; 32],
    rotated_at: i64,
    idempotency: Option<[u8; 32]>,
    idle_expiry: i64,
    absolute_expiry: i64,
    revoked_at: Option<i64>,
    revoked_reason: Option<String>,
}

impl FamilyRow {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            id: row.get("id")?,
            user_id: row.get("user_id")?,
            scope: row.get("scope")?,
            generation: row.get("generation")?,
            secret_hash: row.get("secret_hash")?,
            rotated_at: row.get("rotated_at")?,
            idempotency: row.get("idempotency")?,
            idle_expiry: row.get("idle_expiry")?,
            absolute_expiry: row.get("absolute_expiry")?,
            revoked_at: row.get("revoked_at")?,
            revoked_reason: row.get("revoked_reason")?,
        })
    }

    fn believe(self) -> Result<Family, Box<dyn Error + Send + Sync>> {
        Ok(Family {
            id: FamilyId::from_bytes(self.id),
            user: self.user_id.parse()?,
            scope: self.scope.parse()?,
            generation: self.generation,
            secret_hash: SecretHash::from_bytes(self.secret_hash),
            rotated_at: Timestamp::from_unix(self.rotated_at),
            idempotency: self.idempotency.map(IdempotencyHash::from_bytes),
            idle_expiry: Timestamp::from_unix(self.idle_expiry),
            absolute_expiry: Timestamp::from_unix(self.absolute_expiry),
            revoked: match (self.revoked_at, self.revoked_reason) {
                (Some(at), Some(name)) => {
                    let named = |reason: &RevocationReason| reason.name() == name;
                    let reason = RevocationReason::ALL.into_iter().find(named);
                    let reason = reason.ok_or("an unknown reason of revocation")?;
                    Some(Revocation {
                        at: Timestamp::from_unix(at),
                        reason,
                    })
                }
                _ => None,
            },
        })
    }
}

impl TryFrom<FamilyRow> for Family {
    type Error = StoreError;

    fn try_from(row: FamilyRow) -> Result<Self, StoreError> {
        row.believe()
            .map_err(|error| StoreError::corrupt("families", error))
    }
}

/// Runs a statement that gives one family or none.
fn one(
    transaction: &Transaction<'_>,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Option<Family>, StoreError> {
    let row = transaction
        .prepare_cached(sql)
        .and_then(|mut statement| optional(statement.query_row(params, FamilyRow::read)));
    row.map_err(StoreError::unavailable)?
        .map(Family::try_from)
        .transpose()
}

/// Ends the families of a user within a larger change.
pub(super) fn revoke_all(
    transaction: &Transaction<'_>,
    user: &UserId,
    revocation: Revocation,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE families SET revoked_at = ?2, revoked_reason = ?3 \
                       WHERE user_id = ?1 AND revoked_at IS NULL";
    let params = params![
        user.as_str(),
        revocation.at.as_unix(),
        revocation.reason.name()
    ];
    transaction
        .execute(SQL, params)
        .map(drop)
        .map_err(StoreError::unavailable)
}

fn prune(transaction: &Transaction<'_>, now: Timestamp) -> Result<(), rusqlite::Error> {
    let kept = i64::try_from(KEPT_AFTER_EXPIRY.as_secs()).unwrap_or(i64::MAX);
    let before = now.as_unix().saturating_sub(kept);
    transaction
        .execute("DELETE FROM families WHERE absolute_expiry < ?1", [before])
        .map(drop)
}

impl Families for SqliteStore {
    async fn open(&self, family: &Family, verified: &PasswordHash) -> Result<Opened, StoreError> {
        const USER: &str =
            "SELECT 1 FROM users WHERE id = ?1 AND NOT disabled AND password_hash = ?2";
        // A family that is there already was opened by an earlier try, whose answer was lost.
        const INSERT: &str = "\
            INSERT INTO families (user_id, id, scope, generation, secret_hash, rotated_at, \
                idempotency, idle_expiry, absolute_expiry) \
            VALUES (:user_id, :id, :scope, :generation, :secret_hash, :rotated_at, \
                :idempotency, :idle_expiry, :absolute_expiry) \
            ON CONFLICT DO NOTHING";
        self.write(|transaction| {
            let open = || {
                let user = params![family.user.as_str(), verified.expose()];
                if !transaction.prepare_cached(USER)?.exists(user)? {
                    return Ok(Opened::UserChanged);
                }
                prune(transaction, family.rotated_at)?;
                transaction.prepare_cached(INSERT)?.execute(named_params! {
                    ":user_id": family.user.as_str(),
                    ":id": family.id.as_bytes(),
                    ":scope": family.scope.to_string(),
                    ":generation": family.generation,
                    ":secret_hash": family.secret_hash.as_bytes(),
                    ":rotated_at": family.rotated_at.as_unix(),
                    ":idempotency": family.idempotency.as_ref().map(IdempotencyHash::as_bytes),
                    ":idle_expiry": family.idle_expiry.as_unix(),
                    ":absolute_expiry": family.absolute_expiry.as_unix(),
                })?;
                Ok(Opened::Yes)
            };
            open().map_err(|error: rusqlite::Error| StoreError::unavailable(error))
        })
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<Rotated, StoreError> {
        const SQL: &str = "\
            UPDATE families SET generation = generation + 1, rotated_at = :now, \
                idempotency = :idempotency, idle_expiry = :idle_expiry \
            WHERE user_id = :user_id AND id = :id \
                AND generation = :generation AND secret_hash = :secret_hash \
                AND revoked_at IS NULL AND :now < idle_expiry AND :now < absolute_expiry \
            RETURNING *";
        self.write(|transaction| {
            let params = named_params! {
                ":user_id": rotation.user.as_str(),
                ":id": rotation.family.as_bytes(),
                ":generation": rotation.generation,
                ":secret_hash": rotation.secret_hash.as_bytes(),
                ":idempotency": rotation.idempotency.as_ref().map(IdempotencyHash::as_bytes),
                ":now": rotation.now.as_unix(),
                ":idle_expiry": rotation.now.plus(rotation.idle_ttl).as_unix(),
            };
            if let Some(family) = one(transaction, SQL, params)? {
                return Ok(Rotated::Done(family));
            }
            let params = params![rotation.user.as_str(), rotation.family.as_bytes()];
            let row = "SELECT * FROM families WHERE user_id = ?1 AND id = ?2";
            Ok(Rotated::Refused(one(transaction, row, params)?))
        })
    }

    async fn revoke(
        &self,
        user: &UserId,
        family: FamilyId,
        revocation: Revocation,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE families SET revoked_at = ?3, revoked_reason = ?4 \
                           WHERE user_id = ?1 AND id = ?2 AND revoked_at IS NULL";
        let at = revocation.at.as_unix();
        let params = params![
            user.as_str(),
            family.as_bytes(),
            at,
            revocation.reason.name()
        ];
        let revoked = self.write(|transaction| {
            transaction
                .execute(SQL, params)
                .map_err(StoreError::unavailable)
        })?;
        Ok(revoked > 0)
    }
}
