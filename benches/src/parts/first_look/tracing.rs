//! What spans and events of `tracing` cost with the layer of the console, beside the usual one that writes them.

use std::hint::black_box;
use std::io;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Subscriber, debug, dispatcher, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::{fmt, registry};

use crate::report::{Figure, Table, Target, median};
use crate::support::Scale;

/// How often both sides are measured in turn.
const ROUNDS: usize = 7;

fn writing<S>() -> impl Layer<S>
where
    S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    fmt::layer().with_writer(io::sink).with_filter(LevelFilter::INFO)
}

fn usual() -> Dispatch {
    Dispatch::new(registry().with(writing()))
}

fn with_the_console() -> Dispatch {
    Dispatch::new(registry().with(writing()).with(manhole::tracing_layer()))
}

/// A layer with a filter, that only reads the clock: what measures how long a span is open and busy cannot do with less.
fn with_the_floor() -> Dispatch {
    Dispatch::new(registry().with(writing()).with(Clock.with_filter(LevelFilter::INFO)))
}

#[cfg(feature = "console-subscriber")]
fn with_console_subscriber() -> Dispatch {
    let (layer, server) =
        console_subscriber::ConsoleLayer::builder().server_addr(([127, 0, 0, 1], 0)).build();
    super::tasks::serve(server);
    Dispatch::new(registry().with(writing()).with(layer))
}

/// Reads the clock when a span is opened, entered and left.
struct Clock;

impl<S: Subscriber> Layer<S> for Clock {
    fn on_new_span(&self, _attributes: &Attributes<'_>, _id: &Id, _context: Context<'_, S>) {
        black_box(Instant::now());
    }

    fn on_enter(&self, _id: &Id, _context: Context<'_, S>) {
        black_box(Instant::now());
    }

    fn on_exit(&self, _id: &Id, _context: Context<'_, S>) {
        black_box(Instant::now());
    }
}

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let spans = scale.pick(50_000, 500_000);
    for (threads, what) in [
        (1, "a span (open, enter, leave, close) with the console's layer, on one core"),
        (2, "a span with the console's layer, on each of two cores"),
    ] {
        table.add(extra(what, spans, threads, span, with_the_console, Target::Below(150.0, "ns more")));
    }
    for (threads, what) in [
        (
            1,
            "a span with a layer that has a filter and reads the clock three times, and does nothing else, on one core",
        ),
        (2, "the same on each of two cores"),
    ] {
        table.add(extra(what, spans, threads, span, with_the_floor, Target::Amount("ns more")));
    }
    #[cfg(feature = "console-subscriber")]
    table.add(extra(
        "a span with console-subscriber, on one core",
        spans,
        1,
        span,
        with_console_subscriber,
        Target::Amount("ns more"),
    ));
    let events = scale.pick(1_000_000, 10_000_000);
    let what = "an event that all filters leave out, with the console's layer";
    table.add(extra(what, events, 1, |_| debug!("left out"), with_the_console, Target::Amount("ns more")));
}

fn span(number: u32) {
    let span = info_span!("request", number, user = "bob");
    let _inside = span.enter();
    black_box(());
}

/// Measures what `work` takes with a layer more than without it.
fn extra(
    what: &'static str,
    times: u32,
    threads: usize,
    work: fn(u32),
    with: fn() -> Dispatch,
    target: Target,
) -> Figure {
    let (mut alone, mut both) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(nanoseconds(&usual(), times, threads, work));
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
