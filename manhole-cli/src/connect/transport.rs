//! Connecting to a place. Nothing here is a transport of its own: distance is the business of ssh, or of a command.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use super::discovery::{last_server, user};
use super::target::{Endpoint, Remote};
use crate::child_processes::signal_tree;
use crate::error::{CliError, CliErrorKind};

/// How places on other machines are reached.
#[derive(Debug, Clone)]
pub(crate) struct ConnectOptions {
    pub(crate) ssh_command: String,
}

/// How long a server may take to greet: it may run a script before.
pub(crate) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(15);

/// How long ssh may take to reach the other machine.
const SSH_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a session may take to begin.
pub(crate) fn handshake_timeout(endpoint: &Endpoint) -> Duration {
    if let Endpoint::Ssh(_) = endpoint { SSH_TIMEOUT + HANDSHAKE_TIMEOUT } else { HANDSHAKE_TIMEOUT }
}

/// Both directions of a connection, and what keeps it open.
pub(crate) struct Duplex {
    pub(crate) reader: Box<dyn Read + Send>,
    pub(crate) writer: Box<dyn Write + Send>,
    pub(crate) process: TransportProcess,
}

/// The process that a connection goes through, if it goes through one. It ends with the connection.
#[derive(Default)]
pub(crate) struct TransportProcess {
    child: Option<Child>,
    /// What it has said of its troubles.
    said: Arc<Mutex<String>>,
    /// What to try where it has reached the other machine, but nobody there.
    pub(crate) help: Option<String>,
    /// Where this ends, by the end of this process at the latest, the helper does too.
    lifeline: Option<ChildStdin>,
    _directory: Option<TempDir>,
}

impl TransportProcess {
    /// The last line of what it has said.
    pub(crate) fn last_stderr_line(&self) -> Option<String> {
        // It may be about to say it.
        thread::sleep(Duration::from_millis(if self.child.is_some() { 50 } else { 0 }));
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    }

    fn of(mut child: Child, directory: Option<TempDir>) -> Self {
        /// The most that is kept of what it says.
        const MAX_STDERR_BYTES: usize = 8 * 1024;
        let said = Arc::<Mutex<String>>::default();
        if let Some(mut errors) = child.stderr.take() {
            let said = Arc::clone(&said);
            thread::spawn(move || {
                let mut buffer = [0; 1024];
                while let Ok(count @ 1..) = errors.read(&mut buffer) {
                    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                    if said.len() < MAX_STDERR_BYTES {
                        *said += &String::from_utf8_lossy(&buffer[..count]);
                    }
                }
            });
        }
        Self { lifeline: child.stdin.take(), child: Some(child), said, help: None, _directory: directory }
    }
}

impl Drop for TransportProcess {
    fn drop(&mut self) {
        let Some(child) = &mut self.child else { return };
        if self.lifeline.take().is_none() {
            signal_tree(child.id(), Signal::KILL);
        }
        let _ = child.wait();
    }
}

/// Connects to `endpoint`.
pub(crate) fn connect(endpoint: &Endpoint, options: &ConnectOptions) -> Result<Duplex, CliError> {
    match endpoint {
        Endpoint::Path(path) => {
            let stream = UnixStream::connect(path).map_err(|error| unreachable(path, &error))?;
            both(stream.try_clone(), stream)
        }
        Endpoint::Abstract(name) => {
            let address = SocketAddr::from_abstract_name(name)?;
            let stream = UnixStream::connect_addr(&address)
                .map_err(|error| CliError::connection(format!("nobody serves @{name}: {error}")))?;
            both(stream.try_clone(), stream)
        }
        Endpoint::Tcp(address) => {
            let stream = TcpStream::connect(address)
                .map_err(|error| CliError::connection(format!("nobody serves {address}: {error}")))?;
            stream.set_nodelay(true)?;
            let token = match std::env::var("MANHOLE_TOKEN") {
                Ok(token) if is_asked_for_token(&stream)? => Some(token),
                _ => None,
            };
            let mut duplex = both(stream.try_clone(), stream)?;
            if let Some(token) = token {
                duplex.writer.write_all(format!("{token}\n").as_bytes())?;
            }
            Ok(duplex)
        }
        Endpoint::Ssh(remote) => ssh(remote, options),
        Endpoint::Exec(command) => exec(command),
    }
}

/// Whether the server asks for a token. Otherwise it would take the token for a command, and tell it to whoever reads its logs.
fn is_asked_for_token(stream: &TcpStream) -> io::Result<bool> {
    const TOKEN_PROMPT: &[u8] = b"token: ";
    stream.set_read_timeout(Some(HANDSHAKE_TIMEOUT))?;
    let mut begin = [0; TOKEN_PROMPT.len()];
    let asked = loop {
        let seen = match stream.peek(&mut begin) {
            // That it says nothing is for who reads the greeting to tell.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break false,
            seen => seen?,
        };
        if seen == 0 || seen == TOKEN_PROMPT.len() || !TOKEN_PROMPT.starts_with(&begin[..seen]) {
            break begin[..seen] == *TOKEN_PROMPT;
        }
        thread::sleep(Duration::from_millis(5));
    };
    stream.set_read_timeout(None)?;
    Ok(asked)
}

fn both<S: Read + Write + Send + 'static>(reader: io::Result<S>, writer: S) -> Result<Duplex, CliError> {
    Ok(Duplex { reader: Box::new(reader?), writer: Box::new(writer), process: TransportProcess::default() })
}

/// Why there is no connection to the socket at `path`, and what to do.
fn unreachable(path: &Path, error: &io::Error) -> CliError {
    let shown = path.display();
    // What the system says of it depends on who asks: for most users it is a lack of permission.
    if path.metadata().is_ok_and(|found| !found.file_type().is_socket()) {
        return CliError::connection(format!("{shown} is not a socket"));
    }
    match error.kind() {
        io::ErrorKind::NotFound => CliError::connection(format!("there is no {shown}"))
            .help("the program does not run, or serves another path; `manhole ls` lists programs"),
        io::ErrorKind::ConnectionRefused => not_served(path),
        io::ErrorKind::PermissionDenied => no_permission(path),
        _ => CliError::connection(format!("{shown} cannot be connected to: {error}")),
    }
}

fn not_served(path: &Path) -> CliError {
    let shown = path.display();
    let by =
        last_server(path).map_or_else(String::new, |pid| format!(" by process {pid}, which served it last"));
    CliError::connection(format!("nobody serves {shown}: the socket is stale, left behind{by}"))
        .help("start the program: it takes the path over")
}

fn no_permission(path: &Path) -> CliError {
    let denied = |text| CliError::new(CliErrorKind::Denied, text);
    // The socket itself, or the first directory on the way that may be looked at.
    let on_the_way = path.ancestors().find_map(|part| Some((part, part.metadata().ok()?)));
    let Some((part, found)) = on_the_way else {
        return denied(format!("no permission to connect to {}", path.display()));
    };
    let owner = user(found.uid());
    denied(format!(
        "no permission to connect to {}: {} belongs to {owner} and has mode {:04o}",
        path.display(),
        if part == path { "it".to_owned() } else { part.display().to_string() },
        found.mode() & 0o7777,
    ))
    .help(format!("run it as {owner}: sudo -u {owner} manhole …"))
}

/// Runs ssh, and ends it when the standard input ends: whatever becomes of the client, no ssh stays behind, and no directory. Ctrl-C
/// is for the client alone.
const SSH_SCRIPT: &str = r#"
trap '' INT
directory=$1; shift
exec 3<&0
SSH "$@" </dev/null 3<&- & ssh=$!
(trap '' HUP TERM; cat <&3 >/dev/null; rm -rf -- "$directory"; kill $ssh) 2>/dev/null & watcher=$!
exec 3<&-
wait $ssh; status=$?
kill -9 $watcher 2>/dev/null
exit $status
"#;

/// Lets ssh forward the socket to one in a directory of this process, and connects to that.
fn ssh(remote: &Remote, options: &ConnectOptions) -> Result<Duplex, CliError> {
    let Remote { host, port, path } = remote;
    let directory = tempfile::Builder::new().prefix("manhole-ssh-").tempdir()?;
    let local = directory.path().join("s");
    let mut child = Command::new("sh");
    child
        .arg("-c")
        .arg(SSH_SCRIPT.replace("SSH", &options.ssh_command))
        .arg("manhole-ssh")
        .arg(directory.path());
    child.args(["-N", "-T", "-o", "ExitOnForwardFailure=yes", "-o", "StreamLocalBindMask=0177"]);
    child.arg("-L").arg(format!("{}:{path}", local.display()));
    if let Some(port) = port {
        child.arg("-p").arg(port.to_string());
    }
    child.args(["--", host]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = child.spawn();
    let child = child.map_err(|error| CliError::connection(format!("ssh cannot be started: {error}")))?;
    let mut process = TransportProcess::of(child, Some(directory));
    process.help =
        Some(format!("ssh reached {host}, but nothing serves {path} there, or you may not open it"));
    let started = Instant::now();
    loop {
        if let Ok(stream) = UnixStream::connect(&local) {
            let mut duplex = both(stream.try_clone(), stream)?;
            duplex.process = process;
            return Ok(duplex);
        }
        let ended =
            process.child.as_mut().is_none_or(|child| child.try_wait().is_ok_and(|ended| ended.is_some()));
        if ended || started.elapsed() > SSH_TIMEOUT {
            let why = process.last_stderr_line().unwrap_or_else(|| "it says nothing".to_owned());
            return Err(CliError::connection(format!("ssh does not reach {host}: {why}"))
                .help(format!("try it alone: {} {host}", options.ssh_command)));
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Runs a command that Ctrl-C does not end: it is for the client alone. In a process group of its own the command could ask for
/// no password.
const EXEC_SCRIPT: &str = r#"trap '' INT; exec sh -c "$1""#;

/// Connects by the standard input and output of a command.
fn exec(command: &str) -> Result<Duplex, CliError> {
    let child = Command::new("sh")
        .args(["-c", EXEC_SCRIPT, "manhole-exec", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child =
        child.map_err(|error| CliError::connection(format!("{command:?} cannot be started: {error}")))?;
    match (child.stdout.take(), child.stdin.take()) {
        (Some(reader), Some(writer)) => Ok(Duplex {
            reader: Box::new(reader),
            writer: Box::new(writer),
            process: TransportProcess::of(child, None),
        }),
        _ => Err(CliError::connection(format!("{command:?} has no standard input and output"))),
    }
}
