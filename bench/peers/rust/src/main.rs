//! Verifies one access token over and over with the crate jsonwebtoken, as its documentation shows it.

use std::env::var;
use std::hint::black_box;
use std::io::{BufRead, stdin};
use std::time::Instant;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

#[derive(Deserialize)]
#[expect(dead_code, reason = "what a service would read")]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: u64,
    email: String,
    scope: String,
    sid: String,
}

fn main() {
    let of = |name| var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let (token, key) = (of("BENCH_TOKEN"), of("BENCH_KEY"));
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[of("BENCH_ISSUER")]);
    validation.set_audience(&[of("BENCH_AUDIENCE")]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    let key = DecodingKey::from_secret(key.as_bytes());
    let call = || decode::<Claims>(black_box(&token), &key, &validation).expect("a good token");

    call();
    println!("{}", serde_json::json!("jsonwebtoken 11"));
    for line in stdin().lock().lines() {
        let line = line.expect("a line");
        let (samples, calls) = line.split_once(' ').expect("SAMPLES CALLS");
        let calls: u32 = calls.parse().expect("a number");
        let samples = 0..samples.parse().expect("a number");
        let times: Vec<f64> = samples
            .map(|_: u32| {
                let start = Instant::now();
                for _ in 0..calls {
                    black_box(call());
                }
                start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
            })
            .collect();
        println!("{}", serde_json::json!(times));
    }
}
