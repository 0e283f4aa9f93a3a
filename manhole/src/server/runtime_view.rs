//! The runtime of the application: the root `runtime`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::process::{Numbered, NumberedMap, Samples};
use crate::reflect::computed_fields::computed_fields;
use crate::reflect::{Reported, RuntimeCounts};

/// A runtime of tokio.
#[derive(Clone)]
pub(super) struct RuntimeView {
    counts: RuntimeCounts,
    samples: Arc<Samples<Vec<WorkerTimes>>>,
    /// Whether it waits for each command, on its only thread.
    waits_for_commands: bool,
}

/// What a worker had done at a moment.
struct WorkerTimes {
    busy: Option<Duration>,
    parks: Option<u64>,
    /// The time of the first of the last samples with the same counts.
    since: Instant,
}

computed_fields!([] RuntimeView, "Runtime", "The tokio runtime of the application.", |this| {
    flavor: &'static str = this.counts.flavor(), "What kind of runtime it is.";
    state: Reported<String> = this.state(), "Whether it polls tasks, and if not, since when.";
    alive_tasks: Reported<usize> = this.counts.alive_tasks(), "The number of tasks that have not ended.";
    global_queue: Reported<usize> = this.counts.global_queue(),
        "How many tasks are ready to run, and in no queue of a worker.";
    workers: Reported<NumberedMap<WorkerView>> = this.workers(), "Its worker threads, by number.";
    blocking_threads: Reported<usize> = this.counts.blocking_threads(), "The threads of `spawn_blocking`.";
    idle_blocking_threads: Reported<usize> = this.counts.idle_blocking_threads(),
        "Those of them that have nothing to do.";
    blocking_queue: Reported<usize> = this.counts.blocking_queue(), "What waits for one of them.";
    io_registered: Reported<u64> = this.io_registered(), "The sockets and other files that its driver watches.";
    io_ready: Reported<u64> = this.counts.io_ready(), "How often one of them was ready.";
});

impl RuntimeView {
    /// Shows `runtime`; `inline` is whether the console is served on it by `serve_inline`.
    pub(super) fn new(runtime: tokio::runtime::Handle, inline: bool) -> Self {
        let is_current_thread = runtime.runtime_flavor() == tokio::runtime::RuntimeFlavor::CurrentThread;
        Self {
            counts: RuntimeCounts::new(runtime),
            samples: Arc::new(Samples::new()),
            waits_for_commands: inline && is_current_thread,
        }
    }

    fn workers(&self) -> Reported<NumberedMap<WorkerView>> {
        self.counts
            .workers()
            .map(|workers| (0..workers).map(|index| WorkerView { runtime: self.clone(), index }).collect())
    }

    fn io_registered(&self) -> Reported<u64> {
        let gone = self.counts.io_deregistered().value().unwrap_or_default();
        self.counts.io_registered().map(|registered| registered.saturating_sub(gone))
    }

    /// Reads what the workers have done.
    fn times(&self, at: Instant, last: Option<&Vec<WorkerTimes>>) -> Vec<WorkerTimes> {
        let workers = self.counts.workers().value().unwrap_or_default();
        let times = (0..workers).map(|index| {
            let (busy, parks) = (self.counts.busy(index).value(), self.counts.parks(index).value());
            let before = last.and_then(|last| last.get(index));
            let unchanged = before.filter(|before| before.busy == busy && before.parks == parks);
            WorkerTimes { busy, parks, since: unchanged.map_or(at, |before| before.since) }
        });
        times.collect()
    }

    /// Returns what a worker does, and since when it polls the same task, if it does.
    fn activity(&self, index: usize) -> Activity {
        // The last one: an older one would still show a worker at work that has since begun a long poll.
        let sample = self.samples.last_before_now(|at, last| self.times(at, last));
        let Some(parks) = self.counts.parks(index).value() else { return Activity::Unknown };
        // A worker counts when it begins to wait, and when it stops.
        if parks % 2 == 1 {
            return Activity::Waits;
        }
        let busy = self.counts.busy(index).value();
        let before = sample.counts.get(index);
        match before.filter(|before| before.parks == Some(parks) && before.busy == busy) {
            Some(before) => Activity::PollsSince(before.since),
            None => Activity::Polls,
        }
    }

    fn state(&self) -> Reported<String> {
        if self.waits_for_commands {
            return "waits for this command".to_owned().into();
        }
        let Some(workers) = self.counts.workers().value() else {
            return Reported::unknown("needs a newer tokio");
        };
        let mut since: Option<Instant> = None;
        for index in 0..workers {
            match self.activity(index) {
                Activity::Unknown => return Reported::unknown("needs a newer tokio"),
                Activity::PollsSince(start) => since = since.max(Some(start)),
                Activity::Waits | Activity::Polls => return "runs".to_owned().into(),
            }
        }
        let blocked = since.map(|since| since.elapsed().as_secs_f64());
        blocked
            .map_or_else(
                || "runs".to_owned(),
                |seconds| format!("blocked: no worker has begun another poll for at least {seconds:.1} s"),
            )
            .into()
    }
}

/// What a worker does.
enum Activity {
    Unknown,
    Waits,
    Polls,
    /// It has neither waited nor ended a poll since.
    PollsSince(Instant),
}

/// A worker thread.
struct WorkerView {
    runtime: RuntimeView,
    index: usize,
}

computed_fields!([] WorkerView, "Worker", "A worker thread of the runtime.", |this| {
    state: Reported<String> = this.state(), "Whether it waits for a task, polls one, or has been in one poll since when.";
    busy: Reported<f64> = this.busy(), "The share of the last seconds in which it polled tasks: 1 is all of it.";
    busy_time: Reported<Duration> = this.runtime.counts.busy(this.index), "The time in which it polled tasks.";
    parks: Reported<u64> = this.runtime.counts.parks(this.index).map(|count| count.div_ceil(2)),
        "How often it had nothing to do.";
    local_queue: Reported<usize> = this.runtime.counts.local_queue(this.index), "How many tasks wait for it.";
    polls: Reported<u64> = this.runtime.counts.polls(this.index), "How often it polled a task.";
    steals: Reported<u64> = this.runtime.counts.steals(this.index), "How many tasks it took from others.";
});

impl Numbered for WorkerView {
    const MAP_NAME: &'static str = "Workers";

    fn number(&self) -> u64 {
        u64::try_from(self.index).unwrap_or(u64::MAX)
    }
}

impl WorkerView {
    fn state(&self) -> Reported<String> {
        match self.runtime.activity(self.index) {
            Activity::Unknown => Reported::unknown("needs a newer tokio"),
            Activity::Waits => "waits".to_owned().into(),
            Activity::Polls => "polls".to_owned().into(),
            Activity::PollsSince(start) => {
                format!("in one poll for at least {:.1} s", start.elapsed().as_secs_f64()).into()
            }
        }
    }

    fn busy(&self) -> Reported<f64> {
        // A worker counts its time when it has nothing more to do.
        if let Activity::PollsSince(_) = self.runtime.activity(self.index) {
            return 1.0.into();
        }
        let RuntimeView { counts, samples, .. } = &self.runtime;
        let sample = samples.before_now(|at, last| self.runtime.times(at, last));
        counts.busy(self.index).map(|busy| {
            let before = sample.counts.get(self.index).and_then(|before| before.busy).unwrap_or_default();
            sample.share(busy.saturating_sub(before)).min(1.0)
        })
    }
}
