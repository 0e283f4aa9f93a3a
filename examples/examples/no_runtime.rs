//! An application without an async runtime: threads, channels and locks of the standard library, and a console.
//!
//! ```text
//! cargo run --example no_runtime
//! nc -U /var/tmp/testing.manhole
//! >>> pool.jobs.len()
//! >>> pool.workers.filter(|worker| worker.busy)
//! >>> pool.pause()
//! ```

#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

use std::collections::VecDeque;
use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use manhole::{Manhole, manhole};

/// Workers and their queue.
#[derive(Manhole)]
struct Pool {
    /// Waiting jobs, oldest first.
    jobs: Mutex<VecDeque<u64>>,
    workers: Vec<Worker>,
    /// Whether the workers are paused.
    paused: AtomicBool,
}

/// One thread.
#[derive(Manhole, Default)]
struct Worker {
    /// The number of finished jobs.
    done: AtomicU64,
    busy: AtomicBool,
}

#[manhole::methods]
impl Pool {
    /// Pauses the workers after their current jobs.
    pub fn pause(&self) {
        self.paused.store(true, Ordering::Relaxed);
    }

    /// Resumes the workers.
    pub fn resume(&self) {
        self.paused.store(false, Ordering::Relaxed);
    }
}

impl Pool {
    /// Does jobs until the process ends.
    fn work(&self, worker: &Worker) {
        loop {
            let paused = self.paused.load(Ordering::Relaxed);
            let job = if paused {
                None
            } else {
                self.jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
            };
            worker.busy.store(job.is_some(), Ordering::Relaxed);
            thread::sleep(Duration::from_millis(job.map_or(20, |job| 5 + job % 10)));
            if job.is_some() {
                worker.done.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::var_os("MANHOLE_SOCKET")
        .map_or_else(|| PathBuf::from("/var/tmp/testing.manhole"), PathBuf::from);
    let workers = (0..4).map(|_| Worker::default()).collect();
    let pool = Arc::new(Pool { jobs: Mutex::default(), workers, paused: AtomicBool::new(false) });
    for index in 0..pool.workers.len() {
        let pool = Arc::clone(&pool);
        thread::spawn(move || pool.work(&pool.workers[index]));
    }

    let console = manhole::spawn(
        path,
        manhole! {
            /// Workers and their queue.
            pool => pool,
        },
    )?;
    announce(&console);

    for job in 0.. {
        pool.jobs.lock().unwrap_or_else(PoisonError::into_inner).push_back(job);
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know")]
fn announce(console: &manhole::Console) {
    for address in console.addresses() {
        println!("connect with: {}", address.command());
    }
}
