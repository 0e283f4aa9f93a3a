//! Roots that cannot leave their thread: an event loop that serves the console inline serves them while it waits for a command.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use manhole::{Builder, Manhole as Inspect, Namespace, manhole};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::support::{Client, wait_until};

/// State that only one thread sees.
#[derive(Inspect, Default)]
struct State {
    names: Vec<String>,
    /// The same state elsewhere.
    count: Rc<Cell<u64>>,
}

#[manhole::methods]
impl State {
    pub fn first(&self) -> Option<String> {
        self.names.first().cloned()
    }
}

thread_local! {
    static SEEN: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Serves the namespace that `make` returns, and runs `client` on another thread. Both see the same directory.
fn serve(make: impl FnOnce() -> Namespace, client: impl FnOnce(&mut Client) + Send) {
    let directory: TempDir = tempfile::tempdir().unwrap();
    let path = directory.path().join("local.manhole");
    let (stop, stopped) = oneshot::channel::<()>();
    thread::scope(|scope| {
        let socket = path.clone();
        scope.spawn(move || {
            wait_until("the socket is there", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
            let mut connected = Client::connect(&socket);
            connected.prompt();
            client(&mut connected);
            drop(stop);
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let serving = Builder::new(make()).serve_inline(&path, async { drop(stopped.await) });
        runtime.block_on(serving).unwrap();
    });
}

#[test]
fn values_that_are_not_send_are_roots() {
    let state = Rc::new(RefCell::new(State { names: vec!["a".to_owned()], ..State::default() }));
    let count = Rc::clone(&state.borrow().count);
    SEEN.with_borrow_mut(|seen| seen.push(7));
    let namespace = || manhole! { state => state, count => count, seen => SEEN, own => Cell::new(1_u8) };
    serve(namespace, |client| {
        assert_eq!(client.ask("state.names.push(\"b\"); state.names"), "[\"a\", \"b\"]");
        assert_eq!(client.ask("state.first()"), "\"a\"");
        assert_eq!(client.ask("count = 3; state.count"), "3");
        assert_eq!(client.ask("seen[0] += 1; seen"), "[8]");
        assert_eq!(client.ask("own = 2; own"), "2");
        assert!(client.ask("state?").contains("state: RefCell<State>"));
    });
    assert_eq!(state.borrow().names, ["a", "b"]);
    assert_eq!(count.get(), 3);
    SEEN.with_borrow(|seen| assert_eq!(*seen, [8]));
}

#[test]
fn async_functions_are_refused_at_once_where_the_event_loop_waits() {
    async fn wait() -> u32 {
        std::future::pending().await
    }

    serve(
        || manhole! { wait => wait },
        |client| {
            let answer = client.ask("wait()");
            assert!(
                answer.contains("cannot await the call: the event loop waits for this command"),
                "{answer}"
            );
            assert_eq!(client.ask("1 + 1"), "2");
        },
    );
}

#[test]
fn a_root_that_cannot_leave_its_thread_needs_the_event_loop_of_that_thread() {
    let namespace = || manhole! { state => Rc::new(RefCell::new(State::default())) };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("local.manhole");
    let error = manhole::spawn(&path, namespace()).unwrap_err().to_string();
    assert!(error.starts_with("cannot show the root `state`: it is not Send and Sync"), "{error}");
    let made_here = namespace();
    let elsewhere = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let serving = Builder::new(made_here).serve_inline(&path, std::future::ready(()));
            runtime.block_on(serving).unwrap_err().to_string()
        });
        thread.join().unwrap()
    });
    assert_eq!(elsewhere, error);
    let shared = Arc::new(parking_lot::Mutex::new(1_u8));
    drop(manhole::spawn(&path, manhole! { all => shared }).unwrap());
}
