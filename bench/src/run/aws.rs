//! AWS on this machine: moto over TLS, which `cargo xtask bench` has started.

use crate::memory::ACCESS;
use crate::run::Run;

/// Where AWS is, and whom to believe that it is AWS: for every SDK.
pub(crate) fn variables(run: &Run) -> Vec<(&'static str, String)> {
    let roots = run.places.aws_roots.display().to_string();
    vec![
        ("AWS_ENDPOINT_URL", run.places.aws.clone()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_CA_BUNDLE", roots.clone()),
        (
            "NODE_EXTRA_CA_CERTS",
            run.places.aws_ca.display().to_string(),
        ),
        ("SSL_CERT_FILE", roots),
    ]
}

/// Puts the key where the authorizers fetch it.
pub(crate) fn keep_secret(run: &Run, name: &str) -> Result<(), String> {
    set_up(run, "secret", name)
}

/// Makes a table as template.yaml has it.
pub(crate) fn make_table(run: &Run, name: &str) -> Result<(), String> {
    set_up(run, "table", name)
}

fn set_up(run: &Run, what: &str, name: &str) -> Result<(), String> {
    let mut command = run.python(&["aws.py", what, name]);
    command.envs(variables(run)).env("BENCH_KEY", ACCESS.0);
    crate::run::said(command).map(drop)
}
