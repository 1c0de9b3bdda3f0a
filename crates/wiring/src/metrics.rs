//! Metrics: counts and times for CloudWatch, as lines of its embedded metric format on standard
//! output, where Lambda takes them from.
//!
//! They are made of the events that the core tells anyway, so what is counted and what is logged
//! cannot differ. Switched on by `TOLLGATE_METRICS`; nothing here runs without it.

use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;
use std::time::Instant;

use metrics::Unit;
use metrics_cloudwatch_embedded::{Builder, Collector};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::{Environment, SettingError, invocation};

/// The CloudWatch namespace of the metrics; without it there are none.
const NAMESPACE: &str = "TOLLGATE_METRICS";

/// How long an invocation took.
const LATENCY: &str = "latency";

/// What becomes of each event of the core.
const EVENTS: [(&str, Metric); 14] = [
    ("login.succeeded", Metric::Count("logins")),
    ("login.refused", Metric::CountByReason("login_refusals")),
    ("login.rehashed", Metric::None),
    ("refresh.rotated", Metric::Count("refreshes")),
    ("refresh.replayed", Metric::Count("refresh_replays")),
    ("refresh.refused", Metric::CountByReason("refresh_refusals")),
    ("refresh.reuse_detected", Metric::Count("reuse_detected")),
    ("refresh.store_went_back", Metric::Count("store_went_back")),
    ("logout.revoked", Metric::Count("logouts")),
    ("token.refused", Metric::CountByReason("token_refusals")),
    ("keys.changed", Metric::None),
    ("keys.used", Metric::AgeByFunction("key_ring_age")),
    ("keys.unavailable", Metric::Count("keys_failures")),
    ("store.failed", Metric::Count("store_failures")),
];

/// A metric, by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Metric {
    /// How often.
    Count(&'static str),
    /// How often for each `reason`.
    CountByReason(&'static str),
    /// `age_seconds`, as this function saw it.
    AgeByFunction(&'static str),
    /// Logged, and not counted.
    #[default]
    None,
}

/// Listens to the events of one function, and prints what they come to when an invocation ends.
struct Metrics {
    function: &'static str,
    collector: &'static Collector,
    print: fn(&[u8]),
}

/// What makes metrics of the events of `function`, if the environment asks for it.
pub(crate) fn layer<S>(
    function: &'static str,
    environment: &Environment,
) -> Result<Option<impl Layer<S> + use<S>>, SettingError>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let namespace = namespace(environment)?;
    Ok(namespace.and_then(|namespace| listening(function, namespace, print)))
}

/// `None` if metrics are collected in this process already.
fn listening<S>(
    function: &'static str,
    namespace: String,
    print: fn(&[u8]),
) -> Option<impl Layer<S> + use<S>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let collector = Builder::new().cloudwatch_namespace(namespace).init().ok()?;
    describe();
    let _ = COLLECTOR.set(collector);
    let metrics = Metrics {
        function,
        collector,
        print,
    };
    let counted = filter_fn(is_counted).with_max_level_hint(LevelFilter::DEBUG);
    Some(metrics.with_filter(counted))
}

/// CloudWatch drops what it cannot put into a namespace, and tells nobody here.
fn namespace(environment: &Environment) -> Result<Option<String>, SettingError> {
    let Some(namespace) = environment.get(NAMESPACE) else {
        return Ok(None);
    };
    let is_allowed = |it: u8| it.is_ascii_alphanumeric() || b"._-/#".contains(&it);
    let is_own = !namespace.starts_with("AWS/");
    if is_own && namespace.len() <= 255 && namespace.bytes().all(is_allowed) {
        return Ok(Some(namespace.to_owned()));
    }
    let expected =
        "a namespace of CloudWatch, as tollgate: letters, digits and . _ - / #, and not AWS/…";
    Err(SettingError::Invalid {
        name: NAMESPACE,
        found: "no namespace",
        expected: expected.to_owned(),
    })
}

/// What is counted: of reasons, only those of the core. They become dimensions, which cost money,
/// and by their type no client can choose one.
fn is_counted(metadata: &Metadata<'_>) -> bool {
    let is_told_by_core = metadata.is_event() && metadata.target() == "tollgate_core::event";
    is_told_by_core || invocation::is_span(metadata)
}

fn describe() {
    metrics::describe_histogram!(LATENCY, Unit::Milliseconds, "");
    for (_, metric) in EVENTS {
        match metric {
            Metric::Count(name) | Metric::CountByReason(name) => {
                metrics::describe_counter!(name, Unit::Count, "");
            }
            Metric::AgeByFunction(name) => metrics::describe_histogram!(name, Unit::Seconds, ""),
            Metric::None => {}
        }
    }
}

/// In one piece, so that nothing gets in between. Who has closed standard output wants no metrics.
fn print(lines: &[u8]) {
    let _ = io::stdout().lock().write_all(lines);
}

/// For what is counted when the invocation is over.
static COLLECTOR: OnceLock<&Collector> = OnceLock::new();

/// Prints what has been counted since the last invocation ended: what went on beside it.
pub(crate) fn flush() {
    if let Some(collector) = COLLECTOR.get() {
        flush_into(collector, print);
    }
}

fn flush_into(collector: &Collector, print: fn(&[u8])) {
    let mut lines = Vec::new();
    if collector.flush(&mut lines).is_ok() {
        print(&lines);
    }
}

/// When an invocation began.
#[derive(Clone, Copy)]
struct Began(Instant);

impl<S> Layer<S> for Metrics
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        #[expect(
            clippy::disallowed_methods,
            reason = "how long an invocation took is measured, and decides nothing"
        )]
        let began = Began(Instant::now());
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(began);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        told.record(self.function);
    }

    /// However the invocation ended, and after its answer was taken: nobody waits for this.
    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id);
        if let Some(Began(began)) = span.and_then(|it| it.extensions().get().copied()) {
            let milliseconds = (began.elapsed().as_secs_f64() * 1e6).round() / 1e3;
            metrics::histogram!(LATENCY, "function" => self.function).record(milliseconds);
        }
        flush_into(self.collector, self.print);
    }
}

/// What an event says.
#[derive(Default)]
struct Told {
    metric: Metric,
    reason: String,
    age: u32,
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "event" => self.metric = metric(value),
            "reason" => value.clone_into(&mut self.reason),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "age_seconds" {
            self.age = u32::try_from(value).unwrap_or(u32::MAX);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

impl Told {
    fn record(self, function: &'static str) {
        match self.metric {
            Metric::Count(name) => metrics::counter!(name).increment(1),
            Metric::CountByReason(name) => {
                metrics::counter!(name, "reason" => self.reason).increment(1);
            }
            // A gauge would be printed with every invocation, also with those that used no keys.
            Metric::AgeByFunction(name) => {
                metrics::histogram!(name, "function" => function).record(self.age);
            }
            Metric::None => {}
        }
    }
}

fn metric(event: &str) -> Metric {
    let known = EVENTS.iter().find(|(name, _)| *name == event);
    known.map_or(Metric::None, |(_, metric)| *metric)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Mutex;
    use std::time::Duration;

    use lambda_runtime::Context;
    use lambda_runtime::layers::trace::request_span;
    use serde_json::{Value, json};
    use tollgate_core::event::Event;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::registry;

    use super::*;

    /// What the core calls its events, read in its code.
    #[test]
    fn every_event_of_the_core_is_a_metric_or_listed_as_none() {
        let source = include_str!("../../core/src/event.rs");
        let told = source.split("event = \"").skip(1);
        let told: BTreeSet<_> = told.filter_map(|it| it.split('"').next()).collect();
        let listed: BTreeSet<_> = EVENTS.iter().map(|(name, _)| *name).collect();
        assert_eq!(told, listed);
        assert_eq!(listed.len(), EVENTS.len(), "one is listed twice");
    }

    #[test]
    fn a_namespace_that_cloudwatch_would_not_take_stops_the_start() {
        let read = |value: &str| namespace(&[(NAMESPACE, value)].into_iter().collect());
        assert_eq!(namespace(&Environment::default()), Ok(None));
        assert_eq!(read(""), Ok(None));
        for value in ["tollgate", "My-Stack", "a/b.c_d#1"] {
            assert_eq!(read(value), Ok(Some(value.to_owned())));
        }
        let long = "x".repeat(256);
        for value in ["AWS/Lambda", "a\nb", "tört", "{}", " ", &long] {
            let error = read(value).expect_err(value).to_string();
            assert!(
                error.starts_with("TOLLGATE_METRICS is no namespace; it"),
                "{error}"
            );
        }
    }

    #[test]
    fn without_a_namespace_no_more_is_listened_to_than_for_the_logs() {
        let metrics = layer("login", &Environment::default()).expect("nothing to refuse");
        let lines = crate::logs::layer(crate::logs::Format::Json, None);
        let subscriber = registry().with(lines).with(metrics);
        assert_eq!(subscriber.max_level_hint(), Some(LevelFilter::INFO));
    }

    static PRINTED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    /// The metrics of one invocation, by their dimensions.
    fn invocation(told: impl FnOnce()) -> Vec<(Value, Value)> {
        let span = request_span(&Context::default());
        let ended = catch_unwind(AssertUnwindSafe(|| span.in_scope(told)));
        drop(span);
        drop(ended);
        let printed = std::mem::take(&mut *PRINTED.lock().expect("no panic while printing"));
        let lines = printed.split_inclusive(|byte| *byte == b'\n');
        lines.map(read).collect()
    }

    /// One line as CloudWatch reads it: dimensions, and values with their units.
    fn read(line: &[u8]) -> (Value, Value) {
        assert!(line.ends_with(b"\n"));
        let line: Value = serde_json::from_slice(line).expect("an object on one line");
        assert!(line["_aws"]["Timestamp"].as_u64() > Some(1_700_000_000_000));
        let [directive] = line["_aws"]["CloudWatchMetrics"]
            .as_array()
            .expect("directives")
            .as_slice()
        else {
            unreachable!("one directive: {line}");
        };
        assert_eq!(directive["Namespace"], "Tollgate");
        let [set] = directive["Dimensions"].as_array().expect("sets").as_slice() else {
            unreachable!("one set of dimensions: {line}");
        };
        let mut dimensions = json!({});
        for name in set
            .as_array()
            .expect("a set")
            .iter()
            .filter_map(Value::as_str)
        {
            dimensions[name] = line[name].clone();
        }
        let mut values = json!({});
        for metric in directive["Metrics"].as_array().expect("metrics") {
            let name = metric["Name"].as_str().expect("a name");
            values[name] = json!([line[name], metric["Unit"]]);
        }
        (dimensions, values)
    }

    /// The collector is one for the process, so this is one test.
    #[test]
    fn what_an_invocation_told_is_printed_when_it_has_ended() {
        let keep = |lines: &[u8]| {
            let mut printed = PRINTED.lock().expect("no panic while printing");
            printed.extend_from_slice(lines);
        };
        let metrics = listening("login", "Tollgate".to_owned(), keep).expect("the first");
        let _listening = tracing::subscriber::set_default(registry().with(metrics));

        let refused = |reason| Event::LoginRefused { reason, user: None }.emit();
        let mut lines = invocation(|| {
            for age in [3, 5] {
                let age = Duration::from_secs(age);
                Event::KeysUsed { age }.emit();
            }
            refused("wrong_password");
            refused("unknown_user");
            refused("wrong_password");
            let error = &fmt::Error;
            Event::StoreFailed { error }.emit();
            // Somebody else's reason is nobody's dimension.
            tracing::info!(event = "login.refused", reason = "from a client");
            assert!(PRINTED.lock().expect("no panic while printing").is_empty());
        });
        let latency = lines[1].1["latency"].take();
        assert_eq!(latency[1], "Milliseconds");
        assert!(latency[0][0].as_f64() > Some(0.0), "{latency}");
        let expected = [
            (json!({}), json!({ "store_failures": [1, "Count"] })),
            (
                json!({ "function": "login" }),
                json!({ "key_ring_age": [[3.0, 5.0], "Seconds"], "latency": null }),
            ),
            (
                json!({ "reason": "unknown_user" }),
                json!({ "login_refusals": [1, "Count"] }),
            ),
            (
                json!({ "reason": "wrong_password" }),
                json!({ "login_refusals": [2, "Count"] }),
            ),
        ];
        assert_eq!(lines, expected);

        // Nothing is told twice, and a panic hides nothing.
        let lines = invocation(|| {
            refused("user_disabled");
            panic!("as a handler may");
        });
        let [(function, latency), (reason, refusals)] = lines.as_slice() else {
            unreachable!("{lines:?}");
        };
        assert_eq!(*function, json!({ "function": "login" }));
        assert_eq!(latency.as_object().map(serde_json::Map::len), Some(1));
        assert_eq!(*reason, json!({ "reason": "user_disabled" }));
        assert_eq!(*refusals, json!({ "login_refusals": [1, "Count"] }));
    }
}
