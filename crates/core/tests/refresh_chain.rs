//! The refresh chain as a model: honest clients with several tabs, a thief, lost answers, retries
//! with and without an idempotency key, clocks that step, and revocation, in any interleaving.
//!
//! The row is what a store would keep; a request is decided as a store and the use case decide it.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use tollgate_core::Timestamp;
use tollgate_core::family::{
    Decision, Family, IDEMPOTENCY_WINDOW, IdempotencyHash, Revocation, RevocationReason, Rotation,
};
use tollgate_core::refresh_token::RefreshToken;
use tollgate_core::scope::Scope;

const GRACE: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_hours(7 * 24);
const TABS: usize = 3;

/// A generator that is random enough for ids, and the same in every run.
struct Counting(u64);

impl rand_core::TryRng for Counting {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::try_from(self.try_next_u64()? >> 32).unwrap_or_default())
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        Ok(self.0)
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for byte in bytes {
            *byte = self.try_next_u64()?.to_be_bytes()[0];
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Counting {}

/// The server and its one row.
struct Server {
    row: Family,
    now: Timestamp,
}

impl Server {
    fn new() -> (Self, RefreshToken) {
        let user = "ada".parse().expect("a user id");
        let token = RefreshToken::first(user, &mut Counting(1));
        let now = Timestamp::from_unix(1_800_000_000);
        let row = Family {
            id: token.family(),
            user: token.user().clone(),
            scope: Scope::default(),
            generation: 0,
            secret_hash: token.secret_hash(),
            rotated_at: now,
            idempotency: None,
            idle_expiry: now.plus(IDLE),
            absolute_expiry: now.plus(Duration::from_hours(30 * 24)),
            revoked: None,
        };
        (Self { row, now }, token)
    }

    fn rotation(&self, token: &RefreshToken, key: Option<u32>) -> Rotation {
        let idempotency = key.map(|key| IdempotencyHash::of(&key.to_string()));
        Rotation::of(token, idempotency, self.now, IDLE)
    }

    fn would(&self, token: &RefreshToken, key: Option<u32>) -> Decision {
        self.rotation(token, key).decide(&self.row, GRACE)
    }

    /// One refresh: the successor, or why not.
    fn refresh(
        &mut self,
        token: &RefreshToken,
        key: Option<u32>,
    ) -> Result<RefreshToken, Decision> {
        let decision = self.would(token, key);
        match decision {
            Decision::Rotate => self.row = self.rotation(token, key).applied_to(&self.row),
            Decision::Reused => self.revoke(RevocationReason::Reused),
            _ => {}
        }
        let granted = matches!(decision, Decision::Rotate | Decision::Replay);
        if granted {
            Ok(token.successor().expect("far from the end"))
        } else {
            Err(decision)
        }
    }

    fn revoke(&mut self, reason: RevocationReason) {
        self.row.revoked.get_or_insert(Revocation {
            at: self.now,
            reason,
        });
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    /// The generations, of all there may ever have been, that a rotation would succeed with.
    fn live(&self, first: &RefreshToken) -> Vec<u32> {
        let mut token = first.clone();
        let mut live = vec![];
        for _ in 0..=self.row.generation + 1 {
            if self.would(&token, None) == Decision::Rotate {
                live.push(token.generation());
            }
            token = token.successor().expect("far from the end");
        }
        live
    }
}

/// A browser: tabs share one storage. It follows three rules, which docs/architecture.md gives to
/// everybody who writes a client: it does not refresh a token that is younger than the grace time,
/// nor one whose predecessor is still on its way to the server, and it retries either within half
/// the grace time (the other half is for clocks that disagree) or, if it sends all its requests with
/// keys, with the key that it wrote down first.
struct Browser {
    stored: RefreshToken,
    stored_at: Timestamp,
    in_flight: [Option<Request>; TABS],
}

#[derive(Clone)]
struct Request {
    token: RefreshToken,
    key: Option<u32>,
    sent: Timestamp,
}

impl Browser {
    fn new(token: RefreshToken, now: Timestamp) -> Self {
        Self {
            stored: token,
            stored_at: now,
            in_flight: [const { None }; TABS],
        }
    }

    fn start(&mut self, tab: usize, with_key: bool, now: Timestamp) {
        let idle = self.in_flight[tab].is_none();
        let mut others = self.in_flight.iter().flatten();
        let predecessor = others.any(|request| request.token != self.stored);
        if idle && !predecessor && now.since(self.stored_at) > GRACE {
            // One key for each token: what a tab writes down, the next one finds.
            let key = with_key.then(|| self.stored.generation());
            self.in_flight[tab] = Some(Request {
                token: self.stored.clone(),
                key,
                sent: now,
            });
        }
    }

    /// Whether a request still follows the rules when it arrives.
    fn is_timely(request: &Request, now: Timestamp) -> bool {
        let age = now.since(request.sent);
        age < GRACE / 2 || (request.key.is_some() && age < IDEMPOTENCY_WINDOW)
    }

    fn receive(&mut self, token: RefreshToken, now: Timestamp) {
        if token.generation() > self.stored.generation() {
            self.stored = token;
            self.stored_at = now;
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Pass(u64),
    /// The next request meets a machine whose clock is off by so many seconds.
    ClockOff(i64),
    Start {
        tab: usize,
        with_key: bool,
    },
    Deliver {
        tab: usize,
        lost: bool,
    },
    Steal,
    ThiefRefreshes,
    LogOut,
}

fn honest_step(with_key: BoxedStrategy<bool>) -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..15_u64).prop_map(Step::Pass),
        1 => (0..7_200_u64).prop_map(Step::Pass),
        1 => (-2..=2_i64).prop_map(Step::ClockOff),
        4 => (0..TABS, with_key).prop_map(|(tab, with_key)| Step::Start { tab, with_key }),
        5 => (0..TABS, any::<bool>()).prop_map(|(tab, lost)| Step::Deliver { tab, lost }),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => honest_step(any::<bool>().boxed()),
        1 => Just(Step::Steal),
        2 => Just(Step::ThiefRefreshes),
        1 => Just(Step::LogOut),
    ]
}

/// A server, a browser and a thief, and what has happened so far.
struct World {
    server: Server,
    first: RefreshToken,
    browser: Browser,
    loot: Option<RefreshToken>,
    refused: Vec<Decision>,
    off: i64,
}

impl World {
    fn new() -> Self {
        let (server, first) = Server::new();
        let browser = Browser::new(first.clone(), server.now);
        Self {
            server,
            first,
            browser,
            loot: None,
            refused: vec![],
            off: 0,
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Pass(seconds) => self.server.pass(Duration::from_secs(seconds)),
            Step::ClockOff(seconds) => self.off = seconds,
            Step::Start { tab, with_key } => self.browser.start(tab, with_key, self.server.now),
            Step::Deliver { tab, lost } => self.deliver(tab, lost),
            Step::Steal => self.loot = Some(self.browser.stored.clone()),
            Step::ThiefRefreshes => {
                if let Some(token) = self.loot.take() {
                    self.loot = self.refresh(&token, None).ok();
                }
            }
            Step::LogOut => self.server.revoke(RevocationReason::Logout),
        }
    }

    /// A request, on whichever machine it meets.
    fn refresh(
        &mut self,
        token: &RefreshToken,
        key: Option<u32>,
    ) -> Result<RefreshToken, Decision> {
        let now = self.server.now;
        let off = std::mem::take(&mut self.off);
        self.server.now = Timestamp::from_unix(now.as_unix() + off);
        let answer = self.server.refresh(token, key);
        self.server.now = now;
        answer
    }

    fn deliver(&mut self, tab: usize, lost: bool) {
        let Some(request) = self.browser.in_flight[tab].take() else {
            return;
        };
        if !Browser::is_timely(&request, self.server.now) {
            return;
        }
        let lost = lost && request.key.is_some();
        match self.refresh(&request.token, request.key) {
            // The tab will try again, unless it is too late for it.
            Ok(_) if lost => self.browser.in_flight[tab] = Some(request),
            Ok(successor) => self.browser.receive(successor, self.server.now),
            Err(decision) => self.refused.push(decision),
        }
    }
}

/// What the one write of a refresh changes.
#[test]
fn a_rotation_changes_four_fields_and_no_other() {
    let (mut server, token) = Server::new();
    let before = server.row.clone();
    server.pass(Duration::from_mins(15));
    server.refresh(&token, Some(7)).expect("it is live");
    let after = Family {
        generation: 1,
        rotated_at: server.now,
        idempotency: Some(IdempotencyHash::of("7")),
        idle_expiry: server.now.plus(IDLE),
        ..before
    };
    assert_eq!(server.row, after);
}

proptest! {
    #[test]
    fn at_most_one_generation_is_live(steps in vec(any_step(), 1..60)) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
            prop_assert!(world.server.live(&world.first).len() <= 1);
        }
    }

    #[test]
    fn a_revoked_family_never_lives_again(steps in vec(any_step(), 1..60)) {
        let mut world = World::new();
        let mut ended: Option<Family> = None;
        for step in &steps {
            world.step(step);
            if let Some(ended) = &ended {
                prop_assert_eq!(&world.server.row, ended);
                prop_assert!(world.server.live(&world.first).is_empty());
            }
            if world.server.row.revoked.is_some() {
                ended.get_or_insert(world.server.row.clone());
            }
        }
    }

    /// With keys, answers may be lost for hours; without, they arrive. Either way the browser is
    /// never told to log in again.
    #[test]
    fn races_and_lost_answers_log_nobody_out(
        steps in any::<bool>().prop_flat_map(|with_key| {
            vec(honest_step(Just(with_key).boxed()), 1..60)
        }),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        let expired = world.server.now >= world.server.row.idle_expiry;
        prop_assert!(world.refused.is_empty() || expired, "{:?}", world.refused);
        prop_assert!(world.server.row.revoked.is_none());
    }

    /// However many tabs ask at once, within the window, each gets the one successor.
    #[test]
    fn every_replay_in_the_window_gives_the_same_successor(
        delays in vec(0..=GRACE.as_secs(), 1..20),
        key in any::<Option<u32>>(),
    ) {
        let (mut server, token) = Server::new();
        server.pass(Duration::from_mins(10));
        let start = server.now;
        let mut delays = delays;
        delays.sort_unstable();
        let first = delays[0];
        for delay in delays {
            // The window opens with the first of them.
            server.now = start.plus(Duration::from_secs(delay - first));
            let successor = server.refresh(&token, key);
            prop_assert_eq!(successor, Ok(token.successor().expect("the first of many")));
        }
        prop_assert_eq!(server.row.generation, 1);
    }

    /// With its key, a request may be repeated for a day.
    #[test]
    fn the_key_opens_a_longer_window(seconds in 0..IDEMPOTENCY_WINDOW.as_secs(), key in any::<u32>()) {
        let (mut server, token) = Server::new();
        let successor = server.refresh(&token, Some(key));
        server.pass(Duration::from_secs(seconds));
        prop_assert_eq!(server.refresh(&token, Some(key)), successor);
        let another = server.would(&token, Some(key.wrapping_add(1)));
        let in_grace = Duration::from_secs(seconds) <= GRACE;
        prop_assert_eq!(another, if in_grace { Decision::Replay } else { Decision::Reused });
    }

    /// A thief and a victim both hold the token. Whoever comes second, past the window, ends it
    /// for both.
    #[test]
    fn thief_and_victim_are_never_both_alive_past_the_window(
        before in 0..5_usize,
        thief_is_first in any::<bool>(),
        turns in vec((any::<bool>(), GRACE.as_secs() + 1..86_400), 0..6),
    ) {
        let (mut server, mut victim) = Server::new();
        for _ in 0..before {
            server.pass(Duration::from_mins(15));
            victim = server.refresh(&victim, None).expect("nobody else is there");
        }
        let mut holders = [victim.clone(), victim];
        let mut acted = [false, false];
        let last = [(thief_is_first, 3_600), (!thief_is_first, 3_600)];
        for (thief, seconds) in turns.into_iter().chain(last) {
            server.pass(Duration::from_secs(seconds));
            let actor = usize::from(thief);
            acted[actor] = true;
            match server.refresh(&holders[actor], None) {
                Ok(successor) => holders[actor] = successor,
                Err(decision) => prop_assert!(acted[0] && acted[1], "{:?}", decision),
            }
        }
        prop_assert!(server.row.revoked.is_some());
        for holder in &holders {
            prop_assert!(server.refresh(holder, None).is_err());
        }
    }

    /// Whatever the row and the token, exactly one thing is to be done.
    #[test]
    fn the_decision_is_total(
        presented in 0..4_u32,
        stored in 0..4_u32,
        other_secret in any::<bool>(),
        age in 0..20_u64,
        revoked in any::<bool>(),
        expired in any::<bool>(),
    ) {
        let (mut server, mut token) = Server::new();
        for _ in 0..presented {
            token = token.successor().expect("few");
        }
        server.row.generation = stored;
        server.pass(Duration::from_secs(age));
        if other_secret {
            server.row.secret_hash =
                RefreshToken::first(token.user().clone(), &mut Counting(2)).secret_hash();
        }
        if expired {
            server.row.absolute_expiry = server.now;
        }
        if revoked {
            server.revoke(RevocationReason::Logout);
        }
        let expected = match () {
            () if revoked => Decision::Revoked(RevocationReason::Logout),
            () if expired => Decision::Expired,
            () if other_secret => Decision::Reused,
            () if presented > stored => Decision::StoreWentBack,
            () if presented == stored => Decision::Rotate,
            () if presented + 1 == stored && age <= 10 => Decision::Replay,
            () => Decision::Reused,
        };
        prop_assert_eq!(server.would(&token, None), expected);
    }
}
