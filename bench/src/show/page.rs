//! The page that shows what was measured, docs/benchmarks.md. Its words are written by hand; what a
//! run writes is between two comments, which are not seen when the page is shown:
//!
//! ```text
//! <!-- verify: cargo xtask bench -->
//!
//! | who | …
//!
//! <!-- end of verify -->
//! ```

use std::fs;
use std::path::Path;

/// Puts a group where the one of this name is, and leaves the rest as it is.
pub(crate) fn fill(path: &Path, name: &str, markdown: &str) -> Result<(), String> {
    let shown = path.display();
    let page = fs::read_to_string(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let page = replaced(&page, name, markdown).map_err(|problem| format!("{shown} {problem}"))?;
    fs::write(path, page).map_err(|error| format!("cannot write {shown}: {error}"))
}

fn replaced(page: &str, name: &str, markdown: &str) -> Result<String, String> {
    let begin = format!("<!-- {name}: cargo xtask bench -->\n");
    let end = format!("<!-- end of {name} -->");
    let place = || {
        let start = page.find(&begin)? + begin.len();
        let (before, rest) = page.split_at(start);
        Some((before, rest.split_at(rest.find(&end)?).1))
    };
    let (before, after) =
        place().ok_or_else(|| format!("has no place for {name}, between\n{begin}{end}"))?;
    Ok(format!("{before}\n{}\n\n{after}", markdown.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "a\n<!-- one: cargo xtask bench -->\n<!-- end of one -->\nb\n\
                        <!-- two: cargo xtask bench -->\n\n| old |\n\n<!-- end of two -->\nc\n";

    #[test]
    fn a_group_is_replaced_and_nothing_else() {
        let page = replaced(PAGE, "one", "| 1 |\n").expect("a place");
        let page = replaced(&page, "two", "| 2 |").expect("a place");
        assert_eq!(
            page,
            "a\n<!-- one: cargo xtask bench -->\n\n| 1 |\n\n<!-- end of one -->\nb\n\
             <!-- two: cargo xtask bench -->\n\n| 2 |\n\n<!-- end of two -->\nc\n"
        );
        assert_eq!(replaced(&page, "two", "| 2 |"), Ok(page.clone()), "again");
    }

    #[test]
    fn a_place_that_is_missing_is_an_error_which_says_so() {
        assert_eq!(
            replaced(PAGE, "three", ""),
            Err("has no place for three, between\n\
                 <!-- three: cargo xtask bench -->\n<!-- end of three -->"
                .to_owned())
        );
    }

    #[test]
    fn a_page_that_is_missing_is_named() {
        let problem = fill(Path::new("no/such.md"), "one", "").expect_err("no page");
        assert!(problem.starts_with("cannot read no/such.md: "), "{problem}");
    }

    #[test]
    fn the_page_has_a_place_for_each_group() {
        let page = include_str!("../../../docs/benchmarks.md");
        for name in [
            "verify",
            "cold-start",
            "warm",
            "request",
            "login",
            "refresh",
            "growth",
        ] {
            replaced(page, name, "").expect("a place");
        }
    }
}
