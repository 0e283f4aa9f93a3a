//! The root `log`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::call_pattern::CallPattern;
use super::call_stats_view::StatsView;
use super::event_ring::LogEvent;
use super::layer::{Records, records};
use super::level_view::LevelView;
use super::live_filter::{self, LiveFilter};
use super::span_view::NO_LAYER;
use crate::reflect::computed_fields::computed_fields;
use crate::reflect::{
    AtomicValue, Lines, Manhole, Map, Node, NodeMut, Reported, ResultKind, Resume, Shape, TypeInfo, TypeKind,
    Value, ValueError, ValueRef, listing_methods,
};

/// How many lines one command prints.
const MAX_LINES: usize = 10_000;

/// How long a changed filter can hold.
const MAX_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// What the subscriber with the layer records.
pub(crate) struct LogView(Arc<Records>);

/// Returns it.
pub(crate) fn log() -> Reported<LogView> {
    records().map_or(Reported::unknown(NO_LAYER), |records| {
        if records.revert_filters() {
            records.rebuild();
        }
        Reported::from(LogView(records))
    })
}

computed_fields!([] LogView, "Log", "The events of `tracing`, and which of them are recorded.", |this| {
    recent: RecentEvents = RecentEvents(Arc::clone(&this.0)), "The last events, by number, without those of the console itself.";
    count: u64 = this.0.events.count(), "How many events were recorded.";
    spans_not_kept: u64 = this.0.spans.not_kept(), "How many spans were opened while too many were open.";
    reverts_in: Option<Duration> = this.reverts_in(),
        "When the filters become what they were, if they were changed.";
}, live {
    filter: FilterView = FilterView(Arc::clone(&this.0), |records| &records.event_filter),
        "Which events are recorded, such as `info` or `app::db=debug,warn`. A changed filter holds for 10 minutes; see `hold_for`.";
    span_filter: FilterView = FilterView(Arc::clone(&this.0), |records| &records.span_filter),
        "Which spans are recorded.";
}, {
    tail(filter: String) = this.tail(&filter),
        "Prints the recorded events that pass a filter such as `warn` or `app::db=info`, until Ctrl-C.", Operate;
    trace(function: String) = this.trace(&function),
        "Prints the calls of instrumented functions such as `db::query` or `db::*` as they end, until Ctrl-C.", Operate;
    stats(function: String) -> CallStats = this.stats(&function),
        "Counts the calls of instrumented functions such as `db::query` or `db::*` from the first look on, with rate, errors, percentiles and histogram. Of spans that `log.span_filter` leaves out it counts nothing. It ends 10 minutes after the last look.", Operate;
    hold_for(time: Duration) = this.hold_for(time), "Makes changed filters hold for this time from now.", Operate;
});

impl LogView {
    fn reverts_in(&self) -> Option<Duration> {
        let filters = [&self.0.event_filter, &self.0.span_filter];
        filters.into_iter().filter_map(LiveFilter::reverts_in).min()
    }

    fn tail(&self, filter: &str) -> Result<Printed, String> {
        let targets = live_filter::parse(filter)?;
        if live_filter::highest_level(&targets) > self.0.event_filter.max_level() {
            return Err(format!(
                "{filter:?} is more than what is recorded; first type log.filter = {filter:?}"
            ));
        }
        Ok(Printed(Arc::new(self.0.tails.follow(targets, MAX_LINES))))
    }

    fn trace(&self, function: &str) -> Result<Printed, String> {
        Ok(Printed(Arc::new(self.0.traces.follow(CallPattern::parse(function)?, MAX_LINES))))
    }

    fn stats(&self, function: &str) -> Result<StatsView, String> {
        Ok(StatsView { counted: self.0.stats.of(function)?, records: Arc::clone(&self.0) })
    }

    fn hold_for(&self, time: Duration) -> Result<(), String> {
        if self.reverts_in().is_none() {
            return Err("no filter was changed".to_owned());
        }
        if time > MAX_HOLD {
            return Err(format!("a changed filter holds for {} at most", Value::Duration(MAX_HOLD)));
        }
        self.0.event_filter.hold_for(time);
        self.0.span_filter.hold_for(time);
        Ok(())
    }
}

/// Lines that are printed as they come.
struct Printed(Arc<dyn Lines>);

impl Manhole for Printed {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Lines", TypeKind::Opaque) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Opaque)
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }

    fn outcome(&self) -> ResultKind {
        ResultKind::Lines(Arc::clone(&self.0))
    }
}

/// One of the filters.
struct FilterView(Arc<Records>, fn(&Records) -> &LiveFilter);

impl Manhole for FilterView {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Filter", TypeKind::Leaf) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Atomic(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}

impl AtomicValue for FilterView {
    fn load(&self) -> Value<'_> {
        (self.1)(&self.0).text().into()
    }

    fn store(&self, value: Value<'_>, expected: Option<&Value<'_>>) -> Result<bool, ValueError> {
        let text = String::from_value(value)?;
        if expected.is_some_and(|expected| *expected != self.load()) {
            return Ok(false);
        }
        (self.1)(&self.0).set(&text).map_err(ValueError::new)?;
        self.0.rebuild();
        Ok(true)
    }
}

/// The last events. Each is looked up alone.
struct RecentEvents(Arc<Records>);

impl Manhole for RecentEvents {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Events", TypeKind::Map(u64::type_info, EventView::type_info)) }
    }

    listing_methods!(Manhole);
}

impl Map for RecentEvents {
    fn len(&self) -> usize {
        self.0.events.len()
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        let Value::Int(number) = key else { return None };
        let event = self.0.events.get(u64::try_from(*number).ok()?)?;
        Some(ValueRef::owned(EventView { event, records: Arc::clone(&self.0) }))
    }

    listing_methods!(Map);

    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let events = &self.0.events;
        let last = events.count();
        let mut next = match &place.last {
            Some(Value::Int(passed)) => u64::try_from(*passed).map_or(1, |passed| passed + 1),
            _ => {
                let passed = u64::try_from(place.passed).unwrap_or(u64::MAX);
                events.from(0).map_or(1, |first| first.number.saturating_add(passed))
            }
        };
        while let Some(event) = events.from(next).filter(|event| event.number <= last) {
            let number = event.number;
            next = number + 1;
            if !visit(&number, &EventView { event, records: Arc::clone(&self.0) }) {
                break;
            }
        }
    }
}

/// An event.
struct EventView {
    event: LogEvent,
    records: Arc<Records>,
}

computed_fields!([] EventView, "Event", "An event of `tracing`.", |this| {
    time: SystemTime = this.time(), "When it happened.";
    level: LevelView = LevelView(*this.event.metadata.level()), "Its level.";
    target: String = this.event.metadata.target().to_owned(), "Its target, usually the module.";
    text: String = this.event.text.clone(), "Its message, and its fields as `name=value`.", Operate;
    span: Option<&'static str> = this.event.span.map(|span| span.name), "The name of the span in which it happened.";
    spans: String = this.event.spans.clone(),
        "That span and those around it, the outermost first, with their fields as they were then.", Operate;
    span_number: Option<u64> = this.event.span.and_then(|span| this.records.spans.number(span.id)),
        "The number of that span in `spans`, while it is open.";
    age: Duration = this.event.at.elapsed(), "How long ago it happened.";
});

impl EventView {
    fn time(&self) -> SystemTime {
        let now = SystemTime::now();
        now.checked_sub(self.event.at.elapsed()).unwrap_or(now)
    }
}
