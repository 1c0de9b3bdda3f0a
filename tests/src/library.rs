//! The JWT libraries of Python and npm, in processes of their own: see `tests/interop`.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::companion::{FolderCopy, packages, python};
use crate::jwt::Jwt;
use crate::logs;
use crate::server::repository;

/// A library that signs and verifies tokens. Its process ends when it is dropped.
pub struct Library {
    /// Its name in the registry that it is from.
    pub name: &'static str,
    process: RefCell<Process>,
    /// Node finds the packages from here.
    _scripts: Option<FolderCopy>,
}

struct Process {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Library {
    /// All of them.
    #[must_use]
    pub fn all() -> [Self; 4] {
        let python = |name| {
            let script = repository().join("tests/interop/libraries.py");
            Self::start(name, self::python().arg(script), None)
        };
        let node = |name| {
            let scripts = FolderCopy::beside(&packages().join("libraries"), "tests/interop");
            let script = scripts.path().join("libraries.js");
            Self::start(name, Command::new("node").arg(script), Some(scripts))
        };
        [
            python("PyJWT"),
            python("python-jose"),
            node("jose"),
            node("jsonwebtoken"),
        ]
    }

    fn start(name: &'static str, command: &mut Command, scripts: Option<FolderCopy>) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // PyJWT warns of keys that are short for HS512.
        command.stderr(logs::file("libraries"));
        let mut child = command.spawn().expect("it starts");
        let process = Process {
            requests: child.stdin.take().expect("piped"),
            answers: BufReader::new(child.stdout.take().expect("piped")),
            child,
        };
        Self {
            name,
            process: RefCell::new(process),
            _scripts: scripts,
        }
    }

    /// The claims of a token, or why the library refuses it. `loosen` names a check to leave out.
    pub fn verify(
        &self,
        token: &str,
        expected: &Expected<'_>,
        loosen: Option<&str>,
    ) -> Result<Value, String> {
        self.ask(&json!({
            "library": self.name,
            "action": "verify",
            "token": token,
            "secret": expected.secret,
            "issuer": expected.issuer,
            "audience": expected.audience,
            "loosen": loosen,
        }))
    }

    /// The token that the library makes of this, or why it makes none.
    pub fn sign(&self, token: &Jwt, secret: &str) -> Result<String, String> {
        let signed = self.ask(&json!({
            "library": self.name,
            "action": "sign",
            "header": token.header,
            "claims": token.claims,
            "secret": secret,
        }))?;
        Ok(signed.as_str().expect("a token").to_owned())
    }

    fn ask(&self, request: &Value) -> Result<Value, String> {
        let mut process = self.process.borrow_mut();
        let mut answer = String::new();
        writeln!(process.requests, "{request}").expect("it listens");
        let read = process.answers.read_line(&mut answer);
        read.expect("it answers");
        let mut answer: Value = serde_json::from_str(&answer).expect("JSON");
        match answer["refusal"].as_str() {
            Some(refusal) => Err(refusal.to_owned()),
            None => Ok(answer["result"].take()),
        }
    }
}

/// What a verifier is told to accept.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The key.
    pub secret: &'a str,
    /// `iss`
    pub issuer: &'a str,
    /// `aud`
    pub audience: &'a str,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
