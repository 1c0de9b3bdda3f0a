//! Where everything is that the program of the benchmarks starts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use xshell::Cmd;

use super::{Need, node, packages};
use crate::failure::{Failure, Result};
use crate::moto::Moto;
use crate::repository::{Repository, run};
use crate::{cargo, sam, tools};

/// What was prepared. Places of what nobody needs are named, too, and nothing is there.
pub(crate) struct Places {
    variables: Vec<(&'static str, PathBuf)>,
    /// It ends with this.
    moto: Option<Moto>,
}

impl Places {
    /// Installs, builds and starts what is needed.
    pub(super) fn prepare(repository: &Repository, needs: &BTreeSet<Need>) -> Result<Self> {
        repository.shell().create_dir(repository.target("bench"))?;
        for need in needs {
            install(repository, *need)?;
        }
        let start = || Moto::start_with_tls(repository, &repository.target("bench/tls"));
        Ok(Self {
            variables: variables(repository),
            moto: needs.contains(&Need::Aws).then(start).transpose()?,
        })
    }

    /// Tells the program where it all is.
    pub(super) fn around<'a>(&self, program: Cmd<'a>) -> Cmd<'a> {
        let aws = self.moto.as_ref().and_then(Moto::tls_url);
        program
            .envs(self.variables.iter().cloned())
            .env("BENCH_AWS", aws.unwrap_or_default())
    }
}

fn install(repository: &Repository, need: Need) -> Result<()> {
    match need {
        Need::Python => tools::install_python_peers(repository),
        Need::Node => node::install(repository),
        Need::NodeCompiled => node::compile(repository),
        Need::Rust => build_rust_peer(repository),
        Need::Tollgate => cargo::build_release(repository, "tollgate", &[]).map(drop),
        Need::Authorizer => {
            let built = sam::build_authorizers(repository)?;
            install_emulator(repository)?;
            packages::measure(repository, &built)
        }
        Need::Aws => tools::install_python_tools(repository),
        Need::Load => tools::install_oha(repository),
    }
}

/// As tollgate-bench asks for them.
fn variables(repository: &Repository) -> Vec<(&'static str, PathBuf)> {
    let (folder, binary) = (repository.target("bench"), "release/tollgate");
    vec![
        ("BENCH_SOURCES", repository.path("bench/peers")),
        ("BENCH_TOLLGATE", cargo::built(repository, binary)),
        ("BENCH_LOAD", repository.rust_tools().join("oha")),
        ("BENCH_PACKAGES", packages::file(repository)),
        ("BENCH_AUTHORIZER", sam::own_authorizer(repository)),
        ("BENCH_EMULATOR", folder.join("aws-lambda-rie")),
        ("BENCH_AWS_CA", folder.join("tls/ca.pem")),
        ("BENCH_AWS_ROOTS", folder.join("tls/roots.pem")),
        ("BENCH_PEERS", folder),
    ]
}

/// In a workspace of its own, so in a target folder of its own.
fn build_rust_peer(repository: &Repository) -> Result<()> {
    let manifest = repository.path("bench/peers/rust/Cargo.toml");
    let build = repository.cargo(&["build", "--release", "--locked", "--manifest-path"])?;
    let build = build.arg(manifest).arg("--target-dir");
    run(&build.arg(repository.target("bench/rust")))
}

/// The one that aws-sam-cli brings, where a program that knows nothing of Python finds it.
fn install_emulator(repository: &Repository) -> Result<()> {
    let python = repository.python_tools().join("python");
    let folder = repository
        .command(python)?
        .args(["-c", "import importlib.util as it; print(it.find_spec('samcli').submodule_search_locations[0])"])
        .read()?;
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    };
    let program = format!("local/rapid/aws-lambda-rie-{architecture}");
    let program = PathBuf::from(folder.trim()).join(program);
    if !program.is_file() {
        return Err(Failure::new(format!(
            "aws-sam-cli brings no emulator for {architecture}: there is no {}",
            program.display()
        )));
    }
    let copy = repository.target("bench/aws-lambda-rie");
    // One that still runs can be removed, and not be written to.
    repository.shell().remove_path(&copy)?;
    Ok(repository.shell().copy_file(program, copy)?)
}
