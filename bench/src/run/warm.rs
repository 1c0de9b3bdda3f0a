//! The authorizer once it runs: every answer after the first.

use std::process::Command;

use crate::run::cold_start::rows;
use crate::run::order::shuffled;
use crate::run::process::started_by;
use crate::run::sandbox::Sandbox;
use crate::run::{Run, authorizers, own, rng};
use crate::table::{Group, Row, Table, Unit};

/// How many events an authorizer answers before another has its turn.
const TURN: usize = 50;
/// How often an event is answered under a profiler, once and again: the difference is that of answers alone.
const CALLS: [u32; 2] = [2_000, 4_000];

pub(crate) fn measure(run: &Run) -> Result<Group, String> {
    let functions = authorizers::all(run)?;
    let open = |function| Sandbox::open(&run.places.emulator, function);
    let sandboxes: Result<Vec<Sandbox>, String> = functions.iter().map(open).collect();
    let sandboxes = sandboxes?;
    let mut times = rows(&functions);
    for round in 0..=run.rounds(40) {
        for index in shuffled(functions.len(), &mut rng()) {
            for _ in 0..TURN {
                let taken = sandboxes[index].invoke(&authorizers::event())?;
                // The first round warms up.
                if round > 0 {
                    times[index].sample.extend([taken]);
                }
            }
        }
    }
    drop(sandboxes);
    let mut tables = vec![Table {
        title: "One answer, through the emulator".to_owned(),
        unit: Unit::Time,
        rows: times,
        limit: None,
        goals: vec![],
    }];
    let counted = instructions(run, rows(&functions))?;
    let counting = match counted {
        Some(_) => {
            "The instructions are those of the handler alone, from the text of an event to the text of the \
            answer, as callgrind counts them."
        }
        None => "Instructions were not counted: there is no valgrind on this machine.",
    };
    tables.extend(counted);
    Ok(Group {
        name: "warm",
        title: "Every other answer of the authorizer",
        method: format!(
            "The same three in the same emulator, after their first answer. The time is mostly the emulator's \
            own, which is the same for all. {counting}"
        ),
        tables,
        plots: vec![],
    })
}

/// Of one event; nothing where there is no valgrind.
fn instructions(run: &Run, mut rows: Vec<Row>) -> Result<Option<Table>, String> {
    if !Command::new("valgrind")
        .arg("--version")
        .output()
        .is_ok_and(|it| it.status.success())
    {
        return Ok(None);
    }
    let mut own = own()?;
    own.args(["repeat", "authorizer-http-event"]);
    let [python, node] = authorizers::repeating(run);
    for (row, command) in rows.iter_mut().zip([own, python, node]) {
        let [fewer, more] = [counted(&command, CALLS[0])?, counted(&command, CALLS[1])?];
        let each = (more - fewer) / f64::from(CALLS[1] - CALLS[0]);
        row.sample.extend([each]);
    }
    Ok(Some(Table {
        title: "Instructions of one answer".to_owned(),
        unit: Unit::Instructions,
        rows,
        limit: None,
        goals: vec![],
    }))
}

/// Of the whole process, when it answers so often.
fn counted(program: &Command, calls: u32) -> Result<f64, String> {
    let mut callgrind = Command::new("valgrind");
    callgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let mut command = started_by(callgrind, program);
    command.arg(calls.to_string());
    let output = command
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let number = told
        .split_once("Collected : ")
        .and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    match number {
        Some(number) if output.status.success() => Ok(number),
        _ => Err(format!("`{command:?}` counted nothing: {told}")),
    }
}
