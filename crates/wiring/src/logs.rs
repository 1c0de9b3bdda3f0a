//! Logs: one line for each event, on standard error.

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For machines: one JSON object.
    Json,
    /// For people.
    Text,
}

/// Logs from `info` on, or as `directives` say in the manner of `RUST_LOG`: `LEVEL` or
/// `CRATE=LEVEL`, separated by commas. Directives that cannot be read count as none. Does nothing when somebody has set up logging before.
pub fn init(format: Format, directives: Option<&str>) {
    let levels = directives.and_then(|text| text.parse::<Targets>().ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    let lines = match format {
        Format::Json => {
            let json = fmt::layer()
                .json()
                .flatten_event(true)
                .with_current_span(true);
            json.with_span_list(false)
                .with_target(false)
                .with_writer(io::stderr)
                .boxed()
        }
        Format::Text => {
            let colours = io::stderr().is_terminal();
            fmt::layer()
                .with_target(false)
                .with_ansi(colours)
                .with_writer(io::stderr)
                .boxed()
        }
    };
    let subscriber = tracing_subscriber::registry().with(levels);
    let _ = subscriber
        .with(lines.with_filter(filter_fn(is_discreet)))
        .try_init();
}

/// Libraries may print whole events and headers, passwords and tokens among them, when they are
/// told to be talkative. Only our own code is, whatever `RUST_LOG` says.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let ours = metadata
        .target()
        .split("::")
        .next()
        .is_some_and(|name| name.starts_with("tollgate"));
    ours || *metadata.level() <= Level::INFO
}
