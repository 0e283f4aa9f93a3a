//! One client's socket, and the thread that reads from it, runs what it says, and writes the answer itself: every hand-over
//! to another thread on this way would cost more than most commands do.

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use crate::engine::{Client, Language, Stop};
use crate::session::{Config, Flow, Inbox, Session};

/// How much is read at once.
const CHUNK: usize = 4 * 1024;

/// How long one attempt to send waits for the client to take something.
const SEND_SLICE: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };

pub(super) struct Connection {
    stream: UnixStream,
    inbox: Mutex<Inbox>,
    closing: AtomicBool,
}

/// What came of reading.
enum Received {
    /// Something, or nothing for now.
    Open,
    /// The client will send nothing more.
    End,
}

impl Connection {
    pub(super) fn new(stream: UnixStream, longest_line: usize) -> Self {
        Self { stream, inbox: Mutex::new(Inbox::new(longest_line)), closing: AtomicBool::new(false) }
    }

    /// Holds the conversation until one side ends it.
    pub(super) fn serve(self: Arc<Self>, language: &Arc<Language>, config: &Config) {
        let client: Arc<dyn Client> = self.clone();
        let mut session = Session::new(Arc::clone(language), config.clone(), client);
        let mut flow = session.greet();
        while flow == Flow::Continue {
            // Taken out before it is answered: while a command runs, more is put in to look for an interrupt.
            let next = self.inbox().next();
            flow = match next {
                Some(input) => session.input(input),
                None => match self.receive(RecvFlags::empty()) {
                    Ok(Received::Open) => Flow::Continue,
                    Ok(Received::End) => {
                        let last = self.inbox().last();
                        session.finish(last);
                        Flow::End
                    }
                    Err(_) => Flow::End,
                },
            };
        }
        // Not left to the last reference: the client is to see the end now.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Ends the conversation from outside, with a last line to the client.
    pub(super) fn close(&self, reason: &str) {
        self.closing.store(true, Ordering::SeqCst);
        let _ =
            send(&self.stream, format!("\n{reason}\n").as_bytes(), SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Reads once into the inbox.
    fn receive(&self, flags: RecvFlags) -> Result<Received, Errno> {
        let mut buffer = [0; CHUNK];
        match recv(&self.stream, &mut buffer, flags) {
            Ok((0, _)) => Ok(Received::End),
            Ok((received, _)) => {
                self.inbox().push(&buffer[..received]);
                Ok(Received::Open)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(Received::Open),
            Err(error) => Err(error),
        }
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        // Nothing panics while it is held.
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client for Connection {
    fn send(&self, bytes: &[u8]) -> Result<usize, Stop> {
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        match send(&self.stream, bytes, flags) {
            Ok(sent) => Ok(sent),
            Err(Errno::AGAIN | Errno::INTR) => {
                let mut fds = [PollFd::new(&self.stream, PollFlags::OUT)];
                let _ = poll(&mut fds, Some(&SEND_SLICE));
                Ok(0)
            }
            Err(_) if self.closing.load(Ordering::SeqCst) => Err(Stop::Shutdown),
            Err(_) => Err(Stop::HangUp),
        }
    }

    fn poll(&self) -> Option<Stop> {
        if self.closing.load(Ordering::SeqCst) {
            return Some(Stop::Shutdown);
        }
        let mut fds = [PollFd::new(&self.stream, PollFlags::IN)];
        let waited = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        let ready = fds[0].revents();
        if waited.is_err() || ready.is_empty() {
            return None;
        }
        let mut received = Ok(Received::Open);
        if ready.contains(PollFlags::IN) && self.inbox().room() > 0 {
            received = self.receive(RecvFlags::DONTWAIT);
        }
        if self.inbox().take_interrupt() {
            return Some(Stop::Interrupted);
        }
        // A client that has only finished sending still reads the answer; one that hung up does not.
        let hung_up = ready.intersects(PollFlags::HUP | PollFlags::ERR);
        (hung_up || received.is_err()).then_some(Stop::HangUp)
    }
}
