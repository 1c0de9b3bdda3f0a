//! `cargo xtask watch`: every function on this machine, built again when its code changes.

use clap::Args;

use crate::failure::{Failure, Result};
use crate::repository::{self, Repository, announce};
use crate::tools;

/// How to serve.
#[derive(Args)]
pub(crate) struct Options {
    /// The port of 127.0.0.1 to listen on
    #[arg(long, default_value_t = 9000)]
    port: u16,
    /// How many requests a function answers at once
    #[arg(long, default_value_t = 4)]
    concurrency: u16,
    /// More arguments for `cargo lambda watch`, after `--`
    #[arg(last = true)]
    more: Vec<String>,
}

/// Runs `cargo lambda watch` until it is interrupted.
pub(crate) fn run(checkout: &Repository, options: &Options) -> Result<()> {
    // The settings in Cargo.toml name what is in there.
    let data = checkout.path(".tollgate");
    if !data.is_dir() {
        return Err(Failure::new(format!(
            "{} is missing: the first `cargo run` makes the keys, the database and a user",
            data.display()
        )));
    }
    tools::install_python_tools(checkout)?;
    let port = options.port;
    announce(&format!(
        "functions without API Gateway; the gateway in front, in another terminal: cargo run -- serve --invoke http://127.0.0.1:{port}"
    ));
    let watch = checkout
        .cargo(&["lambda", "watch", "--invoke-address", "127.0.0.1"])?
        .args(["--invoke-port", &port.to_string()])
        .args(["--concurrency", &options.concurrency.to_string()])
        .args(&options.more);
    repository::run(&watch)
}
