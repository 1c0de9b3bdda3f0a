//! Where everything is that a run needs: `cargo xtask bench` has put it there, and says so in the environment.

use std::path::PathBuf;

/// The folders and programs of a run.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Places {
    /// The folder with the installed peers: `python/bin/python`, `node/node_modules`, `rust`
    #[arg(long, env = "BENCH_PEERS")]
    pub(crate) peers: PathBuf,
    /// The sources of the peers, bench/peers
    #[arg(long, env = "BENCH_SOURCES")]
    pub(crate) sources: PathBuf,
    /// The command line of Tollgate, a release build
    #[arg(long, env = "BENCH_TOLLGATE")]
    pub(crate) tollgate: PathBuf,
    /// The authorizer as it is deployed on this machine's kind of processor: its bootstrap
    #[arg(long, env = "BENCH_AUTHORIZER")]
    pub(crate) authorizer: PathBuf,
    /// AWS's runtime interface emulator
    #[arg(long, env = "BENCH_EMULATOR")]
    pub(crate) emulator: PathBuf,
    /// Secrets Manager and DynamoDB as moto plays them, over TLS: https://localhost:PORT
    #[arg(long, env = "BENCH_AWS")]
    pub(crate) aws: String,
    /// The certificate authority that vouches for it, PEM
    #[arg(long, env = "BENCH_AWS_CA")]
    pub(crate) aws_ca: PathBuf,
    /// The same among the roots of the web, for who reads one file of roots: on Lambda it has them all
    #[arg(long, env = "BENCH_AWS_ROOTS")]
    pub(crate) aws_roots: PathBuf,
    /// How large what is uploaded is, as JSON: a list of `name`, `architecture`, `bytes`
    #[arg(long, env = "BENCH_PACKAGES")]
    pub(crate) packages: PathBuf,
    /// oha, which sends requests and counts answers
    #[arg(long, env = "BENCH_LOAD")]
    pub(crate) load: PathBuf,
}
