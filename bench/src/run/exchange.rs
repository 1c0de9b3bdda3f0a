//! Log-ins and refreshes, and what they cannot do without: the hash of one, the write of the other.

use crate::run::account::Exchange;
use crate::run::store::Store;
use crate::run::worker::{self, Worker};
use crate::run::{Run, online, own, rng};
use crate::table::{Goal, Group, Table, Unit};

/// A log-in beside the hash of a password.
pub(crate) fn measure_login(run: &Run) -> Result<Group, String> {
    let compared = [Exchange::Login, Exchange::Hash, Exchange::Library];
    let mut tables = tables(run, &compared, 1.05, "Argon2id alone")?;
    tables.push(online::log_ins(run)?);
    Ok(Group {
        name: "login",
        title: "A log-in",
        method: "A log-in with the right password, in process: attempts counted, password checked, family \
            written, tokens signed. The limit is Argon2id alone, with the same memory and passes. DynamoDB is \
            moto on this machine, over TLS. Over HTTP it is `tollgate serve` beside Better Auth behind Hono, both \
            on one processor; Better Auth hashes with scrypt, as it does by default."
            .to_owned(),
        tables,
        plots: vec![],
    })
}

/// A refresh beside the store's conditional write.
pub(crate) fn measure_refresh(run: &Run) -> Result<Group, String> {
    let mut tables = tables(
        run,
        &[Exchange::Refresh, Exchange::Write],
        1.3,
        "The conditional write",
    )?;
    tables.push(online::refreshes(run)?);
    Ok(Group {
        name: "refresh",
        title: "A refresh",
        method: "A refresh with the live token, in process: token read, user looked up, generation raised by one \
            conditional write, a new pair signed; its successor is used by the next. The limit is that \
            conditional write alone, on the same store. DynamoDB is moto on this machine, over TLS. Over HTTP it is \
            `tollgate serve` beside a session of Better Auth that is extended at every call: its token stays the \
            same, and its write does not wait for the disk (synchronous is NORMAL), while ours does (FULL)."
            .to_owned(),
        tables,
        plots: vec![],
    })
}

/// One for each store.
fn tables(
    run: &Run,
    exchanges: &[Exchange],
    times: f64,
    limit_name: &'static str,
) -> Result<Vec<Table>, String> {
    let mut tables = Vec::new();
    for store in Store::ALL {
        let opened = store.open(run)?;
        let mut workers = Vec::new();
        for exchange in exchanges {
            let mut command = own()?;
            command
                .args(["exchange", &exchange.argument()])
                .envs(opened.variables.iter().cloned());
            workers.push(Worker::start(command)?);
        }
        let rows = worker::measure(&mut workers, run.rounds(store.rounds()), &mut rng())?;
        tables.push(Table {
            title: format!("On {}", store.name()),
            unit: Unit::Time,
            rows,
            limit: Some(limit_name),
            goals: vec![Goal::AtMost(times)],
        });
    }
    Ok(tables)
}
