//! What a service says through `tracing`: the roots `spans` and `log`. Uses `reflect` and `process`.

mod call_pattern;
mod call_stats;
mod call_stats_view;
mod event_ring;
mod field_text;
mod followers;
mod layer;
mod level_view;
mod live_filter;
mod log_view;
mod open_spans;
mod span_view;

pub use layer::tracing_layer;

pub(crate) use log_view::{LogView, log};
pub(crate) use span_view::{SpansView, spans};
