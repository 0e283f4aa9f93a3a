//! Fair shares: no user that may connect, and none that may not, keeps the others out or costs the application much.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use manhole::{Access, EventKind, Level, Listener, manhole};

use crate::support::serve_modes::{MODES, Served};
use crate::support::{Client, LONG, Program, as_nobody, has_tool, open_directory, wait_until};

const TOKEN: &str = "correct horse battery staple";

/// The user of `as_nobody`.
const OTHER: u32 = 65_534;

/// Connects to an address as often as it says, at an interval in seconds, and keeps the last connections. Prints a line after each.
const CONNECT: &str = "
import socket, sys, time
address, times, interval, keep = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
held = []
for number in range(times):
    if address.startswith('/'):
        client = socket.socket(socket.AF_UNIX)
        client.connect(address)
    else:
        client = socket.create_connection(('127.0.0.1', int(address)))
    held = held[-keep:] + [client] if keep else []
    print(number, flush=True)
    time.sleep(interval)
time.sleep(1000)
";

/// Another user that connects.
struct Crowd {
    program: Program,
    lines: BufReader<std::process::ChildStdout>,
}

impl Crowd {
    fn start(address: &str, times: usize, interval: f64, keep: usize) -> Option<Self> {
        if !has_tool("python3", "--version", "Python 3") {
            return None;
        }
        let mut other = as_nobody(&[])?;
        let numbers = [times.to_string(), interval.to_string(), keep.to_string()];
        // The other user may not run programs in the directories of this one.
        other.env("PATH", "/usr/bin:/bin").args(["python3", "-c", CONNECT, address]).args(numbers);
        let mut program = Program::start(other.stdout(Stdio::piped()));
        let lines = BufReader::new(program.child().stdout.take().unwrap());
        Some(Self { program, lines })
    }

    /// Waits until it has connected so often.
    fn wait(&mut self, times: usize) {
        for _ in 0..times {
            let mut line = String::new();
            self.lines.read_line(&mut line).unwrap();
            assert!(!line.is_empty(), "it goes on");
        }
    }
}

fn free() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

#[test]
fn a_silent_user_leaves_the_token_prompt_to_others() {
    for mode in MODES {
        let address = free();
        let served = Served::start(mode, manhole! { n => 1_u8 }, |builder| {
            let listener = Listener::tcp(address).token(TOKEN, Level::Observe);
            builder.listen(listener).connection_limits(|limits| limits.token_timeout = LONG)
        });
        let mut client = Client::over(TcpStream::connect(address).unwrap());
        client.until("token: ");
        let port = address.port().to_string();
        let Some(mut silent) = Crowd::start(&port, 10_000, 0.01, 100) else { return };
        silent.wait(100);
        client.send(format!("{TOKEN}\n"));
        client.prompt();
        assert_eq!(client.ask("n"), "1", "{mode:?}");
        // One that comes while all places are taken has its time too.
        let mut late = Client::over(TcpStream::connect(address).unwrap());
        late.until("token: ");
        silent.wait(100);
        late.send(format!("{TOKEN}\n"));
        late.prompt();
        drop((served, silent.program));
    }
}

#[test]
fn a_user_that_fills_the_console_makes_room_for_another() {
    for (mode, level) in MODES.into_iter().zip([Level::Admin, Level::Observe, Level::Admin]) {
        let address = free();
        let ends = Arc::new(Mutex::new(0));
        let heard = Arc::clone(&ends);
        let served = Served::start(mode, manhole! { n => 1_u8 }, |builder| {
            builder
                .listen(Listener::tcp(address))
                .access(Access::default().user(OTHER, level))
                .connection_limits(|limits| {
                    limits.sessions = 7;
                    limits.sessions_per_user = Some(7);
                })
                .audit(move |event| match event.kind {
                    EventKind::Connected { .. } if event.peer.uid == Some(OTHER) => {
                        *heard.lock().unwrap() += 1;
                    }
                    EventKind::Disconnected { .. } if event.peer.uid == Some(OTHER) => {
                        *heard.lock().unwrap() -= 1;
                    }
                    _ => {}
                })
        });
        let port = address.port().to_string();
        let Some(crowd) = Crowd::start(&port, 7, 0.0, 100) else { return };
        wait_until("it has all sessions", || *ends.lock().unwrap() == 7);
        let mut clients = [served.connect(), served.connect(), served.connect()];
        for client in &mut clients {
            assert_eq!(client.ask("n"), "1", "{mode:?}");
        }
        wait_until("three of its sessions have ended", || *ends.lock().unwrap() == 4);
        drop(crowd);
    }
}

/// Returns the processor time of a process.
fn cpu_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    // User and system time, in units of which a second has 100.
    let ticks = [11, 12].map(|at: usize| fields[at].parse::<u32>().unwrap());
    Duration::from_millis(10) * (ticks[0] + ticks[1])
}

#[test]
fn a_flood_of_a_refused_user_costs_little_and_keeps_no_other_out() {
    for mode in ["threads", "runtime", "inline"] {
        let directory = open_directory(0o755);
        let path = directory.path().join("host.manhole");
        let (port, token_port) = (free().port().to_string(), free().port().to_string());
        let mut host = Command::new(env!("CARGO_BIN_EXE_host"));
        host.arg(mode).arg(&path).args(["public", &port, &token_port]).stdout(Stdio::null());
        let mut host = Program::start_until_dropped(&mut host);
        wait_until("it serves", || std::os::unix::net::UnixStream::connect(&path).is_ok());
        flood(&path, host.child().id());
    }
}

fn flood(path: &Path, pid: u32) {
    let Some(mut crowd) = Crowd::start(path.to_str().unwrap(), 10_000_000, 0.0, 0) else { return };
    // The first refusals are events for the audit, and each costs a thread.
    crowd.wait(1_000);
    // It would wait for a reader of its lines.
    let Crowd { program, mut lines } = crowd;
    let reader = thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    let (start, before) = (Instant::now(), cpu_time(pid));
    for _ in 0..10 {
        let mut client = Client::connect(path);
        client.prompt();
        assert_eq!(client.ask("1 + 1"), "2");
    }
    thread::sleep(Duration::from_secs(3).saturating_sub(start.elapsed()));
    let share = (cpu_time(pid) - before).as_secs_f64() / start.elapsed().as_secs_f64();
    assert!(share < 0.6, "it takes {share:.2} of a processor");
    program.kill();
    reader.join().unwrap().unwrap();
}
