//! The queue of visits, in all orders in which threads can run it: no request is lost, and none is done twice.
//!
//! Compiles the files of the queue with the atomics and mutexes of `loom`.

#![allow(dead_code, reason = "the queue has more for the rest of its crate")]
#![expect(clippy::unwrap_used, reason = "what is not as it must be fails loudly")]

#[path = "../../manhole/src/reflect/impls/visits/mailbox.rs"]
mod mailbox;
#[path = "../../manhole/src/reflect/impls/visits/queue.rs"]
mod queue;
mod stand_ins;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use self::mailbox::Mailbox;
use self::queue::VisitQueue;
use self::reflect::model::{Owner, Visit};
use self::stand_ins::{message, reflect, sync};

/// The fate of one request.
#[derive(Default)]
struct Fate {
    done: AtomicUsize,
    dropped: AtomicUsize,
}

impl Fate {
    fn counts(&self) -> (usize, usize) {
        (self.done.load(Ordering::SeqCst), self.dropped.load(Ordering::SeqCst))
    }

    fn is_done(&self) -> bool {
        self.done.load(Ordering::SeqCst) > 0
    }
}

/// Counts the request as dropped, unless it was done.
struct Answer(Option<Arc<Fate>>);

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(fate) = self.0.take() {
            fate.dropped.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn request() -> (Arc<Fate>, Visit) {
    let fate = Arc::new(Fate::default());
    let mut answer = Answer(Some(Arc::clone(&fate)));
    let visit = move |_: &mut dyn reflect::model::Manhole| {
        if let Some(fate) = answer.0.take() {
            fate.done.fetch_add(1, Ordering::SeqCst);
        }
    };
    (fate, Box::new(visit))
}

/// Runs `test` in all orders in which a thread is interrupted at most three times.
fn all_orders(test: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(test);
}

/// Waits as `Visits::serving` does, for something that never happens, until `is_over`.
fn serve_as_task(queue: &VisitQueue, is_over: impl Fn() -> bool) {
    loom::future::block_on(poll_fn(|context| {
        queue.set_waker(context.waker());
        queue.serve(&mut ());
        if is_over() { Poll::Ready(()) } else { Poll::Pending }
    }));
}

// Where a wake-up is lost, all threads wait, and `loom` reports that.

#[test]
fn a_task_that_waits_is_woken() {
    all_orders(|| {
        let queue = Arc::new(VisitQueue::default());
        let ((first, visit), (second, other_visit)) = (request(), request());
        let console = Arc::clone(&queue);
        let console = thread::spawn(move || {
            // One turn is over after the first of them.
            assert!(console.push(visit).is_some() && console.push(other_visit).is_some());
        });
        serve_as_task(&queue, || first.is_done() && second.is_done());
        console.join().unwrap();
        assert_eq!((first.counts(), second.counts()), ((1, 0), (1, 0)));
    });
}

#[test]
fn a_thread_that_waits_is_woken() {
    all_orders(|| {
        let queue = Arc::new(VisitQueue::default());
        let (fate, visit) = request();
        let (console, served) = (Arc::clone(&queue), Arc::clone(&fate));
        let threads = [
            thread::spawn(move || assert!(console.push(visit).is_some())),
            thread::spawn(move || {
                let owner = thread::current();
                // A request may come before this, or in it.
                queue.wake_with(Arc::new(move || owner.unpark()));
                while !served.is_done() {
                    queue.serve(&mut ());
                    if !served.is_done() {
                        thread::park();
                    }
                }
            }),
        ];
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(fate.counts(), (1, 0));
    });
}

#[test]
fn a_loop_that_polls_gets_to_see_the_request() {
    all_orders(|| {
        let queue = Arc::new(VisitQueue::default());
        let (fate, visit) = request();
        let console = Arc::clone(&queue);
        let console = thread::spawn(move || assert!(console.push(visit).is_some()));
        while !fate.is_done() {
            queue.serve(&mut ());
            thread::yield_now();
        }
        console.join().unwrap();
        assert_eq!(fate.counts(), (1, 0));
    });
}

#[test]
fn a_request_is_withdrawn_or_done() {
    all_orders(|| {
        let queue = Arc::new(VisitQueue::default());
        let ((first, visit), (second, other_visit)) = (request(), request());
        let console = Arc::clone(&queue);
        let console = thread::spawn(move || {
            let number = console.push(visit).unwrap();
            console.push(other_visit).unwrap();
            console.withdraw(number)
        });
        // The other one is done, however the first one ends.
        serve_as_task(&queue, || second.is_done());
        let withdrawn = console.join().unwrap();
        assert_eq!(first.counts(), if withdrawn { (0, 1) } else { (1, 0) });
        assert_eq!(second.counts(), (1, 0));
    });
}

#[test]
fn an_owner_that_ends_answers_all_requests() {
    all_orders(|| {
        let queue = Arc::new(VisitQueue::default());
        let (fate, visit) = request();
        let console = Arc::clone(&queue);
        let console = thread::spawn(move || console.push(visit).map(|number| console.withdraw(number)));
        queue.serve(&mut ());
        queue.close();
        let outcome = console.join().unwrap();
        let (done, dropped) = fate.counts();
        assert_eq!(done + dropped, 1);
        match outcome {
            None | Some(true) => assert_eq!(dropped, 1),
            Some(false) => {}
        }
        let (late, visit) = request();
        assert_eq!(queue.push(visit), None);
        assert_eq!(late.counts(), (0, 1));
    });
}

/// An actor that receives nothing but messages of the console.
fn actor(capacity: usize) -> (Arc<dyn Owner>, stand_ins::Receiver) {
    let (sender, mailbox) = stand_ins::channel(capacity);
    (Mailbox::create(move |token| sender.try_send(token)), mailbox)
}

#[test]
fn one_message_stands_for_all_requests_to_an_actor() {
    all_orders(|| {
        let (owner, mailbox) = actor(1);
        let ((first, visit), (second, other_visit)) = (request(), request());
        let console = thread::spawn(move || {
            assert!(owner.push(visit).is_some() && owner.push(other_visit).is_some());
            owner
        });
        // Each message but the last leaves nothing for the next one, or a further message.
        while !(first.is_done() && second.is_done()) {
            mailbox.receive().serve(&mut ());
        }
        drop(console.join().unwrap());
        assert_eq!((first.counts(), second.counts()), ((1, 0), (1, 0)));
    });
}

#[test]
fn two_sessions_reach_an_actor_by_one_message() {
    all_orders(|| {
        let (owner, mailbox) = actor(1);
        let ((first, visit), (second, other_visit)) = (request(), request());
        let (one, other) = (Arc::clone(&owner), owner);
        let sessions = [
            thread::spawn(move || assert!(one.push(visit).is_some())),
            thread::spawn(move || assert!(other.push(other_visit).is_some())),
        ];
        while !(first.is_done() && second.is_done()) {
            mailbox.receive().serve(&mut ());
        }
        for session in sessions {
            session.join().unwrap();
        }
        assert_eq!((first.counts(), second.counts()), ((1, 0), (1, 0)));
    });
}

#[test]
fn an_actor_that_ends_answers_all_requests() {
    all_orders(|| {
        let (owner, mailbox) = actor(1);
        let (fate, visit) = request();
        let console = thread::spawn(move || {
            let number = owner.push(visit);
            // As the console does while it waits.
            owner.remind();
            if let Some(number) = number {
                owner.withdraw(number);
            }
            owner
        });
        drop(mailbox);
        let owner = console.join().unwrap();
        assert_eq!(fate.counts(), (0, 1));
        let (late, visit) = request();
        owner.push(visit);
        assert_eq!(late.counts(), (0, 1));
    });
}
