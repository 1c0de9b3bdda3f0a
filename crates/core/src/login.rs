//! Logging in: an address and a password for a pair of tokens.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::{join, try_join};
use rand_core::CryptoRng;

use crate::Timestamp;
use crate::attempts::{AttemptKey, AttemptLog, Attempts, Lane, Swapped, Throttled};
use crate::email::Email;
use crate::event::Event;
use crate::family::{Families, Family, Opened};
use crate::key_source::KeySource;
use crate::mint::{Mint, TokenPair};
use crate::password::{Hasher, Password, Verdict};
use crate::refresh_token::RefreshToken;
use crate::store::StoreError;
use crate::user::{User, UserId, Users};

/// What a client sends to log in.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// As it was typed. An address that cannot exist is refused like one that does not.
    pub email: String,
    /// As it was typed.
    pub password: Password,
    /// Where the request came from, if that is known.
    pub source: Option<IpAddr>,
}

/// Why there are no tokens. A wrong password, an unknown address and a disabled user are one.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// 401.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// 429.
    #[error("too many attempts")]
    TooManyAttempts {
        /// How long to wait.
        retry_after: Duration,
    },
    /// 503.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The use case.
#[derive(Debug)]
pub struct Login<S, K> {
    /// Users, families and attempts.
    pub store: S,
    /// Makes the pair.
    pub mint: Mint<K>,
    /// Checks the password.
    pub hasher: Hasher,
}

/// An attempt that was counted, and may now be looked at.
struct Admitted {
    user: Option<User>,
    lane: Lane,
    account: AttemptKey,
    network: Option<AttemptKey>,
}

impl<S: Users + Families + AttemptLog + Sync, K: KeySource> Login<S, K> {
    /// Logs somebody in.
    ///
    /// Two round trips to the store, then the hash, then one more. The hash keeps its thread busy
    /// for tens of milliseconds: call this where that may be.
    pub async fn log_in(
        &self,
        credentials: &Credentials,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<TokenPair, LoginError> {
        self.attempt(credentials, now, rng)
            .await
            .inspect_err(|error| match error {
                LoginError::Store(error) => Event::StoreFailed { error }.emit(),
                LoginError::InvalidCredentials | LoginError::TooManyAttempts { .. } => {}
            })
    }

    async fn attempt(
        &self,
        credentials: &Credentials,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<TokenPair, LoginError> {
        let (admitted, ()) = join(self.admit(credentials, now), self.mint.wake(now)).await;
        let admitted = admitted?;
        let stored = admitted.user.as_ref().map(|user| &user.password_hash);
        let verdict = self.hasher.check(stored, &credentials.password);
        let user = admitted.judge(verdict)?;
        let token = RefreshToken::first(user.id.clone(), rng);
        let family = self.family_of(&token, user, now);
        if self.record(&admitted, user, &family, now).await? == Opened::UserChanged {
            return Err(refuse("user_changed", Some(user)));
        }
        if verdict == Verdict::RightButOutdated {
            self.rehash(user, credentials, rng).await;
        }
        Event::LoggedIn {
            user: &user.id,
            family: family.id,
        }
        .emit();
        Ok(self.mint.pair(user, &family, &token, now, rng).await)
    }

    /// Finds the user and counts the attempt, whether or not there is a user.
    async fn admit(
        &self,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Admitted, LoginError> {
        let account = AttemptKey::account(&credentials.email);
        let network = credentials
            .source
            .map(|source| AttemptKey::network(&credentials.email, source));
        let find_id = async {
            match credentials.email.parse::<Email>() {
                Ok(email) => self.store.id_of(&email).await,
                Err(_) => Ok(None),
            }
        };
        // First, and without the user: an attempt that is too early takes as long for everybody.
        let find_turn = async {
            let keys = [account, network.unwrap_or(account)];
            let [of_account, of_network] = self.store.load(keys).await?;
            let known = of_network.filter(|row| network.is_some() && now < row.expires_at);
            let turn = match (known, network) {
                (Some(row), Some(network)) => (Lane::KnownNetwork, network, Some(row)),
                _ => (Lane::Account, account, of_account),
            };
            let (lane, _, row) = turn;
            lane.admit(row, now)?;
            Ok::<_, LoginError>(turn)
        };
        let find_id = async { Ok(find_id.await?) };
        let ((lane, key, row), id) = try_join(find_turn, find_id)
            .await
            .inspect_err(|error| too_early(error, None))?;
        let count = self.count(lane, key, row, now);
        let ((), user) = try_join(count, self.find(id.as_ref(), &account))
            .await
            .inspect_err(|error| too_early(error, id.as_ref()))?;
        Ok(Admitted {
            user,
            lane,
            account,
            network,
        })
    }

    /// Whether or not there is a user, somebody is looked up.
    async fn find(
        &self,
        id: Option<&UserId>,
        account: &AttemptKey,
    ) -> Result<Option<User>, LoginError> {
        let nobody = UserId::of_nobody(account);
        let found = self.store.find(id.unwrap_or(&nobody)).await?;
        Ok(found.filter(|_| id.is_some()))
    }

    /// Counts an attempt before it is looked at, against everybody who does the same right now.
    async fn count(
        &self,
        lane: Lane,
        key: AttemptKey,
        mut row: Option<Attempts>,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        const PATIENCE: usize = 8;
        for _ in 0..PATIENCE {
            let next = lane.admit(row, now)?;
            match self.store.swap(key, row, next).await? {
                Swapped::Done => return Ok(()),
                Swapped::Conflict(current) => row = current,
            }
        }
        // So many at once on one account are no person at a keyboard.
        Err(LoginError::TooManyAttempts {
            retry_after: Duration::from_secs(1),
        })
    }

    fn family_of(&self, token: &RefreshToken, user: &User, now: Timestamp) -> Family {
        Family {
            id: token.family(),
            user: user.id.clone(),
            scope: user.scope.clone(),
            generation: token.generation(),
            secret_hash: token.secret_hash(),
            rotated_at: now,
            idempotency: None,
            idle_expiry: now.plus(self.mint.lifetimes.refresh),
            absolute_expiry: now.plus(self.mint.lifetimes.family),
            revoked: None,
        }
    }

    /// Hashes the password at the cost of today. Whoever has logged in is in, even if it fails; the
    /// next log-in tries again.
    async fn rehash(&self, user: &User, credentials: &Credentials, rng: &mut impl CryptoRng) {
        let new = self.hasher.hash(&credentials.password, rng);
        match self.store.rehash(&user.id, &user.password_hash, &new).await {
            Ok(()) => Event::Rehashed { user: &user.id }.emit(),
            Err(error) => Event::StoreFailed { error: &error }.emit(),
        }
    }

    /// What a success writes, at once.
    async fn record(
        &self,
        admitted: &Admitted,
        user: &User,
        family: &Family,
        now: Timestamp,
    ) -> Result<Opened, StoreError> {
        let forgive = (admitted.lane == Lane::Account).then_some(admitted.account);
        let known = admitted
            .network
            .map(|network| (network, Attempts::known_network(now)));
        let open = self.store.open(family, &user.password_hash);
        let (opened, ()) = try_join(open, self.store.succeeded(forgive, known)).await?;
        Ok(opened)
    }
}

impl Admitted {
    /// The user, if the password is theirs and they may come in.
    fn judge(&self, verdict: Verdict) -> Result<&User, LoginError> {
        match (&self.user, verdict) {
            (None, _) => Err(refuse("unknown_user", None)),
            (Some(user), Verdict::Wrong) => Err(refuse("wrong_password", Some(user))),
            (Some(user), _) if user.disabled => Err(refuse("user_disabled", Some(user))),
            (Some(user), _) => Ok(user),
        }
    }
}

/// Tells of an attempt that came too early. Of whom is known only to who was overtaken just now.
fn too_early(error: &LoginError, user: Option<&UserId>) {
    if let LoginError::TooManyAttempts { .. } = error {
        Event::LoginRefused {
            reason: "too_many_attempts",
            user,
        }
        .emit();
    }
}

/// One refusal for all reasons; the reason is told here, and nowhere else.
fn refuse(reason: &'static str, user: Option<&User>) -> LoginError {
    Event::LoginRefused {
        reason,
        user: user.map(|user| &user.id),
    }
    .emit();
    LoginError::InvalidCredentials
}

impl From<Throttled> for LoginError {
    fn from(Throttled { retry_after }: Throttled) -> Self {
        Self::TooManyAttempts { retry_after }
    }
}
