//! What spans and events of `tracing` cost with the layer of the console, beside the usual one that writes them.

use std::hint::black_box;
use std::io;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use tracing::{Dispatch, debug, dispatcher, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{fmt, registry};

use crate::report::{Figure, Table, Target, median};
use crate::support::Scale;

/// How often both sides are measured in turn.
const ROUNDS: usize = 7;

fn writing<S>() -> impl Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    fmt::layer().with_writer(io::sink).with_filter(LevelFilter::INFO)
}

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let spans = scale.pick(50_000, 500_000);
    for (threads, what) in [
        (1, "a span (open, enter, leave, close) with the console's layer, on one core"),
        (2, "a span with the console's layer, on each of two cores"),
    ] {
        table.add(extra(what, spans, threads, span, Target::Below(150.0, "ns more")));
    }
    let events = scale.pick(1_000_000, 10_000_000);
    let what = "an event that all filters leave out, with the console's layer";
    table.add(extra(what, events, 1, |_| debug!("left out"), Target::Amount("ns more")));
}

fn span(number: u32) {
    let span = info_span!("request", number, user = "bob");
    let _inside = span.enter();
    black_box(());
}

/// Measures what `work` takes with the console's layer more than without it.
fn extra(what: &'static str, times: u32, threads: usize, work: fn(u32), target: Target) -> Figure {
    let without = || Dispatch::new(registry().with(writing()));
    let with = || Dispatch::new(registry().with(writing()).with(manhole::tracing_layer()));
    let (mut alone, mut both) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(nanoseconds(&without(), times, threads, work));
        both.push(nanoseconds(&with(), times, threads, work));
    }
    let (alone, both) = (median(alone), median(both));
    Figure {
        what,
        against: "`tracing_subscriber::fmt` alone, which writes to nothing",
        measured: format!("{both:.0} and {alone:.0} ns"),
        value: both - alone,
        target,
    }
}

/// Returns the time of one `work` of several threads at once.
fn nanoseconds(dispatch: &Dispatch, times: u32, threads: usize, work: fn(u32)) -> f64 {
    let barrier = Barrier::new(threads);
    let run = || {
        dispatcher::with_default(dispatch, || {
            (0..1_000).for_each(work);
            barrier.wait();
            let start = Instant::now();
            (0..times).for_each(work);
            start.elapsed().as_secs_f64() * 1e9 / f64::from(times)
        })
    };
    let all: Vec<f64> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    median(all)
}
