//! The program `host`, which runs hostile scripts in a separate process.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::serve_modes::Mode;
use crate::support::{LONG, wait_until};

/// The application's process.
pub(crate) struct Host {
    pub(crate) child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    directory: TempDir,
}

impl Host {
    pub(crate) fn start(mode: Mode, state: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
        // Returns freed memory to the system at once, so that the resident memory is the memory in use.
        command.env(
            "GLIBC_TUNABLES",
            "glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=65536:glibc.malloc.trim_threshold=65536",
        );
        Self::start_by(command, mode, state)
    }

    /// Starts it in a shell, with the allocator's own settings. The command line follows `prefix`.
    pub(crate) fn start_by_shell(prefix: &str) -> Self {
        let mut command = Command::new("sh");
        let host = env!("CARGO_BIN_EXE_host");
        command.args(["-c", &format!("{prefix} {host:?} \"$@\""), "sh"]);
        Self::start_by(command, Mode::Threads, "")
    }

    fn start_by(mut command: Command, mode: Mode, state: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mode = match mode {
            Mode::Threads => "threads",
            Mode::Runtime => "runtime",
            Mode::Inline => "inline",
        };
        let mut child = command
            .args([mode, directory.path().join("host").to_str().unwrap(), state])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut host = Self { child, stdin, stdout, directory };
        assert_eq!(host.line(), "ready");
        wait_until("it serves", || UnixStream::connect(host.directory.path().join("host")).is_ok());
        host
    }

    /// Returns the next line of its output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn connect(&self) -> Caller {
        loop {
            if let Ok(caller) = self.try_connect() {
                return caller;
            }
            // Sessions that have just ended count for a moment, and have a thread.
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Connects once. Returns why there is no session: too many of them, or no room for a thread.
    pub(crate) fn try_connect(&self) -> Result<Caller, String> {
        const REFUSED: [&str; 4] = [" sessions\n", " (os error 11)\n", " (RLIMIT_AS)\n", " (RLIMIT_DATA)\n"];
        let stream = UnixStream::connect(self.directory.path().join("host")).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut caller = Caller { stream, tail: Vec::new() };
        let answer = caller.until(&[&[">>> "], &REFUSED[..]].concat());
        if answer.ends_with(">>> ") { Ok(caller) } else { Err(answer.trim().to_owned()) }
    }

    pub(crate) fn status(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    pub(crate) fn resident_mib(&self) -> u64 {
        self.status("VmRSS:") / 1024
    }

    /// Returns the highest resident memory so far.
    pub(crate) fn peak_mib(&self) -> u64 {
        self.status("VmHWM:") / 1024
    }

    /// Ends it, and asserts that it exits by itself with no thread of the console left.
    pub(crate) fn end(mut self) {
        drop(self.stdin.take());
        assert_eq!(self.line(), "done, 0 threads left");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that keeps only the end of the received bytes.
pub(crate) struct Caller {
    stream: UnixStream,
    tail: Vec<u8>,
}

impl Caller {
    /// Sends `text`, and reads at the same time: the host ends a session whose client only sends.
    pub(crate) fn send(&mut self, text: &str) {
        self.stream.set_nonblocking(true).unwrap();
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(sent) => rest = &rest[sent..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let mut buffer = vec![0; 64 * 1024];
                    match self.stream.read(&mut buffer) {
                        Ok(read) => self.keep(&buffer[..read]),
                        Err(_) => std::thread::sleep(Duration::from_millis(1)),
                    }
                }
                Err(error) => panic!("{error}"),
            }
        }
        self.stream.set_nonblocking(false).unwrap();
    }

    fn keep(&mut self, received: &[u8]) {
        self.tail.extend_from_slice(received);
        self.tail.drain(..self.tail.len().saturating_sub(4 * 1024));
    }

    /// Reads until the received bytes end with one of `ends`.
    #[track_caller]
    pub(crate) fn until(&mut self, ends: &[&str]) -> String {
        let mut buffer = vec![0; 64 * 1024];
        while !ends.iter().any(|end| self.tail.ends_with(end.as_bytes())) {
            let read = self.stream.read(&mut buffer);
            let tail = String::from_utf8_lossy(&self.tail);
            let read = read.unwrap_or_else(|error| panic!("{error} before {ends:?}: …{tail}"));
            assert_ne!(read, 0, "closed before {ends:?}: …{tail}");
            self.keep(&buffer[..read]);
        }
        String::from_utf8_lossy(&std::mem::take(&mut self.tail)).into_owned()
    }

    /// Returns the output of a short command.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.send(&format!("{command}\n"));
        let answer = self.until(&[">>> "]);
        answer.trim_end_matches(">>> ").trim_end().to_owned()
    }

    /// Waits until the session accepts commands again.
    #[track_caller]
    pub(crate) fn back(&mut self, name: &str) {
        const BACK: &str = "\"back\"\n>>> ";
        // On a busy machine this short command may exceed the session's timeout, or have no memory.
        const LATE: [&str; 8] = [
            "ran longer than 100ms\n>>> ",
            "ran longer than 20ms\n>>> ",
            "for most of its time\n>>> ",
            "this command most of it\n>>> ",
            "(RLIMIT_AS)\n>>> ",
            "(RLIMIT_DATA)\n>>> ",
            "limit of its control group\n>>> ",
            "the variables of the session\n>>> ",
        ];
        let end = Instant::now() + LONG;
        loop {
            assert!(Instant::now() < end, "{name}: the session accepts no command");
            self.send("\"ba\" + \"ck\"\n");
            let answer = self.until(&[&[BACK], &LATE[..]].concat());
            for internal in ["rhai", "Dynamic", "&mut ", "core::", "alloc::", "manhole::"] {
                assert!(!answer.contains(internal), "{name}: {answer}");
            }
            if answer.ends_with(BACK) {
                break;
            }
        }
    }
}
