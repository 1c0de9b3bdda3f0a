//! `tollgate token`.

use std::io::{self, BufRead};
use std::process::ExitCode;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tollgate_core::Timestamp;
use tollgate_core::access_token::Unverified;
use tollgate_core::identity::Identity;
use tollgate_core::key::{KeyId, KeyRing};
use tollgate_core::key_source::KeySource;
use tollgate_core::refresh_token::{self, RefreshToken};
use tollgate_core::verifier::Unverifiable;
use tollgate_wiring::vault::{ACCESS_KEY, REFRESH_KEY};
use tollgate_wiring::{Vault, clock};

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
        let verified = tollgate_wiring::verifier(&environment)
            .await?
            .verify(token, clock::now())
            .await;
        Ok(inspect_access_token(token, &ring, verified, clock::now()))
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
    verified: Result<Identity, Unverifiable>,
    now: Timestamp,
) -> ExitCode {
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
    if let Ok(token) = Unverified::parse(token) {
        println!("Key:     {}", placed(token.key_id(), ring));
    }
    match verified {
        Ok(identity) => {
            println!(
                "Valid:   yes, it speaks for {} of {}",
                identity.user, identity.issuer
            );
            ExitCode::SUCCESS
        }
        Err(Unverifiable::Invalid(invalid)) => {
            println!("Valid:   no: {invalid} ({})", invalid.reason());
            ExitCode::FAILURE
        }
        Err(Unverifiable::KeysUnavailable) => {
            println!("Valid:   nobody can say: {}", Unverifiable::KeysUnavailable);
            ExitCode::FAILURE
        }
    }
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
