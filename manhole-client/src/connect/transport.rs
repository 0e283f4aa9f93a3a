//! Connects to an endpoint. Other machines are reached through ssh or a command of the user's; the client has no network protocol.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use manhole_protocol::socket_path::lock_holder;
use rustix::process::Signal;
use tempfile::TempDir;

use super::discovery::user_name;
use super::options::{ConnectOptions, HANDSHAKE_TIMEOUT};
use super::target::{Endpoint, Remote};
use crate::child_processes::signal_tree;
use crate::error::{Cause, Error};
use crate::sync::LockIgnoringPoison;

/// How long ssh may take to reach the other machine.
const SSH_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a transport process may take to report an error after its output has ended.
const STDERR_DELAY: Duration = Duration::from_millis(50);

/// How much of a transport process's standard error is kept.
const MAX_STDERR_BYTES: usize = 8 * 1024;

/// Returns the time that connecting and the handshake may take together.
pub fn handshake_timeout(endpoint: &Endpoint) -> Duration {
    if let Endpoint::Ssh(_) = endpoint { SSH_TIMEOUT + HANDSHAKE_TIMEOUT } else { HANDSHAKE_TIMEOUT }
}

/// Both directions of a connection.
pub struct Duplex {
    /// From the server.
    pub reader: Box<dyn Read + Send>,
    /// To the server.
    pub writer: Box<dyn Write + Send>,
    /// What carries the connection.
    pub process: TransportProcess,
}

/// The process that carries a connection, if one does. It ends with the connection.
#[derive(Default)]
pub struct TransportProcess {
    child: Option<Child>,
    /// The beginning of its standard error.
    stderr: Arc<Mutex<String>>,
    /// The help for a process that runs, but whose other end refuses.
    pub help: Option<String>,
    /// The process ends when this pipe closes, at the latest with the client.
    lifeline: Option<ChildStdin>,
    _directory: Option<TempDir>,
}

impl TransportProcess {
    fn new(mut child: Child) -> Self {
        let stderr = Arc::<Mutex<String>>::default();
        if let Some(mut pipe) = child.stderr.take() {
            let stderr = Arc::clone(&stderr);
            thread::spawn(move || {
                let mut buffer = [0; 1024];
                while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                    let mut stderr = stderr.lock_ignoring_poison();
                    if stderr.len() < MAX_STDERR_BYTES {
                        *stderr += &String::from_utf8_lossy(&buffer[..count]);
                    }
                }
            });
        }
        Self { lifeline: child.stdin.take(), child: Some(child), stderr, help: None, _directory: None }
    }

    /// Returns the last line of its standard error.
    pub fn last_stderr_line(&self) -> Option<String> {
        if self.child.is_some() {
            thread::sleep(STDERR_DELAY);
        }
        last_line(&self.stderr.lock_ignoring_poison()).map(str::to_owned)
    }

    fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| child.try_wait().is_ok_and(|status| status.is_some()))
    }
}

/// Returns the last line that is not blank.
pub(crate) fn last_line(text: &str) -> Option<&str> {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty())
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
pub fn connect(endpoint: &Endpoint, options: &ConnectOptions) -> Result<Duplex, Error> {
    let refused = |error: io::Error| Cause::Connect {
        target: endpoint.to_string(),
        reason: error.to_string(),
        help: None,
    };
    match endpoint {
        Endpoint::Path(path) => {
            let stream = UnixStream::connect(path).map_err(|error| socket_error(path, &error))?;
            duplex(stream.try_clone(), stream)
        }
        Endpoint::Abstract(name) => {
            let stream = connect_abstract(name).map_err(refused)?;
            duplex(stream.try_clone(), stream)
        }
        Endpoint::Tcp(address) => {
            let stream = TcpStream::connect(address).map_err(refused)?;
            stream.set_nodelay(true)?;
            let token = options.token.clone().or_else(|| std::env::var("MANHOLE_TOKEN").ok());
            let token = match token {
                Some(token) if expects_token(&stream)? => Some(token),
                _ => None,
            };
            let mut duplex = duplex(stream.try_clone(), stream)?;
            if let Some(token) = token {
                duplex.writer.write_all(format!("{token}\n").as_bytes())?;
            }
            Ok(duplex)
        }
        Endpoint::Ssh(remote) => ssh(remote, options),
        Endpoint::Exec(command) => exec(&["sh", "-c", command], command),
        Endpoint::Container(container) => {
            let command = container.command(&options.proxy_command);
            let mut duplex = exec(&command.iter().map(String::as_str).collect::<Vec<_>>(), &command[0])?;
            duplex.process.help = Some(format!(
                "test it alone: {}; the application calls manhole::stdio_proxy() first in its main",
                command.join(" ")
            ));
            Ok(duplex)
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn connect_abstract(name: &str) -> io::Result<UnixStream> {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;
    UnixStream::connect_addr(&std::os::unix::net::SocketAddr::from_abstract_name(name)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn connect_abstract(_: &str) -> io::Result<UnixStream> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no abstract names"))
}

/// Returns whether the server prompts for a token. Other servers would run the token as a command, and write it to
/// their logs.
fn expects_token(stream: &TcpStream) -> io::Result<bool> {
    const TOKEN_PROMPT: &[u8] = b"token: ";
    stream.set_read_timeout(Some(HANDSHAKE_TIMEOUT))?;
    let mut buffer = [0; TOKEN_PROMPT.len()];
    let expects_token = loop {
        let count = match stream.peek(&mut buffer) {
            // The handshake reports a server that sends nothing.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break false,
            count => count?,
        };
        if count == 0 || count == TOKEN_PROMPT.len() || !TOKEN_PROMPT.starts_with(&buffer[..count]) {
            break buffer[..count] == *TOKEN_PROMPT;
        }
        thread::sleep(Duration::from_millis(5));
    };
    stream.set_read_timeout(None)?;
    Ok(expects_token)
}

/// A socket of two directions.
trait Socket: Read + Write + Send + 'static {
    fn shut_down(&self) -> io::Result<()>;
}

impl Socket for UnixStream {
    fn shut_down(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Both)
    }
}

impl Socket for TcpStream {
    fn shut_down(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Both)
    }
}

/// Ends the connection on drop. The thread that reads has the socket too, and would wait for the server as long as the client runs.
struct ClosingWriter<S: Socket>(S);

impl<S: Socket> Write for ClosingWriter<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S: Socket> Drop for ClosingWriter<S> {
    fn drop(&mut self) {
        let _ = self.0.shut_down();
    }
}

fn duplex<S: Socket>(reader: io::Result<S>, writer: S) -> Result<Duplex, Error> {
    let (reader, writer) = (Box::new(reader?), Box::new(ClosingWriter(writer)));
    Ok(Duplex { reader, writer, process: TransportProcess::default() })
}

/// Explains why the socket at `path` refused the connection.
fn socket_error(path: &Path, error: &io::Error) -> Error {
    let target = path.display().to_string();
    // Tested first: for most users, connecting to another kind of file is a permission error.
    if path.metadata().is_ok_and(|found| !found.file_type().is_socket()) {
        return Cause::Connect { target, reason: "not a socket".to_owned(), help: None }.into();
    }
    let (reason, help) = match error.kind() {
        io::ErrorKind::NotFound => {
            ("no such file".to_owned(), "start the application, or run `manhole ls` to list sockets")
        }
        io::ErrorKind::ConnectionRefused => {
            let pid = lock_holder(path).map_or_else(String::new, |pid| format!(", left by process {pid}"));
            (format!("stale socket{pid}"), "start the application: it replaces the socket")
        }
        io::ErrorKind::PermissionDenied => return permission_denied(path),
        _ => return Cause::Connect { target, reason: error.to_string(), help: None }.into(),
    };
    Cause::Connect { target, reason, help: Some(help.to_owned()) }.into()
}

fn permission_denied(path: &Path) -> Error {
    let target = path.display().to_string();
    // The socket itself, or the deepest directory above it that this user can see.
    let visible = path.ancestors().find_map(|part| Some((part, part.metadata().ok()?)));
    let Some((part, found)) = visible else {
        return Cause::PermissionDenied { target, cause: String::new(), owner: None }.into();
    };
    let owner = user_name(found.uid());
    let part = if part == path { "it".to_owned() } else { part.display().to_string() };
    let cause = format!(": {part} belongs to {owner} and has mode {:04o}", found.mode() & 0o7777);
    Cause::PermissionDenied { target, cause, owner: Some(owner) }.into()
}

/// Runs ssh until the standard input closes. Neither ssh nor its directory outlives the client, however that ends. Ctrl-C reaches
/// the client alone.
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

/// Has ssh forward the remote socket to one in a temporary directory, and connects to that.
fn ssh(remote: &Remote, options: &ConnectOptions) -> Result<Duplex, Error> {
    let Remote { host, port, path } = remote;
    let directory = tempfile::Builder::new().prefix("manhole-ssh-").tempdir()?;
    let local = directory.path().join("s");
    let mut command = Command::new("sh");
    command.arg("-c").arg(SSH_SCRIPT.replace("SSH", &options.ssh_command)).arg("manhole-ssh");
    command.arg(directory.path());
    command.args(["-N", "-T", "-o", "ExitOnForwardFailure=yes", "-o", "StreamLocalBindMask=0177"]);
    command.arg("-L").arg(format!("{}:{path}", local.display()));
    if let Some(port) = port {
        command.arg("-p").arg(port.to_string());
    }
    command.args(["--", host]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = TransportProcess::new(command.spawn().map_err(|error| not_started("ssh", &error))?);
    process._directory = Some(directory);
    process.help = Some(format!(
        "check that {path} is served on {host} and that you may open it: ssh itself reached {host}"
    ));
    let started = Instant::now();
    loop {
        if let Ok(stream) = UnixStream::connect(&local) {
            return Ok(Duplex { process, ..duplex(stream.try_clone(), stream)? });
        }
        if process.has_ended() || started.elapsed() > SSH_TIMEOUT {
            return Err(Cause::Connect {
                target: format!("{host} through ssh"),
                reason: process.last_stderr_line().unwrap_or_else(|| "no error message".to_owned()),
                help: Some(format!("test the connection alone: {} {host}", options.ssh_command)),
            }
            .into());
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Runs a command that ignores Ctrl-C, which is for the client alone. In another process group the command could not prompt for a
/// password.
const EXEC_SCRIPT: &str = r#"trap '' INT; exec "$@""#;

/// Connects to the standard input and output of a command. `name` is for messages.
fn exec(command: &[&str], name: &str) -> Result<Duplex, Error> {
    let child = Command::new("sh")
        .args(["-c", EXEC_SCRIPT, "manhole-exec"])
        .args(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| not_started(name, &error))?;
    match (child.stdout.take(), child.stdin.take()) {
        (Some(reader), Some(writer)) => Ok(Duplex {
            reader: Box::new(reader),
            writer: Box::new(writer),
            process: TransportProcess::new(child),
        }),
        _ => Err(not_started(name, &io::Error::other("no standard input and output"))),
    }
}

fn not_started(command: &str, error: &io::Error) -> Error {
    Cause::Start { command: command.to_owned(), reason: error.to_string() }.into()
}
