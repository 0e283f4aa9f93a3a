//! The servers to compare with: an echo server as the physical limit, and aiomanhole.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

/// Serves an echo of every line with a prompt, on a blocking thread for each connection.
pub(crate) fn serve_echo(path: &Path) {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap());
                let _ = stream.write_all(b">>> ");
                let mut line = String::new();
                while let Ok(1..) = lines.read_line(&mut line) {
                    line.push_str(">>> ");
                    if stream.write_all(line.as_bytes()).is_err() {
                        return;
                    }
                    line.clear();
                }
            });
        }
    });
}

/// A Python process with an aiomanhole.
pub(crate) struct Aiomanhole {
    pub(crate) path: PathBuf,
    child: Child,
}

impl Aiomanhole {
    /// Starts it with the interpreter that `PYTHON` names, or `python3`. Returns `None` if that has no aiomanhole.
    pub(crate) fn start(directory: &Path) -> Option<Self> {
        let path = directory.join("aiomanhole");
        let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let mut child = Command::new(python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/support/aiomanhole_server.py"))
            .arg(&path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
        if line != "serving\n" {
            let _ = child.wait();
            return None;
        }
        Some(Self { path, child })
    }
}

impl Drop for Aiomanhole {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
