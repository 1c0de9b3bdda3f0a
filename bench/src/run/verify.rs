//! An access token verified, in process.

use std::process::Command;

use tollgate_wiring::clock;

use crate::memory::{self, ACCESS};
use crate::run::{Run, own, rng, worker};
use crate::table::{Goal, Group, Table, Unit};

pub(crate) fn measure(run: &Run) -> Result<Group, String> {
    let own = |subject: &str| {
        let mut command = own()?;
        command.args(["worker", subject]);
        Ok::<_, String>(command)
    };
    let commands = [
        own("verify")?,
        own("hmac")?,
        Command::new(run.places.peers.join("rust/release/tollgate-bench-peer")),
        run.python(&["verify.py", "PyJWT"]),
        run.python(&["verify.py", "python-jose"]),
        run.node(&["verify.js", "jose"]),
        run.node(&["verify.js", "fast-jwt"]),
    ];
    let token = memory::access_token_at(clock::now());
    let mut workers = Vec::new();
    for mut command in commands {
        command.envs(memory::profile_variables());
        command.env("BENCH_TOKEN", token.expose());
        command.env("BENCH_KEY", ACCESS.0);
        workers.push(worker::Worker::start(command)?);
    }
    let rows = worker::measure(&mut workers, run.rounds(100), &mut rng())?;
    Ok(Group {
        name: "verify",
        title: "An access token verified, in process",
        method: "The same claims, the same key, and the same checks: signature, `exp`, `iss` and `aud`; \
            Tollgate also pins `typ`, `kid` and every other claim. Each program times its own calls, as many in a \
            row for one value as take 50 µs, and the programs take turns. The limit is HMAC-SHA-256 over the token with a key \
            that is ready."
            .to_owned(),
        tables: vec![Table {
            title: "One token".to_owned(),
            unit: Unit::Time,
            rows,
            limit: Some("HMAC-SHA-256"),
            goals: vec![
                Goal::AtMost(3.0),
                Goal::Better(20.0, "PyJWT"),
                Goal::Better(4.0, "fast-jwt"),
            ],
        }],
        plots: vec![],
    })
}
