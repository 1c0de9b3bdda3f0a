//! Logs: one line for each event, on standard error.

use std::io::{self, IsTerminal};

use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::{Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::invocation;

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For machines: one JSON object.
    Json,
    /// For people.
    Text,
}

/// Logs from `info` on, or as `directives` say in the manner of `RUST_LOG`: `LEVEL` or
/// `CRATE=LEVEL`, separated by commas. Directives that cannot be read count as none. Does nothing
/// when somebody has set up logging before.
pub fn init(format: Format, directives: Option<&str>) {
    let lines = layer(format, directives);
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// The same, for a process that does more with its events than log them.
pub(crate) fn layer<S>(format: Format, directives: Option<&str>) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let levels = directives.and_then(|text| text.parse::<Targets>().ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    let discreet = filter_fn(is_discreet).with_max_level_hint(LevelFilter::TRACE);
    // Whatever is logged, it is logged with the ids.
    let invocation = filter_fn(invocation::is_span).with_max_level_hint(LevelFilter::INFO);
    let chosen = levels.and(discreet).or(invocation);
    let lines = fmt::layer().with_writer(io::stderr);
    match format {
        Format::Json => lines
            .event_format(JsonLine::default())
            .fmt_fields(invocation::Ids)
            .with_filter(chosen)
            .boxed(),
        Format::Text => lines
            .with_target(false)
            .with_ansi(io::stderr().is_terminal())
            .with_filter(chosen)
            .boxed(),
    }
}

/// Libraries may print whole events and headers, passwords and tokens among them, when they are
/// told to be talkative. Only our own code is, whatever `RUST_LOG` says.
#[must_use]
pub fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let ours = metadata
        .target()
        .split("::")
        .next()
        .is_some_and(|name| name.starts_with("tollgate"));
    ours || *metadata.level() <= Level::INFO
}

/// An event as a flat object; within an invocation, with its ids.
struct JsonLine(fmt::format::Format<Json>);

impl Default for JsonLine {
    fn default() -> Self {
        let json = fmt::format().json().with_target(false);
        let flat = json.flatten_event(true).with_current_span(false);
        Self(flat.with_span_list(false))
    }
}

impl<S, N> FormatEvent<S, N> for JsonLine
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let mut line = String::new();
        self.0
            .format_event(context, Writer::new(&mut line), event)?;
        // The ids are written when the span begins, and put in before the brace that ends the object.
        let Some(open) = line.strip_suffix("}\n") else {
            return writer.write_str(&line);
        };
        writer.write_str(open)?;
        for span in context.event_scope().into_iter().flatten() {
            if let Some(ids) = span.extensions().get::<FormattedFields<N>>() {
                writer.write_str(&ids.fields)?;
            }
        }
        writer.write_str("}\n")
    }
}
