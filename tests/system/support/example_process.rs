//! The examples, started as their documentation says.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::{Client, Program, wait_until};

/// Returns the folder of the built examples, in the profile of this test.
fn programs() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--workspace", "--examples"]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let test = std::env::current_exe().unwrap();
        // target/debug/deps/system-…
        let profile = test.ancestors().nth(2).unwrap();
        build.arg("--target-dir").arg(profile.parent().unwrap());
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(build.status().unwrap().success());
        profile.join("examples")
    })
}

/// A running example.
pub(crate) struct Example {
    pub(crate) path: PathBuf,
    name: &'static str,
    program: Program,
    /// Its standard output: kept open, since printing to a closed pipe panics.
    _output: BufReader<ChildStdout>,
    directory: TempDir,
}

impl Example {
    /// Returns the path of its executable.
    pub(crate) fn executable(&self) -> PathBuf {
        Self::executable_of(self.name)
    }

    /// Returns the path of an example's executable.
    pub(crate) fn executable_of(name: &str) -> PathBuf {
        programs().join(name)
    }

    pub(crate) fn start(name: &'static str) -> Self {
        Self::start_in(name, tempfile::tempdir().unwrap())
    }

    /// Starts it and waits until it reports that it serves.
    fn start_in(name: &'static str, directory: TempDir) -> Self {
        let path = directory.path().join("testing.manhole");
        let mut command = Command::new(programs().join(name));
        command.env("MANHOLE_SOCKET", &path).stdout(Stdio::piped());
        let mut program = Program::start(&mut command);
        let mut line = String::new();
        let mut output = BufReader::new(program.child().stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        assert_eq!(line, format!("connect with: nc -U {}\n", path.display()));
        Self { path, name, program, _output: output, directory }
    }

    /// Kills it, and starts it again on the same path.
    pub(crate) fn restart(self) -> Self {
        let Self { name, program, directory, .. } = self;
        program.kill();
        Self::start_in(name, directory)
    }

    /// Connects, and asserts the banner.
    #[track_caller]
    pub(crate) fn client(&self, banner: &str) -> Client {
        let mut client = Client::connect(&self.path);
        assert_eq!(client.prompt(), banner);
        client
    }

    #[track_caller]
    pub(crate) fn exited_with(&mut self, code: i32) {
        let mut status = None;
        wait_until("the example has exited", || {
            status = self.program.child().try_wait().unwrap();
            status.is_some()
        });
        assert_eq!(status.and_then(|status| status.code()), Some(code));
    }
}
