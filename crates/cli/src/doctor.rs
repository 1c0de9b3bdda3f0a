//! `tollgate doctor`: is everything that a start needs as it should be?

mod report;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use tollgate_aws::version::Schedule;
use tollgate_core::key_source::KeySource;
use tollgate_core::user::UserDirectory;
use tollgate_gateway::Api;
use tollgate_wiring::store::STORE;
use tollgate_wiring::vault::{ACCESS_KEY, REFRESH_KEY};
use tollgate_wiring::{Environment, Store, TRUSTED_ISSUERS, Vault, clock, settings};

use crate::data_directory::DataDirectory;
use crate::failure::Failure;
use crate::key_list::{KeyList, shown};
use report::Report;

const KEYS: &str = "do they answer from here, in the right region? see: tollgate keys list";
/// Secrets Manager begins within a window of a day.
const OVERDUE: Duration = Duration::from_hours(48);

const PERMISSION: &str = "give these credentials the permission, or use others";
const REACHABLE: &str = "is it the right region, and does it answer from here?";

/// Looks at everything, and prints what is right, what is wrong, and how to mend it. It goes on after
/// a finding.
#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
pub(crate) async fn run(directory: &DataDirectory, template: &Path) -> Result<ExitCode, Failure> {
    let environment = directory.environment();
    let mut report = Report::default();
    let settings = check_settings(&environment);
    report.add("settings", settings, "set the variable");
    if is_on_aws(&environment) {
        let account = check_account(&environment);
        report.add("AWS", account, "set the variable");
    }
    for (keys, rotation, variable) in [
        ("access keys", "their rotation", ACCESS_KEY),
        ("refresh keys", "their rotation", REFRESH_KEY),
    ] {
        let found = check_keys(&environment, variable).await;
        report.add(keys, found, KEYS);
        if let Some(found) = check_rotation(&environment, variable).await {
            report.add(rotation, found, PERMISSION);
        }
    }
    // What is wrong already is told once.
    if report.is_healthy() {
        let roles = check_roles(&environment).await;
        report.add("one secret for each", roles, KEYS);
    }
    if environment.get(TRUSTED_ISSUERS).is_some() {
        let trusted = check_trusted_issuers(&environment).await;
        report.add("trusted issuers", trusted, KEYS);
    }
    let store = check_store(directory, &environment).await;
    report.add("store", store, REACHABLE);
    let api = check_template(template);
    report.add("template", api, "name another one with --template");
    println!("{}", report.table());
    Ok(if report.is_healthy() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn check_settings(environment: &Environment) -> Result<String, Failure> {
    let profile = settings::profile(environment)?;
    let lifetimes = settings::lifetimes(environment)?;
    settings::allowed_origin(environment)?;
    settings::key_max_age(environment)?;
    let access = humantime::format_duration(lifetimes.access);
    Ok(format!(
        "{} for {}, access tokens last {access}",
        profile.issuer, profile.audience
    ))
}

fn is_on_aws(environment: &Environment) -> bool {
    let uris = [STORE, ACCESS_KEY, REFRESH_KEY].map(|name| environment.get(name));
    let schemes = ["dynamodb://", "secretsmanager://"];
    let mut uris = uris.into_iter().flatten();
    uris.any(|uri| schemes.iter().any(|scheme| uri.starts_with(scheme)))
}

fn check_account(environment: &Environment) -> Result<String, Failure> {
    let account = tollgate_wiring::account(environment)?;
    let at = environment
        .get("AWS_ENDPOINT_URL")
        .map_or_else(String::new, |url| format!(", at {url}"));
    Ok(format!("{}{at}", account.region()))
}

/// Every key that there is: also one that signs nothing now, of which a start only warns.
async fn check_keys(environment: &Environment, variable: &'static str) -> Result<String, Failure> {
    let named = |failure: Failure| Failure::new(format!("{variable}: {failure}"));
    let vault = Vault::open(environment, variable)?;
    let ring = vault.load().await.map_err(|error| named(error.into()))?;
    let keys = KeyList::read(&vault).await.map_err(named)?;
    keys.refuse_what_is_left_over().map_err(named)?;
    keys.refuse_what_is_no_key().map_err(named)?;
    let current = ring.current().id();
    let mut others = keys.ids();
    others.retain(|key| *key != current);
    Ok(match others.as_slice() {
        [] => format!("{current} signs"),
        others => format!("{current} signs, {} verify", shown(others)),
    })
}

/// Whether a key verifies for as long as the tokens live that it signed. `None` for files, which
/// nobody rotates by a schedule.
async fn check_rotation(
    environment: &Environment,
    variable: &'static str,
) -> Option<Result<String, Failure>> {
    let Ok(Vault::Secret(secret)) = Vault::open(environment, variable) else {
        return None;
    };
    // What is wrong with the settings is told once.
    let lifetime = settings::lifetimes(environment).ok()?.refresh;
    let check = async {
        let (every, next) = match secret.schedule().await? {
            Schedule::Off => return Ok("off; by hand: tollgate keys rotate".to_owned()),
            Schedule::On { every: None, .. } => return Ok("by a calendar of its own".to_owned()),
            Schedule::On {
                every: Some(every),
                next,
            } => (every, next),
        };
        let shown = humantime::format_duration(every);
        if every <= lifetime {
            let lifetime = humantime::format_duration(lifetime);
            return Err(Failure::new(format!(
                "{variable}: every {shown}, so keys go before the refresh tokens that they signed, which \
                 last {lifetime}; raise RotationDays, or lower RefreshTtl"
            )));
        }
        if next.is_some_and(|next| clock::now().since(next) > OVERDUE) {
            return Err(Failure::new(format!(
                "{variable}: every {shown}, and the last one is overdue; read the log of rotate-keys, \
                 and see docs/operations.md, section Rotation"
            )));
        }
        Ok(format!("every {shown}"))
    };
    Some(check.await)
}

/// The same check as at every start: it loads both rings and compares them.
async fn check_roles(environment: &Environment) -> Result<String, Failure> {
    tollgate_wiring::mint(environment).await?;
    Ok("access and refresh tokens are signed with different keys".to_owned())
}

/// The same check as at every start of the authorizer.
async fn check_trusted_issuers(environment: &Environment) -> Result<String, Failure> {
    let verifier = tollgate_wiring::verifier(environment).await?;
    let issuers: Vec<&str> = verifier.trusted_issuers().collect();
    Ok(issuers.join(", "))
}

async fn check_store(
    directory: &DataDirectory,
    environment: &Environment,
) -> Result<String, Failure> {
    directory.require()?;
    let named = |error: Failure| Failure::new(format!("{STORE}: {error}"));
    match Store::open(environment).await? {
        // Its users are spread over the whole table, and reading all of it costs money.
        Store::DynamoDb(table) => {
            let report = table.inspect().await.map_err(|error| named(error.into()))?;
            let items = report.items.unwrap_or_default();
            Ok(format!(
                "it may be written to, drops what has expired, and had {items} items some hours ago"
            ))
        }
        store @ Store::Sqlite(_) => {
            let users = store.list().await?;
            let disabled = users.iter().filter(|user| user.disabled).count();
            Ok(format!(
                "{} enabled users, {disabled} disabled",
                users.len() - disabled
            ))
        }
    }
}

fn check_template(path: &Path) -> Result<String, Failure> {
    let api = Api::load(path)?;
    let functions: Vec<&str> = api.functions().into_iter().collect();
    Ok(format!(
        "{} routes, functions {}",
        api.routes().count(),
        functions.join(", ")
    ))
}
