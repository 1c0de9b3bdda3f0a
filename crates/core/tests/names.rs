//! Names that logs, metrics, rows and clients rely on: they never change.

use tollgate_core::access_token::InvalidToken;
use tollgate_core::event::chain;
use tollgate_core::family::RevocationReason;
use tollgate_core::refresh::InvalidGrant;
use tollgate_core::store::StoreError;

#[test]
fn every_refused_token_has_its_reason() {
    for (invalid, reason) in [
        (InvalidToken::TooLong, "token_too_long"),
        (InvalidToken::Malformed, "token_malformed"),
        (InvalidToken::Algorithm, "wrong_algorithm"),
        (InvalidToken::Type, "wrong_type"),
        (InvalidToken::Header, "unexpected_header"),
        (InvalidToken::UnknownKey, "unknown_key"),
        (InvalidToken::Signature, "bad_signature"),
        (InvalidToken::Claims, "bad_claims"),
        (InvalidToken::Requirement, "required_claim"),
        (InvalidToken::Issuer, "wrong_issuer"),
        (InvalidToken::Audience, "wrong_audience"),
        (InvalidToken::Expired, "expired"),
        (InvalidToken::NotYetValid, "not_yet_valid"),
        (InvalidToken::Lifetime, "bad_lifetime"),
    ] {
        assert_eq!(invalid.reason(), reason);
    }
}

#[test]
fn every_refused_grant_has_its_reason() {
    for (grant, reason) in [
        (InvalidGrant::Expired, "expired"),
        (InvalidGrant::Revoked, "revoked"),
        (InvalidGrant::Reused, "reused"),
        (InvalidGrant::Unknown, "unknown"),
    ] {
        assert_eq!(grant.reason(), reason);
    }
}

#[test]
fn every_end_of_a_family_has_its_reason() {
    let names = RevocationReason::ALL.map(RevocationReason::name);
    assert_eq!(
        names,
        ["logout", "reused", "user_disabled", "password_changed"]
    );
}

#[test]
fn an_error_is_told_with_its_causes() {
    let error = StoreError::corrupt("users", "the hash is no hash");
    assert_eq!(
        chain(&error),
        "the store holds an unreadable row in users: the hash is no hash"
    );
    let error = StoreError::unavailable("it is locked");
    assert_eq!(chain(&error), "the store did not answer: it is locked");
}
