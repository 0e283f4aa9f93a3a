//! What a manhole costs a web service under load.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::client::Client;
use crate::{Figure, Table, Target, median, programs};

/// A service that runs.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    /// Starts one, with a manhole at `socket`.
    fn start(program: &Path, socket: Option<&Path>) -> Self {
        let mut child = Command::new(program).args(socket).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned() }
    }

    /// How many requests a second it answers to 32 clients that ask without pause.
    fn throughput(&self) -> f64 {
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "-c32", "-d2s", &format!("http://{}/hello/you", self.address)]);
        let output = wrk.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
        rate.and_then(|rate| rate.trim().parse().ok()).unwrap_or_else(|| panic!("{output:?}"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn figures(_light: bool, table: &mut Table) {
    let load = "a web service under load";
    let Some(program) = programs::built("application", "benches", load) else { return };
    if !programs::is_installed("wrk", load) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("app.manhole");
    let (plain, exposed) = (Service::start(&program, None), Service::start(&program, Some(&socket)));
    let mut client = Client::connect(&socket);
    let (mut without, mut idle, mut busy) = (Vec::new(), Vec::new(), Vec::new());
    let (mut idle_ratios, mut busy_ratios) = (Vec::new(), Vec::new());
    // Each between two of those that it is compared with: what else the machine does changes all the time.
    let mut before = plain.throughput();
    for _ in 0..11 {
        let beside = exposed.throughput();
        let between = plain.throughput();
        client.send(b"let seen = 0; loop { seen = app.requests }\n");
        let under = exposed.throughput();
        client.send(b"\x03");
        client.prompt();
        let after = plain.throughput();
        idle_ratios.push(2.0 * beside / (before + between));
        busy_ratios.push(2.0 * under / (between + after));
        without.push(between);
        idle.push(beside);
        busy.push(under);
        before = after;
    }
    let without = median(without);
    let what = |name, rates, ratios, least| Figure {
        what: name,
        against: "the same service without",
        measured: format!("{:.0}, {without:.0}", median(rates)),
        value: median(ratios),
        target: Target::AtLeast(least),
    };
    table.add(what("requests a second of a web service with an idle manhole", idle, idle_ratios, 0.99));
    table.add(what("requests a second while a session evaluates without pause", busy, busy_ratios, 0.9));
}
