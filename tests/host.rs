//! An application for hostile scripts: one of its threads wakes every millisecond and records its longest pause.
//!
//! - `host MODE SOCKET` serves as `threads`, `runtime` or `inline`, until its standard input ends. A third argument may be
//!   `blocked` or `gone`, for the runtime's state, or `ends`, or
//!   `public PORT TOKEN_PORT`: all users can connect, also to two TCP ports, one of which needs a token.
//! - `host list` lists the instances.
//! - `host starter SOCKET` serves an empty namespace, or prints the error.
//! - `host activated` serves on the inherited sockets named `manhole`.
//! - `host forked SOCKET` forks a copy that exits immediately.
//! - `host toggled SOCKET` opens and closes on SIGUSR2.
//! - `host named NAME` starts two consoles of the same name, prints where they are, and goes on without those that do not start.
//! - `host signals (sigwait | signalfd) (console | mask) SOCKET` waits for SIGTERM and SIGUSR1, which it blocks before or after it starts
//!   the console, and prints the names of those it gets.
//! - `host open_from_env SOCKET` prints the address at which the environment has opened it.

#![expect(clippy::unwrap_used, reason = "a program for tests fails loudly")]
#![expect(clippy::print_stdout, reason = "it talks to the test that has started it")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

use std::collections::HashMap;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use manhole::{Builder, EventKind, Limits, Manhole, Namespace, manhole};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::SignalFd;
use parking_lot::Mutex;

/// A thread's beats, one every millisecond. Each locks `gizmo`, as the work of an application would.
#[derive(Manhole, Default)]
struct Heart {
    /// The number of beats.
    beats: AtomicU64,
    /// The longest pause between two beats, in microseconds.
    worst: AtomicU64,
    /// The longest wait for the lock of `gizmo`, in microseconds.
    worst_wait: AtomicU64,
}

#[derive(Manhole)]
struct Gizmo {
    count: u64,
    name: String,
    items: Vec<Item>,
    by_name: HashMap<String, Item>,
    text: String,
}

#[derive(Manhole)]
struct Item {
    id: u32,
    label: String,
}

/// A value that refers to itself.
#[derive(Manhole)]
struct Node {
    name: &'static str,
    itself: Weak<Node>,
}

/// Misbehaviour of the application's own code.
#[derive(Manhole, Default)]
struct Trouble {
    /// Futures dropped before they were ready.
    dropped: Arc<AtomicU64>,
    #[manhole(skip)]
    files: Mutex<Vec<std::fs::File>>,
    /// Whether calls of `block` return.
    released: AtomicBool,
}

struct Dropped(Arc<AtomicU64>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[manhole::methods]
impl Trouble {
    /// Panics.
    pub fn panic(&self) {
        std::panic::resume_unwind(Box::new("as asked for"));
    }

    /// Never completes.
    pub async fn never(&self) {
        let _dropped = Dropped(Arc::clone(&self.dropped));
        std::future::pending::<()>().await;
    }

    /// Returns when `released` is set.
    pub fn block(&self) {
        while !self.released.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Starts a process that keeps running, and returns its process ID.
    pub fn start_another(&self) -> u32 {
        std::process::Command::new("sleep").arg("3600").spawn().unwrap().id()
    }

    /// Opens files until there is no descriptor left.
    pub fn open_all(&self) {
        self.files
            .lock()
            .extend(std::iter::repeat_with(|| std::fs::File::open("/dev/null")).map_while(Result::ok));
    }

    /// Closes them.
    pub fn close_all(&self) {
        self.files.lock().clear();
    }

    /// Prints to the application's standard output.
    pub fn shout(&self, text: &str) {
        println!("{text}");
    }
}

fn item(id: u32) -> Item {
    Item { id, label: format!("item {id}") }
}

fn gizmo() -> Arc<Mutex<Gizmo>> {
    Arc::new(Mutex::new(Gizmo {
        count: 0,
        name: "gizmo".to_owned(),
        items: (0..100_000).map(item).collect(),
        by_name: (0..10_000).map(|id| (format!("name {id}"), item(id))).collect(),
        text: "x".repeat(4 << 20),
    }))
}

fn namespace(heart: &Arc<Heart>, gizmo: &Arc<Mutex<Gizmo>>) -> Namespace {
    let held = Arc::new(Mutex::new(1_u64));
    // The lock is held as long as the process runs.
    std::mem::forget(held.lock());
    let node = Arc::new_cyclic(|itself| Node { name: "node", itself: Weak::clone(itself) });
    let trouble = Arc::new(Trouble::default());
    let (heart, gizmo) = (Arc::clone(heart), Arc::clone(gizmo));
    manhole! { heart => heart, gizmo => gizmo, held => held, node => node, trouble => trouble }
}

/// Returns the signals that a new thread blocks, the first one in the lowest bit.
fn blocked_in_new_thread() -> u64 {
    let status =
        std::thread::spawn(|| std::fs::read_to_string("/proc/thread-self/status").unwrap()).join().unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap()
}

#[derive(Manhole)]
struct SignalWaiter;

#[manhole::methods]
impl SignalWaiter {
    pub fn blocked(&self) -> u64 {
        blocked_in_new_thread()
    }
}

fn record_pauses(heart: &Heart, gizmo: &Mutex<Gizmo>) {
    let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let mut last = Instant::now();
    loop {
        std::thread::sleep(Duration::from_millis(1));
        let before = Instant::now();
        drop(gizmo.lock());
        let now = Instant::now();
        heart.worst_wait.fetch_max(microseconds(now - before), Ordering::Relaxed);
        heart.worst.fetch_max(microseconds(now - last), Ordering::Relaxed);
        heart.beats.fetch_add(1, Ordering::Relaxed);
        last = now;
    }
}

fn end_of_input() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mode = args.next().unwrap();
    if mode == "list" {
        for instance in manhole::instances().unwrap() {
            println!("{} {} {}", instance.name, instance.pid, if instance.live { "live" } else { "stale" });
        }
        return;
    }
    if mode == "named" {
        let name = args.next().unwrap();
        for _ in 0..2 {
            match manhole::start(&name, manhole! { n => 1_u8 }) {
                Some(console) => println!("{}", console.addresses()[0]),
                None => println!("none"),
            }
        }
        end_of_input();
        return;
    }
    if mode == "starter" {
        return match manhole::spawn(args.next().unwrap(), Namespace::new()) {
            Ok(_console) => {
                println!("serving");
                end_of_input();
            }
            Err(error) => {
                // A test that has seen which process serves reads no more.
                let _ = writeln!(std::io::stdout(), "{error}");
            }
        };
    }
    let builder = Builder::new(manhole! { n => 1_u8 });
    match mode.as_str() {
        "activated" => {
            let _console = builder.spawn(manhole::Listener::activated(Some("manhole"))).unwrap();
            std::thread::sleep(Duration::from_secs(3_600));
        }
        "toggled" => {
            let console = builder.start_closed(true).spawn(args.next().unwrap()).unwrap();
            console.toggle_on_signal(signal_hook::consts::SIGUSR2).unwrap();
            println!("ready");
            std::thread::sleep(Duration::from_secs(3_600));
        }
        "signals" => {
            let wait = args.next().unwrap();
            let is_mask_first = args.next().unwrap() == "mask";
            let mask = SigSet::from_iter([Signal::SIGTERM, Signal::SIGUSR1]);
            if is_mask_first {
                mask.thread_block().unwrap();
            }
            let waiter = Arc::new(SignalWaiter);
            let namespace = manhole! { blocked => blocked_in_new_thread, waiter => waiter };
            let _console = manhole::spawn(args.next().unwrap(), namespace).unwrap();
            mask.thread_block().unwrap();
            println!("ready");
            let next: Box<dyn Fn() -> String> = if wait == "sigwait" {
                Box::new(|| mask.wait().unwrap().as_str().to_owned())
            } else {
                let fd = SignalFd::new(&mask).unwrap();
                let name = |number: u32| Signal::try_from(number as i32).unwrap().as_str().to_owned();
                Box::new(move || name(fd.read_signal().unwrap().unwrap().ssi_signo))
            };
            loop {
                println!("{}", next());
            }
        }
        "forked" => {
            let console = builder.spawn(args.next().unwrap()).unwrap();
            if let fork::Fork::Parent(child) = fork::fork().unwrap() {
                assert_eq!(fork::waitpid(child).unwrap(), 0);
                println!("ready");
                end_of_input();
                console.shutdown();
                return done();
            }
            // The copy has no threads to wait for.
            assert!(!console.is_open() && console.addresses().is_empty());
            console.shutdown();
            let refused = console.open().unwrap_err().to_string();
            let parent = std::os::unix::process::parent_id();
            assert!(refused.contains(&format!(": process {parent} serves it\n")), "{refused}");
            return;
        }
        "open_from_env" => {
            let console = builder.open_if_env("APP_MANHOLE").spawn(args.next().unwrap()).unwrap();
            match console.addresses().first() {
                Some(address) => println!("{address}"),
                None => println!("closed"),
            }
            return;
        }
        _ => {}
    }
    let path = match args.next().unwrap().as_str() {
        "default" => manhole::default_path("the host").unwrap(),
        path => path.into(),
    };
    let state = args.next().unwrap_or_default();
    // A signal that interrupts system calls.
    signal_hook::flag::register(signal_hook::consts::SIGUSR1, Arc::default()).unwrap();
    let (heart, gizmo) = (Arc::new(Heart::default()), gizmo());
    let namespace = namespace(&heart, &gizmo);
    std::thread::spawn(move || record_pauses(&heart, &gizmo));

    let mut ceiling = Limits::ceiling();
    ceiling.timeout = Duration::from_secs(3_600);
    // On a busy machine, long commands pause nine tenths of their time.
    let builder = Builder::new(namespace).ceiling(|all| *all = ceiling).limits(|limits| {
        limits.timeout = Duration::from_secs(60);
        limits.lock_wait = Duration::from_secs(600);
    });

    let builder = match state.as_str() {
        "ends" => builder.allow_exit(true).audit(|event| {
            if let EventKind::Command { text, outcome, .. } = &event.kind {
                println!("{text} ({outcome})");
            }
        }),
        "public" => {
            let mut port = || {
                let port: u16 = args.next().unwrap().parse().unwrap();
                manhole::Listener::tcp(([127, 0, 0, 1], port))
            };
            let listeners = [port(), port().token("correct horse battery staple", manhole::Level::Admin)];
            listeners.into_iter().fold(builder, Builder::listen).socket_file(|file| file.mode = 0o666)
        }
        _ => builder,
    };

    let mut runtime = match mode.as_str() {
        "inline" => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    match mode.as_str() {
        "threads" => {
            let console = {
                let _inside = runtime.enter();
                builder.spawn(&path).unwrap()
            };
            match state.as_str() {
                "blocked" => (0..2).for_each(|_| {
                    runtime.spawn(async { std::thread::sleep(Duration::from_secs(3_600)) });
                }),
                "gone" => {
                    runtime.shutdown_background();
                    println!("ready");
                    end_of_input();
                    console.shutdown();
                    return done();
                }
                _ => {}
            }
            println!("ready");
            end_of_input();
            console.shutdown();
            runtime.shutdown_background();
        }
        _ => {
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            std::thread::spawn(move || {
                end_of_input();
                drop(stop);
            });
            let stopped = async { drop(stopped.await) };
            println!("ready");
            runtime.block_on(async {
                match mode.as_str() {
                    "inline" => builder.serve_inline(&path, stopped).await.unwrap(),
                    _ => builder.serve(&path, stopped).await.unwrap(),
                }
            });
        }
    }
    done();
}

/// Reports the end of the process, and the number of the console's threads that remain.
fn done() {
    // A finished thread may remain for a moment.
    let end = Instant::now() + Duration::from_secs(60);
    while threads() > 0 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(1));
    }
    println!("done, {} threads left", threads());
}

fn threads() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    // A thread may end before its name is read.
    let names = threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("manhole")).count()
}
