//! What tests of the cloud need: AWS on this machine, and the functions as they deploy.

use std::path::PathBuf;

use xshell::Cmd;

use crate::failure::Result;
use crate::moto::Moto;
use crate::repository::Repository;
use crate::{sam, tools};

/// A running moto, the tools, and the functions that run here. It ends when it is dropped.
pub(crate) struct Cloud {
    moto: Moto,
    tools: PathBuf,
    functions: PathBuf,
}

impl Cloud {
    /// Installs, builds and starts what is missing.
    pub(crate) fn open(repository: &Repository) -> Result<Self> {
        tools::install_python_tools(repository)?;
        let functions = sam::build_for_this_machine(repository)?;
        Ok(Self {
            moto: Moto::start(repository)?,
            tools: repository.python_tools(),
            functions,
        })
    }

    /// Tells tests where it all is.
    pub(crate) fn around<'a>(&self, tests: Cmd<'a>) -> Cmd<'a> {
        tests
            .env("TOLLGATE_MOTO", self.moto.url())
            .env("TOLLGATE_TOOLS", &self.tools)
            .env("TOLLGATE_FUNCTIONS", &self.functions)
    }
}
