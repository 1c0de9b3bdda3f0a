//! What can be typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// Authentication for services on AWS Lambda, on one machine.
#[derive(Parser)]
#[command(version)]
#[command(after_help = "Without a command: serve.")]
pub(crate) struct Arguments {
    /// Where keys and database are.
    #[arg(long, global = true, value_name = "DIR", default_value = ".tollgate")]
    pub(crate) data_dir: PathBuf,
    #[command(flatten)]
    pub(crate) serve: Serve,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Arguments {
    /// What was typed. Options of `serve` may stand without it, but not in front of another command.
    pub(crate) fn read() -> Self {
        let mut command = Self::command();
        let matches = command.get_matches_mut();
        let typed =
            |id: &clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        let misplaced = matches
            .ids()
            .filter(|id| id.as_str() != "data_dir")
            .find(|id| typed(id));
        if let (Some(option), Some(name)) = (misplaced, matches.subcommand_name()) {
            let option = option.as_str().replace('_', "-");
            let problem = format!("--{option} is an option of `serve`, not of `{name}`");
            command.error(ErrorKind::ArgumentConflict, problem).exit();
        }
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the API of template.yaml here, with all its functions.
    Serve(Serve),
    /// Who may log in.
    #[command(subcommand)]
    Users(Users),
    /// The signing keys.
    #[command(subcommand)]
    Keys(Keys),
    /// Look at a token.
    #[command(subcommand)]
    Token(Token),
    /// Check settings, keys, store and template.
    Doctor {
        /// The SAM template to check.
        #[arg(long, value_name = "FILE", default_value = "template.yaml")]
        template: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 picks a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8787")]
    pub(crate) listen: SocketAddr,
    /// The SAM template whose API to serve.
    #[arg(long, value_name = "FILE", default_value = "template.yaml")]
    pub(crate) template: PathBuf,
    /// Call the functions at a Lambda Invoke endpoint, as `cargo lambda watch` offers one at
    /// `http://127.0.0.1:9000`, instead of in this process.
    #[arg(long, value_name = "URL")]
    pub(crate) invoke: Option<String>,
    /// How log lines look. `RUST_LOG` says which there are.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object on each line.
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Users {
    /// Add a user; asks for the password.
    Add {
        /// What they log in with.
        email: String,
        /// What their tokens allow, as "reports:read reports:write".
        #[arg(long, default_value = "")]
        scope: String,
        /// Read the password from the first line of standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the users.
    List {
        /// As a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Shut a user out, and end their sessions now.
    Disable {
        /// Whom.
        email: String,
    },
    /// Let a user in again.
    Enable {
        /// Whom.
        email: String,
    },
    /// Remove a user and their sessions.
    Delete {
        /// Whom.
        email: String,
    },
    /// Set a user's password, and end their sessions now.
    SetPassword {
        /// Whose.
        email: String,
        /// Read the password from the first line of standard input.
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum Keys {
    /// Make a new key, which signs from now on. The one that signed goes on verifying, so nobody is
    /// logged out.
    ///
    /// A key file keeps eight older keys, a secret on AWS one: what falls off is named, and its
    /// tokens are refused. On AWS this is a whole rotation, without a rotation function. A pending
    /// key that an unfinished rotation has left is replaced.
    Rotate {
        /// Which; both if it is left out.
        which: Option<WhichKey>,
    },
    /// List the ids of the keys, and which of them signs.
    List,
    /// Take a key out of service: its tokens are refused.
    ///
    /// For a key that leaked: first rotate, so that it does not sign any more, then drop it. Of
    /// access keys, clients notice nothing: they refresh. Of refresh keys, sessions that were last
    /// refreshed with it end.
    Drop {
        /// Its id, as `keys list` shows it and as the `kid` of its access tokens says it.
        #[arg(value_name = "KID", allow_hyphen_values = true)]
        id: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhichKey {
    /// Signs access tokens.
    Access,
    /// Signs refresh tokens.
    Refresh,
}

#[derive(Subcommand)]
pub(crate) enum Token {
    /// Show what an access or refresh token says, and whether it is valid or exactly why not.
    Inspect {
        /// The token; `-` reads it from standard input, which keeps it out of the shell's history.
        token: String,
    },
}
