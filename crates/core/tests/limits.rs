//! How long things may be, to the byte.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tollgate_core::Timestamp;
use tollgate_core::access_token::{InvalidToken, Unverified};
use tollgate_core::email::{Email, InvalidEmail};
use tollgate_core::refresh_token::MAX_LENGTH;
use tollgate_core::user::{InvalidUserId, UserId};

#[test]
fn an_access_token_has_8192_bytes() {
    let header = "eyJhbGciOiJIUzI1NiJ9";
    let of_length = |length: usize| format!("{header}.{}.", "A".repeat(length - header.len() - 2));
    for (length, refusal) in [
        (8_191, InvalidToken::Type),
        (8_192, InvalidToken::Type),
        (8_193, InvalidToken::TooLong),
        (100_000, InvalidToken::TooLong),
    ] {
        let token = of_length(length);
        assert_eq!(token.len(), length);
        assert_eq!(Unverified::parse(&token).err(), Some(refusal), "{length}");
    }
}

/// 8 + 16 + 4 + 16 + 64 + 16 bytes are 42 groups of four characters, after five of prefix.
#[test]
fn a_refresh_token_has_173_characters() {
    assert_eq!(MAX_LENGTH, 173);
}

#[test]
fn an_address_has_254_characters_64_of_them_before_the_at() {
    let address = |local: usize, domain: usize| {
        format!("{}@{}.de", "a".repeat(local), "b".repeat(domain - 3)).parse::<Email>()
    };
    for (local, domain, taken) in [
        (64, 20, true),
        (65, 20, false),
        (64, 189, true),
        (64, 190, false),
        (10, 243, true),
        (10, 244, false),
        (66, 187, false),
    ] {
        let refusal = (!taken).then_some(InvalidEmail::TooLong);
        if let Ok(address) = address(local, domain) {
            assert_eq!(address.to_string(), address.as_str());
            assert_eq!(String::from(address.clone()), address.as_str());
        }
        assert_eq!(
            address(local, domain).err(),
            refusal,
            "{local} and {domain}"
        );
    }
}

#[test]
fn a_user_id_has_1_to_64_characters_of_base64url() {
    let longest = "x".repeat(64);
    for id in ["u", "0", "_", "-", "aB9_-", &longest] {
        let read: UserId = id.parse().expect("an id");
        assert_eq!(read.as_str(), id);
        assert_eq!(read.to_string(), id);
        assert_eq!(String::from(read.clone()), id);
        assert_eq!(UserId::try_from(id.to_owned()), Ok(read));
    }
    let too_long = "x".repeat(65);
    for id in ["", "a b", "a/b", "a.b", "ä", "a\0", &too_long] {
        assert_eq!(id.parse::<UserId>(), Err(InvalidUserId), "{id}");
        assert_eq!(UserId::try_from(id.to_owned()), Err(InvalidUserId));
    }
}

#[test]
fn a_moment_is_whole_seconds_since_1970() {
    let at = |seconds| Timestamp::from_unix(seconds);
    let after = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    for (time, timestamp) in [
        (UNIX_EPOCH, at(0)),
        (after(1), at(1)),
        (after(1_800_000_000), at(1_800_000_000)),
        (after(7) + Duration::from_millis(999), at(7)),
    ] {
        assert_eq!(Timestamp::from(time), timestamp);
        assert_eq!(timestamp.to_string(), timestamp.as_unix().to_string());
    }
    assert_eq!(SystemTime::from(at(1_800_000_000)), after(1_800_000_000));
    let before = UNIX_EPOCH.checked_sub(Duration::from_secs(7));
    assert_eq!(Timestamp::from(before.expect("1969")), at(-7));
    assert_eq!(SystemTime::from(at(-7)), UNIX_EPOCH);

    assert_eq!(at(7).plus(Duration::from_secs(3)), at(10));
    assert_eq!(at(7).plus(Duration::MAX), at(i64::MAX));
    assert_eq!(at(10).since(at(7)), Duration::from_secs(3));
    assert_eq!(at(7).since(at(10)), Duration::ZERO);
}
