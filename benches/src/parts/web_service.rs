//! Throughput of a web service with a console.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use crate::report::{Figure, Table, Target, median, quartiles};
use crate::support::{Client, Scale, built_program, is_installed};

/// The number of turns.
const TURNS: usize = 11;

/// A running service.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    /// Starts a service, with a console at `socket`.
    fn start(program: &Path, socket: Option<&Path>) -> Self {
        let mut child = Command::new(program).args(socket).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned() }
    }

    /// Returns the requests per second for 32 clients without pauses.
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

pub(crate) fn measure(_scale: Scale, table: &mut Table) {
    let load = "a web service under load";
    let Some(program) = built_program("web_service", "benches", load) else { return };
    if !is_installed("wrk", load) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("app.manhole");
    let (plain, exposed) = (Service::start(&program, None), Service::start(&program, Some(&socket)));
    plain.throughput();
    let mut client = Client::connect(&socket);
    let (mut without, mut idle, mut busy, mut polled) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut polls = Vec::new();
    // Each turn runs between two without a console, since the machine's load changes all the time.
    let mut before = plain.throughput();
    let mut compared = |ratios: &mut Vec<f64>, measure: &mut dyn FnMut() -> f64| {
        let (with, after) = (measure(), plain.throughput());
        ratios.push(2.0 * with / (before + after));
        without.push(after);
        before = after;
    };
    for _ in 0..TURNS {
        compared(&mut idle, &mut || exposed.throughput());
        compared(&mut busy, &mut || {
            client.send(b"let seen = 0; loop { seen = app.requests }\n");
            let under = exposed.throughput();
            client.send(b"\x03");
            client.prompt();
            under
        });
        compared(&mut polled, &mut || {
            let (under, answered) = polling(&mut client, || exposed.throughput());
            polls.push(answered);
            under
        });
    }
    let without = format!("{:.0} requests/s without", median(without));
    let figure = |what, ratios: Vec<f64>, more: &str, target| {
        let (low, high) = quartiles(&ratios);
        Figure {
            what,
            against: "the same service without a console",
            measured: format!("{TURNS} turns, middle half {low:.3} to {high:.3} ×; {without}{more}"),
            value: median(ratios),
            target,
        }
    };
    table.add(figure("requests per second of a web service, idle console", idle, "", Target::AtLeast(0.99)));
    table.add(figure(
        "requests per second of a web service, one endless command",
        busy,
        "",
        Target::AtLeast(0.9),
    ));
    let more = format!("; {:.0} commands/s", median(polls));
    let what = "requests per second of a web service, continuous short commands";
    // The client takes as much processor time as the console.
    table.add(figure(what, polled, &more, Target::Ratio));
}

/// Sends short commands during a measurement. Returns its result, and the commands per second.
fn polling(client: &mut Client, measure: impl FnOnce() -> f64) -> (f64, f64) {
    let (over, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let start = Instant::now();
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                client.ask("app.requests");
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
        let measured = measure();
        over.store(true, Ordering::Relaxed);
        (measured, answered.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64())
    })
}
