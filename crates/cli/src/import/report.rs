//! What became of a file.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_core::user::{User, UserId};

use super::row::{Problem, Spot};
use crate::arguments::Import;

/// What is said at the end, as text or as JSON.
#[derive(Serialize)]
pub(super) struct Report {
    file: String,
    dry_run: bool,
    /// Rows in the file.
    rows: usize,
    /// Of these, users that are good and not there yet.
    good: usize,
    /// Those that were written.
    imported: usize,
    already_there: usize,
    /// How many of the good ones have a hash of which kind and cost.
    hashes: BTreeMap<String, usize>,
    weak: usize,
    disabled: usize,
    refused: Vec<Refused>,
    #[serde(skip)]
    as_json: bool,
}

#[derive(Serialize)]
struct Refused {
    row: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    reason: String,
}

impl Report {
    pub(super) fn new(options: &Import) -> Self {
        Self {
            file: options.file.display().to_string(),
            dry_run: options.dry_run,
            rows: 0,
            good: 0,
            imported: 0,
            already_there: 0,
            hashes: BTreeMap::new(),
            weak: 0,
            disabled: 0,
            refused: Vec::new(),
            as_json: options.json,
        }
    }

    /// A row that is not taken.
    pub(super) fn refuse(&mut self, spot: Spot, id: Option<&UserId>, problem: Problem) {
        self.rows += 1;
        self.refused.push(Refused {
            row: spot.to_string(),
            id: id.cloned(),
            field: problem.field,
            reason: problem.reason,
        });
    }

    /// A user who is there already.
    pub(super) fn skip(&mut self) {
        self.rows += 1;
        self.already_there += 1;
    }

    /// A user who can be imported.
    pub(super) fn take(&mut self, user: &User) {
        self.rows += 1;
        self.good += 1;
        *self.hashes.entry(user.password_hash.scheme()).or_default() += 1;
        self.weak += usize::from(user.password_hash.is_weak());
        self.disabled += usize::from(user.disabled);
    }

    /// How many were.
    pub(super) fn imported(&mut self, users: usize) {
        self.imported = users;
    }

    /// How many rows are not taken.
    pub(super) fn refused(&self) -> usize {
        self.refused.len()
    }

    /// To standard output.
    #[expect(clippy::print_stdout, reason = "a command line tool talks to its user")]
    pub(super) fn print(&self) {
        if self.as_json {
            println!("{}", serde_json::json!(self));
            return;
        }
        println!("{}: {} rows", self.file, self.rows);
        println!("  can be imported  {}", self.good);
        for (scheme, count) in &self.hashes {
            println!("    {scheme}: {count}");
        }
        if self.weak > 0 {
            println!(
                "    weaker than OWASP asks for, until their owners log in: {}",
                self.weak
            );
        }
        if self.disabled > 0 {
            println!("    disabled: {}", self.disabled);
        }
        println!("  there already    {}", self.already_there);
        println!("  refused          {}", self.refused.len());
        for refused in &self.refused {
            let id = refused.id.iter().map(|id| format!(" ({id})"));
            let field = refused.field.iter().map(|field| format!(" {field}:"));
            let (id, field): (String, String) = (id.collect(), field.collect());
            println!("    {}{id}:{field} {}", refused.row, refused.reason);
        }
        println!("{}", self.verdict());
    }

    fn verdict(&self) -> String {
        match (self.dry_run, self.imported, self.good, self.refused.len()) {
            (true, ..) => "This was a dry run: nothing was written.".to_owned(),
            (false, 0, 1.., 1..) => "Nothing was imported. Correct the rows that are refused, or \
                                     import the others with --skip-refused."
                .to_owned(),
            (false, imported, ..) => format!("Imported {imported} users."),
        }
    }
}
