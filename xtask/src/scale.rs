//! `cargo xtask scale`: what Tollgate takes and costs on AWS, from one operation to the bill of a
//! month, and the limits in the order in which one meets them.
//!
//! Prices, what an operation takes, and what users do are constants and options; everything else is
//! arithmetic. What can be counted is: by `tests/tests/cost.rs` in the code, and by the simulation
//! here. docs/scale.md has the tables of the defaults.

mod bill;
mod item;
mod limit;
mod load;
mod operation;
mod price;
mod report;
mod simulation;
mod table;
mod usage;

use clap::Args;

use crate::failure::Result;
use crate::page::Page;
use crate::repository::{Repository, announce};
use usage::Usage;

/// The pages with the tables of the defaults, and which tables those are.
const PAGES: [(&str, &[&str]); 2] = [
    (
        "docs/scale.md",
        &[
            "operations",
            "items",
            "users",
            "bill",
            "prices",
            "limits",
            "checks",
        ],
    ),
    ("docs/operations.md", &["costs"]),
];
/// As the comments around them say it.
const COMMAND: &str = "cargo xtask scale --write";
/// For how many users, by default.
const SIZES: [u32; 3] = [10_000, 1_000_000, 100_000_000];

/// What to calculate with.
#[derive(Args)]
pub(crate) struct Options {
    /// How many users there are; several with commas [default: 10000,1000000,100000000]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    users: Vec<u32>,
    #[command(flatten)]
    usage: Usage,
    /// Writes the tables of the defaults into docs/scale.md and docs/operations.md
    #[arg(long, exclusive = true)]
    write: bool,
}

/// Prints the tables, or writes them into the pages.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let sizes = match options.users.as_slice() {
        [] => &SIZES,
        sizes => sizes,
    };
    let table = |name| table(name, &options.usage, sizes);
    for (path, names) in PAGES {
        if options.write {
            let mut page = Page::open(repository, path, COMMAND)?;
            for name in names {
                page.fill(name, &table(name))?;
            }
            page.write()?;
        } else {
            for name in names {
                announce(&format!("## {name}\n\n{}", table(name)));
            }
        }
    }
    Ok(())
}

fn table(name: &str, usage: &Usage, sizes: &[u32]) -> String {
    let sizes: Vec<f64> = sizes.iter().map(|size| f64::from(*size)).collect();
    let table = match name {
        "operations" => report::operations(usage),
        "items" => report::items(),
        "users" => report::users(usage),
        "bill" => report::bill(usage, &sizes),
        "prices" => report::prices(),
        "limits" => report::limits(usage, &sizes),
        "checks" => report::checks(),
        _ => report::costs(usage, &sizes),
    };
    table.markdown()
}

#[cfg(test)]
use tests::usage;

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        options: Options,
    }

    pub(super) fn options(arguments: &[&str]) -> Options {
        let arguments = std::iter::once("scale").chain(arguments.iter().copied());
        Command::parse_from(arguments).options
    }

    pub(super) fn usage(arguments: &[&str]) -> Usage {
        options(arguments).usage
    }

    #[test]
    fn the_pages_have_the_tables_of_the_defaults() {
        let repository = Repository::open().expect("the checkout");
        for (path, names) in PAGES {
            let page = Page::open(&repository, path, COMMAND).expect("the page");
            for name in names {
                let table = table(name, &usage(&[]), &SIZES);
                page.check(name, &table).expect("it is up to date");
            }
        }
    }

    /// The number behind the last of these marks, each of which is looked for behind the one before.
    fn number_after(mut text: &str, marks: &[&str]) -> f64 {
        for mark in marks {
            text = text.split_once(mark).expect(mark).1;
        }
        let end = text.find(|it: char| !it.is_ascii_digit());
        let number = text.get(..end.unwrap_or(text.len()));
        number.and_then(|it| it.parse().ok()).expect("a number")
    }

    #[test]
    fn the_template_has_the_figures_that_are_calculated_with() {
        let path = Repository::open()
            .expect("the checkout")
            .path("template.yaml");
        let template = std::fs::read_to_string(path).expect("the template");
        for function in operation::Function::all() {
            let words = function.name.split('-').map(|word| {
                let (first, rest) = word.split_at(1);
                first.to_uppercase() + rest
            });
            let resource = format!("\n  {}Function:\n", words.collect::<String>());
            let memory = number_after(&template, &[&resource, "MemorySize: "]);
            assert_eq!(
                memory.total_cmp(&function.memory),
                Ordering::Equal,
                "{resource}"
            );
        }
        for (name, resource) in [
            ("stage: one route of yours", "ResourcePath: /*"),
            ("stage: `POST /auth/login`", "ResourcePath: /~1auth~1login"),
            (
                "stage: `POST /auth/refresh`",
                "ResourcePath: /~1auth~1refresh",
            ),
            (
                "stage: `POST /auth/logout`",
                "ResourcePath: /~1auth~1logout",
            ),
        ] {
            let rate = number_after(&template, &[resource, "ThrottlingRateLimit: "]);
            let limits = limit::in_order(&usage(&[]));
            let limit = limits.iter().find(|it| it.name == name).expect(name);
            assert_eq!(rate.total_cmp(&limit.allowed), Ordering::Equal, "{name}");
        }
        let (token, cache) = (usage(&[]).token() / 60.0, usage(&[]).cache());
        for (name, value) in [("AccessTtl", token), ("AuthorizerCacheSeconds", cache)] {
            let name = format!("\n  {name}:\n");
            let default = number_after(&template, &[&name, "Default: "]);
            assert_eq!(default.total_cmp(&value), Ordering::Equal, "{name}");
        }
    }

    #[test]
    fn options_change_what_follows_from_them() {
        let busy = options(&["--requests-per-hour", "600", "--users", "5,7"]);
        let calm = options(&[]);
        assert_eq!(busy.users, [5, 7]);
        assert!(busy.usage.per_day().requests > 9.0 * calm.usage.per_day().requests);
        assert!(Command::try_parse_from(["scale", "--write", "--users", "5"]).is_err());
        assert!(Command::try_parse_from(["scale", "--wrong-share", "2"]).is_err());
        assert!(Command::try_parse_from(["scale", "--peak", "0"]).is_err());
    }
}
