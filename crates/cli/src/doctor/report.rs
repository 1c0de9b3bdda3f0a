//! What the doctor found, as a table.

use comfy_table::{ContentArrangement, Table, presets::UTF8_HORIZONTAL_ONLY};

use crate::failure::Failure;

/// The same in every terminal, and where there is none.
const WIDTH: u16 = 120;

/// What was looked at, and how it is.
struct Finding {
    subject: &'static str,
    state: Result<String, Wrong>,
}

/// What is wrong, and how to mend it.
struct Wrong {
    problem: String,
    mend: String,
}

/// Everything that was looked at.
#[derive(Default)]
pub(super) struct Report(Vec<Finding>);

impl Report {
    /// Adds what was found; `mend` is for failures that do not say themselves what to do.
    pub(super) fn add(
        &mut self,
        subject: &'static str,
        found: Result<String, Failure>,
        mend: &str,
    ) {
        let state = found.map_err(|failure| Wrong::new(&failure, mend));
        self.0.push(Finding { subject, state });
    }

    /// Whether nothing is wrong.
    pub(super) fn is_healthy(&self) -> bool {
        self.0.iter().all(|finding| finding.state.is_ok())
    }

    /// A row for each finding.
    pub(super) fn table(&self) -> String {
        let mut table = Table::new();
        table
            .load_style(UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(WIDTH)
            .set_header(["", "what", "how it is", "how to mend it"]);
        for Finding { subject, state } in &self.0 {
            match state {
                Ok(remark) => table.add_row(["ok", *subject, remark.as_str(), ""]),
                Err(wrong) => table.add_row(["WRONG", *subject, &wrong.problem, &wrong.mend]),
            };
        }
        let lines = table.lines().map(|line| line.trim_end().to_owned());
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl Wrong {
    /// Failures say what is wrong and, after a semicolon, what to do.
    fn new(failure: &Failure, mend: &str) -> Self {
        let failure = failure.to_string();
        let (problem, mend) = failure.split_once("; ").unwrap_or((&failure, mend));
        Self {
            problem: problem.to_owned(),
            mend: mend.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_row_says_how_to_mend_it() {
        let mut report = Report::default();
        report.add("settings", Ok("all of them".to_owned()), "nothing");
        assert!(report.is_healthy());
        let failure = Failure::new("the file is gone; put it back; or not");
        report.add("keys", Err(failure), "unused");
        report.add("store", Err(Failure::new("it burns")), "put it out");
        assert!(!report.is_healthy());

        let table = report.table();
        let row = |subject: &str| {
            let mut rows = table.lines();
            rows.find(|row| row.contains(subject)).expect("a row")
        };
        for (subject, words) in [
            ("settings", ["ok", "all of them"]),
            ("keys", ["the file is gone ", "put it back; or not"]),
            ("store", ["it burns", "put it out"]),
        ] {
            for word in words {
                assert!(row(subject).contains(word), "{table}");
            }
        }
        assert!(!table.contains("unused"), "{table}");
    }
}
