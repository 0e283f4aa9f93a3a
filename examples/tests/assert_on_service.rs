//! A test of a whole service: it starts the example `quickstart` as a process, and asserts on it from outside.
//!
//! ```text
//! cargo test -p examples
//! ```

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use manhole_client::{AsyncSession, ConnectOptions, ErrorKind, Level, Session};
use serde::{Deserialize, Serialize};

/// Longer than a busy machine takes for anything here.
const LONG: Duration = Duration::from_secs(60);

/// The service's activity, as this test needs it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Mode {
    Idle,
    Busy { job: u32 },
}

/// The service, which ends with the test.
struct Service {
    process: Child,
    socket: PathBuf,
}

impl Service {
    /// Starts the service, with its console at a path that only this test uses.
    fn start(name: &str) -> Result<Self, Box<dyn Error>> {
        let socket = env::temp_dir().join(format!("{name}-{}.manhole", std::process::id()));
        // target/debug/deps/assert_on_service-… is this test.
        let test = env::current_exe()?;
        let folder = test.ancestors().nth(2).ok_or("this test is in no folder of cargo")?;
        let process = Command::new(folder.join("examples/quickstart"))
            .env("MANHOLE_SOCKET", &socket)
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self { process, socket })
    }

    /// Opens a session as soon as the service listens.
    fn connect(&self, options: &ConnectOptions) -> Result<Session, manhole_client::Error> {
        let started = Instant::now();
        loop {
            match options.connect(&self.socket) {
                Err(error) if error.kind() == ErrorKind::Connection && started.elapsed() < LONG => {
                    thread::sleep(Duration::from_millis(20));
                }
                session => return session,
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(&self.socket);
    }
}

#[test]
fn the_service_reports_and_changes_its_state() -> Result<(), Box<dyn Error>> {
    let service = Service::start("assert-state")?;
    let mut session = service.connect(&ConnectOptions::new())?;

    // State, as Rust types.
    assert_eq!(session.eval::<u64>("gizmo.count")?, 42);
    let labels: Vec<String> = session.eval("gizmo.items.map(|item| item.label)")?;
    assert_eq!(labels, ["anvil", "bellows", "crucible"]);
    let idle: BTreeMap<String, Duration> =
        session.eval("gizmo.sessions.map(|user, session| (user, session.idle)).collect::<HashMap>()")?;
    assert_eq!(idle["bob"], Duration::from_secs(90));

    // A write, and what it changed.
    session.set("gizmo.mode", Mode::Busy { job: 3 })?;
    assert_eq!(session.eval::<Mode>("gizmo.mode")?, Mode::Busy { job: 3 });

    // A call.
    assert_eq!(session.call::<u64>("gizmo.reset", ())?, 42);
    assert_eq!(session.call::<i64>("add", (2, 3))?, 5);

    // A wait for what the service does by itself.
    let ticks = session.eval::<u64>("whatsit.ticks")?;
    session.wait_until("whatsit.ticks", |now: &u64| *now > ticks, LONG)?;
    Ok(())
}

#[test]
fn an_observer_changes_nothing() -> Result<(), Box<dyn Error>> {
    let service = Service::start("assert-observer")?;
    let mut observer = service.connect(&ConnectOptions::new().level(Level::Observe))?;
    let refused = observer.set("gizmo.config.limit", 5).expect_err("an observer does not write");
    assert_eq!(refused.kind(), ErrorKind::Denied);
    assert_eq!(observer.eval::<u32>("gizmo.config.limit")?, 100);
    // Secrets stay in the service, whatever the level.
    let hidden = observer.eval::<String>("gizmo.token").expect_err("a secret is not shown");
    assert_eq!(hidden.kind(), ErrorKind::Value);
    Ok(())
}

/// Runs `examples/python/assert_on_service.py`, which uses a client of one file.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test should be visible")]
fn the_same_in_python() -> Result<(), Box<dyn Error>> {
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(env::var_os("MANHOLE_REQUIRE_TOOLS").is_none(), "python3 is missing");
        eprintln!("skipped: python3 is missing");
        return Ok(());
    }
    let service = Service::start("assert-python")?;
    service.connect(&ConnectOptions::new())?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/assert_on_service.py");
    let status = Command::new("python3").args(["-B", script]).arg(&service.socket).status()?;
    assert!(status.success());
    Ok(())
}

#[tokio::test]
async fn the_same_in_async_code() -> Result<(), Box<dyn Error>> {
    let service = Service::start("assert-async")?;
    service.connect(&ConnectOptions::new())?;
    let session = AsyncSession::connect(&service.socket).await?;
    session.call::<()>("gizmo.rename", ("widget",)).await?;
    assert_eq!(session.eval::<String>("gizmo.name").await?, "widget");
    Ok(())
}
