//! JSON Schema, in the process of `tests/openapi/schemas.py`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, OnceLock};

use serde_json::{Value, json};
use tollgate_tests::server::repository;

use crate::packages::python;

/// What of a value is not as a schema has it.
pub(crate) fn complaints(schema: &Value, value: &Value) -> Vec<String> {
    static VALIDATOR: OnceLock<Mutex<Validator>> = OnceLock::new();
    let validator = VALIDATOR.get_or_init(|| Mutex::new(Validator::start()));
    let mut validator = validator.lock().expect("not poisoned");
    validator.ask(&json!({"schema": schema, "value": value}))
}

/// It ends with its standard input, so with the tests.
struct Validator {
    _process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Validator {
    fn start() -> Self {
        let mut command = python();
        command.arg(repository().join("tests/openapi/schemas.py"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("it starts");
        Self {
            questions: process.stdin.take().expect("piped"),
            answers: BufReader::new(process.stdout.take().expect("piped")),
            _process: process,
        }
    }

    fn ask(&mut self, question: &Value) -> Vec<String> {
        let mut answer = String::new();
        writeln!(self.questions, "{question}").expect("it listens");
        let read = self.answers.read_line(&mut answer);
        read.expect("it answers");
        serde_json::from_str(&answer).expect("a list of texts")
    }
}
