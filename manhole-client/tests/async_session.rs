//! Sessions whose methods are `async`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use manhole::{Builder, Console, Manhole, manhole};
use manhole_client::{AsyncSession, ConnectOptions, ErrorKind, Level, Session};
use tempfile::TempDir;

/// Longer than any wait of a test takes.
const LONG: Duration = Duration::from_secs(120);

#[derive(Manhole)]
struct Gizmo {
    jobs: u64,
}

#[manhole::methods]
impl Gizmo {
    pub fn add(&mut self, jobs: u64) -> u64 {
        self.jobs += jobs;
        self.jobs
    }
}

struct Service {
    _console: Console,
    steps: Arc<AtomicU64>,
    path: PathBuf,
    _directory: TempDir,
}

fn service() -> Service {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gizmo.sock");
    let (gizmo, steps) = (Arc::new(Mutex::new(Gizmo { jobs: 7 })), Arc::new(AtomicU64::new(0)));
    let namespace = manhole! { gizmo => gizmo, steps => Arc::clone(&steps) };
    let console = Builder::new(namespace).name("gizmo").spawn(&path).unwrap();
    Service { _console: console, steps, path, _directory: directory }
}

#[tokio::test]
async fn it_has_the_methods_of_a_session() {
    let service = service();
    let session = ConnectOptions::new().timeout(LONG).connect_async(&service.path).await.unwrap();
    assert_eq!(session.info().application, "gizmo");
    assert_eq!(session.eval::<u64>("gizmo.jobs").await.unwrap(), 7);
    session.set("gizmo.jobs", 8).await.unwrap();
    assert_eq!(session.call::<u64>("gizmo.add", (2,)).await.unwrap(), 10);
    assert_eq!(session.eval_text("print(1); gizmo.jobs").await.unwrap(), "1\n10");
    assert_eq!(session.wait_until("gizmo.jobs", |jobs: &u64| *jobs == 10, LONG).await.unwrap(), 10);
    let options = ConnectOptions::new().level(Level::Observe);
    let observer = options.connect_async(&service.path).await.unwrap();
    assert_eq!(observer.set("gizmo.jobs", 0).await.unwrap_err().kind(), ErrorKind::Denied);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_tasks_get_the_answers_to_their_own_requests() {
    let service = service();
    let session = Arc::new(AsyncSession::connect(&service.path).await.unwrap());
    let tasks = (0..50_u64).map(|number| {
        let session = Arc::clone(&session);
        tokio::spawn(async move { session.eval::<u64>(format!("{number} + 1")).await.unwrap() == number + 1 })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert!(task.await.unwrap());
    }
}

#[tokio::test]
async fn a_future_that_is_dropped_cancels_its_command() {
    let service = service();
    let session = ConnectOptions::new().timeout(LONG).connect_async(&service.path).await.unwrap();
    session.eval_text("set(\"timeout\", \"1m\")").await.unwrap();
    let endless = session.eval::<()>("loop { steps += 1; }");
    let started = async {
        while service.steps.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        outcome = endless => panic!("{outcome:?}"),
        () = started => {}
    }
    // The next request waits until the command has stopped, and gets its own answer.
    assert_eq!(session.eval::<u64>("gizmo.jobs").await.unwrap(), 7);
    let steps = service.steps.load(Ordering::Relaxed);
    assert_eq!(session.eval::<u64>("steps").await.unwrap(), steps);
}

#[tokio::test]
async fn a_wait_that_is_dropped_leaves_the_session_usable() {
    let service = service();
    let session = ConnectOptions::new().timeout(LONG).connect_async(&service.path).await.unwrap();
    for _ in 0..20 {
        let wait = session.wait_until("gizmo.jobs", |jobs: &u64| *jobs == 0, LONG);
        assert!(tokio::time::timeout(Duration::from_millis(20), wait).await.is_err());
    }
    // Sixteen watches are the limit.
    assert_eq!(session.wait_until("gizmo.jobs", |jobs: &u64| *jobs == 7, LONG).await.unwrap(), 7);
}

#[tokio::test]
async fn a_session_that_is_dropped_ends() {
    let service = service();
    drop(AsyncSession::connect(&service.path).await.unwrap());
    let mut observer = Session::connect(&service.path).unwrap();
    observer.wait_until("console.sessions.len()", |sessions: &u64| *sessions == 1, LONG).unwrap();
    let error = AsyncSession::connect("/nowhere/app.sock").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
}
