//! The span that `lambda_runtime` opens around each invocation, from the event as it came to the
//! answer as it was taken; and the ids in it, by which lines of several logs are brought together.

use std::fmt;

use tracing::Metadata;
use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

/// Whether this span is that of an invocation.
pub(crate) fn is_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == "lambda_runtime::layers::trace"
}

/// Writes the ids of a span of an invocation as members of a JSON object, and nothing of another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids;

impl<'writer> FormatFields<'writer> for Ids {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut members = Members {
            writer,
            result: Ok(()),
        };
        fields.record(&mut members);
        members.result
    }
}

struct Members<'writer> {
    writer: Writer<'writer>,
    result: fmt::Result,
}

impl Visit for Members<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let member = match field.name() {
            "requestId" => Some(("request_id", value)),
            "xrayTraceId" => root(value).map(|root| ("xray_trace_id", root)),
            _ => None,
        };
        if let (Ok(()), Some((name, value))) = (self.result, member) {
            let value = serde_json::Value::from(value);
            self.result = write!(self.writer, r#","{name}":{value}"#);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// The trace of `Root=…;Parent=…;Sampled=…`, by which the console of X-Ray finds it. A client may
/// choose it, so it has to look like one.
fn root(header: &str) -> Option<&str> {
    let root = header.split(';').find_map(|it| it.strip_prefix("Root="))?;
    let hexadecimal = |part: Option<&str>, length| {
        part.is_some_and(|it| it.len() == length && it.bytes().all(|it| it.is_ascii_hexdigit()))
    };
    let mut parts = root.splitn(3, '-');
    let is_trace =
        parts.next() == Some("1") && hexadecimal(parts.next(), 8) && hexadecimal(parts.next(), 24);
    is_trace.then_some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_trace_is_one() {
        let trace = "1-5759e988-bd862e3fe1be46a994272793";
        for header in [
            "Root=1-5759e988-bd862e3fe1be46a994272793",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            "Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793",
        ] {
            assert_eq!(root(header), Some(trace), "{header}");
        }
        for header in [
            "",
            "1-5759e988-bd862e3fe1be46a994272793",
            "Root=",
            "Root=2-5759e988-bd862e3fe1be46a994272793",
            "Root=1-5759e988",
            "Root=1-5759e988-bd862e3fe1be46a99427279",
            "Root=1-5759e988-bd862e3fe1be46a994272793-1",
            "Root=1-5759e988-passwordpasswordpassword",
            "Root=1-5759e988-\"bd862e3fe1be46a99427279",
        ] {
            assert_eq!(root(header), None, "{header}");
        }
    }
}
