//! The steps of `cargo xtask test`, in their order: the quick ones first.

use clap::ValueEnum;

use crate::failure::Result;
use crate::repository::Repository;
use crate::{browser, budget, cargo, direction, fuzz, log_scan, npm, sam, tools};

/// One check, which can run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// Installs the pinned tools into target/tools, if they changed
    Tools,
    /// Is everything formatted?
    Fmt,
    /// Does core stay free of runtimes and HTTP, and what is deployed free of SQLite?
    Direction,
    /// Are licences, sources and versions of all dependencies ones that we chose?
    Deny,
    /// Is template.yaml valid, and does it give each function only what it needs?
    Template,
    /// Lints, as developed (all features) and as deployed (default features)
    Clippy,
    /// Does the documentation build without a warning?
    Doc,
    /// Does `sam build` build every function?
    Build,
    /// All tests: also those of what was built, on AWS as moto plays it
    Test,
    /// Do the hot paths and the authorizer keep to their budget of instructions and bytes? Needs valgrind
    Budget,
    /// Does the client keep its session through races, lost answers and thieves, and its size?
    Client,
    /// Does nobody honest get logged out, in a real Chromium? Does the page work, and can everybody use it?
    Browser,
    /// Does the Next.js example build, and let in whom it should?
    Nextjs,
    /// Do the logs of the tests hold a secret?
    Logs,
    /// Does any committed input, or one of a few seconds of new ones, break a target? Needs a C++ compiler
    Fuzz,
}

impl Step {
    /// What `cargo xtask lint` runs.
    pub(crate) const LINTS: &[Self] = &[
        Self::Fmt,
        Self::Direction,
        Self::Deny,
        Self::Clippy,
        Self::Doc,
    ];

    /// Every step, in order.
    pub(crate) fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What it asks, in one line.
    pub(crate) fn purpose(self) -> String {
        self.to_possible_value()
            .and_then(|value| value.get_help().map(ToString::to_string))
            .unwrap_or_default()
    }

    /// Runs it.
    pub(crate) fn run(self, repository: &Repository) -> Result<()> {
        match self {
            Self::Tools => tools::install(repository),
            Self::Fmt => cargo::check_format(repository),
            Self::Direction => direction::check(repository),
            Self::Deny => cargo::deny(repository),
            Self::Template => sam::check_template(repository),
            Self::Clippy => cargo::clippy(repository),
            Self::Doc => cargo::document(repository),
            Self::Build => sam::build(repository),
            Self::Test => cargo::test(repository),
            Self::Budget => budget::check(repository),
            Self::Client => npm::test_client(repository),
            Self::Browser => browser::run_briefly(repository),
            Self::Nextjs => npm::test_nextjs(repository),
            Self::Logs => log_scan::check(repository),
            Self::Fuzz => fuzz::run_briefly(repository),
        }
    }
}
