//! A client that sends a command and waits for the prompt, the same for all servers.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

pub(crate) struct Client {
    stream: UnixStream,
    read: Vec<u8>,
}

const PROMPT: &[u8] = b">>> ";

impl Client {
    /// Connects, and reads the first prompt.
    pub(crate) fn connect(path: &Path) -> Self {
        Self::try_connect(path).unwrap()
    }

    /// Connects, and reads the first prompt. Returns `None` if the server refuses the client.
    pub(crate) fn try_connect(path: &Path) -> Option<Self> {
        let mut client =
            Self { stream: UnixStream::connect(path).unwrap(), read: Vec::with_capacity(64 * 1024) };
        client.try_prompt().then_some(client)
    }

    /// Sends bytes unchanged.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Reads up to the next prompt.
    pub(crate) fn prompt(&mut self) {
        assert!(self.try_prompt(), "closed");
    }

    fn try_prompt(&mut self) -> bool {
        self.read.clear();
        let mut buffer = [0; 16 * 1024];
        while !self.read.ends_with(PROMPT) {
            let count = self.stream.read(&mut buffer).unwrap();
            if count == 0 {
                return false;
            }
            self.read.extend_from_slice(&buffer[..count]);
        }
        true
    }

    /// Returns the connection.
    pub(crate) fn into_stream(self) -> UnixStream {
        self.stream
    }

    /// Returns the output of a command.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.send(format!("{command}\n").as_bytes());
        self.prompt();
        String::from_utf8_lossy(&self.read[..self.read.len() - PROMPT.len()]).trim_end().to_owned()
    }

    /// Measures a command, in microseconds. Panics if it fails.
    pub(crate) fn time(&mut self, command: &str) -> f64 {
        let start = Instant::now();
        let answer = self.ask(command);
        let took = start.elapsed().as_secs_f64() * 1e6;
        assert!(!answer.starts_with("error"), "{command}: {answer}");
        took
    }
    /// Waits until the session accepts commands again, and drops its output so far. Returns whether it does.
    pub(crate) fn is_back(&mut self) -> bool {
        const ASK: &[u8] = b"\"ba\" + \"ck\"\n";
        const BACK: &[u8] = b"\"back\"\n>>> ";
        let end = Instant::now() + Duration::from_secs(60);
        self.stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        self.send(ASK);
        let (mut tail, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
        while !tail.ends_with(BACK) && Instant::now() < end {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => tail.extend_from_slice(&buffer[..count]),
                // On a busy machine even this short command may exceed the session's timeout.
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.send(ASK),
                Err(_) => return false,
            }
            tail.drain(..tail.len().saturating_sub(BACK.len()));
        }
        tail.ends_with(BACK)
    }
}
