//! What Better Auth keeps in its tables `user` and `account`, as one JSON document.

use std::collections::HashMap;
use std::fmt;
use std::io::Read;

use serde::{Deserialize, Deserializer};
use tollgate_core::Timestamp;
use tollgate_core::email::Email;
use tollgate_core::password::PasswordHash;
use tollgate_core::user::{User, UserId};

use super::Terms;
use super::record::{Record, missing};
use super::row::{Problem, Row, Spot};

/// The provider of an account with a password.
const CREDENTIAL: &str = "credential";

#[derive(Deserialize)]
struct Tables {
    #[serde(alias = "users", deserialize_with = "table")]
    user: Vec<UserRow>,
    #[serde(alias = "accounts", deserialize_with = "table")]
    account: Vec<AccountRow>,
}

/// A table without rows is `null` where `json_agg` made it.
fn table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(rows: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(rows).map(Option::unwrap_or_default)
}

/// A document that is none, and where; not what is there.
pub(super) struct NotTables(serde_json::Error);

impl fmt::Display for NotTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.0.line(), self.0.column())
    }
}

/// Reads all users. Accounts are looked at for their passwords only.
pub(super) fn read(input: impl Read, terms: &Terms) -> Result<Vec<Row>, NotTables> {
    let tables: Tables = serde_json::from_reader(input).map_err(NotTables)?;
    let mut rows = Vec::with_capacity(tables.user.len());
    let mut passwords = Passwords::default();
    for (index, account) in tables.account.into_iter().enumerate() {
        let spot = Spot::Account(index);
        match account.0 {
            Ok(account) if account.provider == CREDENTIAL => {
                let of_user = passwords.entry(account.user).or_default();
                of_user.push((spot, account.password));
            }
            Ok(_) => {}
            Err(problem) => rows.push(refused(spot, problem)),
        }
    }
    for (index, user) in tables.user.into_iter().enumerate() {
        let spot = Spot::User(index);
        let passwords = passwords.remove(&user.key).unwrap_or_default();
        let user = user.user.and_then(|user| user.admit(passwords, terms));
        rows.push(Row { spot, user });
    }
    let orphans = passwords.into_values().flatten();
    let orphan = Problem::of("userId", "its user is not in the file");
    rows.extend(orphans.map(|(spot, _)| refused(spot, orphan.clone())));
    rows.sort_by_key(|row| row.spot);
    Ok(rows)
}

/// Where the passwords of a user are, by the user's id.
type Passwords = HashMap<String, Vec<(Spot, Option<String>)>>;

fn refused(spot: Spot, problem: Problem) -> Row {
    let user = Err(problem);
    Row { spot, user }
}

#[derive(Deserialize)]
#[serde(from = "Record")]
struct AccountRow(Result<Account, Problem>);

struct Account {
    user: String,
    provider: String,
    password: Option<String>,
}

impl From<Record> for AccountRow {
    fn from(mut record: Record) -> Self {
        let mut read = || {
            record.once()?;
            Ok(Account {
                user: record.id("userId")?,
                provider: record.id("providerId")?,
                password: record.text("password")?,
            })
        };
        Self(read())
    }
}

#[derive(Deserialize)]
#[serde(from = "Record")]
struct UserRow {
    /// The id as accounts refer to it, whether or not it is one here.
    key: String,
    user: Result<BetterAuthUser, Problem>,
}

struct BetterAuthUser {
    id: UserId,
    email: Email,
    email_verified: bool,
    created_at: Option<Timestamp>,
    banned: bool,
    second_factor: bool,
}

impl From<Record> for UserRow {
    fn from(mut record: Record) -> Self {
        let once = record.once();
        let key = record.id("id");
        let user = once.and_then(|()| key.clone()).and_then(|id| {
            Ok(BetterAuthUser {
                id: id.parse().map_err(|error| Problem::of("id", &error))?,
                email: record.parsed("email")?.ok_or_else(|| missing("email"))?,
                email_verified: record.flag("emailVerified")?.unwrap_or(false),
                created_at: record.moment("createdAt")?.map(in_seconds),
                banned: record.flag("banned")?.unwrap_or(false),
                second_factor: record.flag("twoFactorEnabled")?.unwrap_or(false),
            })
        });
        let key = key.unwrap_or_default();
        Self { key, user }
    }
}

/// Some databases have milliseconds. As seconds, those would be after the year 5000.
fn in_seconds(moment: Timestamp) -> Timestamp {
    match moment.as_unix() {
        millis @ 100_000_000_000.. => Timestamp::from_unix(millis / 1000),
        _ => moment,
    }
}

impl BetterAuthUser {
    /// The user as they would be here.
    fn admit(self, passwords: Vec<(Spot, Option<String>)>, terms: &Terms) -> Result<User, Problem> {
        let mut hashes = passwords.into_iter().filter_map(|(_, password)| password);
        let (hash, another) = (hashes.next(), hashes.next());
        let hash = hash.ok_or_else(|| {
            Problem::new("it has no account with a password: it logs in by other means")
        })?;
        if another.is_some() {
            return Err(Problem::new("it has two accounts with a password"));
        }
        if !self.email_verified && !terms.unverified {
            let reason = "the address may be somebody else's; --unverified takes it all the same";
            return Err(Problem::of("emailVerified", reason));
        }
        if self.second_factor && !terms.drop_second_factor {
            let reason = "there is no second factor here; --drop-second-factor does without";
            return Err(Problem::of("twoFactorEnabled", reason));
        }
        Ok(User {
            id: self.id,
            email: self.email,
            password_hash: PasswordHash::from_better_auth(&hash)
                .map_err(|error| Problem::of("account.password", &error))?,
            scope: terms.scope.clone(),
            disabled: self.banned,
            created_at: self.created_at.unwrap_or(terms.now),
        })
    }
}
