//! Those who follow events, or calls of instrumented functions, as they happen.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::reflect::{Lines, thousands};
use crate::sync::LockIgnoringPoison;

/// How many lines wait for a session. More are counted, and left out.
const MAX_WAITING: usize = 500;

/// The queues of those who follow something, each with what it wants.
pub(super) struct Followers<W>(Arc<List<W>>);

struct List<W> {
    /// Their number, so that nothing is locked while there are none.
    count: AtomicUsize,
    followers: Mutex<Vec<Arc<Follower<W>>>>,
}

/// One of them.
struct Follower<W> {
    wants: W,
    queue: Mutex<Queue>,
}

struct Queue {
    lines: VecDeque<String>,
    /// How many were left out since the last look.
    left_out: u64,
    /// How many may still come.
    left: usize,
}

/// The end of a queue that a session reads. It follows until this is dropped.
pub(super) struct Following<W> {
    list: Arc<List<W>>,
    follower: Arc<Follower<W>>,
}

impl<W> Followers<W> {
    pub(super) fn new() -> Self {
        Self(Arc::new(List { count: AtomicUsize::new(0), followers: Mutex::default() }))
    }

    /// Follows what `wants`, for at most `most` lines.
    pub(super) fn follow(&self, wants: W, most: usize) -> Following<W> {
        let begun = format!("… from now on until Ctrl-C, {} lines at most", thousands(most));
        let queue = Mutex::new(Queue { left: most, lines: VecDeque::from([begun]), left_out: 0 });
        let follower = Arc::new(Follower { wants, queue });
        self.0.followers.lock_ignoring_poison().push(Arc::clone(&follower));
        self.0.count.fetch_add(1, Ordering::Relaxed);
        Following { list: Arc::clone(&self.0), follower }
    }

    /// Passes a line to each follower that wants it. `line` makes it, if any does.
    pub(super) fn pass(&self, wants: impl Fn(&W) -> bool, line: impl FnOnce() -> String) {
        if !self.are_there() {
            return;
        }
        let takers: Vec<_> = {
            let list = self.0.followers.lock_ignoring_poison();
            list.iter().filter(|follower| wants(&follower.wants) && follower.has_room()).cloned().collect()
        };
        // Without the lock.
        let Some((last, others)) = takers.split_last() else { return };
        let line = line();
        others.iter().for_each(|follower| follower.push(line.clone()));
        last.push(line);
    }

    pub(super) fn are_there(&self) -> bool {
        self.0.count.load(Ordering::Relaxed) > 0
    }
}

impl<W> Follower<W> {
    /// Returns whether it takes another line. One that it does not take is counted.
    fn has_room(&self) -> bool {
        let mut queue = self.queue.lock_ignoring_poison();
        let has_room = queue.lines.len() < MAX_WAITING && queue.left > 0;
        queue.left_out += u64::from(!has_room);
        has_room
    }

    fn push(&self, line: String) {
        let mut queue = self.queue.lock_ignoring_poison();
        queue.lines.push_back(line);
        queue.left = queue.left.saturating_sub(1);
    }
}

impl<W: Send + Sync> Lines for Following<W> {
    fn next(&self) -> Option<Vec<String>> {
        let mut queue = self.follower.queue.lock_ignoring_poison();
        let mut lines: Vec<_> = queue.lines.drain(..).collect();
        let left_out = std::mem::take(&mut queue.left_out);
        let has_ended = queue.left == 0;
        drop(queue);
        if has_ended && lines.is_empty() {
            return None;
        }
        if left_out > 0 && !has_ended {
            lines.push(format!("… {left_out} more were left out: they come too fast"));
        }
        if has_ended {
            lines.push("… the end: type it again to see more".to_owned());
        }
        Some(lines)
    }
}

impl<W> Drop for Following<W> {
    fn drop(&mut self) {
        let mut followers = self.list.followers.lock_ignoring_poison();
        followers.retain(|follower| !Arc::ptr_eq(follower, &self.follower));
        self.list.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_in_number_and_in_time() {
        let followers = Followers::new();
        followers.pass(|_| true, || unreachable!("there is no follower"));
        let (even, all) = (followers.follow(2, 10_000), followers.follow(1, 3));
        for number in 0..2_000 {
            followers.pass(|divisor| number % divisor == 0, || number.to_string());
        }
        let begun = "… from now on until Ctrl-C, 3 lines at most";
        assert_eq!(all.next().unwrap(), [begun, "0", "1", "2", "… the end: type it again to see more"]);
        assert_eq!(all.next(), None);
        let lines = even.next().unwrap();
        assert_eq!(lines.len(), MAX_WAITING + 1);
        assert_eq!(lines[2], "2");
        assert_eq!(lines[MAX_WAITING], "… 501 more were left out: they come too fast");
        assert_eq!(even.next().unwrap().len(), 0);
        drop((even, all));
        assert!(!followers.are_there());
    }
}
