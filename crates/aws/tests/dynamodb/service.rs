//! A DynamoDB that answers what a test tells it to: for what an emulator never does.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};
use tollgate_aws::account::Credentials;
use tollgate_aws::{Account, DynamoDbStore};

pub(crate) const TABLE: &str = "tollgate";
pub(crate) const REGION: &str = "eu-central-1";

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: String,
    pub(crate) body: Value,
}

/// What is done with it.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer(u16, Value),
    /// The connection ends after the request was read.
    Lost,
}

/// Answers until the test ends.
pub(crate) struct Service {
    pub(crate) store: DynamoDbStore,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Service {
    /// Answers each call with what `answer` says.
    pub(crate) fn start(answer: impl FnMut(&Call) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let credentials = Credentials::from_keys("AKIDEXAMPLE", "secret", None);
        let account = Account::new(REGION.to_owned(), credentials, Some(url));
        let calls = Arc::default();
        let shared: Shared = Arc::new((Mutex::new(Box::new(answer)), Arc::clone(&calls)));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // Its error is the end of the connection, on either side.
                thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        let store = DynamoDbStore::new(&account, TABLE);
        Self { store, calls }
    }

    /// Answers one call after the other from a list, which must be long enough.
    pub(crate) fn reply(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        Self::start(move |_| {
            replies
                .pop_front()
                .unwrap_or_else(|| error(400, "NoMoreReplies"))
        })
    }

    /// What came in since the last time.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The names of what came in since the last time.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.calls()
            .into_iter()
            .map(|call| call.operation)
            .collect()
    }
}

type Answer = Box<dyn FnMut(&Call) -> Reply + Send>;
type Shared = Arc<(Mutex<Answer>, Arc<Mutex<Vec<Call>>>)>;

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (answer, calls) = &**shared;
    loop {
        let call = read(&mut reader)?;
        let lock = |calls: &Mutex<Vec<Call>>, call| {
            calls
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(call);
        };
        lock(calls, call.clone());
        let reply = answer.lock().unwrap_or_else(PoisonError::into_inner)(&call);
        let Reply::Answer(status, body) = reply else {
            return Ok(());
        };
        let body = body.to_string();
        write!(
            &mut &*stream,
            "HTTP/1.1 {status} .\r\nContent-Type: application/x-amz-json-1.0\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Call> {
    let mut operation = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        let (name, value) = line.trim().split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(io::Error::other)?,
            "x-amz-target" => value
                .trim_start_matches("DynamoDB_20120810.")
                .clone_into(&mut operation),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = serde_json::from_slice(&body)?;
    Ok(Call { operation, body })
}

/// It was done.
pub(crate) fn done(body: Value) -> Reply {
    Reply::Answer(200, body)
}

/// It was refused, with a code.
pub(crate) fn error(status: u16, code: &str) -> Reply {
    let body = json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
        "message": "the canary: a value that DynamoDB repeats in its message",
    });
    Reply::Answer(status, body)
}

/// The condition failed on this item, or on none.
pub(crate) fn refused(item: &Value) -> Reply {
    let Reply::Answer(status, mut body) = error(400, "ConditionalCheckFailedException") else {
        unreachable!()
    };
    if !item.is_null() {
        body["Item"] = item.clone();
    }
    Reply::Answer(status, body)
}

/// A transaction was cancelled: for each of its items a code, and the item that was there.
pub(crate) fn cancelled(reasons: &[(&str, &Value)]) -> Reply {
    let reason = |&(code, item): &(&str, &Value)| {
        if item.is_null() {
            json!({"Code": code})
        } else {
            json!({"Code": code, "Item": item, "Message": "the canary"})
        }
    };
    let Reply::Answer(status, mut body) = error(400, "TransactionCanceledException") else {
        unreachable!()
    };
    body["CancellationReasons"] = reasons.iter().map(reason).collect();
    Reply::Answer(status, body)
}
