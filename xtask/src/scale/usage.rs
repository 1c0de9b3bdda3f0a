//! What users do, and what follows from it. Every option is an assumption.

use clap::Args;

/// Seconds.
pub(super) const DAY: f64 = 86_400.0;
const HOUR: f64 = 3_600.0;
const MINUTE: f64 = 60.0;

/// How much Tollgate is used.
#[derive(Args, Clone, Debug)]
pub(crate) struct Usage {
    /// Which share of all users comes on a day
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    active_share: f64,
    /// How many times somebody comes on such a day
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=24))]
    visits: u32,
    /// How many minutes somebody stays
    #[arg(long, value_name = "MINUTES", default_value_t = 30.0, value_parser = positive)]
    visit_minutes: f64,
    /// How many authorized requests somebody makes in an hour of being there
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = positive)]
    requests_per_hour: f64,
    /// How many times a user logs in within 30 days; a session ends after `RefreshMaxAge`
    #[arg(long, value_name = "N", default_value_t = 2.0, value_parser = positive)]
    logins_per_month: f64,
    /// How many wrong passwords there are for one log-in
    #[arg(long, value_name = "SHARE", default_value_t = 0.25, value_parser = share)]
    wrong_share: f64,
    /// How many sessions are ended by logging out
    #[arg(long, value_name = "SHARE", default_value_t = 0.3, value_parser = share)]
    logout_share: f64,
    /// How many times the average the busiest second is
    #[arg(long, value_name = "FACTOR", default_value_t = 4.0, value_parser = positive)]
    peak: f64,
    /// The parameter `AccessTtl` of template.yaml
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=60))]
    access_ttl: u32,
    /// The parameter `AuthorizerCacheSeconds` of template.yaml
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(0..=3_600))]
    cache_seconds: u32,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if value > 0.0 && value < 1e6 => Ok(value),
        _ => Err("it should be a number above 0 and below a million".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("it should be a number from 0 to 1".to_owned()),
    }
}

/// How often something happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) logins: f64,
    pub(super) wrong: f64,
    pub(super) refreshes: f64,
    pub(super) logouts: f64,
    pub(super) requests: f64,
    /// Requests whose token API Gateway does not know.
    pub(super) authorizations: f64,
}

impl Counts {
    /// So many times as often.
    pub(super) fn times(self, factor: f64) -> Self {
        Self {
            logins: self.logins * factor,
            wrong: self.wrong * factor,
            refreshes: self.refreshes * factor,
            logouts: self.logouts * factor,
            requests: self.requests * factor,
            authorizations: self.authorizations * factor,
        }
    }

    /// Requests to log in.
    pub(super) fn attempts(&self) -> f64 {
        self.logins + self.wrong
    }

    /// Requests to Tollgate's own routes.
    pub(super) fn own(&self) -> f64 {
        self.attempts() + self.refreshes + self.logouts
    }

    /// Requests that API Gateway takes.
    pub(super) fn gateway(&self) -> f64 {
        self.own() + self.requests
    }

    /// Functions that are called for them.
    pub(super) fn invocations(&self) -> f64 {
        self.gateway() + self.authorizations
    }
}

impl Usage {
    /// Of one user on an average day.
    pub(super) fn per_day(&self) -> Counts {
        let visits = self.visits_per_day();
        let visit = self.visit(self.cache());
        let logins = self.logins_per_month / 30.0;
        Counts {
            logins,
            wrong: logins * self.wrong_share,
            refreshes: visits * visit.refreshes,
            logouts: logins * self.logout_share,
            requests: visits * visit.requests,
            authorizations: visits * visit.authorizations,
        }
    }

    /// Of one user in the busiest second.
    pub(super) fn at_peak(&self) -> Counts {
        self.per_day().times(self.peak / DAY)
    }

    /// What one visit comes to, if API Gateway remembers an answer for `cache` seconds.
    ///
    /// It begins with a request; the others come at random, with a gap of 1 / rate on average. The
    /// first request after a token has expired refreshes it, and the first one after API Gateway has
    /// forgotten it asks the authorizer.
    pub(super) fn visit(&self, cache: f64) -> Visit {
        let (length, token, gap) = (self.visit_seconds(), self.token(), 1.0 / self.rate());
        let requests = 1.0 + length / gap;
        let tokens = 1.0 + (length / (token + gap)).floor();
        let of_one_token = 1.0 + (token.min(length) / (cache + gap)).floor();
        let misses = if cache > 0.0 {
            tokens * of_one_token
        } else {
            requests
        };
        Visit {
            requests,
            refreshes: tokens,
            authorizations: misses.min(requests),
        }
    }

    /// Seconds that API Gateway remembers an answer.
    pub(super) fn cache(&self) -> f64 {
        f64::from(self.cache_seconds)
    }

    /// Seconds that a token lasts.
    pub(super) fn token(&self) -> f64 {
        f64::from(self.access_ttl) * MINUTE
    }

    /// Seconds that a visit lasts.
    pub(super) fn visit_seconds(&self) -> f64 {
        self.visit_minutes * MINUTE
    }

    /// Visits on a day on which somebody comes.
    pub(super) fn visits(&self) -> u32 {
        self.visits
    }

    /// Requests in a second of being there.
    pub(super) fn rate(&self) -> f64 {
        self.requests_per_hour / HOUR
    }

    /// Visits of an average user on an average day.
    pub(super) fn visits_per_day(&self) -> f64 {
        self.active_share * f64::from(self.visits)
    }
}

/// What one visit comes to.
pub(super) struct Visit {
    pub(super) requests: f64,
    /// Tokens that are used: the one of the last visit has expired.
    pub(super) refreshes: f64,
    pub(super) authorizations: f64,
}

#[cfg(test)]
mod tests {
    use crate::scale::{simulation, usage};

    /// They are simple enough to follow, and good enough for a bill.
    #[test]
    fn the_formulas_agree_with_days_that_are_counted() {
        for arguments in [
            &[][..],
            &["--access-ttl", "5"],
            &["--access-ttl", "60"],
            &["--requests-per-hour", "600"],
            &["--requests-per-hour", "20"],
            &["--visit-minutes", "8"],
            &["--visit-minutes", "240", "--visits", "1"],
        ] {
            let usage = usage(arguments);
            for cache in [0.0, 60.0, 300.0, 900.0, 3_600.0] {
                let (formula, counted) = (usage.visit(cache), simulation::days(&usage, cache));
                for (formula, counted) in [
                    (formula.requests, counted.requests),
                    (formula.refreshes, counted.refreshes),
                    (formula.authorizations, counted.authorizations),
                ] {
                    let share = formula / counted;
                    assert!(
                        (0.85..1.35).contains(&share),
                        "{arguments:?}, {cache}: {formula}, counted {counted}"
                    );
                }
            }
        }
    }
}
