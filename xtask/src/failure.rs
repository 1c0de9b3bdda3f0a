//! Why a task stopped, in words that name the command, the flag or the file.

use std::fmt;
use std::path::Path;

/// Why a task stopped.
#[derive(Debug)]
pub(crate) struct Failure(String);

/// What a task comes to.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// For `map_err`: what was tried on which file.
    pub(crate) fn file(doing: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let subject = format!("{doing} {}", path.display());
        move |error| Self(format!("{subject}: {error}"))
    }

    /// Prints it as the last thing that the task says.
    #[expect(
        clippy::print_stderr,
        reason = "this is where a command-line tool says why it failed"
    )]
    pub(crate) fn report(&self) {
        eprintln!("error: {self}");
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<xshell::Error> for Failure {
    fn from(error: xshell::Error) -> Self {
        Self(error.to_string())
    }
}
