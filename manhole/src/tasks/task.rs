//! The future that is wrapped around one of the application's.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::record::{TASKS, TaskRecord};

/// Names a future for the console: what it does, since when, and how to end it.
///
/// In the console it is in the root `tasks` until it ends or is dropped: with its name, the place of this call, its age, whether it is idle,
/// woken or running and for how long, how often it was polled and woken, its longest poll, and the time of all polls.
/// `tasks["refill"].abort()` drops the future at the task's next poll, at the level operate.
///
/// Each task has its own number. `tasks["refill#17"]` is the task 17, and never a later one of the same name; while another task has
/// the name, that is its only key.
///
/// It works on any executor. The output is that of the future, or [`Aborted`].
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let refill = tokio::spawn(manhole::task("refill", async { 42 }));
/// assert_eq!(refill.await.unwrap(), Ok(42));
/// # });
/// ```
///
/// It takes some allocations when it is made; then two readings of the clock for each poll, and some atomic operations.
#[track_caller]
pub fn task<F: Future>(name: impl Into<String>, future: F) -> Task<F> {
    let name = name.into();
    let record = Arc::new(TaskRecord::new(name.clone(), Location::caller()));
    let mut numbered = format!("{name}#{}", record.id);
    let other_key = || {
        // A task whose name looks like that.
        let next = format!("{numbered}#{}", record.id);
        std::mem::replace(&mut numbered, next)
    };
    let key = TASKS.insert_by_free_key(name, other_key, Arc::clone(&record));
    let waker = Waker::from(Arc::clone(&record));
    Task { future: Some(Box::pin(future)), entry: Entry { key, record }, waker }
}

/// A future with a name, made by [`task`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Task<F> {
    /// Until it ends.
    future: Option<Pin<Box<F>>>,
    entry: Entry,
    waker: Waker,
}

/// The task in the root `tasks`, until this is dropped.
struct Entry {
    key: String,
    record: Arc<TaskRecord>,
}

/// A poll that runs: it ends also by a panic of the future.
struct RunningPoll<'a>(&'a TaskRecord);

/// The console has ended the task: the output of a [`Task`] that did not end by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aborted;

impl<F: Future> Future for Task<F> {
    type Output = Result<F::Output, Aborted>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let record = &*this.entry.record;
        record.begin_poll(context.waker());
        let poll = RunningPoll(record);
        // One that is aborted during the poll has been woken, and is polled again.
        let result = match &mut this.future {
            Some(future) if !record.is_aborted() => {
                future.as_mut().poll(&mut Context::from_waker(&this.waker)).map(Ok)
            }
            _ => Poll::Ready(Err(Aborted)),
        };
        if result.is_ready() {
            this.future = None;
        }
        drop(poll);
        if result.is_ready() {
            this.entry.leave();
        }
        result
    }
}

impl<F> fmt::Debug for Task<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("name", &self.entry.record.name).finish_non_exhaustive()
    }
}

impl Entry {
    fn leave(&self) {
        TASKS.remove(&self.key);
        self.record.end();
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Drop for RunningPoll<'_> {
    fn drop(&mut self) {
        self.0.end_poll();
    }
}

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task was ended from the console")
    }
}

impl std::error::Error for Aborted {}
