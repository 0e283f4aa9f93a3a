//! Last words: a client reads why its connection ends, whatever it is sending, in each way of serving.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use manhole::{Access, Builder, Level, Listener, Namespace};
use serde_json::Value as Json;

use crate::support::serve_modes::{MODES, Mode, Served};
use crate::support::{Client, LONG, Stream, has_tool};

const TOKEN: &str = "correct horse battery staple";

/// What a client sends, and whether it finishes sending then.
struct Input {
    sent: Vec<u8>,
    finishes: bool,
    /// Whether the client speaks JSON-RPC.
    is_rpc: bool,
}

/// Returns different inputs: a line as of `echo 1 | nc -N`, one that goes on, more than fits into a socket, and JSON-RPC.
fn inputs(begin: &str) -> Vec<Input> {
    let input = |text: String, finishes, is_rpc| Input {
        sent: format!("{begin}{text}").into_bytes(),
        finishes,
        is_rpc,
    };
    let request = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"info\"}\n";
    vec![
        input("1 + 1\n".to_owned(), true, false),
        input("1 + 1\n".to_owned(), false, false),
        input("1 + 1".to_owned(), true, false),
        input("let text = \"0123456789\";\n".repeat(20_000), true, false),
        input(request.to_owned(), true, true),
        input(request.to_owned(), false, true),
        input(request.repeat(10_000), true, true),
    ]
}

/// Sends all input before it reads anything, and returns what it reads up to the end of the connection.
fn talk<S: Stream>(mut stream: S, input: &Input) -> String {
    stream.limit();
    stream.write_all(&input.sent).unwrap();
    if input.finishes {
        stream.finish();
    }
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    String::from_utf8(received).unwrap()
}

/// Asserts that the last word is `reason`, as a JSON-RPC message for a client that speaks JSON-RPC.
#[track_caller]
fn assert_last_word(received: &str, is_rpc: bool, reason: &str) {
    let last = received.lines().last().unwrap_or_default();
    let said = if is_rpc {
        let message: Json = serde_json::from_str(last).unwrap_or_else(|_| panic!("{reason}: {received:?}"));
        assert_eq!(message["jsonrpc"], "2.0");
        assert_eq!(message["method"], "closed");
        message["params"]["reason"].as_str().unwrap().to_owned()
    } else {
        last.strip_prefix("error: ").unwrap_or(last).to_owned()
    };
    assert_eq!(said, reason, "{received:?}");
}

fn free() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

/// Serves with the options of `setup`, which refuse all further clients, and asserts that each reads the reason.
fn refuses(setup: impl Fn(Builder) -> Builder, prepare: impl Fn(&Served) -> Vec<Client>, reason: &str) {
    for mode in MODES {
        let address = free();
        let served =
            Served::start(mode, Namespace::new(), |builder| setup(builder).listen(Listener::tcp(address)));
        let held = prepare(&served);
        for input in inputs("") {
            for _ in 0..5 {
                let received = talk(UnixStream::connect(&served.path).unwrap(), &input);
                assert_last_word(&received, input.is_rpc, reason);
            }
            let received = talk(TcpStream::connect(address).unwrap(), &input);
            assert_last_word(&received, input.is_rpc, reason);
        }
        drop(held);
    }
}

#[test]
fn a_refused_user_reads_why() {
    let uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap());
    let reason = format!("cannot open a session: user {uid} has no access");
    refuses(|builder| builder.access(Access::none()), |_| Vec::new(), &reason);
    // A function of the application decides.
    refuses(|builder| builder.access(Access::from_fn(|_| None)), |_| Vec::new(), &reason);
}

#[test]
fn a_client_beyond_a_limit_reads_why() {
    refuses(
        |builder| builder.connection_limits(|limits| limits.sessions = 1),
        |served| vec![served.connect()],
        "cannot open a session: the console has its maximum of 1 sessions",
    );
    refuses(
        |builder| builder.connection_limits(|limits| limits.sessions_per_user = Some(1)),
        |served| vec![served.connect()],
        "cannot open a session: this user has its maximum of 1 sessions",
    );
    refuses(
        // The first client takes the only place.
        |builder| builder.connection_limits(|limits| limits.connections_per_second = 0),
        |_| Vec::new(),
        "cannot open a session: too many new connections; try again in a second",
    );
}

#[test]
fn a_client_without_the_token_reads_why() {
    for mode in MODES {
        let address = free();
        let served = Served::start(mode, Namespace::new(), |builder| {
            let listener = Listener::tcp(address).token(TOKEN, Level::Observe);
            builder.listen(listener).connection_limits(|limits| limits.token_timeout = LONG)
        });
        for input in inputs("wrong\n") {
            let received = talk(TcpStream::connect(address).unwrap(), &input);
            assert_last_word(&received, input.is_rpc, "cannot open a session: wrong token");
        }
        drop(served);
    }
}

#[test]
fn a_client_without_a_token_in_time_reads_why() {
    for mode in MODES {
        let address = free();
        let served = Served::start(mode, Namespace::new(), |builder| {
            let listener = Listener::tcp(address).token(TOKEN, Level::Observe);
            builder
                .listen(listener)
                .connection_limits(|limits| limits.token_timeout = Duration::from_millis(50))
        });
        for (sent, is_rpc) in [("", false), ("no line", false), ("{\"jsonrpc\":\"2.0\",\"id\":1", true)] {
            let input = Input { sent: sent.into(), finishes: false, is_rpc };
            let received = talk(TcpStream::connect(address).unwrap(), &input);
            assert_last_word(&received, is_rpc, "cannot open a session: no token within 50ms");
        }
        drop(served);
    }
}

#[test]
fn a_client_that_reads_nothing_while_it_sends_reads_why() {
    thread::scope(|scope| {
        for mode in MODES {
            scope.spawn(move || {
                let served = Served::start(mode, Namespace::new(), |builder| builder);
                // Each line gets a prompt, and the replies of all do not fit into a socket.
                let sent = format!("{{\n{}", "1;\n".repeat(200_000)).into_bytes();
                let input = Input { sent, finishes: false, is_rpc: false };
                let received = talk(UnixStream::connect(&served.path).unwrap(), &input);
                let reason =
                    "the session ends: the client has read nothing for 5 seconds; read while you send";
                assert_last_word(&received, false, reason);
            });
        }
    });
}

#[test]
fn a_session_that_ends_sends_all_its_replies_to_a_client_that_goes_on_sending() {
    for mode in MODES {
        let served = Served::start(mode, Namespace::new(), |builder| builder);
        let more = "let text = \"0123456789\";\n".repeat(20_000);
        for finishes in [true, false] {
            let input = Input { sent: format!("1 + 1\nexit\n{more}").into(), finishes, is_rpc: false };
            let received = talk(UnixStream::connect(&served.path).unwrap(), &input);
            assert_eq!(received, ">>> 2\n>>> ", "{mode:?}");
            let line = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}\n";
            let input = Input { sent: line.repeat(10_000).into(), finishes, is_rpc: true };
            let received = talk(UnixStream::connect(&served.path).unwrap(), &input);
            assert_eq!(received, ">>> \n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n", "{mode:?}");
        }
    }
}

#[test]
fn an_idle_client_reads_why() {
    for mode in MODES {
        let served = Served::start(mode, Namespace::new(), |builder| {
            builder.connection_limits(|limits| limits.idle_timeout = Some(Duration::from_millis(200)))
        });
        for (sent, is_rpc) in
            [("", false), ("1\n", false), ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"info\"}\n", true)]
        {
            let input = Input { sent: sent.into(), finishes: false, is_rpc };
            let received = talk(UnixStream::connect(&served.path).unwrap(), &input);
            assert_last_word(&received, is_rpc, "closed after 200ms without a command");
        }
    }
}

/// Commands that run when the console shuts down, and the first output of each.
const RUNNING: [(&str, &str); 3] = [("", ">>> "), ("1\n", "1\n>>> "), ("print(7); loop {}\n", "7\n")];

#[test]
fn shutdown_says_so_to_clients_that_go_on_sending() {
    for mode in MODES {
        for (sent, output) in RUNNING {
            let mut served = Served::start(mode, Namespace::new(), |builder| builder);
            let mut client = Client::connect(&served.path);
            client.send(sent);
            client.until(output);
            let path = served.path.clone();
            let stopper = if mode == Mode::Inline && sent.contains("loop") {
                // The event loop waits for the command.
                continue;
            } else {
                thread::spawn(move || served.stop())
            };
            // Until the end of the output, more than fits into the socket.
            let mut sender = client.stream().try_clone().unwrap();
            let sending = thread::spawn(move || {
                for _ in 0..200 {
                    if sender.write_all(b"1 + 1\n").is_err() {
                        break;
                    }
                    thread::sleep(Duration::from_millis(1));
                }
            });
            let received = client.rest();
            assert_last_word(&received, false, "the console is shutting down");
            sending.join().unwrap();
            stopper.join().unwrap();
            assert!(UnixStream::connect(path).is_err());
        }
    }
}

#[test]
fn shutdown_answers_a_json_rpc_client_in_json_rpc() {
    for mode in [Mode::Threads, Mode::Runtime] {
        let mut served = Served::start(mode, Namespace::new(), |builder| builder);
        let code = "print(7); loop {}";
        let request = |id, code| {
            format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"eval\",\"params\":{{\"code\":\"{code}\"}}}}\n"
            )
        };
        let mut idle = Client::connect(&served.path);
        idle.send(request(1, "1"));
        idle.until("\"id\":1");
        let mut busy = Client::connect(&served.path);
        busy.send(request(1, code));
        busy.until("\"text\":\"7\\n\"");
        // One that prints without an end, and is read only later.
        let mut loud = Client::connect(&served.path);
        loud.send(request(1, "loop { print(\\\"0123456789\\\") }"));
        loud.until("0123456789");
        let stopper = thread::spawn(move || served.stop());
        for client in [&mut idle, &mut busy, &mut loud] {
            let received = client.rest();
            let lines: Vec<_> = received.lines().skip(1).collect();
            for line in &lines {
                assert!(serde_json::from_str::<Json>(line).is_ok(), "{mode:?}: {line:?}");
            }
            assert_last_word(&received, true, "the console is shutting down");
        }
        stopper.join().unwrap();
    }
}

#[test]
fn nc_prints_why_it_is_refused() {
    if !has_tool("nc", "-h", "OpenBSD") {
        return;
    }
    for mode in MODES {
        let served = Served::start(mode, Namespace::new(), |builder| builder.access(Access::none()));
        for _ in 0..25 {
            let mut nc = Command::new("nc");
            let nc = nc.arg("-NU").arg(&served.path).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut nc = nc.stderr(Stdio::null()).spawn().unwrap();
            let _ = nc.stdin.take().unwrap().write_all("1 + 1\n".repeat(100).as_bytes());
            let output = nc.wait_with_output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(said.ends_with("has no access\n"), "{mode:?}: {said:?}");
        }
    }
}

#[test]
fn clients_that_never_finish_cost_a_bounded_number_of_descriptors() {
    let count = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    for mode in MODES {
        let served = Served::start(mode, Namespace::new(), |builder| builder.access(Access::none()));
        let before = count();
        let mut clients: Vec<_> = (0..100).map(|_| Client::connect(&served.path)).collect();
        for client in &mut clients {
            client.until("has no access\n");
        }
        // Other tests of this process may open some too.
        let served_now = count().saturating_sub(before + clients.len());
        assert!(served_now < 80, "{mode:?}: {served_now}");
    }
}

#[test]
fn a_client_that_never_stops_sending_is_cut() {
    for mode in MODES {
        let served = Served::start(mode, Namespace::new(), |builder| builder.access(Access::none()));
        let mut client = UnixStream::connect(&served.path).unwrap();
        client.set_write_timeout(Some(LONG)).unwrap();
        let (start, mut sent) = (Instant::now(), 0);
        while client.write_all(&[b'x'; 4_096]).is_ok() {
            sent += 4_096;
        }
        // What the server drops, and what the kernel keeps.
        assert!(sent < 4 << 20, "{mode:?}: {sent} bytes");
        assert!(start.elapsed() < LONG / 2, "{mode:?}: {:?}", start.elapsed());
    }
}
