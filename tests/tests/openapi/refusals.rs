//! Every refusal that a function can answer. In each list one follows from the one before by an exhaustive match, so
//! that a refusal which is not in here does not compile.

use std::iter::successors;
use std::time::Duration;

use lambda_http::{Body, Response};
use tollgate_core::login::LoginError;
use tollgate_core::logout::LogoutError;
use tollgate_core::password::PasswordTooLong;
use tollgate_core::refresh::{InvalidGrant, RefreshError};
use tollgate_core::store::StoreError;
use tollgate_http::Refusal;
use tollgate_http::body::BadBody;
use tollgate_http::idempotency_key::BadIdempotencyKey;
use tollgate_http::origin::CrossSite;
use tollgate_http::refresh_cookie::SeveralCookies;
use tollgate_identity::Refusal as NotServed;

/// Those of the function behind a path.
pub(crate) fn of(path: &str) -> Vec<Response<Body>> {
    let issued = |refusals: Vec<Refusal>| {
        let all = bodies().map(Refusal::from).chain([CrossSite.into()]);
        let all = all.chain(refusals);
        all.map(Refusal::into_response).collect()
    };
    match path {
        "/auth/login" => issued(
            logins()
                .map(Refusal::from)
                .chain([PasswordTooLong.into()])
                .collect(),
        ),
        "/auth/refresh" => issued(
            refreshes()
                .map(Refusal::from)
                .chain([BadIdempotencyKey.into(), SeveralCookies.into()])
                .collect(),
        ),
        "/auth/logout" => issued(
            logouts()
                .map(Refusal::from)
                .chain([SeveralCookies.into()])
                .collect(),
        ),
        "/me" => identities(None),
        "/reports" => identities(Some("reports:read")),
        _ => unreachable!("{path}: say here how its function refuses"),
    }
}

/// Not [`BadBody::Method`]: another method is another operation, and not one of the document.
fn bodies() -> impl Iterator<Item = BadBody> {
    successors(Some(BadBody::TooLarge), |bad| match bad {
        BadBody::TooLarge => Some(BadBody::MediaType),
        BadBody::MediaType => Some(BadBody::Malformed("JSON")),
        BadBody::Malformed(_) | BadBody::Method => None,
    })
}

fn logins() -> impl Iterator<Item = LoginError> {
    successors(Some(LoginError::InvalidCredentials), |error| match error {
        LoginError::InvalidCredentials => Some(LoginError::TooManyAttempts {
            retry_after: Duration::from_mins(2),
        }),
        LoginError::TooManyAttempts { .. } => Some(LoginError::Store(away())),
        LoginError::Store(_) => None,
    })
}

fn refreshes() -> impl Iterator<Item = RefreshError> {
    let grants = successors(Some(InvalidGrant::Expired), |grant| match grant {
        InvalidGrant::Expired => Some(InvalidGrant::Revoked),
        InvalidGrant::Revoked => Some(InvalidGrant::Reused),
        InvalidGrant::Reused => Some(InvalidGrant::Unknown),
        InvalidGrant::Unknown => None,
    });
    let others = successors(Some(RefreshError::KeysUnavailable), |error| match error {
        RefreshError::KeysUnavailable => Some(RefreshError::Store(away())),
        RefreshError::Store(_) | RefreshError::InvalidGrant(_) => None,
    });
    grants.map(RefreshError::InvalidGrant).chain(others)
}

fn logouts() -> impl Iterator<Item = LogoutError> {
    successors(Some(LogoutError::KeysUnavailable), |error| match error {
        LogoutError::KeysUnavailable => Some(LogoutError::Store(away())),
        LogoutError::Store(_) => None,
    })
}

/// Those of a protected function, which may need a scope.
fn identities(scope: Option<&'static str>) -> Vec<Response<Body>> {
    let refusals = successors(Some(NotServed::NoContext), |refusal| match refusal {
        NotServed::NoContext => Some(NotServed::SeveralCredentials),
        NotServed::SeveralCredentials => Some(NotServed::Expired),
        NotServed::Expired => scope.map(NotServed::InsufficientScope),
        NotServed::InsufficientScope(_) => None,
    });
    refusals.map(NotServed::into_response).collect()
}

fn away() -> StoreError {
    StoreError::unavailable("the store is away")
}
