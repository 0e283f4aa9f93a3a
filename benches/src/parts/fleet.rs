//! `manhole eval` on many targets at once: a simulated fleet, some of it slow or dead, and a console on this machine.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::report::{Figure, Table, Target, largest, median};
use crate::support::{Host, Scale, built_program};

/// The simulated targets.
const FLEET: u32 = 10_000;

/// Of a hundred targets one answers late, and one refuses connections. Of a thousand one never answers.
const SLOW_EVERY: u32 = 100;
const STUCK_EVERY: u32 = 1_000;

/// How late a slow target answers.
const SLOW_TIME: Duration = Duration::from_secs(2);

/// The time that the client gives each target.
const TIMEOUT: &str = "5";

/// The sessions with a console on this machine.
const LOCAL: u32 = 200;

const COMMAND: &str = "gizmo.count";

pub(crate) fn measure(_scale: Scale, table: &mut Table) {
    let Some(client) = built_program("manhole", "manhole-cli", "`manhole eval` on a fleet") else { return };
    let directory = tempfile::tempdir().unwrap();
    let host = Host::start();
    let recorded = Arc::new(Recorded::of(&host.path));
    let port = simulate(&recorded);
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = |number: u32| {
        // Every address of the loopback network leads to this machine.
        let port = if number % SLOW_EVERY == 1 { dead } else { port };
        format!("tcp:{}:{port}", Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() + number))
    };
    let fleet = Run::of(&client, directory.path(), FLEET, address);
    table.add(Figure {
        what: "`manhole eval` on 10,000 targets",
        against: "–",
        measured: format!(
            "the first answer after {:.2} s, half of them after {:.1} s; 100 answer late by {SLOW_TIME:?}, 100 refuse, 10 are given up \
             after {TIMEOUT} s; at most {:.0} MiB",
            fleet.times[0],
            median(fleet.times.clone()),
            fleet.peak_mib
        ),
        value: largest(&fleet.times),
        target: Target::Amount("s"),
    });
    let path = |number: u32| {
        let path = directory.path().join(format!("{number}.sock"));
        symlink(&host.path, &path).unwrap();
        path.display().to_string()
    };
    let local = Run::of(&client, directory.path(), LOCAL, path);
    table.add(Figure {
        what: "`manhole eval` on 200 sessions of this machine",
        against: "–",
        measured: format!(
            "the first answer after {:.0} ms; at most {:.0} MiB",
            local.times[0] * 1e3,
            local.peak_mib
        ),
        value: largest(&local.times) * 1e3,
        target: Target::Amount("ms"),
    });
}

/// What a console sends before and after the answers to `info` and to the command.
struct Recorded {
    info: Vec<u8>,
    value: Vec<u8>,
}

impl Recorded {
    fn of(path: &Path) -> Self {
        let mut stream = BufReader::new(UnixStream::connect(path).unwrap());
        let mut ask = |request: &str| {
            stream.get_mut().write_all(request.as_bytes()).unwrap();
            let mut answer = Vec::new();
            // Text may precede it.
            while !answer.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"{")) {
                stream.read_until(b'\n', &mut answer).unwrap();
            }
            answer
        };
        let info = ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"info\",\"params\":{}}\n");
        let eval = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eval\",\"params\":{{\"code\":\"{COMMAND}\",\"format\":\"value\"}}}}\n"
        );
        Self { info, value: ask(&eval) }
    }
}

/// Answers like a console at one port of all addresses of this machine. Returns the port.
fn simulate(recorded: &Arc<Recorded>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let recorded = Arc::clone(recorded);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let recorded = Arc::clone(&recorded);
            // A client that has left is no failure.
            thread::spawn(move || drop(answer(stream, &recorded)));
        }
    });
    port
}

fn answer(mut stream: TcpStream, recorded: &Recorded) -> io::Result<()> {
    let number = match stream.local_addr()?.ip() {
        std::net::IpAddr::V4(ip) => ip.to_bits() - Ipv4Addr::LOCALHOST.to_bits(),
        std::net::IpAddr::V6(_) => 0,
    };
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    if number % STUCK_EVERY == 3 {
        lines.read_to_string(&mut line)?;
        return Ok(());
    }
    stream.write_all(&recorded.info)?;
    lines.read_line(&mut line)?;
    if number % SLOW_EVERY == 2 {
        thread::sleep(SLOW_TIME);
    }
    stream.write_all(&recorded.value)?;
    lines.read_line(&mut line)?;
    Ok(())
}

/// What one run of the client took.
struct Run {
    /// When each answer came, in seconds.
    times: Vec<f64>,
    peak_mib: f64,
}

impl Run {
    /// Runs the command in a group of this many targets.
    fn of(client: &Path, directory: &Path, targets: u32, target: impl Fn(u32) -> String) -> Self {
        let mut config = "[targets]\n".to_owned();
        let names: Vec<_> = (0..targets).map(|number| format!("\"web{number}\"")).collect();
        for number in 0..targets {
            writeln!(config, "web{number} = {:?}", target(number)).unwrap();
        }
        writeln!(config, "[groups]\nall = {{ members = [{}], confirm = false }}", names.join(", ")).unwrap();
        let file = directory.join("config.toml");
        std::fs::write(&file, config).unwrap();
        let start = Instant::now();
        let mut child = Command::new(client)
            .args(["eval", "all", COMMAND, "--json", "--timeout", TIMEOUT])
            .env("MANHOLE_CONFIG", &file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut peak_mib = 0.0_f64;
        let mut times = Vec::new();
        for line in out.lines() {
            line.unwrap();
            times.push(start.elapsed().as_secs_f64());
            if times.len() % 50 == 0 {
                peak_mib = peak_mib.max(peak(&child));
            }
        }
        child.wait().unwrap();
        assert_eq!(times.len(), targets as usize);
        Self { times, peak_mib }
    }
}

/// Returns the most memory that a process has used so far, in MiB.
fn peak(child: &Child) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}
