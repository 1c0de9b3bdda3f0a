//! An attack on one account: guesses as fast as the policy lets them through, for as long as one
//! likes, while the owner goes on logging in.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use lambda_http::http::StatusCode;
use lambda_http::http::header::RETRY_AFTER;
use tollgate_core::Timestamp;
use tollgate_core::password::HashCost;

use crate::house::{House, PASSWORDS, START, request};

const EMAIL: &str = "owner@example.com";
const DAY: Duration = Duration::from_hours(24);
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

/// Where the owner logs in from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Always from the network of the first log-in.
    Home,
    /// Each time from a network where nobody of the account has been.
    Anywhere,
}

/// Who is first, if both come in the same second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Always the attacker.
    Attacker,
    /// A coin says.
    Coin,
}

/// What is played.
#[derive(Clone, Copy, Debug)]
pub struct Siege {
    /// How long it lasts.
    pub days: u32,
    /// The owner logs in once in so many days.
    pub owner_every: u32,
    /// And from where.
    pub owner_at: Place,
    /// Whether the attacker shares the owner's home network, and guesses from there too.
    pub attacker_at_home: bool,
    /// Who is first.
    pub first: First,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Guesses that were looked at.
    pub guesses: u32,
    /// On the worst day.
    pub most_a_day: u32,
    /// On the last day.
    pub on_the_last_day: u32,
    /// How often the owner wanted in, and was let in.
    pub log_ins: u32,
    /// The owner's longest wait, also one that had not ended when the siege did.
    pub longest_wait: Duration,
}

/// Somebody who knocks, and comes again when told to.
struct Visitor {
    next: Timestamp,
    from: IpAddr,
}

impl Siege {
    /// Plays it against the real log-in, with passwords that cost next to nothing to hash.
    #[must_use]
    pub fn play(&self) -> Outcome {
        let cost = HashCost {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        };
        let house = House::new(cost);
        house.add(EMAIL, false);
        assert_eq!(knock(&house, HOME, PASSWORDS[0], START), Answer::In);

        let start = START.plus(Duration::from_secs(1));
        let end = start.plus(DAY * self.days);
        let homes = self.attacker_at_home.then_some(HOME);
        let from = [STRANGER].into_iter().chain(homes);
        let mut attackers: Vec<Visitor> = from.map(|from| Visitor { next: start, from }).collect();
        let mut owner = Owner::new(start);
        let mut coin = Coin(0x9e37_79b9_7f4a_7c15);
        let mut outcome = Outcome::default();
        let mut today = (0, 0);
        loop {
            let attacker = attackers.iter_mut().min_by_key(|visitor| visitor.next);
            let attacker = attacker.expect("there is one at least");
            let now = attacker.next.min(owner.next);
            if now >= end {
                break;
            }
            let tie = attacker.next == owner.next;
            let owner_first = tie && self.first == First::Coin && coin.toss();
            if owner.next < attacker.next || owner_first {
                owner.knock(&house, self, &mut outcome);
                continue;
            }
            match knock(&house, attacker.from, PASSWORDS[1], now) {
                Answer::In => unreachable!("a wrong password"),
                Answer::Later(wait) => attacker.next = now.plus(wait),
                Answer::Wrong => {
                    outcome.guesses += 1;
                    let day = now.since(start).as_secs() / DAY.as_secs();
                    let count = if today.0 == day { today.1 + 1 } else { 1 };
                    today = (day, count);
                    outcome.most_a_day = outcome.most_a_day.max(count);
                }
            }
        }
        outcome.on_the_last_day = today.1;
        let waiting = end.since(owner.wanted);
        outcome.longest_wait = outcome.longest_wait.max(waiting);
        outcome
    }
}

/// The owner, who knows the password.
struct Owner {
    /// Since when the owner wants in.
    wanted: Timestamp,
    next: Timestamp,
    visits: u16,
}

impl Owner {
    /// The first time is nine hours after the attack began.
    fn new(start: Timestamp) -> Self {
        let wanted = start.plus(Duration::from_hours(9));
        Self {
            wanted,
            next: wanted,
            visits: 0,
        }
    }

    fn knock(&mut self, house: &House, siege: &Siege, outcome: &mut Outcome) {
        let [high, low] = self.visits.to_be_bytes();
        let from = match siege.owner_at {
            Place::Home => HOME,
            Place::Anywhere => IpAddr::V4(Ipv4Addr::new(10, high, low, 1)),
        };
        match knock(house, from, PASSWORDS[0], self.next) {
            Answer::In => {
                outcome.log_ins += 1;
                let wait = self.next.since(self.wanted);
                outcome.longest_wait = outcome.longest_wait.max(wait);
                self.visits += 1;
                self.wanted = self.wanted.plus(DAY * siege.owner_every);
                // A wait may be longer than the time between two log-ins.
                self.next = self.wanted.max(self.next);
            }
            Answer::Later(wait) => self.next = self.next.plus(wait),
            Answer::Wrong => unreachable!("the right password"),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    In,
    Wrong,
    Later(Duration),
}

fn knock(house: &House, from: IpAddr, password: &str, now: Timestamp) -> Answer {
    let response = house.knock(request(EMAIL, password, from), now);
    match response.status() {
        StatusCode::OK => Answer::In,
        StatusCode::UNAUTHORIZED => Answer::Wrong,
        StatusCode::TOO_MANY_REQUESTS => {
            let wait = response.headers()[RETRY_AFTER].to_str().ok();
            let seconds = wait.and_then(|it| it.parse().ok()).expect("seconds");
            Answer::Later(Duration::from_secs(seconds))
        }
        other => unreachable!("{other} is no answer to a log-in"),
    }
}

/// Marsaglia's xorshift: the same coin in every run.
struct Coin(u64);

impl Coin {
    fn toss(&mut self) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 63 == 1
    }
}
