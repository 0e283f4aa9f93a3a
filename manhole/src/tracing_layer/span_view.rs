//! The root `spans`.

use std::sync::Arc;
use std::time::Duration;

use super::layer::{Records, records};
use super::level_view::LevelView;
use super::open_spans::OpenSpan;
use crate::reflect::computed_fields::computed_fields;
use crate::reflect::{Manhole, Map, Reported, Resume, TypeInfo, TypeKind, Value, ValueRef, listing_methods};

/// The open spans of the subscriber with the layer.
pub(crate) struct SpansView(Arc<Records>);

/// What is shown where a service has no layer.
pub(super) const NO_LAYER: &str = "needs `manhole::tracing_layer` in the subscriber";

/// Returns the open spans.
pub(crate) fn spans() -> Reported<SpansView> {
    records().map_or(Reported::unknown(NO_LAYER), |records| Reported::from(SpansView(records)))
}

/// A span that was open when it was looked at.
struct SpanView {
    span: OpenSpan,
    records: Arc<Records>,
}

computed_fields!([] SpanView, "Span", "An open span.", |this| {
    name: &'static str = this.span.metadata.name(), "Its name.";
    fields: String = this.span.fields.clone(), "Its fields, as `name=value`.", Operate;
    state: &'static str = if this.span.is_busy() { "running" } else { "idle" },
        "`running`, while a thread is in it, or `idle`.";
    age: Duration = this.span.age(), "The time since it was opened.";
    busy: Duration = this.span.busy(), "The time that threads were in it.";
    idle: Duration = this.span.age().saturating_sub(this.span.busy()), "The time that no thread was in it.";
    entries: u64 = this.span.entries, "How often a thread has entered it.";
    parent: Option<u64> = this.span.parent.and_then(|id| this.records.spans.number(id)),
        "The number of the span in which it was opened.";
    level: LevelView = LevelView(*this.span.metadata.level()), "Its level.";
    target: String = this.span.metadata.target().to_owned(), "Its target, usually the module.";
    place: Option<String> = this.place(), "The file and line that opened it.";
});

impl SpanView {
    fn place(&self) -> Option<String> {
        let metadata = self.span.metadata;
        Some(format!("{}:{}", metadata.file()?, metadata.line()?))
    }
}

impl Manhole for SpansView {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Spans", TypeKind::Map(u64::type_info, SpanView::type_info)) }
    }

    listing_methods!(Manhole);
}

impl Map for SpansView {
    fn len(&self) -> usize {
        self.0.spans.len()
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        let Value::Int(number) = key else { return None };
        let span = self.0.spans.get(u64::try_from(*number).ok()?)?;
        Some(ValueRef::owned(SpanView { span, records: Arc::clone(&self.0) }))
    }

    listing_methods!(Map);

    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let last = match &place.last {
            Some(Value::Int(last)) => u64::try_from(*last).ok(),
            _ => None,
        };
        let spans = &self.0.spans;
        let list = if last.is_some() { spans.last_list() } else { spans.list() };
        let start = last.map_or(place.passed, |last| list.partition_point(|listed| listed.number <= last));
        let is_whole = list.iter().skip(start).all(|listed| {
            let span = spans.listed(*listed);
            span.is_none_or(|span| visit(&listed.number, &SpanView { span, records: Arc::clone(&self.0) }))
        });
        if is_whole {
            spans.drop_list();
        }
    }
}
