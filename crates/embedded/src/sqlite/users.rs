//! The table `users`.

use rusqlite::{Connection, Row, Transaction, named_params, params};
use tollgate_core::Timestamp;
use tollgate_core::email::Email;
use tollgate_core::family::{Revocation, RevocationReason};
use tollgate_core::password::PasswordHash;
use tollgate_core::store::StoreError;
use tollgate_core::user::{
    Added, ImportStopped, Place, StopCause, User, UserDirectory, UserId, Users,
};

use super::{SqliteStore, families, optional};

const TABLE: &str = "users";

/// A row as SQLite gives it, before it is believed.
struct UserRow {
    id: String,
    email: String,
    password_hash: String,
    scope: String,
    disabled: bool,
    created_at: i64,
}

impl UserRow {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            id: row.get("id")?,
            email: row.get("email")?,
            password_hash: row.get("password_hash")?,
            scope: row.get("scope")?,
            disabled: row.get("disabled")?,
            created_at: row.get("created_at")?,
        })
    }
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row
                .id
                .parse()
                .map_err(|error| StoreError::corrupt(TABLE, error))?,
            email: row
                .email
                .parse()
                .map_err(|error| StoreError::corrupt(TABLE, error))?,
            password_hash: PasswordHash::parse(row.password_hash)
                .map_err(|error| StoreError::corrupt(TABLE, error))?,
            scope: row
                .scope
                .parse()
                .map_err(|error| StoreError::corrupt(TABLE, error))?,
            disabled: row.disabled,
            created_at: Timestamp::from_unix(row.created_at),
        })
    }
}

/// Changes one user; `false` if there is none.
fn update(
    transaction: &Transaction<'_>,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<bool, StoreError> {
    let changed = transaction
        .execute(sql, params)
        .map_err(StoreError::unavailable)?;
    Ok(changed > 0)
}

/// Adds a user; `false` if their id or address is in use.
fn insert(transaction: &Transaction<'_>, user: &User) -> Result<bool, StoreError> {
    const SQL: &str = "\
        INSERT INTO users (id, email, password_hash, scope, disabled, created_at) \
        VALUES (:id, :email, :password_hash, :scope, :disabled, :created_at) \
        ON CONFLICT DO NOTHING";
    let scope = user.scope.to_string();
    let params = named_params! {
        ":id": user.id.as_str(),
        ":email": user.email.as_str(),
        ":password_hash": user.password_hash.expose(),
        ":scope": scope,
        ":disabled": user.disabled,
        ":created_at": user.created_at.as_unix(),
    };
    let added = transaction
        .prepare_cached(SQL)
        .and_then(|mut statement| statement.execute(params));
    Ok(added.map_err(StoreError::unavailable)? > 0)
}

/// What is where a user would go.
fn place(connection: &Connection, user: &User) -> Result<Place, StoreError> {
    const SQL: &str = "SELECT * FROM users WHERE id = ?1 OR email = ?2";
    let find = || -> Result<Vec<UserRow>, rusqlite::Error> {
        let mut statement = connection.prepare_cached(SQL)?;
        let params = [user.id.as_str(), user.email.as_str()];
        statement.query_map(params, UserRow::read)?.collect()
    };
    let mut rows = find().map_err(StoreError::unavailable)?.into_iter();
    Ok(match (rows.next(), rows.next()) {
        (None, _) => Place::Free,
        (Some(row), None) if row.id == user.id.as_str() && row.email == user.email.as_str() => {
            Place::Theirs(row.try_into()?)
        }
        _ => Place::Taken,
    })
}

impl Users for SqliteStore {
    async fn id_of(&self, email: &Email) -> Result<Option<UserId>, StoreError> {
        const SQL: &str = "SELECT id FROM users WHERE email = ?1";
        let id: Option<String> = self.read(|connection| {
            let mut statement = connection
                .prepare_cached(SQL)
                .map_err(StoreError::unavailable)?;
            let id = statement.query_row([email.as_str()], |row| row.get(0));
            optional(id).map_err(StoreError::unavailable)
        })?;
        let id = id.map(|id| id.parse()).transpose();
        id.map_err(|error| StoreError::corrupt(TABLE, error))
    }

    async fn find(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        const SQL: &str = "SELECT * FROM users WHERE id = ?1";
        let row = self.read(|connection| {
            let mut statement = connection
                .prepare_cached(SQL)
                .map_err(StoreError::unavailable)?;
            let row = statement.query_row([id.as_str()], UserRow::read);
            optional(row).map_err(StoreError::unavailable)
        })?;
        row.map(User::try_from).transpose()
    }

    async fn rehash(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";
        let params = params![id.as_str(), old.expose(), new.expose()];
        self.write(|transaction| update(transaction, SQL, params).map(drop))
    }
}

impl UserDirectory for SqliteStore {
    async fn add(&self, user: &User) -> Result<Added, StoreError> {
        self.write(|transaction| {
            if insert(transaction, user)? {
                return Ok(Added::Yes);
            }
            // An earlier try, whose answer was lost, may have added it.
            Ok(match place(transaction, user)? {
                Place::Theirs(there) if there == *user => Added::Yes,
                _ => Added::Taken,
            })
        })
    }

    async fn places(&self, users: &[User]) -> Result<Vec<Place>, StoreError> {
        self.read(|connection| users.iter().map(|user| place(connection, user)).collect())
    }

    /// In one transaction: all of them, or none.
    async fn import(
        &self,
        users: &[User],
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<(), ImportStopped> {
        self.write(|transaction| {
            for (index, user) in users.iter().enumerate() {
                if !insert(transaction, user)? && place(transaction, user)? == Place::Taken {
                    return Err(ImportStopped {
                        kept: 0,
                        cause: StopCause::Taken,
                    });
                }
                progress(index + 1);
            }
            Ok(())
        })
    }

    async fn list(&self) -> Result<Vec<User>, StoreError> {
        let rows = self.read(|connection| {
            let list = || -> Result<Vec<UserRow>, rusqlite::Error> {
                let mut statement = connection.prepare("SELECT * FROM users ORDER BY email")?;
                statement.query_map([], UserRow::read)?.collect()
            };
            list().map_err(StoreError::unavailable)
        })?;
        rows.into_iter().map(User::try_from).collect()
    }

    async fn enable(&self, id: &UserId) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE users SET disabled = 0 WHERE id = ?1";
        self.write(|transaction| update(transaction, SQL, [id.as_str()]))
    }

    async fn disable(&self, id: &UserId, now: Timestamp) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE users SET disabled = 1 WHERE id = ?1";
        let revocation = Revocation {
            at: now,
            reason: RevocationReason::UserDisabled,
        };
        self.write(|transaction| {
            families::revoke_all(transaction, id, revocation)?;
            update(transaction, SQL, [id.as_str()])
        })
    }

    async fn set_password(
        &self,
        id: &UserId,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE users SET password_hash = ?2 WHERE id = ?1";
        let revocation = Revocation {
            at: now,
            reason: RevocationReason::PasswordChanged,
        };
        self.write(|transaction| {
            families::revoke_all(transaction, id, revocation)?;
            update(transaction, SQL, [id.as_str(), hash.expose()])
        })
    }

    async fn delete(&self, id: &UserId) -> Result<bool, StoreError> {
        const SQL: &str = "DELETE FROM users WHERE id = ?1";
        self.write(|transaction| update(transaction, SQL, [id.as_str()]))
    }
}
