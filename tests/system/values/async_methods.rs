//! Async methods and functions: awaited on the application's runtime, dropped when the command ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use manhole::reflect::{Path, Step, Target};
use manhole::{Builder, Manhole as Inspect, manhole};
use parking_lot::Mutex;
use tokio::runtime::Runtime;

use crate::support::{Client, Manhole, wait_until};

#[derive(Inspect, Default)]
struct Service {
    flushed: AtomicU32,
    /// The number of pending futures.
    running: Arc<AtomicU32>,
}

struct Running(Arc<AtomicU32>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[manhole::methods]
impl Service {
    /// Flushes, and returns the number of flushes.
    pub async fn flush(&self, name: &str) -> Result<u32, String> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if name.is_empty() {
            return Err("flush what?".to_owned());
        }
        Ok(self.flushed.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// Never ends.
    pub async fn hang(&self) {
        self.running.fetch_add(1, Ordering::SeqCst);
        let _running = Running(Arc::clone(&self.running));
        std::future::pending::<()>().await;
    }

    pub async fn explode(&self) {
        tokio::task::yield_now().await;
        panic!("out of order");
    }

    pub async fn parts(&self) -> Vec<u8> {
        vec![1, 2]
    }
}

async fn twice(n: u32) -> Result<u32, String> {
    tokio::task::yield_now().await;
    n.checked_mul(2).ok_or_else(|| "too much".to_owned())
}

fn multi_thread() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Serves in the context of `runtime`, so that the console finds it.
fn served(runtime: &Runtime, service: &Arc<Service>, timeout: Duration) -> Manhole {
    let _inside = runtime.enter();
    let locked = Arc::new(Mutex::new(Service::default()));
    let namespace = manhole! {
        service => service,
        nested => (Some(Arc::clone(service)),),
        locked => locked,
        twice => twice,
        /// Adds.
        later => |a: i64, b: i64| async move { a + b },
        now => || 3_u8,
    };
    Manhole::with(namespace, |builder| builder.limits(|limits| limits.timeout = timeout))
}

fn answers(client: &mut Client) {
    for (code, answer) in [
        ("service.flush(\"log\")", "1"),
        ("service.flush(\"log\") + 1", "3"),
        ("service.flush(\"\")", "error: service.flush: flush what?"),
        ("service.flush()", "error: cannot call `flush`: expected 1 argument, found 0"),
        (
            "service.flush(3)",
            "error: cannot call service.flush: argument 1: String takes a string, not the integer 3",
        ),
        ("service.parts()[1]", "2"),
        ("nested[0].flush(\"log\")", "3"),
        ("twice(4)", "8"),
        ("twice(4294967295)", "error: twice: too much"),
        ("twice(-1)", "error: cannot call twice: argument 1: -1 does not fit into u32 (0 to 4294967295)"),
        ("later(1, 2)", "3"),
        ("now()", "3"),
        ("[1, 2].map(|n| twice(n))", "[2, 4]"),
        ("service.explode()", "error: the application's code panicked: out of order"),
        (
            "locked.flush(\"log\")",
            "error: cannot call locked.flush: the method is async, and would hold the lock of its value while it is awaited",
        ),
    ] {
        assert_eq!(client.first_line(code), answer, "{code}");
    }
    assert!(
        client
            .ask("service.flush(3)")
            .contains("help: call it: async flush(name: &str) -> Result<u32, String>")
    );
    assert!(client.ask("twice(\"x\")").contains("help: call it: async twice(u32) -> Result<u32>"));
    assert!(
        client
            .ask("help(service)")
            .contains("  async flush(name: &str) -> Result<u32, String>  Flushes, and")
    );
}

const LONG: Duration = Duration::from_secs(600);

#[test]
fn async_methods_on_a_multi_thread_runtime() {
    let runtime = multi_thread();
    let service = Arc::default();
    answers(&mut served(&runtime, &service, LONG).connect());
}

#[test]
fn async_methods_on_a_current_thread_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let service = Arc::default();
    let manhole = served(&runtime, &service, LONG);
    let (done, finished) = tokio::sync::oneshot::channel::<()>();
    let driver = std::thread::spawn(move || runtime.block_on(finished));
    answers(&mut manhole.connect());
    done.send(()).unwrap();
    driver.join().unwrap().unwrap();
}

#[test]
fn a_stopped_command_drops_its_future() {
    let runtime = multi_thread();
    let service = Arc::<Service>::default();
    let manhole = served(&runtime, &service, LONG);
    let running = || service.running.load(Ordering::SeqCst);
    let mut client = manhole.connect();
    client.send("service.hang()\n");
    wait_until("it runs", || running() == 1);
    client.send("\x03");
    assert_eq!(client.prompt(), "error: stopped: interrupted\n");
    wait_until("it was dropped", || running() == 0);
    client.send("service.hang()\n");
    wait_until("it runs", || running() == 1);
    drop(client);
    wait_until("a hang-up drops it too", || running() == 0);

    let impatient = served(&runtime, &service, Duration::from_millis(50));
    let mut client = impatient.connect();
    let mut answer = String::new();
    wait_until("it runs before its time is over", || {
        answer = client.ask("service.hang()");
        !answer.contains("has not begun")
    });
    assert_eq!(answer, "error: stopped: the command ran longer than 50ms");
    wait_until("so does the deadline", || running() == 0);
    assert_eq!(client.insist("1 + 1"), "2");
}

#[test]
fn a_blocked_or_shut_down_runtime_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let service = Arc::default();
    let manhole = served(&runtime, &service, Duration::from_millis(50));
    let mut client = manhole.connect();
    wait_until("nobody is seen to drive it", || {
        // On a busy machine the timeout may pass before the call.
        let answer = client.ask("service.flush(\"log\")");
        let (error, help) = answer.split_once('\n').unwrap_or((&answer, ""));
        assert_eq!(error, "error: stopped: the command ran longer than 50ms");
        help == "help: check the application's runtime: it has not started the call, so it is blocked or stopped"
    });
    drop(runtime);
    let answer = client.insist("service.flush(\"log\")");
    assert!(
        answer.starts_with("error: cannot await the call: the application's runtime is shutting down"),
        "{answer}"
    );
    assert_eq!(client.insist("service.flushed"), "0", "what needs no runtime still answers");
}

#[test]
fn without_a_runtime_the_error_names_the_builder_option() {
    let service = Arc::<Service>::default();
    let manhole = Manhole::new(manhole! { service => service });
    let answer = manhole.ask("service.flush(\"log\")");
    assert!(answer.starts_with("error: cannot await the call: the console has no runtime\n"), "{answer}");
    assert!(answer.contains("Builder::runtime"), "{answer}");
    let runtime = multi_thread();
    let given = Manhole::with(manhole! { service => service }, |builder: Builder| {
        builder.runtime(runtime.handle().clone())
    });
    assert_eq!(given.ask("service.flush(\"log\")"), "1");
}

/// Something that may have a store.
#[derive(Inspect)]
struct Depot {
    store: Option<Store>,
}

#[derive(Inspect)]
struct Store {
    rows: u64,
}

#[manhole::methods]
impl Store {
    pub async fn count(&self) -> u64 {
        self.rows
    }
}

#[test]
fn a_value_that_is_gone_when_its_method_starts_is_named() {
    let full = Depot { store: Some(Store { rows: 7 }) };
    let path = Path::root().join(Step::Name("store".into()));
    let count = Target::new("depot", &full).at(&path).prepare_async("count").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let result = runtime.block_on(count.start(Arc::new(Depot { store: None }), vec![]));
    let Err(error) = result else { panic!("there is no store") };
    assert_eq!(error.to_string(), "the value is None");
}
