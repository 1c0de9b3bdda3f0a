//! One user, one family, and their items as they are stored.

use std::time::Duration;

use serde_json::{Value, json};
use tollgate_core::Timestamp;
use tollgate_core::attempts::{AttemptKey, Attempts};
use tollgate_core::family::{Family, IdempotencyHash, Revocation, RevocationReason, Rotation};
use tollgate_core::password::PasswordHash;
use tollgate_core::refresh_token::{FamilyId, SecretHash};
use tollgate_core::user::User;

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
pub(crate) const REVOCATION: Revocation = Revocation {
    at: NOW,
    reason: RevocationReason::Reused,
};
const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$\
                    lt8mAuNTSLKYHKUGrHHMZDg2wtQCkGDdtHFWQFrDz6E";

pub(crate) fn hash() -> PasswordHash {
    PasswordHash::parse(HASH.to_owned()).expect("a hash")
}

pub(crate) fn user() -> User {
    User {
        id: "ada".parse().expect("an id"),
        email: "ada@example.com".parse().expect("an address"),
        password_hash: hash(),
        scope: "a b".parse().expect("a scope"),
        disabled: false,
        created_at: NOW,
    }
}

pub(crate) fn user_item() -> Value {
    json!({
        "pk": {"S": "user#ada"},
        "sk": {"S": "user"},
        "email": {"S": "ada@example.com"},
        "password_hash": {"S": HASH},
        "scope": {"S": "a b"},
        "disabled": {"BOOL": false},
        "created_at": {"N": "1800000000"},
    })
}

pub(crate) fn address_item() -> Value {
    json!({
        "pk": {"S": "email#ada@example.com"},
        "sk": {"S": "email"},
        "user_id": {"S": "ada"},
    })
}

pub(crate) fn family() -> Family {
    Family {
        id: FamilyId::from_bytes([0; 16]),
        user: user().id,
        scope: user().scope,
        generation: 4,
        secret_hash: SecretHash::from_bytes([0; 32]),
        rotated_at: NOW,
        idempotency: Some(IdempotencyHash::from_bytes([0; 32])),
        idle_expiry: NOW.plus(Duration::from_secs(100)),
        absolute_expiry: NOW.plus(Duration::from_secs(1_000)),
        revoked: None,
    }
}

pub(crate) fn family_item() -> Value {
    const ZEROS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    json!({
        "pk": {"S": "user#ada"},
        "sk": {"S": "family#AAAAAAAAAAAAAAAAAAAAAA"},
        "scope": {"S": "a b"},
        "generation": {"N": "4"},
        "secret_hash": {"B": ZEROS},
        "rotated_at": {"N": "1800000000"},
        "idempotency": {"B": ZEROS},
        "idle_expiry": {"N": "1800000100"},
        "absolute_expiry": {"N": "1800001000"},
        // A day later, so that a late client still hears that it has expired.
        "expires_at": {"N": "1800087400"},
    })
}

pub(crate) fn revoked_item(revocation: Revocation) -> Value {
    let mut item = family_item();
    item["revoked_at"] = json!({"N": revocation.at.to_string()});
    item["revoked_reason"] = json!({"S": revocation.reason.name()});
    item
}

pub(crate) fn rotation() -> Rotation {
    Rotation {
        user: user().id,
        family: family().id,
        generation: 4,
        secret_hash: family().secret_hash,
        idempotency: None,
        now: NOW,
        idle_ttl: Duration::from_secs(100),
    }
}

pub(crate) fn attempt_key() -> AttemptKey {
    AttemptKey::account("ada@example.com")
}

pub(crate) fn attempts() -> Attempts {
    Attempts {
        failures: 3,
        next_allowed: NOW,
        expires_at: NOW.plus(Duration::from_secs(100)),
    }
}

pub(crate) fn attempts_item() -> Value {
    json!({
        "pk": {"S": "attempts#tfyF5VdV-eDQMKEKtEKbaylEhV-aDWAHf-gyvsvEHXI"},
        "sk": {"S": "attempts"},
        "failures": {"N": "3"},
        "next_allowed": {"N": "1800000000"},
        "expires_at": {"N": "1800000100"},
    })
}
