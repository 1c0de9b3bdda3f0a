//! The authorizer on Lambda: its first answer, with the key fetched meanwhile, and how large it is.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use crate::run::order::shuffled;
use crate::run::sandbox::{Function, Sandbox};
use crate::run::{Run, authorizers, rng};
use crate::table::{Goal, Group, Row, Table, Unit};

/// Until the one before has given all of its memory back, and the emulator is ready: what they do would be
/// measured, and a short start more than a long one.
const REST: Duration = Duration::from_millis(250);
/// What xtask/packages.py calls ours.
const OWN: &str = "Tollgate";

pub(crate) fn measure(run: &Run) -> Result<Group, String> {
    let functions = authorizers::all(run)?;
    let rows = || rows(&functions);
    let (mut cold, mut memory) = (rows(), rows());
    for _ in 0..run.rounds(60) {
        for index in shuffled(functions.len(), &mut rng()) {
            let sandbox = Sandbox::open(&run.places.emulator, &functions[index])?;
            thread::sleep(REST);
            let first = sandbox.invoke(&authorizers::event())?;
            cold[index].sample.extend([first]);
            memory[index].sample.extend([sandbox.memory()]);
        }
    }
    let mut tables = vec![
        table(
            "From process start to the first answer",
            Unit::Time,
            cold,
            &better(12.0),
        ),
        table(
            "Resident memory after it",
            Unit::Bytes,
            memory,
            &better(3.0),
        ),
    ];
    tables.extend(packages(run)?);
    Ok(Group {
        name: "cold-start",
        title: "The authorizer's first answer",
        method: "Each authorizer runs as Lambda runs it, in AWS's runtime interface emulator, and fetches its key \
            over TLS from Secrets Manager, as moto plays it on this machine. The code of the peers is not \
            bundled. The time is that of the first request to the emulator, which starts the process with it. \
            Memory is the resident set of the process, without the emulator. Packages hold everything that \
            runs; a second row of a peer is what one uploads where AWS's own runtime brings the SDK and the \
            runtime client. They are those of every architecture that Rust on this machine builds for. Node's \
            runtime client is compiled where it is installed, so its whole package is that of this machine."
            .to_owned(),
        tables,
        plots: vec![],
    })
}

/// A row for each, with nothing in it yet.
pub(crate) fn rows(functions: &[Function]) -> Vec<Row> {
    functions.iter().map(|it| Row::new(&it.name)).collect()
}

fn better(times: f64) -> [Goal; 2] {
    ["Python", "Node"].map(|rival| Goal::Better(times, rival))
}

fn table(title: &str, unit: Unit, rows: Vec<Row>, goals: &[Goal]) -> Table {
    Table {
        title: title.to_owned(),
        unit,
        rows,
        limit: None,
        goals: goals.to_vec(),
    }
}

/// One zip.
#[derive(Deserialize)]
struct Package {
    name: String,
    architecture: String,
    bytes: f64,
}

/// A table for each architecture that ours was built for.
fn packages(run: &Run) -> Result<Vec<Table>, String> {
    let packages = read_packages(&run.places.packages)?;
    let own = packages.iter().filter(|it| it.name == OWN);
    let of = |own: &Package| {
        let architecture = &own.architecture;
        let those = packages
            .iter()
            .filter(|it| it.architecture == *architecture);
        let rows = those.map(|it| Row {
            name: it.name.clone(),
            sample: [it.bytes].into_iter().collect(),
        });
        let title = format!("Zipped package for {architecture}");
        table(&title, Unit::Bytes, rows.collect(), &[Goal::Within(3e6)])
    };
    Ok(own.map(of).collect())
}

fn read_packages(path: &Path) -> Result<Vec<Package>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| failed(&error))?;
    serde_json::from_str(&text).map_err(|error| failed(&error))
}
