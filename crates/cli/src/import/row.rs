//! A row of a file: a user, or what is wrong with it.

use std::collections::HashMap;
use std::fmt;

use tollgate_core::user::User;

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    /// From 1 on.
    Line(usize),
    /// In the table `user`, from 0 on.
    User(usize),
    /// In the table `account`, from 0 on.
    Account(usize),
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::User(index) => write!(f, "user[{index}]"),
            Self::Account(index) => write!(f, "account[{index}]"),
        }
    }
}

/// Why a row is not taken. It never says what is in the row: that may be a hash.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) field: Option<String>,
    pub(super) reason: String,
}

impl Problem {
    /// With the whole row.
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            field: None,
            reason: reason.into(),
        }
    }

    /// With one field.
    pub(super) fn of(field: &str, reason: &(impl ToString + ?Sized)) -> Self {
        Self {
            field: Some(field.to_owned()),
            reason: reason.to_string(),
        }
    }
}

/// A row, read.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) spot: Spot,
    pub(super) user: Result<User, Problem>,
}

/// Refuses all of those that share an id or an address: nobody knows which of them is right.
pub(super) fn refuse_doubled(rows: &mut [Row]) {
    let ids = doubled(rows, |user| user.id.as_str());
    let addresses = doubled(rows, |user| user.email.as_str());
    for (field, doubled) in [("id", ids), ("email", addresses)] {
        for (index, other) in doubled {
            rows[index].user = Err(Problem::of(field, &format!("the same is in {other}")));
        }
    }
}

/// Each row that has a name which another has too, and where that is.
fn doubled(rows: &[Row], name: impl Fn(&User) -> &str) -> Vec<(usize, Spot)> {
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(rows.len());
    let mut doubled = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let Ok(user) = &row.user else { continue };
        if let Some(&first) = first.get(name(user)) {
            doubled.push((first, row.spot));
            doubled.push((index, rows[first].spot));
        } else {
            first.insert(name(user), index);
        }
    }
    doubled
}
