//! A client that types and waits for the prompt, the same for all servers.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

pub(crate) struct Client {
    stream: UnixStream,
    read: Vec<u8>,
}

const PROMPT: &[u8] = b">>> ";

impl Client {
    /// A client that has seen the first prompt.
    pub(crate) fn connect(path: &Path) -> Self {
        let mut client =
            Self { stream: UnixStream::connect(path).unwrap(), read: Vec::with_capacity(64 * 1024) };
        client.prompt();
        client
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Reads up to the next prompt.
    pub(crate) fn prompt(&mut self) {
        self.read.clear();
        let mut buffer = [0; 16 * 1024];
        while !self.read.ends_with(PROMPT) {
            let count = self.stream.read(&mut buffer).unwrap();
            assert!(count > 0, "closed");
            self.read.extend_from_slice(&buffer[..count]);
        }
    }

    /// The connection alone.
    pub(crate) fn into_stream(self) -> UnixStream {
        self.stream
    }

    /// The answer to a command.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.send(format!("{command}\n").as_bytes());
        self.prompt();
        String::from_utf8_lossy(&self.read[..self.read.len() - PROMPT.len()]).trim_end().to_owned()
    }

    /// How long a command takes, in microseconds; it must not fail.
    pub(crate) fn time(&mut self, command: &str) -> f64 {
        let start = Instant::now();
        let answer = self.ask(command);
        let took = start.elapsed().as_secs_f64() * 1e6;
        assert!(!answer.starts_with("error"), "{command}: {answer}");
        took
    }
}
