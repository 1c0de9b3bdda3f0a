//! What went wrong, for the person at the terminal.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use tollgate_core::event::chain;

/// A message that says what is wrong and what to do.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Prints it to standard error.
    #[expect(clippy::print_stderr, reason = "a command line tool talks to its user")]
    pub(crate) fn report(self) -> ExitCode {
        eprintln!("tollgate: {}", self.0);
        ExitCode::FAILURE
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: Error> From<E> for Failure {
    /// The error and all its causes, on one line.
    fn from(error: E) -> Self {
        Self(chain(&error))
    }
}
