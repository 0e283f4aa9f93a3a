//! The layer for the application's subscriber.

use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Instant;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber, callsite, dispatcher};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::call_pattern::CallPattern;
use super::call_stats::CallStats;
use super::event_ring::{EventRing, EventSpan, LogEvent, now};
use super::field_text::FieldText;
use super::followers::Followers;
use super::live_filter::LiveFilter;
use super::open_spans::{OpenSpan, OpenSpans};
use crate::reflect::Value;
use crate::sync::LockIgnoringPoison;
use crate::threads;

/// The target of the events of the console itself.
const AUDIT_TARGET: &str = "manhole";

/// The records of the layer that was made last.
static LAST: Mutex<Option<Arc<Records>>> = Mutex::new(None);

/// What a layer has seen.
pub(super) struct Records {
    pub(super) spans: OpenSpans,
    pub(super) events: EventRing,
    pub(super) event_filter: LiveFilter,
    pub(super) span_filter: LiveFilter,
    /// Those who follow events.
    pub(super) tails: Followers<Targets>,
    /// Those who follow calls of instrumented functions.
    pub(super) traces: Followers<CallPattern>,
    /// The instrumented functions whose calls are counted.
    pub(super) stats: CallStats,
    /// Returns the subscriber with the layer, which it does not keep alive. Older versions of `tracing` do not name the weak pointer.
    dispatch: OnceLock<Box<dyn Fn() -> Option<Dispatch> + Send + Sync>>,
}

/// Makes the layer that shows open spans and the last events in the console: the roots `spans` and `log`.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(manhole::tracing_layer());
/// // With what the service has already, such as `tracing_subscriber::fmt::layer()`.
/// # drop(subscriber);
/// ```
///
/// It records spans and events of the level `INFO` and above, 16,384 open spans and the last 1,000 events at most. Both filters are
/// changed from the console: `log.filter = "app::db=debug"`, `log.span_filter = "debug"`. What they leave out costs nothing here. A filter that
/// is set for the whole subscriber, such as an `EnvFilter` that is a layer, hides what it leaves out from this one too; set it for the
/// layer that it is meant for, by `with_filter`.
///
/// The texts of fields and events are shown at the level operate, since they may hold what only those may see who run the service.
///
/// Of several layers the one that was made last is shown.
#[must_use = "a layer does nothing until it is part of the default subscriber"]
pub fn tracing_layer<S>() -> impl Layer<S> + Send + Sync + 'static
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let records = Arc::new(Records {
        spans: OpenSpans::new(),
        events: EventRing::default(),
        event_filter: LiveFilter::new(LevelFilter::INFO),
        span_filter: LiveFilter::new(LevelFilter::INFO),
        tails: Followers::new(),
        traces: Followers::new(),
        stats: CallStats::default(),
        dispatch: OnceLock::new(),
    });
    *LAST.lock_ignoring_poison() = Some(Arc::clone(&records));
    Recorder(Arc::clone(&records)).with_filter(RecordFilter(records))
}

/// Returns the records of the layer that was made last.
pub(super) fn records() -> Option<Arc<Records>> {
    LAST.lock_ignoring_poison().clone()
}

struct Recorder(Arc<Records>);

struct RecordFilter(Arc<Records>);

impl Records {
    /// Makes `tracing` ask again what is recorded.
    pub(super) fn rebuild(&self) {
        // `tracing` asks the default subscriber of this thread, which need not be the one with the layer.
        if let Some(dispatch) = self.dispatch.get().and_then(|dispatch| dispatch()) {
            dispatcher::with_default(&dispatch, callsite::rebuild_interest_cache);
        }
    }

    /// Makes filters what they were if their time is over.
    pub(super) fn revert_filters(&self) -> bool {
        // Both, also if the first one is due.
        self.event_filter.revert_if_due() | self.span_filter.revert_if_due()
    }

    /// Returns a line on a call that has ended.
    fn call_line(&self, call: &OpenSpan) -> String {
        let outcome = call.outcome.as_deref().map(|outcome| format!("  → {outcome}")).unwrap_or_default();
        let caller = call.parent.and_then(|id| self.spans.by_id(id));
        let caller = caller.map(|caller| format!("  in {}", caller.call())).unwrap_or_default();
        format!(
            "{}  {}::{}  took {}, busy {}{outcome}{caller}",
            now(),
            call.metadata.target(),
            call.call(),
            Value::Duration(call.age()),
            Value::Duration(call.busy()),
        )
    }

    fn enables(&self, metadata: &Metadata<'_>) -> bool {
        let filter = if metadata.is_span() { &self.span_filter } else { &self.event_filter };
        filter.enables(metadata)
    }
}

/// Makes filters what they were if their time is over, and `tracing` ask for them.
fn revert_filters(records: &Arc<Records>) {
    if records.revert_filters() {
        let records = Arc::clone(records);
        let builder = thread::Builder::new().name("manhole-filter".to_owned()).stack_size(256 * 1024);
        // On another thread: `tracing` cannot be asked during an event. Without the thread, the filter still leaves out what it should.
        let _ = threads::spawn(builder, move || records.rebuild());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        // A layer belongs to one subscriber.
        let subscriber = subscriber.downgrade();
        let _ = self.0.dispatch.set(Box::new(move || subscriber.upgrade()));
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        revert_filters(&self.0);
        let mut fields = FieldText::room(attributes.metadata().fields());
        attributes.record(&mut FieldText(&mut fields));
        let parent = match attributes.parent() {
            Some(parent) => Some(parent.into_u64()),
            None if attributes.is_contextual() => context.lookup_current().map(|span| span.id().into_u64()),
            None => None,
        };
        self.0.spans.open(id.into_u64(), OpenSpan::new(attributes.metadata(), fields, parent));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _context: Context<'_, S>) {
        let Some(mut fields) = self.0.spans.fields(id.into_u64()) else { return };
        // Without a lock: this calls code of the application.
        values.record(&mut FieldText(&mut fields));
        self.0.spans.set_fields(id.into_u64(), fields);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        revert_filters(&self.0);
        let mut text = FieldText::room(event.metadata().fields());
        event.record(&mut FieldText(&mut text));
        let span = context.event_span(event);
        let span = span.map(|span| EventSpan { id: span.id().into_u64(), name: span.name() });
        if let (true, Some(span)) = (self.0.traces.are_there() || self.0.stats.are_there(), span) {
            // `#[instrument(err, ret)]` makes an event of the result.
            let has = |name| event.metadata().fields().field(name).is_some();
            let has_failed = has("error");
            if has_failed || has("return") {
                self.0.spans.set_outcome(span.id, text.clone(), has_failed);
            }
        }
        let spans = context
            .event_scope(event)
            .map(|scope| self.0.spans.calls(scope.from_root().map(|span| span.id().into_u64())));
        let spans = spans.unwrap_or_default();
        let event = LogEvent { number: 0, at: Instant::now(), metadata: event.metadata(), text, span, spans };
        let wants = |filter: &Targets| filter.would_enable(event.metadata.target(), event.metadata.level());
        self.0.tails.pass(wants, || event.line());
        // A tool that asks once a second would drive out what the application says.
        if event.metadata.target() != AUDIT_TARGET {
            self.0.events.push(event);
        }
    }

    fn on_enter(&self, id: &Id, _context: Context<'_, S>) {
        self.0.spans.enter(id.into_u64());
    }

    fn on_exit(&self, id: &Id, _context: Context<'_, S>) {
        self.0.spans.exit(id.into_u64());
    }

    fn on_close(&self, id: Id, _context: Context<'_, S>) {
        let Some(span) = self.0.spans.close(id.into_u64()) else { return };
        self.0.stats.add(&span);
        self.0.traces.pass(|pattern| pattern.matches(span.metadata), || self.0.call_line(&span));
    }
}

impl<S> Filter<S> for RecordFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _context: &Context<'_, S>) -> bool {
        self.0.enables(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.0.enables(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0.event_filter.max_level().max(self.0.span_filter.max_level()))
    }
}
