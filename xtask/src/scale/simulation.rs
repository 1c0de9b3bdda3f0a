//! Counts that back the formulas: days of users, and sandboxes, drawn at random and always the same.

use super::usage::{DAY, Usage};

/// How many users' days are drawn.
const USERS: u32 = 4_000;

/// A generator of numbers that are random enough, and the same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly from 0 to below 1.
    fn share(&mut self) -> f64 {
        let upper = u32::try_from(self.next() >> 32).unwrap_or_default();
        f64::from(upper) / 4_294_967_296.0
    }

    /// Seconds to the next event, if they come at random with `rate`.
    fn gap(&mut self, rate: f64) -> f64 {
        -(1.0 - self.share()).ln() / rate
    }
}

/// What was counted, for one visit.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) requests: f64,
    pub(super) refreshes: f64,
    pub(super) authorizations: f64,
}

/// A client and what API Gateway remembers of its token.
struct Client {
    token_expires: f64,
    remembered_until: f64,
    counted: Counted,
}

impl Client {
    /// One request at this second of the day.
    fn request(&mut self, now: f64, usage: &Usage, cache: f64) {
        self.counted.requests += 1.0;
        if now >= self.token_expires {
            self.counted.refreshes += 1.0;
            self.token_expires = now + usage.token();
            self.remembered_until = f64::NEG_INFINITY;
        }
        if now >= self.remembered_until {
            self.counted.authorizations += 1.0;
            self.remembered_until = now + cache;
        }
    }
}

/// Days of users who come, each visit at a random time of its part of the day.
pub(super) fn days(usage: &Usage, cache: f64) -> Counted {
    let mut random = Random(1);
    let mut sum = Counted::default();
    let part = DAY / f64::from(usage.visits());
    for _ in 0..USERS {
        let mut client = Client {
            token_expires: f64::NEG_INFINITY,
            remembered_until: f64::NEG_INFINITY,
            counted: Counted::default(),
        };
        for visit in 0..usage.visits() {
            let spare = (part - usage.visit_seconds()).max(0.0);
            let begins = f64::from(visit) * part + random.share() * spare;
            let mut now = begins;
            while now < begins + usage.visit_seconds() {
                client.request(now, usage, cache);
                now += random.gap(usage.rate());
            }
        }
        sum.requests += client.counted.requests;
        sum.refreshes += client.counted.refreshes;
        sum.authorizations += client.counted.authorizations;
    }
    let visits = f64::from(USERS) * f64::from(usage.visits());
    Counted {
        requests: sum.requests / visits,
        refreshes: sum.refreshes / visits,
        authorizations: sum.authorizations / visits,
    }
}

/// Sandboxes of a function that is called at random.
pub(super) struct Sandboxes {
    /// Calls under way at once, on average.
    pub(super) busy: f64,
    /// Sandboxes used in a minute, on average.
    pub(super) used: f64,
}

/// Minutes of calls, each of which takes the first sandbox that is free.
pub(super) fn sandboxes(rate: f64, seconds: f64) -> Sandboxes {
    const MINUTES: u32 = 10;
    let minutes = f64::from(MINUTES);
    let mut random = Random(2);
    let mut free_at: Vec<f64> = Vec::new();
    let (mut now, mut running, mut used) = (0.0, 0.0, 0.0);
    for minute in 1..=MINUTES {
        let mut most: usize = 0;
        while now < 60.0 * f64::from(minute) {
            let free = free_at.iter().position(|free| *free <= now);
            let taken = free.unwrap_or(free_at.len());
            free_at.resize(free_at.len().max(taken + 1), 0.0);
            free_at[taken] = now + seconds;
            most = most.max(taken + 1);
            running += seconds;
            now += random.gap(rate);
        }
        used += f64::from(u32::try_from(most).unwrap_or(u32::MAX));
    }
    Sandboxes {
        busy: running / (60.0 * minutes),
        used: used / minutes,
    }
}

/// The most writes that one of so many partitions gets in one second of a minute, if each key is as
/// likely in each.
pub(super) fn hottest_partition(writes: u32, partitions: u32) -> u32 {
    let mut random = Random(3);
    let size = usize::try_from(partitions).unwrap_or(1);
    let mut hottest = 0;
    for _ in 0..60 {
        let mut second = vec![0_u32; size];
        for _ in 0..writes {
            let partition = random.next() % u64::from(partitions);
            if let Some(count) = usize::try_from(partition)
                .ok()
                .and_then(|it| second.get_mut(it))
            {
                *count += 1;
            }
        }
        hottest = second.into_iter().max().unwrap_or(0).max(hottest);
    }
    hottest
}
