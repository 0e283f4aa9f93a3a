//! Keeps the machine busy: a thread for each core computes without pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// The load, until this is dropped.
pub(crate) struct CpuLoad {
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl CpuLoad {
    pub(crate) fn start() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let threads = (0..thread::available_parallelism().unwrap().get()).map(|_| {
            let over = Arc::clone(&over);
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            })
        });
        Self { threads: threads.collect(), over }
    }
}

impl Drop for CpuLoad {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
