//! The format of `tollgate users export`: one JSON object on each line.

use std::io::{self, BufRead};

use tollgate_core::password::PasswordHash;
use tollgate_core::user::User;

use super::Terms;
use super::record::{Record, missing};
use super::row::{Problem, Row, Spot};

/// Reads all lines; empty ones are skipped.
pub(super) fn read(input: impl BufRead, terms: &Terms) -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (index, line) in input.split(b'\n').enumerate() {
        let line = line?;
        if !line.trim_ascii().is_empty() {
            let spot = Spot::Line(index + 1);
            let user = user(&line, terms);
            rows.push(Row { spot, user });
        }
    }
    Ok(rows)
}

fn user(line: &[u8], terms: &Terms) -> Result<User, Problem> {
    let mut record: Record = serde_json::from_slice(line).map_err(|error| {
        let column = error.column();
        Problem::new(format!("it is not a JSON object (column {column})"))
    })?;
    let hash = record.text("password_hash")?;
    let user = User {
        id: record.parsed("id")?.ok_or_else(|| missing("id"))?,
        email: record.parsed("email")?.ok_or_else(|| missing("email"))?,
        password_hash: PasswordHash::parse(hash.ok_or_else(|| missing("password_hash"))?)
            .map_err(|error| Problem::of("password_hash", &error))?,
        scope: match record.parsed("scope")? {
            Some(scope) => scope,
            None => terms.scope.clone(),
        },
        disabled: record.flag("disabled")?.unwrap_or(false),
        created_at: record.moment("created_at")?.unwrap_or(terms.now),
    };
    record.finish()?;
    Ok(user)
}
