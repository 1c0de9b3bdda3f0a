//! `tollgate users`.

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

use secrecy::SecretString;
use serde_json::json;
use tollgate_core::email::Email;
use tollgate_core::user::{User, UserDirectory};
use tollgate_wiring::{Store, clock};

use crate::account;
use crate::arguments::Users;
use crate::data_directory::DataDirectory;
use crate::demo::DemoUser;
use crate::failure::Failure;
use crate::{export, import};

/// Does what was asked, and says what it did.
#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
pub(crate) async fn run(directory: &DataDirectory, command: Users) -> Result<ExitCode, Failure> {
    match command {
        Users::Import(options) => return import::run(directory, &options).await,
        Users::Add { .. } => directory.prepare()?,
        _ => directory.require()?,
    }
    let store = Store::open(&directory.environment()).await?;
    match command {
        Users::Add {
            email,
            scope,
            password_stdin,
        } => {
            let (address, scope) = (address(&email)?, scope.parse()?);
            let password = new_password(password_stdin)?;
            match account::add(&store, address, scope, password).await? {
                Some(id) => println!("Added, with the id {id}."),
                None => return Err(Failure::new(format!("there is a user {email} already"))),
            }
        }
        Users::Import(_) => unreachable!("it opens the store by itself"),
        Users::Export { output, force } => export::run(&store, output.as_deref(), force).await?,
        Users::List { json } => list(&store.list().await?, json),
        Users::Disable { email } => {
            let user = find(&store, &email).await?;
            store.disable(&user.id, clock::now()).await?;
            println!("Disabled {}; every session has ended.", user.email);
        }
        Users::Enable { email } => {
            let user = find(&store, &email).await?;
            store.enable(&user.id).await?;
            println!("Enabled {}.", user.email);
        }
        Users::Delete { email } => {
            let user = find(&store, &email).await?;
            store.delete(&user.id).await?;
            DemoUser::forget(directory, &user.email)?;
            println!("Deleted {} and every session.", user.email);
        }
        Users::SetPassword {
            email,
            password_stdin,
        } => {
            let user = find(&store, &email).await?;
            let hash = account::hash(&user.email, new_password(password_stdin)?)?;
            store.set_password(&user.id, &hash, clock::now()).await?;
            DemoUser::forget(directory, &user.email)?;
            println!(
                "Set the password of {}; every session has ended.",
                user.email
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(store: &Store, email: &str) -> Result<User, Failure> {
    let email = address(email)?;
    let user = tollgate_core::user::Users::find_by_email(store, &email).await?;
    user.ok_or_else(|| {
        Failure::new(format!(
            "there is no user {email}; see: tollgate users list"
        ))
    })
}

fn address(text: &str) -> Result<Email, Failure> {
    text.parse()
        .map_err(|invalid| Failure::new(format!("{text:?} is not taken: {invalid}")))
}

/// From the terminal, unseen and twice, or from standard input.
fn new_password(from_stdin: bool) -> Result<SecretString, Failure> {
    if from_stdin {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        let length = line.trim_end_matches(['\r', '\n']).len();
        line.truncate(length);
        return Ok(SecretString::from(line));
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::new(
            "there is no terminal to ask for the password; pass it on standard input with \
             --password-stdin",
        ));
    }
    let first = rpassword::prompt_password("Password: ")?;
    if first != rpassword::prompt_password("The same again: ")? {
        return Err(Failure::new(
            "the two passwords differ; nothing was changed",
        ));
    }
    Ok(SecretString::from(first))
}

#[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
fn list(users: &[User], as_json: bool) {
    if as_json {
        let users = users.iter().map(|user| {
            json!({
                "id": user.id,
                "email": user.email,
                "scope": user.scope,
                "disabled": user.disabled,
                "created_at": user.created_at,
            })
        });
        println!("{}", users.collect::<serde_json::Value>());
        return;
    }
    let width = users
        .iter()
        .map(|user| user.email.as_str().len())
        .max()
        .unwrap_or(0);
    for user in users {
        let state = if user.disabled { "disabled" } else { "enabled" };
        println!(
            "{:width$}  {state:8}  {:22}  {}",
            user.email.as_str(),
            user.id,
            user.scope
        );
    }
}
