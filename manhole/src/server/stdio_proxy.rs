//! The application's own executable as the connection to its console, for containers without `nc`.

/// The argument that makes an executable a proxy.
#[cfg(unix)]
const ARGUMENT: &str = "manhole-proxy";

/// Connects the standard input and output to the console, if the first argument of this process is `manhole-proxy`. It then ends the process
/// with the session. Otherwise it returns at once.
///
/// Call it first in `main`. A container then needs no other program, such as `nc`, to reach the console:
///
/// ```no_run
/// manhole::stdio_proxy();
/// // … the application …
/// ```
///
/// ```sh
/// manhole attach 'exec:kubectl exec -i pod -- /app manhole-proxy'
/// manhole attach kube:shop/web-7d4b9
/// manhole attach docker:web
/// ```
///
/// It finds the console that this user's process with the same executable serves. If there are several, pass the path of the socket:
/// `/app manhole-proxy /run/app.manhole`. What the console permits depends on the user of the proxy, as for any client. On systems that are
/// not Unix it does nothing.
pub fn stdio_proxy() {
    #[cfg(unix)]
    {
        let mut arguments = std::env::args_os().skip(1);
        if arguments.next().is_some_and(|first| first == ARGUMENT) {
            proxy::run(arguments.next().map(std::path::PathBuf::from));
        }
    }
}

#[cfg(unix)]
mod proxy {
    use std::fs;
    use std::io::{self, Read, Write};
    use std::net::Shutdown;
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;
    use std::thread;

    use manhole_protocol::socket_path::{Instance, listening_paths};

    /// How many bytes are passed on at a time.
    const BUFFER_BYTES: usize = 16 * 1024;

    /// Passes bytes on until the session ends, and ends the process.
    pub(super) fn run(path: Option<PathBuf>) -> ! {
        let result = path.map_or_else(find, Ok).and_then(|path| {
            let failed = |error: io::Error| format!("cannot connect to {}: {error}", path.display());
            let stream = UnixStream::connect(&path).map_err(failed)?;
            connect(&stream, io::stdin(), io::stdout()).map_err(failed)
        });
        let status = match result {
            Ok(()) => 0,
            Err(error) => {
                // The client shows the last line that its transport has written.
                let _ = writeln!(io::stderr(), "error: {error}");
                1
            }
        };
        std::process::exit(status)
    }

    /// Finds the only console of this executable, or else the only one of this user.
    fn find() -> Result<PathBuf, String> {
        let own_user = rustix::process::geteuid().as_raw();
        let defaults = crate::instances().unwrap_or_default().into_iter().filter(|found| found.live);
        let elsewhere = listening_paths().into_iter().filter_map(Instance::live_at);
        let mut found: Vec<_> = defaults.map(|found| (found.path, found.pid)).collect();
        found.extend(elsewhere.filter(|found| found.uid == own_user).map(|found| (found.path, found.pid)));
        found.sort();
        found.dedup();
        let executable = |process: &str| fs::read_link(format!("/proc/{process}/exe")).ok();
        let own = executable("self");
        let is_own = |(_, pid): &(PathBuf, u32)| own.is_some() && executable(&pid.to_string()) == own;
        if found.iter().any(is_own) {
            found.retain(is_own);
        }
        match &found[..] {
            [(only, _)] => Ok(only.clone()),
            [] => Err("found no console of this user; pass the path of its socket".to_owned()),
            several => {
                let paths: Vec<_> = several.iter().map(|(path, _)| path.display().to_string()).collect();
                Err(format!("found several consoles; pass the path of one: {}", paths.join(", ")))
            }
        }
    }

    /// Passes bytes on in both directions until the other side of `stream` ends.
    pub(super) fn connect(
        stream: &UnixStream,
        mut input: impl Read + Send + 'static,
        mut output: impl Write,
    ) -> io::Result<()> {
        let mut to_console = stream.try_clone()?;
        // Ends with the process: a read from a terminal or a pipe cannot be stopped.
        thread::Builder::new().name("manhole-proxy".to_owned()).spawn(move || {
            let _ = pass_on(&mut input, &mut to_console);
            let _ = to_console.shutdown(Shutdown::Write);
        })?;
        pass_on(&mut &*stream, &mut output)
    }

    /// Passes bytes on as they come: a prompt has no line feed.
    fn pass_on(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    to.write_all(&buffer[..count])?;
                    to.flush()?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use super::proxy::connect;

    #[test]
    fn bytes_pass_in_both_directions_until_the_console_ends() {
        let (near, mut far) = UnixStream::pair().unwrap();
        let console = std::thread::spawn(move || {
            far.write_all(b">>> ").unwrap();
            let mut input = String::new();
            far.read_to_string(&mut input).unwrap();
            far.write_all(input.to_uppercase().as_bytes()).unwrap();
        });
        let mut output = Vec::new();
        connect(&near, &b"gizmo\n"[..], &mut output).unwrap();
        assert_eq!(output, b">>> GIZMO\n");
        console.join().unwrap();
    }
}
