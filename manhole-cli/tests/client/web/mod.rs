//! `manhole web`: the page in a real browser, and what the server refuses.

mod access;
mod browser;
mod page;
mod views;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use super::support::{Home, interrupt};

/// `manhole web`, killed when the test ends.
pub(super) struct Web {
    process: Child,
    /// A closed standard output would end the client.
    _output: BufReader<ChildStdout>,
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
    pub(super) token: String,
}

impl Web {
    pub(super) fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut command = home.client();
        let mut process = command.arg("web").args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let link = line.trim().strip_prefix("open http://").unwrap_or_else(|| panic!("{line}"));
        let (address, token) = link.split_once("/#").unwrap();
        let (address, token) = (address.to_owned(), token.to_owned());
        Self { process, _output: output, address, token }
    }

    /// Presses Ctrl-C. Returns the exit status.
    pub(super) fn interrupted(&mut self) -> Option<i32> {
        interrupt(&self.process);
        self.process.wait().unwrap().code()
    }

    /// Returns the memory of the process in KiB.
    pub(super) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Returns the link to a view.
    pub(super) fn link(&self, view: &str) -> String {
        format!("http://{}/#{}/{view}", self.address, self.token)
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
