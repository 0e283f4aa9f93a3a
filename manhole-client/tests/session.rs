//! Sessions with a console in this process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(unreachable_pub, reason = "a method is exposed because it is `pub`")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use manhole::{Builder, Console, Manhole, manhole};
use manhole_client::protocol::Data;
use manhole_client::protocol::methods::{Describe, Format};
use manhole_client::{ConnectOptions, ErrorKind, Level, Session};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// Longer than any wait of a test takes.
const LONG: Duration = Duration::from_secs(120);

#[derive(Manhole)]
struct Gizmo {
    jobs: u64,
    limit: u32,
    large: u64,
    small: i128,
    largest: u128,
    share: f32,
    bytes: Vec<u8>,
    took: Duration,
    state: State,
    by_number: BTreeMap<u64, Item>,
    many: Vec<u64>,
    #[manhole(secret)]
    #[expect(dead_code, reason = "here to show that it stays hidden")]
    key: String,
}

#[derive(Manhole, Serialize, Deserialize, Debug, PartialEq)]
struct Item {
    label: String,
    size: Option<u8>,
}

#[derive(Manhole, Serialize, Deserialize, Debug, PartialEq)]
enum State {
    Idle,
    Busy { job: u32 },
    Failed(String),
}

#[manhole::methods]
impl Gizmo {
    pub fn reset(&mut self) -> u64 {
        std::mem::take(&mut self.jobs)
    }

    pub fn rename(&mut self, number: u64, label: String) -> Option<Item> {
        self.by_number.insert(number, Item { label, size: Some(7) })
    }
}

fn add(a: i64, b: i64) -> i64 {
    a + b
}

struct Service {
    gizmo: Arc<Mutex<Gizmo>>,
    console: Console,
    path: PathBuf,
    _directory: TempDir,
}

impl Service {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("gizmo.sock");
        let item = Item { label: "anvil".to_owned(), size: None };
        let gizmo = Arc::new(Mutex::new(Gizmo {
            jobs: 7,
            limit: 3,
            large: u64::MAX,
            small: i128::MIN,
            largest: u128::MAX,
            share: 0.1,
            bytes: vec![0, 255],
            took: Duration::from_nanos(1_500_000_001),
            state: State::Busy { job: 3 },
            by_number: [(1 << 60, item)].into(),
            many: (0..5_000).collect(),
            key: "correct horse".to_owned(),
        }));
        let namespace = manhole! {
            gizmo => Arc::clone(&gizmo),
            add => add,
        };
        let console = Builder::new(namespace).name("gizmo").spawn(&path).unwrap();
        Self { gizmo, console, path, _directory: directory }
    }

    fn session(&self) -> Session {
        ConnectOptions::new().timeout(LONG).connect(&self.path).unwrap()
    }
}

#[test]
fn values_arrive_exactly() {
    let service = Service::start();
    let mut session = service.session();
    assert_eq!(session.info().application, "gizmo");
    assert_eq!(session.eval::<u64>("gizmo.jobs").unwrap(), 7);
    assert_eq!(session.eval::<u64>("gizmo.large").unwrap(), u64::MAX);
    assert_eq!(session.eval::<i128>("gizmo.small").unwrap(), i128::MIN);
    assert_eq!(session.eval::<u128>("gizmo.largest").unwrap(), u128::MAX);
    assert_eq!(session.eval::<f32>("gizmo.share").unwrap(), 0.1);
    assert_eq!(session.eval::<Vec<u8>>("gizmo.bytes").unwrap(), [0, 255]);
    assert_eq!(session.eval::<Duration>("gizmo.took").unwrap(), Duration::from_nanos(1_500_000_001));
    assert_eq!(session.eval::<State>("gizmo.state").unwrap(), State::Busy { job: 3 });
    let items: BTreeMap<u64, Item> = session.eval("gizmo.by_number").unwrap();
    assert_eq!(items[&(1 << 60)], Item { label: "anvil".to_owned(), size: None });
    session.eval::<()>("let x = 1;").unwrap();
}

#[test]
fn a_value_that_is_not_whole_or_does_not_fit_is_an_error() {
    let service = Service::start();
    let mut session = service.session();
    for (code, text) in [
        (
            "gizmo.large",
            "cannot convert the value of gizmo.large to u8: invalid value: integer `18446744073709551615`",
        ),
        ("gizmo.key", "cannot convert the value of gizmo.key to u8: the value is not shown: <secret>"),
        ("gizmo.many", "cannot read the whole value of gizmo.many"),
    ] {
        let error = session.eval::<u8>(code).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value);
        assert!(error.to_string().starts_with(text), "{error}");
    }
    assert!(session.eval::<f64>("gizmo.small + 1").is_err());
    // The rest of the console still answers.
    assert_eq!(session.eval::<Vec<u64>>("gizmo.many[..3]").unwrap(), [0, 1, 2]);
}

#[test]
fn values_are_written_as_they_are() {
    let service = Service::start();
    let mut session = service.session();
    session.set("gizmo.limit", 5).unwrap();
    session.set("gizmo.large", u64::MAX - 1).unwrap();
    session.set("gizmo.small", i128::MAX).unwrap();
    session.set("gizmo.share", 0.3_f32).unwrap();
    session.set("gizmo.took", Duration::new(3, 7)).unwrap();
    session.set("gizmo.state", State::Failed("fire".to_owned())).unwrap();
    let error = session.set("gizmo.limit", -1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Command);
    let gizmo = service.gizmo.lock().unwrap();
    assert_eq!((gizmo.limit, gizmo.large, gizmo.small), (5, u64::MAX - 1, i128::MAX));
    assert_eq!((gizmo.share, gizmo.took), (0.3, Duration::new(3, 7)));
    assert_eq!(gizmo.state, State::Failed("fire".to_owned()));
}

#[test]
fn methods_and_functions_are_called() {
    let service = Service::start();
    let mut session = service.session();
    assert_eq!(session.call::<u64>("gizmo.reset", ()).unwrap(), 7);
    assert_eq!(session.call::<i64>("add", (2, 3)).unwrap(), 5);
    let old: Option<Item> = session.call("gizmo.rename", (1_u64 << 60, "bellows")).unwrap();
    assert_eq!(old.unwrap().label, "anvil");
    let old: Option<Item> = session.call("gizmo.rename", (2, "crucible")).unwrap();
    assert_eq!(old, None);
    let error = session.call::<i64>("add", 2).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::Value, "cannot send the value for add: expected a tuple of arguments, such as (7,)")
    );
    assert_eq!(session.call::<i64>("add", (2,)).unwrap_err().kind(), ErrorKind::Command);
}

#[test]
fn text_is_what_a_prompt_shows() {
    let service = Service::start();
    let mut session = service.session();
    assert_eq!(session.eval_text("print(\"hello\"); gizmo.state").unwrap(), "hello\nBusy { job: 3 }");
    let description = session.request(&Describe::new().path("gizmo.state".to_owned())).unwrap();
    assert_eq!(description.variants.len(), 3);
    let eval = manhole_client::protocol::methods::Eval::new("gizmo.largest").format(Format::Value);
    assert_eq!(session.request(&eval).unwrap().value, Some(Data::Uint(u128::MAX)));
}

#[test]
fn an_error_shows_its_place() {
    let service = Service::start();
    let error = service.session().eval::<u64>("gizmo.jbos").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Command);
    assert_eq!(error.to_string(), "Gizmo has no field `jbos`; did you mean `jobs`?");
    assert!(format!("{error:?}").contains("\n --> line 1, column 7\n"), "{error:?}");
    let location = error.server().unwrap().data.as_ref().unwrap().location.clone();
    assert_eq!(location.unwrap().column, 7);
}

#[test]
fn the_console_shows_the_name_of_the_client() {
    let service = Service::start();
    let name = "console.sessions[1].client.unwrap()";
    let own = format!("manhole-client {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(service.session().eval::<String>(name).unwrap(), own);
    let mut named = ConnectOptions::new().client("nightly check").connect(&service.path).unwrap();
    let name = "console.sessions[2].client.unwrap()";
    assert_eq!(named.eval::<String>(name).unwrap(), "nightly check");
}

#[test]
fn a_level_is_lowered_and_enforced() {
    let service = Service::start();
    let options = ConnectOptions::new().timeout(LONG).level(Level::Observe);
    let mut session = options.connect(&service.path).unwrap();
    assert_eq!(session.info().level, "observe");
    assert_eq!(session.set("gizmo.limit", 5).unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(session.call::<u64>("gizmo.reset", ()).unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(session.eval::<u32>("gizmo.limit").unwrap(), 3);
}

#[test]
fn a_wait_ends_when_the_value_is_there() {
    let service = Service::start();
    let mut session = service.session();
    let gizmo = Arc::clone(&service.gizmo);
    let thread = thread::spawn(move || {
        for _ in 0..7 {
            thread::sleep(Duration::from_millis(20));
            gizmo.lock().unwrap().jobs -= 1;
        }
    });
    let done = session.wait_until("gizmo.jobs", |jobs: &u64| *jobs == 0, LONG).unwrap();
    assert_eq!(done, 0);
    thread.join().unwrap();
    // It left no watch behind: there may be sixteen.
    for _ in 0..20 {
        session.wait_until("gizmo.jobs", |jobs: &u64| *jobs == 0, LONG).unwrap();
    }
}

#[test]
fn a_wait_that_is_in_vain_has_the_last_value() {
    let service = Service::start();
    let mut session = service.session();
    let error = session.wait_until("gizmo.jobs", |jobs: &u64| *jobs == 0, Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "gizmo.jobs was not as expected within 0ns; its last value was 7");
    assert_eq!(error.last_value(), Some(&Data::Int(7)));
    // An expression that fails does not get better.
    let error = session.wait_until("gizmo.jbos", |_: &u64| true, LONG).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Command);
    let error = session.wait_until("gizmo.state", |_: &u64| true, LONG).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Value);
}

#[test]
fn a_wait_goes_on_while_a_lock_is_held() {
    let service = Service::start();
    let mut session = service.session();
    session.eval_text("set(\"lock_wait\", \"10ms\")").unwrap();
    let gizmo = service.gizmo.lock().unwrap();
    let error = session.wait_until("gizmo.jobs", |_: &u64| true, Duration::ZERO).unwrap_err();
    assert!(error.to_string().contains("lock"), "{error}");
    let waiting = thread::spawn(move || session.wait_until("gizmo.jobs", |jobs: &u64| *jobs == 7, LONG));
    thread::sleep(Duration::from_millis(200));
    drop(gizmo);
    assert_eq!(waiting.join().unwrap().unwrap(), 7);
}

#[test]
fn a_command_that_takes_too_long_is_cancelled() {
    let service = Service::start();
    let options = ConnectOptions::new().timeout(Duration::from_millis(300));
    let mut session = options.connect(&service.path).unwrap();
    let error = session.eval::<()>("loop {}").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    // The console has stopped it, so that the session goes on.
    assert_eq!(session.eval::<u64>("gizmo.jobs").unwrap(), 7);
}

#[test]
fn a_connection_that_is_lost_is_an_error() {
    let Service { console, path, gizmo: _gizmo, _directory } = Service::start();
    let mut session = Session::connect(&path).unwrap();
    console.shutdown();
    let error = session.eval::<u64>("gizmo.jobs").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(Session::connect(&path).unwrap_err().kind(), ErrorKind::Connection);
    let error = Session::connect("ssh://nowhere").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    let error = Session::connect("no-such-application").unwrap_err();
    assert_eq!(error.to_string(), "cannot find an application named \"no-such-application\"");
}
