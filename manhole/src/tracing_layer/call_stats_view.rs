//! The counts of instrumented functions, as `log.stats` shows them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::call_stats::{Bucket, Counted};
use super::layer::Records;
use crate::reflect::computed_fields::computed_fields;

/// The counts of a pattern, as of each look.
pub(super) struct StatsView {
    pub(super) counted: Arc<Counted>,
    pub(super) records: Arc<Records>,
}

computed_fields!([] StatsView, "CallStats", "The calls of instrumented functions since the first look at them, or the last reset.", |this| {
    calls: u64 = this.counted.times.count(), "How many calls have ended.";
    errors: u64 = this.counted.errors.load(Ordering::Relaxed), "How many ended with an error, as `#[instrument(err)]` reports it.";
    open: usize = this.records.spans.count_open(|metadata| this.counted.pattern.matches(metadata)),
        "How many have begun and not ended.";
    since: Duration = this.counted.since(), "How long they have been counted.";
    rate: f64 = this.rate(), "The calls in a second.";
    mean: Option<Duration> = this.counted.times.mean(), "The mean time of a call.";
    p50: Option<Duration> = this.counted.times.percentile(50), "The time that half of the calls took at most, within 4 %.";
    p90: Option<Duration> = this.counted.times.percentile(90), "The time that 90 % of the calls took at most.";
    p99: Option<Duration> = this.counted.times.percentile(99), "The time that 99 % of the calls took at most.";
    longest: Option<Duration> = this.counted.times.longest(), "The time of the longest call.";
    histogram: Vec<Bucket> = this.counted.times.histogram(), "How many calls took how long.";
}, {
    reset() = this.records.stats.reset(&this.counted), "Makes it count from zero.", Operate;
});

impl StatsView {
    fn rate(&self) -> f64 {
        let calls = f64::from(u32::try_from(self.counted.times.count()).unwrap_or(u32::MAX));
        let rate = calls / self.counted.since().as_secs_f64().max(f64::MIN_POSITIVE);
        (rate * 1_000.0).round() / 1_000.0
    }
}

computed_fields!([] Bucket, "Bucket", "The calls that took less than a time, and not less than that of the bucket before.", |this| {
    below: Option<Duration> = this.below, "They took less; `None` has no such time.";
    calls: u64 = this.calls, "How many.";
});
