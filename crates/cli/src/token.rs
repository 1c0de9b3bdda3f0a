//! `tollgate token`.

use std::io::{self, BufRead};
use std::process::ExitCode;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tollgate_core::Timestamp;
use tollgate_core::access_token::{InvalidToken, Unverified};
use tollgate_core::key::{KeyId, KeyRing};
use tollgate_core::key_source::KeySource;
use tollgate_core::refresh_token::{self, RefreshToken};
use tollgate_wiring::vault::{ACCESS_KEY, REFRESH_KEY};
use tollgate_wiring::{Environment, Vault, clock, settings};

use crate::arguments::Token;
use crate::data_directory::DataDirectory;
use crate::failure::Failure;

/// Shows a token. The exit code says whether it is valid.
pub(crate) async fn run(directory: &DataDirectory, command: Token) -> Result<ExitCode, Failure> {
    let Token::Inspect { token } = command;
    let token = if token == "-" {
        from_stdin()?
    } else {
        SecretString::from(token)
    };
    let token = token.expose_secret().trim();
    let environment = directory.environment();
    if token.starts_with(refresh_token::PREFIX) {
        let ring = Vault::open(&environment, REFRESH_KEY)?.load().await?;
        Ok(inspect_refresh_token(token, &ring))
    } else {
        let ring = Vault::open(&environment, ACCESS_KEY)?.load().await?;
        inspect_access_token(token, &ring, &environment, clock::now())
    }
}

fn from_stdin() -> Result<SecretString, Failure> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(SecretString::from(line))
}

#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
fn inspect_access_token(
    token: &str,
    ring: &KeyRing,
    environment: &Environment,
    now: Timestamp,
) -> Result<ExitCode, Failure> {
    let profile = settings::profile(environment)?;
    let mut parts = token.split('.');
    let (header, claims) = (parts.next().and_then(decode), parts.next().and_then(decode));
    println!("Kind:    access token");
    println!("Header:  {}", shown(header.as_ref()));
    println!("Claims:  {}", shown(claims.as_ref()));
    if let Some(claims) = &claims {
        for (claim, label) in [("iat", "Issued:"), ("exp", "Expires:")] {
            let time = claims
                .get(claim)
                .and_then(Value::as_i64)
                .map(Timestamp::from_unix);
            println!(
                "{label:8} {}",
                time.map_or("?".to_owned(), |time| relative(time, now))
            );
        }
    }
    let verified = Unverified::parse(token).and_then(|unverified| {
        println!("Key:     {}", placed(unverified.key_id(), ring));
        let key = ring
            .get(unverified.key_id())
            .ok_or(InvalidToken::UnknownKey)?;
        unverified.verify(key, &profile, now)
    });
    Ok(match verified {
        Ok(_) => {
            println!("Valid:   yes");
            ExitCode::SUCCESS
        }
        Err(invalid) => {
            println!("Valid:   no: {invalid} ({})", invalid.reason());
            ExitCode::FAILURE
        }
    })
}

#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
fn inspect_refresh_token(token: &str, ring: &KeyRing) -> ExitCode {
    println!("Kind:    refresh token");
    if let Some(id) = RefreshToken::key_id(token) {
        println!("Key:     {}", placed(id, ring));
    }
    match RefreshToken::decode(token, ring) {
        Ok(token) => {
            println!("User:    {}", token.user());
            println!(
                "Family:  {}, generation {}",
                token.family(),
                token.generation()
            );
            println!("Valid:   it is authentic; only the store knows whether it is still live");
            ExitCode::SUCCESS
        }
        Err(invalid) => {
            println!("Valid:   no: {invalid}");
            ExitCode::FAILURE
        }
    }
}

/// A key id, and where in the ring its key is.
fn placed(id: KeyId, ring: &KeyRing) -> String {
    let place = match ring.get(id) {
        Some(_) if id == ring.current().id() => "the current one",
        Some(_) => "an older one",
        None => "not one of ours",
    };
    format!("{id} ({place})")
}

fn decode(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn shown(part: Option<&Value>) -> String {
    part.map_or_else(|| "(cannot be read)".to_owned(), Value::to_string)
}

fn relative(time: Timestamp, now: Timestamp) -> String {
    let text = |span: Duration| humantime::format_duration(span).to_string();
    if time <= now {
        format!("{} ago", text(now.since(time)))
    } else {
        format!("in {}", text(time.since(now)))
    }
}
