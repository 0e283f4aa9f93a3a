//! What a task costs that the console shows, and one that console-subscriber does.

use std::time::Instant;

use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

use crate::report::{Figure, Table, Target, median};
use crate::support::Scale;

/// How often both sides are measured in turn.
const ROUNDS: usize = 7;
/// How often each task is polled.
const POLLS: u32 = 10;

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let tasks = scale.pick(20_000, 200_000);
    let runtime = Builder::new_current_thread().build().unwrap();
    let (mut plain, mut named) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(nanoseconds(&runtime, tasks, work));
        named.push(nanoseconds(&runtime, tasks, || async { manhole::task("work", work()).await.unwrap() }));
    }
    let (plain, named) = (median(plain), median(named));
    table.add(figure("a task of ten polls in `manhole::task`", named, plain));
    #[cfg(feature = "console-subscriber")]
    table.add(figure("a task of ten polls with console-subscriber", watched(&runtime, tasks), plain));
}

fn figure(what: &'static str, with: f64, without: f64) -> Figure {
    Figure {
        what,
        against: "a plain task",
        measured: format!("{with:.0} and {without:.0} ns"),
        value: with - without,
        target: Target::Amount("ns more"),
    }
}

/// Starts the part of console-subscriber that takes what its layer records.
#[cfg(feature = "console-subscriber")]
pub(super) fn serve(server: console_subscriber::Server) {
    std::thread::spawn(|| {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(server.serve())
    });
}

#[cfg(feature = "console-subscriber")]
fn watched(runtime: &Runtime, tasks: u32) -> f64 {
    use tracing_subscriber::layer::SubscriberExt;

    let (layer, server) =
        console_subscriber::ConsoleLayer::builder().server_addr(([127, 0, 0, 1], 0)).build();
    serve(server);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        median((0..ROUNDS).map(|_| nanoseconds(runtime, tasks, work)).collect())
    })
}

async fn work() {
    for _ in 1..POLLS {
        yield_now().await;
    }
}

/// Returns the time in which a task is made, runs and ends.
fn nanoseconds<F: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    tasks: u32,
    make: impl Fn() -> F,
) -> f64 {
    runtime.block_on(async {
        let start = Instant::now();
        for _ in 0..tasks {
            tokio::spawn(make()).await.unwrap();
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(tasks)
    })
}
