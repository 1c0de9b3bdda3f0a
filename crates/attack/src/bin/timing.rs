//! Whether the time of an answer says who exists, and the time of a comparison where it failed.
//!
//! `timing LOGINS FILE`: how many log-ins of each kind, and where the tables go.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lambda_http::http::StatusCode;
use rand_core::Rng;
use tollgate_attack::house::{House, PASSWORDS, START, key, request, rng};
use tollgate_attack::sample::{Difference, Sample, TOLD_APART};
use tollgate_attack::stopwatch::measure;
use tollgate_core::access_token::{AccessToken, Claims, Profile, Unverified};
use tollgate_core::attempts::{AttemptKey, AttemptLog, Attempts};
use tollgate_core::key::{Key, KeyRing};
use tollgate_core::password::HashCost;
use tollgate_core::refresh_token::{PREFIX, RefreshToken};

const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
/// So many comparisons for each log-in: they take a ten-thousandth of the time.
const COMPARISONS: usize = 50;

/// Two kinds of run that nobody may tell apart.
struct Pair {
    names: [String; 2],
    count: usize,
    medians: [f64; 2],
    difference: Difference,
}

impl Pair {
    fn new(names: [&str; 2], samples: [&Sample; 2]) -> Self {
        Self {
            names: names.map(str::to_owned),
            count: samples[0].len().min(samples[1].len()),
            medians: samples.map(Sample::median),
            difference: samples[0].against(samples[1]),
        }
    }

    fn is_told_apart(&self) -> bool {
        self.difference.t.abs() >= TOLD_APART
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let logins: usize = arguments
        .next()
        .and_then(|it| it.parse().ok())
        .expect("how many log-ins");
    let file = arguments.next().expect("where the tables go");
    // What is logged takes time, too.
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::sink)
        .init();

    let hashed = logged_in(logins, HashCost::default());
    let throttled = throttled(logins);
    let mut compared = access_tokens(logins);
    compared.extend(refresh_tokens(logins));
    let judged = [
        ("Log-in", &hashed),
        ("Too many attempts", &throttled),
        ("Comparison", &compared),
    ];
    let bare = logged_in(
        logins,
        HashCost {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        },
    );

    let mut text = format!(
        "Processor: {}. {logins} log-ins of each kind.\n",
        processor()
    );
    for (title, pairs) in judged {
        let _ = write!(text, "\n{}", table(title, pairs));
    }
    let _ = write!(
        text,
        "\nNot judged, since no log-in is like this: the same log-ins with next to no hash, which shows what the hash hides.\n\n{}",
        table("Log-in without the hash", &bare)
    );
    fs::write(&file, text).expect("a file that can be written");
    let told_apart = judged
        .iter()
        .flat_map(|(_, pairs)| pairs.iter())
        .any(Pair::is_told_apart);
    if told_apart {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Log-ins that are refused with one and the same 401.
fn logged_in(rounds: usize, cost: HashCost) -> Vec<Pair> {
    const KINDS: [&str; 4] = [
        "wrong password",
        "unknown user",
        "disabled user, wrong password",
        "disabled user, right password",
    ];
    let house = House::new(cost);
    let emails = KINDS.map(|_| addresses(rounds));
    let [known, _unknown, disabled, disabled_too] = &emails;
    for email in known {
        house.add(email, false);
    }
    let disabled = disabled.iter().chain(disabled_too);
    for email in disabled {
        house.add(email, true);
    }
    let [right, wrong] = PASSWORDS;
    let samples = measure(KINDS.len(), rounds, &mut rng(), |kind, round| {
        let password = if kind == 3 { right } else { wrong };
        let request = request(&emails[kind][round], password, STRANGER);
        let house = &house;
        move || {
            let response = black_box(house.knock(request, START));
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        }
    });
    pairs(&KINDS, &samples)
}

/// Log-ins that come too early, and are refused with 429.
fn throttled(rounds: usize) -> Vec<Pair> {
    const KINDS: [&str; 3] = ["wrong password, too early", "unknown user", "disabled user"];
    // None of them is hashed.
    let house = House::new(HashCost::default());
    let rounds = rounds * 10;
    let emails = KINDS.map(|_| addresses(rounds));
    let busy = Attempts {
        failures: 9,
        next_allowed: START.plus(Duration::from_mins(10)),
        expires_at: START.plus(Duration::from_hours(25)),
    };
    let [known, _unknown, disabled] = &emails;
    for email in known {
        house.add(email, false);
    }
    for email in disabled {
        house.add(email, true);
    }
    for email in emails.iter().flatten() {
        let key = AttemptKey::account(email);
        house
            .block_on(house.login.store.swap(key, None, busy))
            .expect("a new row");
    }
    let samples = measure(KINDS.len(), rounds, &mut rng(), |kind, round| {
        let request = request(&emails[kind][round], PASSWORDS[1], STRANGER);
        let house = &house;
        move || {
            let response = black_box(house.knock(request, START));
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        }
    });
    pairs(&KINDS, &samples)
}

/// The first kind against each of the others.
fn pairs(kinds: &[&str], samples: &[Sample]) -> Vec<Pair> {
    let others = kinds.iter().zip(samples).skip(1);
    let pair =
        |(kind, sample): (&&str, &Sample)| Pair::new([kinds[0], kind], [&samples[0], sample]);
    others.map(pair).collect()
}

/// Addresses that nobody has: equally long, and in no order.
fn addresses(count: usize) -> Vec<String> {
    let address = |_| format!("{:016x}@example.com", rng().next_u64());
    (0..count).map(address).collect()
}

/// Access tokens whose signature is wrong in one byte.
fn access_tokens(logins: usize) -> Vec<Pair> {
    let profile = Profile {
        issuer: "https://auth.example.com".to_owned(),
        audience: "api.example.com".to_owned(),
    };
    let claims = Claims {
        iss: profile.issuer.clone(),
        aud: profile.audience.clone(),
        sub: "ada-lovelace-1815".parse().expect("an id"),
        iat: START,
        exp: START.plus(Duration::from_mins(15)),
        nbf: None,
        jti: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        sid: "BBBBBBBBBBBBBBBBBBBBBB".to_owned(),
        email: "ada@example.com".parse().expect("an address"),
        scope: "reports:read".parse().expect("a scope"),
    };
    let key = key(&Key::generate_secret(&mut rng()));
    let good = AccessToken::sign(&claims, &key);
    let (signed, signature) = good.expose().rsplit_once('.').expect("three parts");
    compare(
        "signature of an access token",
        logins,
        [0, 1, 15, 31],
        |at, by| format!("{signed}.{}", changed(signature, at, by)),
        |token| {
            let token = Unverified::parse(token).expect("three parts");
            let verified = black_box(token.verify(&key, &profile, START));
            assert!(verified.is_err(), "a forged token");
        },
    )
}

/// Refresh tokens whose MAC is wrong in one byte.
fn refresh_tokens(logins: usize) -> Vec<Pair> {
    let user = "ada-lovelace-1815".parse().expect("an id");
    let ring = KeyRing::new(key(&Key::generate_secret(&mut rng())), vec![]);
    let good = RefreshToken::first(user, &mut rng()).encode(ring.current());
    let encoded = &good.expose()[PREFIX.len()..];
    let before = URL_SAFE_NO_PAD.decode(encoded).expect("base64url").len() - 16;
    compare(
        "MAC of a refresh token",
        logins,
        [0, 1, 7, 15],
        |at, by| format!("{PREFIX}{}", changed(encoded, before + at, by)),
        |token| {
            let decoded = black_box(RefreshToken::decode(token, &ring));
            assert!(decoded.is_err(), "a forged token");
        },
    )
}

/// Forges a token for every run, wrong by another difference each time: a token that is used again
/// has an address and a text of its own, and with them a time of its own.
fn compare(
    what: &str,
    logins: usize,
    wrong_at: [usize; 4],
    forge: impl Fn(usize, u8) -> String,
    check: impl Fn(&str),
) -> Vec<Pair> {
    let check = &check;
    let mut differences = rng();
    let rounds = logins * COMPARISONS;
    let samples = measure(wrong_at.len(), rounds, &mut rng(), |kind, _| {
        let by = differences.next_u32().to_le_bytes()[0].max(1);
        let token = forge(wrong_at[kind], by);
        move || check(&token)
    });
    let names = wrong_at.map(|at| format!("{what}, byte {at} is wrong"));
    pairs(&names.each_ref().map(String::as_str), &samples)
}

/// base64url with another byte at one place.
fn changed(encoded: &str, at: usize, by: u8) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(encoded).expect("base64url");
    bytes[at] ^= by;
    URL_SAFE_NO_PAD.encode(bytes)
}

fn table(title: &str, pairs: &[Pair]) -> String {
    let mut table = format!(
        "| {title}: one | the other | runs of each | median | median | difference | would be seen from | t | told apart |\n|---|---|---:|---:|---:|---:|---:|---:|---|\n"
    );
    for pair in pairs {
        let [one, other] = &pair.names;
        let [first, second] = pair.medians.map(shown);
        let Difference { t, by, least } = pair.difference;
        let verdict = if pair.is_told_apart() {
            "**yes**"
        } else {
            "no"
        };
        let (by, least) = (shown(by), shown(least));
        let _ = writeln!(
            table,
            "| {one} | {other} | {} | {first} | {second} | {by} | {least} | {t:.2} | {verdict} |",
            pair.count
        );
    }
    table
}

/// Nanoseconds in a unit that suits.
fn shown(nanoseconds: f64) -> String {
    match nanoseconds.abs() {
        time if time >= 1e6 => format!("{:.2} ms", nanoseconds / 1e6),
        time if time >= 1e4 => format!("{:.1} µs", nanoseconds / 1e3),
        _ => format!("{nanoseconds:.0} ns"),
    }
}

/// As Linux names it.
fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| "unknown".to_owned(), |(_, name)| name.to_owned())
}
