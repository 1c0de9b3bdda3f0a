//! The authorizers: ours, and those of the peers in Python and JavaScript.

use std::process::Command;

use tollgate_wiring::clock;

use crate::memory;
use crate::run::sandbox::Function;
use crate::run::{Run, aws, said};

/// The secret of all three.
const SECRET: &str = "bench/access-key";
/// An event of an HTTP API, which every peer's documentation has.
const EVENT: &str = include_str!("../../../events/authorizer-http-valid.json");

/// How the row of the peer in Python is called.
const PYTHON_NAME: &str = "from importlib.metadata import version as v; import platform; \
    print(f'Python {platform.python_version()}, awslambdaric {v(\"awslambdaric\")}, boto3 {v(\"boto3\")}, PyJWT {v(\"PyJWT\")}')";
/// How the row of the peer in JavaScript is called.
const NODE_NAME: &str = "const v = (name) => require(`./node_modules/${name}/package.json`).version; \
    `Node ${process.versions.node}, aws-lambda-ric ${v('aws-lambda-ric')}, AWS SDK ${v('@aws-sdk/client-secrets-manager')}, jose ${v('jose')}`";

/// An event with a token that is good now.
pub(crate) fn event() -> String {
    EVENT.replace(
        "{{access_token}}",
        memory::access_token_at(clock::now()).expose(),
    )
}

/// Ours first; their key is where they fetch it.
pub(crate) fn all(run: &Run) -> Result<Vec<Function>, String> {
    aws::keep_secret(run, SECRET)?;
    let mut own = Command::new(&run.places.authorizer);
    own.env("TOLLGATE_ACCESS_KEY", format!("secretsmanager://{SECRET}"));
    let entry = "authorizer.handler";
    let node = run
        .places
        .peers
        .join("node/node_modules/.bin/aws-lambda-ric");
    let mut functions = vec![
        Function {
            name: "Tollgate".to_owned(),
            bootstrap: own,
        },
        Function {
            name: said(run.python(&["-c", PYTHON_NAME]))?,
            bootstrap: run.python(&["-m", "awslambdaric", entry]),
        },
        Function {
            name: said(run.node(&["-p", NODE_NAME]))?,
            bootstrap: run.node(&[node.as_os_str(), entry.as_ref()]),
        },
    ];
    for function in &mut functions {
        function
            .bootstrap
            .envs(aws::variables(run))
            .envs(memory::own_profile_variables());
        function.bootstrap.env("SECRET_ID", SECRET);
        // Interpreters and their wrappers are found by it.
        function.bootstrap.env("PATH", &run.path);
        function
            .bootstrap
            .env("LAMBDA_TASK_ROOT", run.places.peers.join("node"));
    }
    Ok(functions)
}

/// The peers again, as programs that answer an event so many times and end.
pub(crate) fn repeating(run: &Run) -> [Command; 2] {
    let commands = [run.python(&["repeat.py"]), run.node(&["repeat.mjs"])];
    commands.map(|mut command| {
        command
            .envs(aws::variables(run))
            .envs(memory::own_profile_variables())
            .env("SECRET_ID", SECRET)
            .env("BENCH_EVENT", event());
        command
    })
}
