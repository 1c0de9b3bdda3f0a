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
    /// Take in the users of another system, with their password hashes.
    ///
    /// Ids stay as they are, so that the `sub` of tokens stays the same. A hash is checked as it is at
    /// its owner's first log-in, and becomes Argon2id of today's cost then: Argon2, scrypt, PBKDF2
    /// (SHA-256, SHA-512) and bcrypt are taken.
    ///
    /// Every row is checked first. If one is refused, nothing is imported, unless --skip-refused is
    /// given. Users who are there already (the same id and address) stay as they are, so an import
    /// can be repeated. The exit status is 0 if every row was taken, and 1 if not.
    Import(Import),
    /// Write out every user, with their password hashes, in the format that `import` reads.
    ///
    /// Whoever has the file can try passwords on it. It is made for you alone; remove it when you are
    /// done.
    Export {
        /// The file to make; `-` is standard output, also where that is a terminal.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Replace the file if there is one.
        #[arg(long, requires = "output")]
        force: bool,
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

#[derive(Args)]
#[command(after_long_help = IMPORT_FORMATS)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct Import {
    /// The file; `-` is standard input.
    pub(crate) file: PathBuf,
    /// What is in it; see below.
    #[arg(long, value_enum)]
    pub(crate) from: ImportFormat,
    /// What the tokens of users without a scope in the file allow, as "reports:read reports:write".
    #[arg(long, default_value = "")]
    pub(crate) scope: String,
    /// Check everything, and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Import the others when rows are refused.
    #[arg(long)]
    pub(crate) skip_refused: bool,
    /// Take users of Better Auth too who never proved that their address is theirs.
    #[arg(long)]
    pub(crate) unverified: bool,
    /// Take users of Better Auth too who log in with a second factor: here they will not.
    #[arg(long)]
    pub(crate) drop_second_factor: bool,
    /// Report as a JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    /// One JSON object on each line, as `users export` writes them.
    Json,
    /// The tables `user` and `account` of Better Auth, in one JSON document.
    BetterAuth,
}

const IMPORT_FORMATS: &str = r#"--from json: one user on each line
  {"id":"…","email":"…","password_hash":"$2b$12$…"}
  It may have more: "scope":"a b", "disabled":true, "created_at":1767225600 or "2026-01-01T00:00:00Z".

--from better-auth: {"user":[{…}],"account":[{…}]}, columns named as emailVerified or email_verified
  SQLite:
    sqlite3 auth.db "SELECT json_object(
      'user', (SELECT json_group_array(json_object('id', id, 'email', email,
        'emailVerified', emailVerified, 'createdAt', createdAt)) FROM user),
      'account', (SELECT json_group_array(json_object('userId', userId,
        'providerId', providerId, 'password', password)) FROM account))" > users.json
    With its plugins admin and two-factor, these columns too:
      'banned', banned, 'twoFactorEnabled', twoFactorEnabled
  PostgreSQL:
    psql -XAt "$DATABASE_URL" -c "SELECT json_build_object(
      'user', (SELECT json_agg(u) FROM \"user\" u),
      'account', (SELECT json_agg(a) FROM account a))" > users.json"#;

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
