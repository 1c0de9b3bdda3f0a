//! The `tollgate` command: the whole system on one machine, and its administration.

mod account;
mod arguments;
mod data_directory;
mod demo;
mod doctor;
mod export;
mod failure;
mod import;
mod key_list;
mod keys;
mod page;
mod serve;
mod stop;
mod token;
mod users;

use std::process::ExitCode;

use arguments::{Arguments, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments {
        data_dir,
        serve,
        command,
    } = Arguments::read();
    let directory = data_directory::DataDirectory::new(data_dir);
    let done = match command {
        None => serve::run(&directory, serve).await,
        Some(Command::Serve(options)) => serve::run(&directory, options).await,
        Some(Command::Users(command)) => users::run(&directory, command).await,
        Some(Command::Keys(command)) => keys::run(&directory, &command).await,
        Some(Command::Doctor { template }) => doctor::run(&directory, &template).await,
        Some(Command::Token(command)) => token::run(&directory, command).await,
    };
    done.unwrap_or_else(failure::Failure::report)
}
