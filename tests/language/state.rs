//! The state that each transcript begins with.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use manhole::{Manhole, Namespace, manhole};
use parking_lot::Mutex;

/// A service with sessions and jobs.
#[derive(Manhole)]
pub(crate) struct Service {
    /// Requests since the start.
    count: u64,
    /// Shown in the log.
    label: String,
    /// The share of failed requests.
    ratio: f64,
    enabled: bool,
    grade: char,
    /// The maximum number of requests a second. None is no limit.
    limit: Option<u32>,
    note: Option<String>,
    mode: Mode,
    config: Config,
    items: Vec<Item>,
    sessions: BTreeMap<String, Session>,
    ports: BTreeMap<u16, String>,
    tags: BTreeSet<String>,
    queue: VecDeque<u32>,
    size: (u32, u32),
    timeout: Duration,
    started: Instant,
    expires_at: Instant,
    created: SystemTime,
    key: [u8; 4],
    body: Vec<u8>,
    last_run: Result<u32, String>,
    cell: OnceLock<Config>,
    range: Range<u16>,
    #[manhole(skip)]
    resets: u32,
}

/// Values with a lock each.
#[derive(Manhole, Default)]
pub(crate) struct Stats {
    total: std::sync::Mutex<u64>,
    title: std::sync::RwLock<String>,
    slot: Mutex<Option<String>>,
    jobs: tokio::sync::Mutex<Vec<u32>>,
    origin: std::sync::Mutex<Point>,
    permits: Option<tokio::sync::Semaphore>,
}

#[derive(Manhole, Default)]
pub(crate) struct Point {
    x: i32,
    y: i32,
}

/// What it is doing.
#[derive(Manhole, Clone, Debug)]
pub(crate) enum Mode {
    /// Nothing.
    Idle,
    /// A job.
    Busy {
        /// The number of the job.
        job: u64,
        /// The share that is done.
        done: f64,
    },
    Failed(String),
}

#[derive(Manhole, Clone)]
pub(crate) struct Config {
    workers: usize,
    name: String,
    retries: Option<u8>,
}

#[derive(Manhole, Clone)]
pub(crate) struct Item {
    id: u32,
    name: String,
    price: f64,
    parent: Option<u32>,
}

#[derive(Manhole, Clone)]
pub(crate) struct Session {
    user: String,
    /// The time since its last request.
    idle: Duration,
    requests: u64,
}

#[manhole::methods]
impl Service {
    /// Sets the count to zero. Returns the count before.
    pub fn reset(&mut self) -> u64 {
        self.resets += 1;
        std::mem::take(&mut self.count)
    }

    /// The number of sessions.
    pub fn active(&self) -> usize {
        self.sessions.len()
    }

    /// Checks a level.
    pub fn check(&self, level: u32) -> Result<u32, String> {
        if level < 100 { Ok(level) } else { Err(format!("{level} is too high")) }
    }

    /// Adds to the count.
    pub fn add(&mut self, n: u64) {
        self.count += n;
    }
}

#[manhole::methods]
impl Item {
    /// The price of `n` of them.
    pub fn total(&self, n: u32) -> f64 {
        self.price * f64::from(n)
    }

    /// Sets the price to zero.
    pub fn give_away(&mut self) {
        self.price = 0.0;
    }
}

fn item(id: u32, name: &str, price: f64, parent: Option<u32>) -> Item {
    Item { id, name: name.to_owned(), price, parent }
}

fn session(user: &str, idle: u64, requests: u64) -> (String, Session) {
    let user = user.to_owned();
    (user.clone(), Session { user, idle: Duration::from_secs(idle), requests })
}

macro_rules! namespace {
    ($gizmo:expr) => {{
        let hits = Arc::new(AtomicU64::new(7));
        let counted = Arc::clone(&hits);
        manhole! {
            /// The service.
            gizmo => $gizmo,
            /// The number of hits.
            hits => hits,
            /// Values with a lock each.
            stats => Arc::new(Stats::default()),
            /// Adds to the hits, and returns them.
            hit => move |n: u64| counted.fetch_add(n, Ordering::Relaxed) + n,
        }
    }};
}

/// Much longer than a test takes, so that a rounded distance in time stays the same.
const HOUR: Duration = Duration::from_secs(3_600);

/// Returns new state behind a lock.
pub(crate) fn locked() -> Namespace {
    namespace!(Arc::new(Mutex::new(service())))
}

/// Returns new state that a thread owns.
pub(crate) fn visited() -> Namespace {
    let (gizmo, visits) = manhole::visits::<Service>();
    std::thread::spawn(move || {
        let owner = std::thread::current();
        visits.wake_with(move || owner.unpark());
        let mut service = service();
        loop {
            visits.serve(&mut service);
            std::thread::park();
        }
    });
    namespace!(gizmo)
}

fn service() -> Service {
    Service {
        count: 41,
        label: "a".to_owned(),
        ratio: 0.25,
        enabled: true,
        grade: 'b',
        limit: Some(100),
        note: None,
        mode: Mode::Idle,
        config: Config { workers: 4, name: "small".to_owned(), retries: Some(3) },
        items: vec![item(1, "bolt", 0.5, None), item(2, "nut", 0.25, Some(1)), item(3, "gear", 8.0, Some(1))],
        sessions: BTreeMap::from([
            session("alice", 5, 120),
            session("bob", 90, 7),
            session("carol", 3_600, 0),
        ]),
        ports: BTreeMap::from([(80, "http".to_owned()), (443, "https".to_owned())]),
        tags: ["blue", "green"].map(str::to_owned).into(),
        queue: VecDeque::from([3, 1, 2]),
        size: (640, 480),
        timeout: Duration::from_millis(1_500),
        started: Instant::now() - HOUR,
        expires_at: Instant::now() + 2 * HOUR,
        key: [0xde, 0xad, 0, b'k'],
        body: b"it's \"it\"\n".to_vec(),
        created: SystemTime::UNIX_EPOCH + Duration::from_millis(1_790_000_000_123),
        last_run: Ok(5),
        cell: OnceLock::new(),
        range: 10..20,
        resets: 0,
    }
}
