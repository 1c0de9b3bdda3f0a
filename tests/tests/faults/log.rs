//! What the functions logged, without what every request causes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Events that are about the services, or that show what the services did.
const EVENTS: [&str; 5] = [
    "store.failed",
    "keys.unavailable",
    "keys.changed",
    "refresh.replayed",
    "refresh.store_went_back",
];
/// What a function prints that does not start.
pub(crate) const START_REFUSED: &str = "Error";
/// Words of the errors, by which they are known in the table.
const CAUSES: [&str; 15] = [
    "ThrottlingException",
    "ThrottlingError",
    "ProvisionedThroughputExceededException",
    "InternalServerError",
    "InternalServiceError",
    "ResourceNotFoundException",
    "AccessDeniedException",
    "there is no table",
    "there is no such secret",
    "is denied",
    "a signing key needs at least 32",
    "its version AWSCURRENT is binary",
    "timeout",
    "connection closed",
    "Connection refused",
];

/// Events, what they say of their causes, and how old the keys were.
#[derive(Default)]
pub(crate) struct Log {
    events: BTreeMap<String, BTreeSet<String>>,
    /// The greatest `age_seconds` of `keys.unavailable`.
    pub(crate) age_of_keys: u64,
}

impl Log {
    pub(crate) fn of(lines: &[String]) -> Self {
        let mut log = Self::default();
        for line in lines {
            if let Some(error) = line.strip_prefix("Error: ") {
                log.note(START_REFUSED, Some(error));
            }
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            if let Some(event) = line["event"].as_str().filter(|it| EVENTS.contains(it)) {
                log.note(event, line["error"].as_str());
                let age = line["age_seconds"].as_u64().unwrap_or_default();
                log.age_of_keys = log.age_of_keys.max(age);
            }
        }
        log
    }

    fn note(&mut self, event: &str, error: Option<&str>) {
        let causes = self.events.entry(event.to_owned()).or_default();
        // An error that nobody knows is shown as it is.
        let known = |error| CAUSES.into_iter().find(|cause| str::contains(error, cause));
        causes.extend(error.map(|error| known(error).unwrap_or(error).to_owned()));
    }

    pub(crate) fn has(&self, event: &str) -> bool {
        self.events.contains_key(event)
    }

    /// For a cell of a table.
    /// Whether nothing stands out.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(crate) fn summary(&self) -> String {
        let events = self.events.iter().map(|(event, causes)| {
            let causes: Vec<&str> = causes.iter().map(String::as_str).collect();
            match causes.as_slice() {
                [] => format!("`{event}`"),
                causes => format!("`{event}`: {}", causes.join(", ")),
            }
        });
        match events.collect::<Vec<_>>().as_slice() {
            [] => "–".to_owned(),
            events => events.join("; "),
        }
    }
}
