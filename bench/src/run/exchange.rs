//! Log-ins and refreshes, and what they cannot do without: the hash of one, the write of the other.

use crate::run::account::Exchange;
use crate::run::store::Store;
use crate::run::worker::{self, Worker};
use crate::run::{Run, own, rng};
use crate::table::{Bound, Goal, Group, Table, Unit};

/// A log-in beside the hash of a password.
pub(crate) fn measure_login(run: &Run) -> Result<Group, String> {
    Ok(Group {
        name: "login",
        title: "A log-in",
        method: "A log-in with the right password, in process: attempts counted, password checked, family \
            written, tokens signed. The limit is Argon2id alone, with the same memory and passes. DynamoDB is \
            moto on this machine, over TLS."
            .to_owned(),
        tables: tables(run, Exchange::Login, Exchange::Hash, "Argon2id", 1.05)?,
        plots: vec![],
    })
}

/// A refresh beside the store's conditional write.
pub(crate) fn measure_refresh(run: &Run) -> Result<Group, String> {
    Ok(Group {
        name: "refresh",
        title: "A refresh",
        method: "A refresh with the live token, in process: token read, user looked up, generation raised by one \
            conditional write, a new pair signed; its successor is used by the next. The limit is that \
            conditional write alone, on the same store. DynamoDB is moto on this machine, over TLS."
            .to_owned(),
        tables: tables(run, Exchange::Refresh, Exchange::Write, "The conditional write", 1.3)?,
        plots: vec![],
    })
}

/// One for each store.
fn tables(
    run: &Run,
    whole: Exchange,
    limit: Exchange,
    against: &'static str,
    bound: f64,
) -> Result<Vec<Table>, String> {
    let mut tables = Vec::new();
    for store in Store::ALL {
        let opened = store.open(run)?;
        let mut workers = Vec::new();
        for exchange in [whole, limit] {
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
            goals: vec![Goal {
                against,
                bound: Bound::AtMost(bound),
            }],
        });
    }
    Ok(tables)
}
