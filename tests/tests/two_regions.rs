//! Two regions with one table: what converges, and what does not.
//!
//! A replica answers from its own version of an item. What is written there reaches the other one some
//! time later, whole, and of two versions the one that was written last stays: that is how AWS describes
//! DynamoDB's global tables with eventual consistency, and all that this model knows of them. The
//! decisions are those of core. docs/scale.md says what follows from it.

use std::time::Duration;

use tollgate_core::Timestamp;
use tollgate_core::attempts::{Attempts, Lane};
use tollgate_core::family::{Decision, Family, Revocation, RevocationReason, Rotation};
use tollgate_core::mint::Lifetimes;
use tollgate_core::refresh_token::RefreshToken;
use tollgate_core::scope::Scope;
use tollgate_tests::functions::rng;

/// Seconds for which a refresh may be repeated.
const GRACE: u64 = 10;
const DAY: u64 = 86_400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Region {
    A,
    B,
}
use Region::{A, B};

const REGIONS: [Region; 2] = [A, B];

impl Region {
    fn other(self) -> Self {
        match self {
            A => B,
            B => A,
        }
    }
}

/// An item as it was written at some time; the second number orders what was written in one second.
#[derive(Clone, Debug)]
struct Version<T> {
    item: T,
    written: (u64, u64),
}

/// One item of a global table.
struct Replicated<T> {
    replicas: [Version<T>; 2],
    /// When, where and what.
    under_way: Vec<(u64, Region, Version<T>)>,
    now: u64,
    lag: u64,
    writes: u64,
}

impl<T: Clone> Replicated<T> {
    fn new(item: T, lag: u64) -> Self {
        let version = Version {
            item,
            written: (0, 0),
        };
        Self {
            replicas: [version.clone(), version],
            under_way: vec![],
            now: 0,
            lag,
            writes: 0,
        }
    }

    fn read(&self, region: Region) -> &T {
        &self.replicas[region as usize].item
    }

    fn write(&mut self, region: Region, item: T) {
        self.writes += 1;
        let written = (self.now, self.writes);
        let version = Version { item, written };
        self.replicas[region as usize] = version.clone();
        let arrives = self.now + self.lag;
        self.under_way.push((arrives, region.other(), version));
        self.deliver();
    }

    fn pass(&mut self, seconds: u64) {
        self.now += seconds;
        self.deliver();
    }

    /// Until nothing is under way.
    fn settle(&mut self) {
        self.pass(self.lag);
    }

    fn deliver(&mut self) {
        let now = self.now;
        let arrived = |(arrives, ..): &mut (u64, Region, Version<T>)| *arrives <= now;
        for (_, region, version) in self.under_way.extract_if(.., arrived) {
            let there = &mut self.replicas[region as usize];
            if version.written > there.written {
                *there = version;
            }
        }
    }

    fn time(&self) -> Timestamp {
        let start = Timestamp::from_unix(1_800_000_000);
        start.plus(Duration::from_secs(self.now))
    }
}

/// One log-in, a while ago.
struct Session(Replicated<Family>);

impl Session {
    fn new(lag: u64) -> (Self, RefreshToken) {
        let lifetimes = Lifetimes::default();
        assert_eq!(lifetimes.grace, Duration::from_secs(GRACE));
        let token = RefreshToken::first("ada".parse().expect("a user id"), &mut rng());
        let start = Timestamp::from_unix(1_800_000_000);
        let row = Family {
            id: token.family(),
            user: token.user().clone(),
            scope: Scope::default(),
            generation: 0,
            secret_hash: token.secret_hash(),
            rotated_at: start,
            idempotency: None,
            idle_expiry: start.plus(lifetimes.refresh),
            absolute_expiry: start.plus(lifetimes.family),
            revoked: None,
        };
        let mut session = Self(Replicated::new(row, lag));
        session.0.pass(600);
        (session, token)
    }

    /// What a refresh does, in the region that it meets.
    fn refresh(&mut self, region: Region, token: &RefreshToken) -> Result<RefreshToken, Decision> {
        let lifetimes = Lifetimes::default();
        let row = self.0.read(region).clone();
        let rotation = Rotation::of(token, None, self.0.time(), lifetimes.refresh);
        let decision = rotation.decide(&row, lifetimes.grace);
        match decision {
            Decision::Rotate => self.0.write(region, rotation.applied_to(&row)),
            Decision::Reused => self.revoke(region, RevocationReason::Reused),
            _ => {}
        }
        match decision {
            Decision::Rotate | Decision::Replay => Ok(successor(token)),
            refused => Err(refused),
        }
    }

    fn revoke(&mut self, region: Region, reason: RevocationReason) {
        let mut row = self.0.read(region).clone();
        if row.revoked.is_none() {
            let at = self.0.time();
            row.revoked = Some(Revocation { at, reason });
            self.0.write(region, row);
        }
    }

    /// Whether it is over, when both regions know the same.
    fn is_over(&mut self) -> bool {
        self.0.settle();
        assert_eq!(self.0.read(A), self.0.read(B), "they have converged");
        self.0.read(A).revoked.is_some()
    }
}

fn successor(token: &RefreshToken) -> RefreshToken {
    token.successor().expect("far from the end")
}

#[test]
fn one_token_in_two_regions_has_one_successor() {
    for lag in 0..=GRACE {
        for apart in 0..=GRACE {
            let (mut session, token) = Session::new(lag);
            let first = session.refresh(A, &token);
            session.0.pass(apart);
            let second = session.refresh(B, &token);
            assert_eq!(first, Ok(successor(&token)));
            assert_eq!(second, first, "lag {lag}, {apart} s apart");

            assert!(!session.is_over());
            assert_eq!(session.0.read(A).generation, 1);
            session.0.pass(GRACE + 1);
            for region in REGIONS {
                let next = session.refresh(region, &successor(&token));
                assert_eq!(next, Ok(successor(&successor(&token))));
            }
        }
    }
}

/// The client keeps to the rules of docs/architecture.md; its requests come out in any region.
#[test]
fn while_the_lag_is_below_the_grace_time_no_client_is_refused() {
    const STEPS: u32 = 5;
    for lag in 0..=GRACE {
        // Two bits for each step: which region, and whether the request is repeated in the other.
        for choices in 0..4_u32.pow(STEPS) {
            let (mut session, mut token) = Session::new(lag);
            for step in 0..STEPS {
                let choice = choices >> (2 * step);
                let region = REGIONS[(choice & 1) as usize];
                let answer = session.refresh(region, &token);
                assert_eq!(answer, Ok(successor(&token)), "lag {lag}, {choices:b}");
                session.0.pass(GRACE / 2 - 1);
                if choice & 2 != 0 {
                    let repeated = session.refresh(region.other(), &token);
                    assert_eq!(repeated, answer, "lag {lag}, {choices:b}");
                }
                session.0.pass(GRACE / 2 + 2);
                token = successor(&token);
            }
            assert!(!session.is_over());
        }
    }
}

#[test]
fn a_longer_lag_refuses_the_owner_and_believes_a_thief() {
    let (mut session, token) = Session::new(3 * GRACE);
    let next = session.refresh(A, &token).expect("the owner refreshes");
    session.0.pass(GRACE + 1);
    let elsewhere = session.refresh(B, &next);
    assert_eq!(elsewhere, Err(Decision::StoreWentBack));

    let last = session.refresh(A, &next).expect("the owner, at home");
    session.0.pass(1);
    let thief = session.refresh(B, &token);
    assert_eq!(thief, Ok(next), "an ancestor, and nobody notices");
    assert!(!session.is_over());
    assert_eq!(session.0.read(A).generation, 1, "the chain went back");
    assert_eq!(session.refresh(A, &last), Err(Decision::StoreWentBack));
}

#[test]
fn a_later_write_elsewhere_undoes_a_revocation() {
    for lag in 0..=5 {
        for apart in 0..=6 {
            let (mut session, token) = Session::new(lag);
            session.revoke(A, RevocationReason::Logout);
            session.0.pass(apart);
            let answer = session.refresh(B, &token);
            let undone = apart < lag;
            assert_eq!(answer.is_ok(), undone, "lag {lag}, {apart} s apart");
            assert_eq!(!session.is_over(), undone, "for good, and in both");

            // The other way round the revocation is the last write, and stays.
            let (mut session, token) = Session::new(lag);
            session.refresh(B, &token).expect("it is alive");
            session.0.pass(apart);
            session.revoke(A, RevocationReason::Logout);
            assert!(session.is_over());
        }
    }
}

/// In how many of a minute's seconds a revocation in one region is undone by a thief who refreshes in
/// the other. `revoke` is what the owner does there.
fn undone(lag: u64, every: u64, revoke: impl Fn(&mut Session, &RefreshToken)) -> usize {
    let survives = |second: &u64| {
        let (mut session, stolen) = Session::new(lag);
        let mut thief = Ok(stolen.clone());
        for now in 0..120 {
            if now % every == 0 {
                thief = thief.and_then(|token| session.refresh(B, &token));
            }
            if now == *second {
                revoke(&mut session, &stolen);
            }
            session.0.pass(1);
        }
        thief.is_ok() && !session.is_over()
    };
    (30..90).filter(survives).count()
}

#[test]
fn a_thief_who_never_rests_outlives_every_revocation() {
    let log_out = |session: &mut Session, _: &_| session.revoke(A, RevocationReason::Logout);
    let detect = |session: &mut Session, stolen: &_| {
        let answer = session.refresh(A, stolen);
        assert_eq!(answer, Err(Decision::Reused), "it is noticed");
    };
    assert_eq!(undone(2, 1, log_out), 60);
    assert_eq!(undone(2, 1, detect), 60);
    // A thief who rests is caught more often than not; the share is that of the lag in the rest.
    assert_eq!(undone(2, 6, log_out), 10);
    // In one region nobody escapes.
    assert_eq!(undone(0, 1, log_out), 0);
    assert_eq!(undone(0, 1, detect), 0);
}

/// All writes go to one region, and from one moment on to the other.
#[test]
fn with_a_home_region_only_a_failover_undoes_what_was_just_revoked() {
    const FAILOVER: u64 = 60;
    for lag in 0..=5 {
        for revoked_at in 40..80 {
            let (mut session, token) = Session::new(lag);
            let mut newest = Ok(token);
            for now in 0..120 {
                let home = if now < FAILOVER { A } else { B };
                if now == revoked_at {
                    session.revoke(home, RevocationReason::Logout);
                }
                if now % 20 == 0 {
                    newest = newest.and_then(|token| session.refresh(home, &token));
                }
                session.0.pass(1);
            }
            let undone = revoked_at < FAILOVER && revoked_at + lag > FAILOVER;
            assert_eq!(!session.is_over(), undone, "lag {lag}, at {revoked_at}");
        }
    }
}

/// How many guesses at one account are looked at on a day, if both regions are asked all the time.
fn guesses(lag: u64) -> usize {
    let mut count: Replicated<Option<Attempts>> = Replicated::new(None, lag);
    let mut admitted = 0;
    while count.now < DAY {
        for region in REGIONS {
            if let Ok(next) = Lane::Account.admit(*count.read(region), count.time()) {
                count.write(region, Some(next));
                admitted += 1;
            }
        }
        count.pass(1);
    }
    admitted
}

#[test]
fn each_region_counts_its_own_guesses() {
    assert_eq!(guesses(0), 98);
    assert_eq!(guesses(1), 2 * 98);
}

#[test]
fn an_address_can_be_taken_twice() {
    let mut address = Replicated::new(None, 1);
    for (region, user) in [(A, "ada"), (B, "bob")] {
        assert_eq!(*address.read(region), None, "the condition holds");
        address.write(region, Some(user));
    }
    address.settle();
    assert_eq!(
        REGIONS.map(|region| *address.read(region)),
        [Some("bob"); 2]
    );
}
