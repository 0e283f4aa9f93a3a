//! A client, a served console, and processes to start.

pub(crate) mod example_process;
pub(crate) mod host_process;
pub(crate) mod serve_modes;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use manhole::{Builder, Console, Namespace};
use tempfile::TempDir;

/// The time after which a wait fails: far longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// The default timeout of commands in tests: on a busy machine long commands pause nine tenths of their time.
pub(crate) const PATIENT: Duration = Duration::from_secs(60);

/// A console on a new socket.
pub(crate) struct Manhole {
    pub(crate) console: Console,
    pub(crate) path: PathBuf,
    _directory: TempDir,
}

impl Manhole {
    /// Serves `namespace` with the builder options of `setup`.
    pub(crate) fn with(namespace: Namespace, setup: impl FnOnce(Builder) -> Builder) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.manhole");
        let console =
            setup(Builder::new(namespace).limits(|limits| limits.timeout = PATIENT)).spawn(&path).unwrap();
        Self { console, path, _directory: directory }
    }

    pub(crate) fn new(namespace: Namespace) -> Self {
        Self::with(namespace, |builder| builder)
    }

    /// Connects, and reads up to the first prompt.
    pub(crate) fn connect(&self) -> Client {
        let mut client = Client::connect(&self.path);
        client.prompt();
        client
    }

    /// Returns the output of one command in a new session.
    pub(crate) fn ask(&self, command: &str) -> String {
        self.connect().ask(command)
    }
}

impl Drop for Manhole {
    fn drop(&mut self) {
        self.console.shutdown();
    }
}

/// The client end of a connection, byte for byte.
pub(crate) struct Client<S = UnixStream> {
    stream: S,
    read: Vec<u8>,
}

/// A connection of a client.
pub(crate) trait Stream: Read + Write {
    /// Sets a timeout for reads.
    fn limit(&self);
    /// Closes the sending direction.
    fn finish(&self);
}

impl Stream for UnixStream {
    fn limit(&self) {
        self.set_read_timeout(Some(LONG)).unwrap();
    }

    fn finish(&self) {
        self.shutdown(Shutdown::Write).unwrap();
    }
}

impl Stream for TcpStream {
    fn limit(&self) {
        self.set_read_timeout(Some(LONG)).unwrap();
    }

    fn finish(&self) {
        self.shutdown(Shutdown::Write).unwrap();
    }
}

impl Client {
    pub(crate) fn connect(path: &Path) -> Self {
        Self::over(UnixStream::connect(path).unwrap())
    }
}

impl<S: Stream> Client<S> {
    pub(crate) fn over(stream: S) -> Self {
        stream.limit();
        Self { stream, read: Vec::new() }
    }

    /// Returns the connection.
    pub(crate) const fn stream(&self) -> &S {
        &self.stream
    }

    /// Sends bytes unchanged.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Reads up to and including `end`.
    #[track_caller]
    pub(crate) fn until(&mut self, end: &str) -> String {
        self.until_any(&[end])
    }

    /// Reads up to and including one of `ends`.
    #[track_caller]
    pub(crate) fn until_any(&mut self, ends: &[&str]) -> String {
        loop {
            let found = ends.iter().filter_map(|end| {
                let start = self.read.windows(end.len()).position(|window| window == end.as_bytes())?;
                Some(start + end.len())
            });
            if let Some(end) = found.min() {
                let rest = self.read.split_off(end);
                return String::from_utf8(std::mem::replace(&mut self.read, rest)).unwrap();
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(0) => panic!("closed before {ends:?}: {:?}", String::from_utf8_lossy(&self.read)),
                Ok(count) => self.read.extend_from_slice(&buffer[..count]),
                // A child process of another test has ended.
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => panic!("{error} before {ends:?}: {:?}", String::from_utf8_lossy(&self.read)),
            }
        }
    }

    /// Reads until `end`. Returns whether it arrives before the connection closes.
    pub(crate) fn comes_to(&mut self, end: &str) -> bool {
        let mut buffer = [0; 4096];
        loop {
            if self.read.windows(end.len()).any(|window| window == end.as_bytes()) {
                return true;
            }
            match self.stream.read(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return false,
                Ok(count) => self.read.extend_from_slice(&buffer[..count]),
            }
        }
    }

    /// Returns the first output: a prompt, or the reason for a refusal.
    pub(crate) fn first(&mut self) -> String {
        self.until_any(&[">>> ", "a second\n"])
    }

    /// Reads up to the next prompt, and returns the output before it.
    #[track_caller]
    pub(crate) fn prompt(&mut self) -> String {
        let text = self.until(">>> ");
        text.strip_suffix(">>> ").unwrap().to_owned()
    }

    /// Returns the output of a command of one line, without the last line end.
    #[track_caller]
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.send(format!("{command}\n"));
        let answer = self.prompt();
        answer.strip_suffix('\n').unwrap_or(&answer).to_owned()
    }

    /// Returns the first line of a command's output.
    #[track_caller]
    pub(crate) fn first_line(&mut self, command: &str) -> String {
        self.ask(command).lines().next().unwrap_or_default().to_owned()
    }

    /// Returns the output of a short command under a short timeout. On a busy machine it may exceed that, and is sent again.
    #[track_caller]
    pub(crate) fn insist(&mut self, command: &str) -> String {
        let mut answer = String::new();
        wait_until(command, || {
            answer = self.ask(command);
            !answer.starts_with("error: stopped: the command ran longer than")
        });
        answer
    }

    /// Closes the sending direction.
    pub(crate) fn finish(&mut self) {
        self.stream.finish();
    }

    /// Reads until the connection closes.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = std::mem::take(&mut self.read);
        self.stream.read_to_end(&mut rest).unwrap();
        String::from_utf8(rest).unwrap()
    }
}

/// Asserts that each command fails with its error.
#[track_caller]
pub(crate) fn refused(manhole: &Manhole, cases: &[(&str, &str)]) {
    let mut client = manhole.connect();
    for (code, error) in cases {
        assert_eq!(client.first_line(code), format!("error: {error}"), "{code}");
    }
}

/// Asserts that each command has its output.
#[track_caller]
pub(crate) fn shown(manhole: &Manhole, cases: &[(&str, &str)]) {
    let mut client = manhole.connect();
    for (code, text) in cases {
        assert_eq!(client.ask(code), *text, "{code}");
    }
}

/// Waits until `done`, and panics if that takes too long.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !done() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A process that is killed at the end of the test.
pub(crate) struct Program(Child);

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    /// Starts a program that ends with its standard input.
    pub(crate) fn start_until_dropped(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::piped()).spawn().unwrap())
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns whether `tool` is installed, by `proof` in the output of `tool version_flag`. Otherwise the test is skipped
/// with a message; in CI, which installs it, the test fails.
pub(crate) fn has_tool(tool: &str, version_flag: &str, proof: &str) -> bool {
    let output = Command::new(tool).arg(version_flag).stdin(Stdio::null()).output();
    let found = output.is_ok_and(|output| {
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&text).contains(proof)
    });
    is_there(found, &format!("{tool} is missing"))
}

/// Returns whether a requirement was `found`. Otherwise the test is skipped with a message; in CI, which meets all requirements,
/// the test fails.
pub(crate) fn is_there(found: bool, lack: &str) -> bool {
    if !found {
        assert!(std::env::var_os("MANHOLE_REQUIRE_TOOLS").is_none(), "{lack}");
        #[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
        {
            eprintln!("skipped: {lack}");
        }
    }
    found
}

/// Returns whether a command runs and succeeds.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Returns a command that runs another one, its first argument, as uid 65534 with these supplementary groups. Without the
/// permission for that, the test is skipped with a message; in CI it fails.
pub(crate) fn as_nobody(groups: &[u32]) -> Option<Command> {
    if !has_tool("setpriv", "--help", "reuid") {
        return None;
    }
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let nobody = || {
        let mut command = if is_root { Command::new("setpriv") } else { Command::new("sudo") };
        if !is_root {
            command.args(["-n", "setpriv"]);
        }
        command.args(["--reuid=65534", "--regid=65534"]);
        if groups.is_empty() {
            command.arg("--clear-groups");
        } else {
            let groups: Vec<_> = groups.iter().map(u32::to_string).collect();
            command.arg(format!("--groups={}", groups.join(",")));
        }
        command
    };
    // `sudo` may be installed and not permitted, so it is tried.
    let may = succeeds(nobody().arg("true"));
    is_there(may, "another user takes root, or a sudo that asks for no password").then(nobody)
}

/// Creates a directory with this mode in `/tmp`, which other users can traverse.
pub(crate) fn open_directory(mode: u32) -> TempDir {
    let directory = tempfile::Builder::new().prefix("manhole-test-").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(directory.path(), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    directory
}
