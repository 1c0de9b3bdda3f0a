//! `tollgate doctor`: is everything that a start needs as it should be?

use std::path::Path;
use std::process::ExitCode;

use tollgate_core::key_source::KeySource;
use tollgate_core::user::UserDirectory;
use tollgate_gateway::Api;
use tollgate_wiring::vault::{ACCESS_KEY, REFRESH_KEY};
use tollgate_wiring::{Environment, Store, Vault, settings};

use crate::data_directory::DataDirectory;
use crate::failure::Failure;

/// Looks at everything, and says what is wrong and what to do. It goes on after a finding.
#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
pub(crate) async fn run(directory: &DataDirectory, template: &Path) -> Result<ExitCode, Failure> {
    let environment = directory.environment();
    let findings = [
        ("settings", check_settings(&environment)),
        ("access keys", check_keys(&environment, ACCESS_KEY).await),
        ("refresh keys", check_keys(&environment, REFRESH_KEY).await),
        ("one secret for each", check_roles(&environment).await),
        ("store", check_store(directory, &environment).await),
        ("template", check_template(template)),
    ];
    let mut healthy = true;
    for (subject, finding) in findings {
        match finding {
            Ok(remark) => println!("ok   {subject}: {remark}"),
            Err(failure) => {
                healthy = false;
                println!("BAD  {subject}: {failure}");
            }
        }
    }
    Ok(if healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn check_settings(environment: &Environment) -> Result<String, Failure> {
    let profile = settings::profile(environment)?;
    let lifetimes = settings::lifetimes(environment)?;
    settings::allowed_origin(environment)?;
    let access = humantime::format_duration(lifetimes.access);
    Ok(format!(
        "{} for {}, access tokens last {access}",
        profile.issuer, profile.audience
    ))
}

async fn check_keys(environment: &Environment, variable: &'static str) -> Result<String, Failure> {
    let ring = Vault::open(environment, variable)?.load().await?;
    Ok(format!(
        "{} signs, {} older",
        ring.current().id(),
        ring.iter().count() - 1
    ))
}

/// The same check as at every start: it loads both rings and compares them.
async fn check_roles(environment: &Environment) -> Result<String, Failure> {
    tollgate_wiring::mint(environment).await?;
    Ok("access and refresh tokens are signed with different keys".to_owned())
}

async fn check_store(
    directory: &DataDirectory,
    environment: &Environment,
) -> Result<String, Failure> {
    directory.require()?;
    let users = Store::open(environment).await?.list().await?;
    let disabled = users.iter().filter(|user| user.disabled).count();
    Ok(format!(
        "{} enabled users, {disabled} disabled",
        users.len() - disabled
    ))
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
