//! Inline mode: sessions on the caller's event loop.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use manhole::{Builder, Namespace, manhole};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::support::{Client, wait_until};

/// An event loop on a separate thread that serves a console and counts its iterations.
struct EventLoop {
    path: PathBuf,
    rounds: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
    _directory: TempDir,
}

impl EventLoop {
    fn start(namespace: impl FnOnce(Arc<AtomicU64>) -> Namespace, timeout: Duration) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("inline.manhole");
        let rounds = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = oneshot::channel::<()>();
        let builder = Builder::new(namespace(Arc::clone(&rounds))).limits(|limits| limits.timeout = timeout);
        let (counter, served) = (Arc::clone(&rounds), path.clone());
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::spawn(async move {
                    loop {
                        counter.fetch_add(1, Ordering::SeqCst);
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                });
                builder.serve_inline(&served, async { drop(stopped.await) }).await.unwrap();
            });
        });
        wait_until("the socket is there", || std::os::unix::net::UnixStream::connect(&path).is_ok());
        Self { path, rounds, stop: Some(stop), thread: Some(thread), _directory: directory }
    }

    fn connect(&self) -> Client {
        let mut client = Client::connect(&self.path);
        client.prompt();
        client
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        self.stop.take();
        self.thread.take().unwrap().join().unwrap();
    }
}

#[test]
fn b10_commands_run_while_the_event_loop_stands_still() {
    let event_loop = EventLoop::start(|rounds| manhole! { rounds => rounds }, Duration::from_secs(60));
    let mut client = event_loop.connect();
    assert_eq!(client.ask("x = 5"), "");
    assert_eq!(client.ask("x"), "5");
    let answer = client.ask("let before = rounds; sleep(0.1); rounds - before");
    assert_eq!(answer, "0", "a command is atomic to the other tasks");
    let before = event_loop.rounds.load(Ordering::SeqCst);
    wait_until("the loop goes on", || event_loop.rounds.load(Ordering::SeqCst) > before);
}

#[test]
fn b10_the_timeout_holds_there_too() {
    let event_loop = EventLoop::start(|_| Namespace::new(), Duration::from_millis(50));
    let mut client = event_loop.connect();
    assert_eq!(client.ask("loop {}"), "error: stopped: the command ran longer than 50ms");
    assert_eq!(client.ask("sleep(100)"), "error: stopped: the command ran longer than 50ms");
    assert_eq!(client.insist("1"), "1");
}

#[test]
fn output_interrupts_and_the_end_of_input_are_the_same_as_on_threads() {
    let event_loop = EventLoop::start(|_| Namespace::new(), Duration::from_secs(3_600));
    let mut client = event_loop.connect();
    client.send("print(\"running\"); loop {}\n");
    client.until("running\n");
    client.send("\x03");
    assert_eq!(client.prompt(), "error: stopped: interrupted\n");
    client.send("fn f(n) { f(n + 1) }\nf(0)\n");
    assert!(client.until("too deeply").contains("error: "), "the stack is large enough");
    client.prompt();
    client.send("77");
    client.finish();
    assert_eq!(client.rest(), "77\n");
}

#[test]
fn clients_take_turns_and_shutdown_ends_their_sessions() {
    let event_loop = EventLoop::start(|_| Namespace::new(), Duration::from_secs(60));
    let mut clients = [event_loop.connect(), event_loop.connect(), event_loop.connect()];
    for (number, client) in clients.iter_mut().enumerate() {
        client.ask(&format!("x = {number}"));
    }
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.ask("x"), number.to_string());
    }
    drop(event_loop);
    for client in &mut clients {
        assert_eq!(client.rest(), "\nthe console is shutting down\n");
    }
}
