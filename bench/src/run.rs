//! A run: groups of measurements, one after another, each shown and written when it is done.

pub(crate) mod account;
mod authorizers;
mod aws;
pub(crate) mod bare;
mod cold_start;
mod exchange;
mod growth;
mod load;
mod online;
mod order;
mod place;
mod process;
mod request;
mod sandbox;
mod server;
mod store;
mod verify;
mod warm;
mod worker;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use clap::{Args, ValueEnum};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;

use crate::run::place::Places;
use crate::show::{Pages, show};

/// What to measure, and where to write it.
#[derive(Args)]
pub(crate) struct Options {
    /// Only this group (may be given more than once)
    #[arg(long, value_name = "NAME")]
    only: Vec<Name>,
    /// Few rounds, and nothing is written: to see whether it works
    #[arg(long)]
    quick: bool,
    /// The page whose sections are written
    #[arg(long, value_name = "FILE")]
    page: PathBuf,
    /// The folder for the charts
    #[arg(long, value_name = "DIR")]
    charts: PathBuf,
    #[command(flatten)]
    places: Places,
}

/// A group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// An access token verified, in process
    Verify,
    /// The authorizer's first answer, and how large it is
    ColdStart,
    /// Every other answer of the authorizer
    Warm,
    /// A protected request through the network
    Request,
    /// A log-in, on every store
    Login,
    /// A refresh, on every store
    Refresh,
    /// All of it beside many users
    Growth,
}

/// What every group needs.
pub(crate) struct Run {
    pub(crate) places: Places,
    /// Where programs are found.
    pub(crate) path: OsString,
    quick: bool,
}

impl Run {
    /// So many rounds, or few.
    pub(crate) fn rounds(&self, rounds: u32) -> u32 {
        if self.quick {
            (rounds / 10).max(2)
        } else {
            rounds
        }
    }

    /// A peer in Python.
    pub(crate) fn python<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(self.places.peers.join("python/bin/python"));
        command
            .current_dir(self.places.sources.join("python"))
            .args(arguments);
        command
    }

    /// A peer in JavaScript.
    pub(crate) fn node<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new("node");
        command
            .current_dir(self.places.peers.join("node"))
            .args(arguments);
        command.env("NODE_ENV", "production");
        command
    }
}

/// This program.
pub(crate) fn own() -> Result<Command, String> {
    let program = std::env::current_exe();
    program
        .map(Command::new)
        .map_err(|error| format!("this program is not to be found: {error}"))
}

/// The generator of the system.
pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// The time that passes.
pub(crate) fn instant() -> Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "measuring time is what it is for"
    )]
    Instant::now()
}

/// What a program printed; its complaint, if it failed.
pub(crate) fn said(mut command: Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("`{command:?}`: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(format!("`{command:?}`: {}", text(&output.stderr)))
}

/// Measures group by group, prints each, and writes each into its page unless it was quick.
pub(crate) fn run(options: Options) -> Result<(), String> {
    let Options {
        only,
        quick,
        page,
        charts,
        places,
    } = options;
    #[expect(
        clippy::disallowed_methods,
        reason = "functions are started with nothing else"
    )]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let run = Run {
        places,
        path,
        quick,
    };
    let chosen = |name: &Name| only.is_empty() || only.contains(name);
    let pages = Pages {
        page: &page,
        charts: &charts,
    };
    for name in Name::value_variants().iter().filter(|name| chosen(name)) {
        let group = match name {
            Name::Verify => verify::measure(&run),
            Name::ColdStart => cold_start::measure(&run),
            Name::Warm => warm::measure(&run),
            Name::Request => request::measure(&run),
            Name::Login => exchange::measure_login(&run),
            Name::Refresh => exchange::measure_refresh(&run),
            Name::Growth => growth::measure(&run),
        }?;
        show(&group, (!quick).then_some(&pages))?;
    }
    Ok(())
}
