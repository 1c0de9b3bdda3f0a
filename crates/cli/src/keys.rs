//! `tollgate keys`.

use std::fmt;
use std::process::ExitCode;

use tollgate_aws::rotation::Rotated;
use tollgate_aws::version::Schedule;
use tollgate_aws::{Secret, version};
use tollgate_core::key::KeyId;
use tollgate_embedded::{KeyFile, key_file};
use tollgate_wiring::vault::{ACCESS_KEY, REFRESH_KEY};
use tollgate_wiring::{Environment, Vault, clock, settings};

use crate::arguments::{Keys, WhichKey};
use crate::data_directory::DataDirectory;
use crate::failure::Failure;
use crate::key_list::{KeyList, shown};

/// Does what was asked, and says what it did.
pub(crate) async fn run(directory: &DataDirectory, command: &Keys) -> Result<ExitCode, Failure> {
    let environment = directory.environment().patient();
    match command {
        Keys::Rotate { which: None } => {
            for which in WhichKey::ALL {
                rotate(&environment, which).await?;
            }
        }
        Keys::Rotate { which: Some(which) } => rotate(&environment, *which).await?,
        Keys::List => list(&environment).await?,
        Keys::Drop { id } => drop_key(&environment, id).await?,
    }
    Ok(ExitCode::SUCCESS)
}

impl WhichKey {
    const ALL: [Self; 2] = [Self::Access, Self::Refresh];

    /// Where its keys are.
    fn variable(self) -> &'static str {
        match self {
            Self::Access => ACCESS_KEY,
            Self::Refresh => REFRESH_KEY,
        }
    }

    /// A failure at its keys.
    fn failed(self, failure: impl Into<Failure>) -> Failure {
        Failure::new(format!("{}: {}", self.variable(), failure.into()))
    }

    /// What comes of it when a key that signed is no more.
    fn consequence(self) -> &'static str {
        match self {
            Self::Access => "Clients refresh, and nobody is logged out.",
            Self::Refresh => {
                "Sessions that were last refreshed with it end (401 unknown), and their users log in again."
            }
        }
    }
}

impl fmt::Display for WhichKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        })
    }
}

async fn rotate(environment: &Environment, which: WhichKey) -> Result<(), Failure> {
    match Vault::open(environment, which.variable())? {
        Vault::File(file) => rotate_file(&file, which),
        Vault::Secret(secret) => rotate_secret(&secret, environment, which).await,
    }
}

#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
fn rotate_file(file: &KeyFile, which: WhichKey) -> Result<(), Failure> {
    let rotated = file.rotate(&mut clock::rng());
    let key_file::Rotation {
        current,
        older,
        dropped,
    } = rotated.map_err(|error| which.failed(error))?;
    println!(
        "{}: {current} signs within a minute, {} {} on verifying.",
        file.path().display(),
        shown(&older),
        if older.len() == 1 { "goes" } else { "go" }
    );
    if dropped.is_empty() {
        println!("Nobody is logged out.");
    } else {
        println!(
            "{} were the oldest and are gone: their tokens are refused.",
            shown(&dropped)
        );
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
async fn rotate_secret(
    secret: &Secret,
    environment: &Environment,
    which: WhichKey,
) -> Result<(), Failure> {
    let rotated = secret.rotate(&mut clock::rng()).await.map_err(|error| {
        let failure = which.failed(error);
        Failure::new(format!(
            "{failure}; see how far it came before you repeat it: tollgate keys list"
        ))
    })?;
    let Rotated {
        current,
        previous,
        dropped,
        unfinished,
    } = rotated;
    let verifies = previous.map_or_else(String::new, |key| format!(", {key} goes on verifying"));
    println!(
        "{}: {current} signs within a minute{verifies}.",
        secret.origin()
    );
    if dropped.is_empty() {
        println!("Nobody is logged out.");
        warn_of_the_next(secret, environment, which).await;
    } else {
        println!(
            "{} is dropped, since a secret keeps one older key: its tokens are refused. {}",
            shown(&dropped),
            which.consequence()
        );
    }
    if let Some(key) = unfinished {
        let key = key.map_or_else(
            || "A version without a key".to_owned(),
            |key| key.to_string(),
        );
        println!("{key} was AWSPENDING, of a rotation that was not finished: it is replaced.");
    }
    Ok(())
}

/// The next rotation drops the key that has just become the older one. A rotation by hand does not
/// move the schedule.
#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
async fn warn_of_the_next(secret: &Secret, environment: &Environment, which: WhichKey) {
    let Ok(Schedule::On {
        next: Some(next), ..
    }) = secret.schedule().await
    else {
        return;
    };
    let Ok(lifetimes) = settings::lifetimes(environment) else {
        return;
    };
    if which == WhichKey::Refresh && next < clock::now().plus(lifetimes.refresh) {
        println!(
            "But Secrets Manager rotates it again on {}: sessions that are not refreshed until then end.",
            humantime::format_rfc3339_seconds(next.into())
        );
    }
}

/// Shows what there is; goes on after a failure, and ends with it.
#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
async fn list(environment: &Environment) -> Result<(), Failure> {
    let mut failure = None;
    for which in WhichKey::ALL {
        match keys_of(environment, which).await {
            Ok((_, keys)) => print!("{which} keys, {keys}"),
            Err(failed) => failure = failure.or(Some(failed)),
        }
    }
    failure.map_or(Ok(()), Err)
}

async fn keys_of(environment: &Environment, which: WhichKey) -> Result<(Vault, KeyList), Failure> {
    let vault = Vault::open(environment, which.variable())?;
    let keys = KeyList::read(&vault)
        .await
        .map_err(|failure| which.failed(failure))?;
    Ok((vault, keys))
}

/// Looks at both, since an id does not say whose it is; changes nothing if any of them refuses.
async fn drop_key(environment: &Environment, id: &str) -> Result<(), Failure> {
    let (mut found, mut others, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for which in WhichKey::ALL {
        match keys_of(environment, which).await {
            Ok((vault, keys)) => match KeyId::parse(id).filter(|key| keys.has(*key)) {
                Some(key) => found.push((which, vault, keys, key)),
                None => others.push(format!("{which} keys {}", shown(&keys.ids()))),
            },
            Err(failure) => failures.push(failure),
        }
    }
    // One that cannot be looked at must not keep a leaked key of the other in service.
    if found.is_empty() {
        let there = others.join("; ");
        let unknown = Failure::new(format!("no key has the id {id}; there are {there}"));
        return Err(failures.into_iter().next().unwrap_or(unknown));
    }
    if let Some((which, ..)) = found.iter().find(|(_, _, keys, key)| keys.sign_with(*key)) {
        return Err(signs(*which, id));
    }
    for (which, vault, keys, key) in found {
        remove(which, &vault, key).await?;
        report_drop(which, &keys, key);
    }
    Ok(())
}

/// Whoever drops the key that signs would stop the service.
fn signs(which: WhichKey, id: &str) -> Failure {
    Failure::new(format!(
        "{id} signs {which} tokens; rotate first: tollgate keys rotate {which}"
    ))
}

async fn remove(which: WhichKey, vault: &Vault, key: KeyId) -> Result<(), Failure> {
    let signs_now = match vault {
        Vault::File(file) => {
            let removal = file.remove(key).map_err(|error| which.failed(error))?;
            removal == key_file::Removal::Signs
        }
        Vault::Secret(secret) => {
            let removal = secret.remove(key).await;
            removal.map_err(|error| which.failed(error))? == version::Removal::Signs
        }
    };
    if signs_now {
        return Err(signs(which, &key.to_string()));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
fn report_drop(which: WhichKey, keys: &KeyList, key: KeyId) {
    println!(
        "{key} is dropped from the {which} keys, {}; it was {}.",
        keys.origin(),
        keys.place(key)
    );
    if !keys.has_signed_with(key) {
        println!("It never signed, so nobody notices.");
        return;
    }
    println!(
        "Its tokens are refused within a minute by every process that is in use, and within five by one that is not."
    );
    if which == WhichKey::Access {
        println!(
            "API Gateway may keep an allowance that it gave before for AuthorizerCacheSeconds more."
        );
    }
    println!("{}", which.consequence());
}
