//! Serves a namespace in each way: on threads, on a runtime, inline.

use std::io::Read;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use manhole::{Builder, Console, Namespace};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::support::{Client, PATIENT, wait_until};

/// The threads that serve a console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Separate threads: `spawn`.
    Threads,
    /// A multi-thread runtime: `serve`.
    Runtime,
    /// An event loop that a command blocks: `serve_inline`.
    Inline,
}

pub(crate) const MODES: [Mode; 3] = [Mode::Threads, Mode::Runtime, Mode::Inline];

/// A console that is served until this is dropped.
pub(crate) struct Served {
    pub(crate) path: PathBuf,
    side: Side,
    _directory: TempDir,
}

enum Side {
    Own(Console),
    Runtime(Option<oneshot::Sender<()>>, Option<JoinHandle<()>>),
}

impl Served {
    pub(crate) fn start(mode: Mode, namespace: Namespace, setup: impl FnOnce(Builder) -> Builder) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("served.manhole");
        let builder = setup(Builder::new(namespace).limits(|limits| limits.timeout = PATIENT));
        let side = match mode {
            Mode::Threads => Side::Own(builder.spawn(&path).unwrap()),
            Mode::Runtime | Mode::Inline => {
                let (stop, stopped) = oneshot::channel();
                let served = path.clone();
                let thread = thread::spawn(move || event_loop(mode, builder, &served, stopped));
                Side::Runtime(Some(stop), Some(thread))
            }
        };
        let mut first = None;
        wait_until("the socket is there", || {
            first = UnixStream::connect(&path).ok();
            first.is_some()
        });
        // That was a session too. A test that counts sessions waits until it has ended.
        if let Some(mut first) = first {
            first.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
            first.shutdown(Shutdown::Write).unwrap();
            let _ = first.read_to_end(&mut Vec::new());
        }
        Self { path, side, _directory: directory }
    }

    pub(crate) fn connect(&self) -> Client {
        let mut client = Client::connect(&self.path);
        client.prompt();
        client
    }

    /// Shuts down, and waits for the end.
    pub(crate) fn stop(&mut self) {
        match &mut self.side {
            Side::Own(console) => console.shutdown(),
            Side::Runtime(stop, thread) => {
                drop(stop.take());
                if let Some(thread) = thread.take() {
                    thread.join().unwrap();
                }
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
    }
}

fn event_loop(mode: Mode, builder: Builder, path: &std::path::Path, stopped: oneshot::Receiver<()>) {
    let mut runtime = match mode {
        Mode::Inline => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let stopped = async { drop(stopped.await) };
        match mode {
            Mode::Inline => builder.serve_inline(path, stopped).await.unwrap(),
            _ => builder.serve(path, stopped).await.unwrap(),
        }
    });
}
