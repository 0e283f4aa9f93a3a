//! A service that was not made for manhole. It has the lowest versions of its dependencies, the oldest compiler, `panic = "abort"`,
//! a signalfd, two instances in one process, and ends when the senders of a channel are dropped.
//!
//! It starts its consoles first, as the guide says, uses them while it runs, and fails if any of that has disturbed it.

use std::error::Error;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Barrier, Mutex};

use manhole::{computed, manhole, Address, Console, Manhole};
use nix::sys::signal::{kill, SigSet, Signal};
use nix::sys::signalfd::SignalFd;
use nix::unistd::Pid;
use tokio::sync::{broadcast, mpsc};

/// What an instance of the service counts.
#[derive(Manhole)]
struct Counters {
    requests: u64,
    started: chrono::DateTime<chrono::Utc>,
    news: broadcast::Receiver<u8>,
    by_user: dashmap::DashMap<String, u32>,
    older: dashmap_05::DashMap<String, u32>,
}

/// One of the instances.
struct Instance {
    jobs: mpsc::Sender<u8>,
    received: mpsc::Receiver<u8>,
    console: Option<Console>,
}

impl Instance {
    fn start() -> Self {
        let (jobs, received) = mpsc::channel(4);
        let counters = Arc::new(Mutex::new(Counters {
            requests: 7,
            started: chrono::DateTime::UNIX_EPOCH,
            news: broadcast::channel(4).1,
            by_user: dashmap::DashMap::new(),
            older: dashmap_05::DashMap::new(),
        }));
        let waiting = jobs.downgrade();
        let console = manhole::start(
            "adoption",
            manhole! {
                counters => counters,
                jobs => jobs.downgrade(),
                free => computed(move || waiting.upgrade().map(|jobs| jobs.capacity())),
                blocked => || std::thread::spawn(SigSet::thread_get_mask).join().is_ok_and(is_terminate_blocked),
            },
        );
        Self { jobs, received, console }
    }

    /// Fails unless the console answers `command` with `expected`.
    fn assert_answer(&self, command: &str, expected: &str) -> Result<(), Box<dyn Error>> {
        let addresses = self.console.as_ref().ok_or("there is no console")?.addresses();
        let [Address::Path(path)] = &addresses[..] else { return Err("the console has no path".into()) };
        let answer = ask(path, command)?;
        if answer.contains(&format!(">>> {expected}\n")) {
            return Ok(());
        }
        Err(format!("{command}: expected {expected}, found {answer}").into())
    }
}

fn is_terminate_blocked(mask: nix::Result<SigSet>) -> bool {
    mask.is_ok_and(|mask| mask.contains(Signal::SIGTERM))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut instances = [Instance::start(), Instance::start()];

    let mut mask = SigSet::empty();
    mask.add(Signal::SIGTERM);
    mask.thread_block()?;
    let signals = SignalFd::new(&mask)?;
    for _ in 0..20 {
        kill(Pid::this(), Signal::SIGTERM)?;
        let signal = signals.read_signal()?.ok_or("there is no signal")?;
        assert_eq!(signal.ssi_signo, Signal::SIGTERM as u32);
    }

    for instance in &instances {
        instance.assert_answer("counters.requests += 1; counters.requests", "8")?;
        instance.assert_answer("counters.started", "1970-01-01T00:00:00Z")?;
        instance.assert_answer("counters.news.closed", "error: counters.news.closed needs a newer tokio")?;
        instance.assert_answer("counters.news", "Receiver { len: 0, closed: <needs a newer tokio> }")?;
        instance.assert_answer("process.pid", &std::process::id().to_string())?;
        instance.assert_answer("threads.any(|t| t.is_console && t.cpu >= 0.0)", "true")?;
        instance.assert_answer("runtime", "None")?;
        instance.assert_answer("counters.by_user.len() + counters.older.len()", "0")?;
        instance.assert_answer("jobs.capacity", "4")?;
        instance.assert_answer("free", "4")?;
        instance.assert_answer("blocked()", "true")?;
        let warning = "Careful: the application is built with panic = \"abort\", so a panic in code that you call ends it.";
        instance.assert_answer("help()", warning)?;
    }

    deadlock();
    instances[0].assert_answer("while deadlocks.is_empty() { sleep(0.01) } deadlocks[1].threads.len()", "2")?;
    instances[1].assert_answer("deadlocks[1].threads.all(|t| t.calls.len() > 0)", "true")?;
    instances[1].assert_answer("deadlocks.len()", "1")?;
    instances[1].assert_answer("locks().len()", "note: parking_lot has found threads that wait for each other; see manhole::deadlocks")?;

    // The consoles keep no sender, and no thread of theirs delays the end.
    for Instance { jobs, received, .. } in &mut instances {
        drop(std::mem::replace(jobs, mpsc::channel(1).0));
        assert!(matches!(received.try_recv(), Err(mpsc::error::TryRecvError::Disconnected)));
    }
    Ok(())
}

/// Makes two threads wait for each other until the process ends.
fn deadlock() {
    let locks = [parking_lot::Mutex::new(()), parking_lot::Mutex::new(())];
    let [first, second] = locks.map(Arc::new);
    let both_have_one = Arc::new(Barrier::new(2));
    for (first, second) in [(&first, &second), (&second, &first)] {
        let (first, second, both_have_one) = (Arc::clone(first), Arc::clone(second), Arc::clone(&both_have_one));
        std::thread::spawn(move || take_both(&first, &second, &both_have_one));
    }
}

#[inline(never)]
fn take_both(first: &parking_lot::Mutex<()>, second: &parking_lot::Mutex<()>, both_have_one: &Barrier) {
    let _first = first.lock();
    both_have_one.wait();
    let _second = second.lock();
}

/// Returns what a client reads after it has sent a command.
fn ask(path: &PathBuf, command: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(path)?;
    stream.write_all(format!("{command}\nexit\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
