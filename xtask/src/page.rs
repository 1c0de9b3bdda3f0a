//! Pages with tables that a task writes: `cargo xtask scale --write` and its like.
//!
//! A table is between two comments, which are not seen when the page is shown:
//!
//! ```text
//! <!-- bill: cargo xtask scale --write -->
//!
//! | a month | …
//!
//! <!-- end of bill -->
//! ```

use std::fs;
use std::path::PathBuf;

use crate::failure::{Failure, Result};
use crate::repository::{Repository, announce};

/// A page, and the command that writes tables into it.
pub(crate) struct Page {
    path: PathBuf,
    /// As the comments have it: `cargo xtask scale --write`.
    command: &'static str,
    text: String,
}

impl Page {
    /// Reads the page at this path in the checkout.
    pub(crate) fn open(repository: &Repository, path: &str, command: &'static str) -> Result<Self> {
        let path = repository.path(path);
        let text = fs::read_to_string(&path).map_err(Failure::file("cannot read", &path))?;
        Ok(Self {
            path,
            command,
            text,
        })
    }

    /// Puts a table where the one of this name is.
    pub(crate) fn fill(&mut self, name: &str, table: &str) -> Result<()> {
        let (before, _, after) = self.split(name)?;
        self.text = format!("{before}\n{}\n\n{after}", table.trim());
        Ok(())
    }

    /// Writes the page.
    pub(crate) fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.text).map_err(Failure::file("cannot write", &self.path))?;
        announce(&format!("wrote {}", self.path.display()));
        Ok(())
    }

    /// Fails if the table of this name is not what the command would write.
    #[cfg(test)]
    pub(crate) fn check(&self, name: &str, table: &str) -> Result<()> {
        let (_, written, _) = self.split(name)?;
        if written.trim() == table.trim() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "the table {name} in {} is not what the command writes; run: {}",
            self.path.display(),
            self.command
        )))
    }

    /// The text before a table, the table, and the text after it.
    fn split(&self, name: &str) -> Result<(&str, &str, &str)> {
        let begin = format!("<!-- {name}: {} -->\n", self.command);
        let end = format!("<!-- end of {name} -->");
        let parts = || {
            let start = self.text.find(&begin)? + begin.len();
            let (before, rest) = self.text.split_at(start);
            let (table, after) = rest.split_at(rest.find(&end)?);
            Some((before, table, after))
        };
        parts().ok_or_else(|| {
            Failure::new(format!(
                "{} has no place for the table {name}, between\n{begin}{end}",
                self.path.display()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page {
            path: PathBuf::from("docs/page.md"),
            command: "cargo xtask it --write",
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_table_is_replaced_and_nothing_else() {
        let mut page = page(
            "a\n<!-- one: cargo xtask it --write -->\n<!-- end of one -->\nb\n\
             <!-- two: cargo xtask it --write -->\n\n| old |\n\n<!-- end of two -->\nc\n",
        );
        page.fill("one", "| 1 |\n").expect("a place");
        page.fill("two", "| 2 |\n").expect("a place");
        assert_eq!(
            page.text,
            "a\n<!-- one: cargo xtask it --write -->\n\n| 1 |\n\n<!-- end of one -->\nb\n\
             <!-- two: cargo xtask it --write -->\n\n| 2 |\n\n<!-- end of two -->\nc\n"
        );
        page.check("one", "| 1 |\n").expect("it was written");
        assert!(page.check("two", "| 1 |\n").is_err());
        assert!(page.fill("three", "").is_err());
    }
}
