//! Listeners besides the socket file: TCP, abstract names, inherited sockets.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use manhole::{
    Access, Address, Builder, Error, EventKind, Level, Listener, Namespace, manhole, spawn, unlink_stale,
};

use crate::support::serve_modes::{MODES, Mode, Served};
use crate::support::{Client, LONG, Manhole, Program, Stream, as_nobody, has_tool, wait_until};

const TOKEN: &str = "correct horse battery staple";

const LOOPBACK: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// Connects over TCP.
fn tcp(address: SocketAddr) -> Client<TcpStream> {
    Client::over(TcpStream::connect(address).unwrap())
}

/// Returns an unused address.
fn free() -> SocketAddr {
    TcpListener::bind(SocketAddr::from(LOOPBACK)).unwrap().local_addr().unwrap()
}

fn port(addresses: &[Address]) -> SocketAddr {
    let port = addresses.iter().find_map(|address| match address {
        Address::Tcp(address) => Some(*address),
        _ => None,
    });
    port.unwrap()
}

#[test]
fn conformance_a9_a_port_and_a_path_at_once() {
    let manhole = Manhole::with(manhole! { n => 1_u8 }, |builder| builder.listen(Listener::tcp(LOOPBACK)));
    let addresses = manhole.console.addresses();
    assert_eq!(addresses[0], Address::Path(manhole.path.clone()));
    let address = port(&addresses);
    assert_ne!(address.port(), 0);
    assert_eq!(addresses[1].command(), format!("nc 127.0.0.1 {}", address.port()));
    let mut client = tcp(address);
    client.prompt();
    assert_eq!(client.ask("n"), "1");
    assert_eq!(client.ask("level()"), "\"admin\"");
    assert_eq!(manhole.ask("n"), "1");
    fn talk<S: Stream>(mut client: Client<S>) {
        assert_eq!(client.until(">>> "), ">>> ");
        client.send("print(\"hello\")\n");
        assert_eq!(client.until(">>> "), "hello\n>>> ");
        client.send("101\n");
        assert_eq!(client.until(">>> "), "101\n>>> ");
    }
    talk(tcp(address));
    talk(Client::connect(&manhole.path));
}

#[test]
fn nc_reaches_a_port() {
    if !has_tool("nc", "-h", "OpenBSD") {
        return;
    }
    let console = spawn(Listener::tcp(LOOPBACK), manhole! { n => 1_u8 }).unwrap();
    let address = port(&console.addresses());
    let mut nc = Command::new("nc");
    nc.args(["-N", &address.ip().to_string(), &address.port().to_string()]);
    let mut nc = nc.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    nc.stdin.take().unwrap().write_all(b"n + 1\n").unwrap();
    let output = nc.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with(">>> 2\n"), "{said:?}");
    console.shutdown();
}

#[test]
fn only_the_token_admits_a_client() {
    for mode in MODES {
        let address = free();
        let refused = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&refused);
        let served = Served::start(mode, manhole! { n => Arc::new(Mutex::new(1_u8)) }, |builder| {
            builder
                .listen(Listener::tcp(address).token(TOKEN, Level::Observe))
                .connection_limits(|limits| limits.token_timeout = LONG)
                .audit(move |event| {
                    if let EventKind::Refused { reason, .. } = event.kind {
                        assert!(event.peer.address.is_some());
                        heard.lock().unwrap().push(reason.to_owned());
                    }
                })
        });
        let mut client = tcp(address);
        assert_eq!(client.until("token: "), "token: ");
        client.send(format!("{TOKEN}\nn\n"));
        client.prompt();
        assert_eq!(client.prompt(), "1\n", "{mode:?}");
        assert_eq!(client.ask("level()"), "\"observe\"");
        assert!(client.ask("n = 2").starts_with("error: "));
        for (sent, reason) in [
            (format!("{}\n", &TOKEN[..TOKEN.len() - 1]), "wrong token"),
            (format!("{TOKEN} \n"), "wrong token"),
            ("\n".to_owned(), "wrong token"),
            ("\x03".to_owned(), "wrong token"),
            ("n\n".to_owned(), "wrong token"),
        ] {
            let mut client = tcp(address);
            client.send(&sent);
            assert_eq!(
                client.rest(),
                format!("token: \nerror: cannot open a session: {reason}\n"),
                "{mode:?}: {sent:?}"
            );
            assert_eq!(refused.lock().unwrap().pop().as_deref(), Some(reason));
        }
        let mut silent = tcp(address);
        silent.finish();
        assert_eq!(
            silent.rest(),
            "token: \nerror: cannot open a session: the input ended before the token\n"
        );
        // The other listener needs no token.
        assert_eq!(served.connect().ask("level()"), "\"admin\"");
    }
}

#[test]
fn a_missing_token_times_out() {
    for mode in MODES {
        let address = free();
        let refused = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&refused);
        let served = Served::start(mode, Namespace::new(), |builder| {
            let listener = Listener::tcp(address).token(TOKEN, Level::Observe);
            builder
                .listen(listener)
                .connection_limits(|limits| limits.token_timeout = Duration::from_millis(300))
                .audit(move |event| {
                    if let EventKind::Refused { reason, .. } = event.kind {
                        heard.lock().unwrap().push(reason.to_owned());
                    }
                })
        });
        assert_eq!(
            tcp(address).rest(),
            "token: \nerror: cannot open a session: no token within 300ms\n",
            "{mode:?}"
        );
        assert_eq!(*refused.lock().unwrap(), ["no token within 300ms"], "{mode:?}");
        drop(served);
    }
}

#[test]
fn clients_without_a_token_block_no_other_client() {
    for mode in MODES {
        let address = free();
        let served = Served::start(mode, manhole! { n => 1_u8 }, |builder| {
            let listener = Listener::tcp(address).token(TOKEN, Level::Observe);
            builder.listen(listener).connection_limits(|limits| {
                limits.sessions = 4;
                limits.token_timeout = LONG;
            })
        });
        let mut silent: Vec<_> = (0..16)
            .map(|_| {
                let mut client = tcp(address);
                client.until("token: ");
                client
            })
            .collect();
        // One more client displaces the oldest.
        let mut late = tcp(address);
        late.until("token: ");
        assert_eq!(
            silent.remove(0).rest(),
            "\nerror: cannot open a session: too many connections wait for a token\n"
        );
        late.send(format!("{TOKEN}\n"));
        late.prompt();
        // A client with a token is no browser.
        late.send("\x03");
        assert_eq!(late.prompt(), "\n");
        assert_eq!(late.ask("n"), "1", "{mode:?}");
        let mut own = served.connect();
        assert_eq!(own.ask("n"), "1", "{mode:?}");
        let mut welcome = silent.pop().unwrap();
        welcome.send(format!("{TOKEN}\n"));
        welcome.prompt();
        assert_eq!(welcome.ask("n"), "1");
    }
}

#[test]
fn a_reachable_address_needs_consent_and_a_token() {
    let anywhere = || Listener::tcp(([0, 0, 0, 0], 0));
    let refused = |listener: Listener| spawn(listener, Namespace::new()).unwrap_err();
    assert!(matches!(refused(anywhere()), Error::NotLoopback { .. }));
    assert!(matches!(refused(anywhere().token(TOKEN, Level::Admin)), Error::NotLoopback { .. }));
    assert!(matches!(
        refused(anywhere().dangerously_in_clear_text_over_the_network()),
        Error::NoToken { .. }
    ));
    let bound = TcpListener::bind(("0.0.0.0", 0)).unwrap();
    // Before the port is opened, which fails here.
    let taken = bound.local_addr().unwrap();
    assert!(matches!(refused(Listener::tcp(taken)), Error::NotLoopback { .. }));
    assert!(matches!(refused(Listener::from_tcp(bound)), Error::NotLoopback { .. }));
    assert!(matches!(refused(Listener::tcp(LOOPBACK).token("too short", Level::Admin)), Error::WeakToken));
    let listener = anywhere().token(TOKEN, Level::Operate).dangerously_in_clear_text_over_the_network();
    let shown = format!("{listener:?}");
    assert!(!shown.contains(TOKEN), "{shown}");
    let console = spawn(listener, manhole! { n => 1_u8 }).unwrap();
    let mut client = tcp(([127, 0, 0, 1], port(&console.addresses()).port()).into());
    client.until("token: ");
    client.send(format!("{TOKEN}\n"));
    client.prompt();
    assert_eq!(client.ask("n"), "1");
    console.shutdown();
}

#[test]
fn a_web_page_cannot_speak_to_a_port() {
    for mode in MODES {
        let address = free();
        let state = Arc::new(Mutex::new(1_u8));
        let served =
            Served::start(mode, manhole! { n => state }, |builder| builder.listen(Listener::tcp(address)));
        let mut browser = tcp(address);
        browser.send("POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nn = 2\r\n");
        let answer = browser.rest();
        assert!(answer.ends_with("error: this is a console, not a web server\n"), "{mode:?}: {answer:?}");
        assert_eq!(*state.lock().unwrap(), 1);
        // The beginning of a TLS connection; a web page can choose some of its bytes.
        for hello in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"\x80\xff\n"] {
            let mut browser = tcp(address);
            browser.send([hello, b"\nn = 2\n"].concat());
            let answer = browser.rest();
            assert!(answer.ends_with("error: this is a console, not a web server\n"), "{mode:?}: {answer:?}");
            assert_eq!(*state.lock().unwrap(), 1);
        }
        drop(served);
    }
}

#[test]
fn group_rules_match_over_tcp() {
    use std::os::unix::fs::MetadataExt;

    let uid = std::fs::metadata("/proc/self").unwrap().uid().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    let user = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|user| user[2] == uid);
    let Some(group) = user.map(|user| user[3].parse().unwrap()) else { return };
    let served = Manhole::with(Namespace::new(), |builder| {
        builder.listen(Listener::tcp(LOOPBACK)).access(Access::none().group(group, Level::Operate))
    });
    let mut client = tcp(port(&served.console.addresses()));
    client.prompt();
    assert_eq!(client.ask("level()"), "\"operate\"");
}

#[test]
fn access_rules_apply_over_tcp() {
    let served = Manhole::with(Namespace::new(), |builder| {
        builder.listen(Listener::tcp(LOOPBACK)).access(Access::none().own_user(Level::Observe))
    });
    let address = port(&served.console.addresses());
    let mut client = tcp(address);
    client.prompt();
    assert_eq!(client.ask("level()"), "\"observe\"");
    // Another user.
    let (Some(mut other), true) = (as_nobody(&[]), has_tool("nc", "-h", "OpenBSD")) else { return };
    let output = other
        .args(["nc", "127.0.0.1"])
        .arg(address.port().to_string())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "\nerror: cannot open a session: user 65534 has no access\n");
}

/// Connects from a port to another one, sends a line, and resets the connection.
const RESET: &str = "
import socket, struct, sys
client = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
print(client.getsockname()[1])
client.sendall(b'n = 2\\n')
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
client.close()
";

/// Connects from a port.
const CONNECT_FROM: &str = "
import socket, sys
client = socket.socket()
client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
client.bind(('127.0.0.1', int(sys.argv[2])))
client.connect(('127.0.0.1', int(sys.argv[1])))
print('connected', flush=True)
client.recv(1)
";

/// Returns a listener in whose queue a dead connection of another user waits, and then one of this user from the same port. Returns `None`
/// if the port is taken.
fn dead_and_next_of_port() -> Option<(TcpListener, Program)> {
    let listener = TcpListener::bind(SocketAddr::from(LOOPBACK)).unwrap();
    let at = listener.local_addr().unwrap().port().to_string();
    let mut other = as_nobody(&[])?;
    // The other user may not run programs in the directories of this one.
    other.env("PATH", "/usr/bin:/bin");
    let reset = other.args(["python3", "-c", RESET, &at]).output().unwrap();
    assert!(reset.status.success(), "{reset:?}");
    let from = String::from_utf8(reset.stdout).unwrap();
    let mut second = Command::new("python3");
    second.args(["-c", CONNECT_FROM, &at, from.trim()]).stdout(Stdio::piped());
    let mut second = Program::start(&mut second);
    let mut said = [0; 10];
    std::io::Read::read_exact(second.child().stdout.as_mut().unwrap(), &mut said).ok()?;
    Some((listener, second))
}

#[test]
fn a_dead_connection_is_not_taken_for_the_next_user_of_its_port() {
    if as_nobody(&[]).is_none() || !has_tool("python3", "--version", "Python 3") {
        return;
    }
    // Another process may take the port between the two.
    let (listener, _second) =
        std::iter::repeat_with(dead_and_next_of_port).take(20).flatten().next().unwrap();
    // Both wait in the queue. Without prompts nothing shows that the first one is dead.
    let ends = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&ends);
    let builder = Builder::new(manhole! { n => 1_u8 }).prompts("", "").audit(move |event| {
        let end = match event.kind {
            EventKind::Refused { reason, .. } => reason.to_owned(),
            EventKind::Command { text, .. } => format!("it ran {text}"),
            _ => return,
        };
        heard.lock().unwrap().push(end);
    });
    let console = builder.spawn(Listener::from_tcp(listener)).unwrap();
    wait_until("the first one is refused or runs", || !ends.lock().unwrap().is_empty());
    assert_eq!(*ends.lock().unwrap(), ["an unknown user has no access"]);
    console.shutdown();
}

#[test]
#[cfg(target_os = "linux")]
fn an_abstract_socket_name() {
    use std::os::linux::net::SocketAddrExt;
    let name = format!("manhole-test-{}", std::process::id());
    let console = spawn(Listener::abstract_name(&name), manhole! { n => 1_u8 }).unwrap();
    let connect = || {
        let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
        Client::over(std::os::unix::net::UnixStream::connect_addr(&address).unwrap())
    };
    let mut client = connect();
    client.prompt();
    assert_eq!(client.ask("n"), "1");
    let again = spawn(Listener::abstract_name(&name), Namespace::new()).unwrap_err();
    assert_eq!(
        again.to_string(),
        format!(
            "cannot listen on @{name}: process {} serves it\nhelp: stop it, or choose another address",
            std::process::id()
        )
    );
    console.shutdown();
    console.open().unwrap();
    connect().prompt();
    console.shutdown();
}

#[test]
fn a_bound_socket_is_used_and_left_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bound");
    let listener = UnixListener::bind(&path).unwrap();
    let copy = listener.try_clone().unwrap();
    let console = spawn(Listener::from_unix(listener), manhole! { n => 1_u8 }).unwrap();
    assert_eq!(console.addresses(), [Address::Path(path.clone())]);
    let mut client = Client::connect(&path);
    client.prompt();
    assert_eq!(client.ask("n"), "1");
    console.shutdown();
    drop(client);
    // Other owners of the socket can still use it.
    let waiting = std::os::unix::net::UnixStream::connect(&path).unwrap();
    copy.set_nonblocking(false).unwrap();
    assert!(copy.accept().is_ok());
    drop(waiting);
    let bound = TcpListener::bind(SocketAddr::from(LOOPBACK)).unwrap();
    let address = bound.local_addr().unwrap();
    let console = spawn(Listener::from_tcp(bound), manhole! { n => 2_u8 }).unwrap();
    for _ in 0..2 {
        let mut client = tcp(address);
        client.prompt();
        assert_eq!(client.ask("n"), "2");
        console.shutdown();
        console.open().unwrap();
    }
    console.shutdown();
}

#[test]
fn several_listeners_open_together_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let taken = spawn(path("taken"), Namespace::new()).unwrap();
    let builder = Builder::new(manhole! { n => 1_u8 }).listen(path("second")).listen(path("taken"));
    assert!(matches!(builder.spawn(path("first")), Err(Error::InUse { .. })));
    for name in ["first", "second"] {
        assert!(unlink_stale(path(name)).is_ok(), "nobody serves it");
    }
    taken.shutdown();
    for mode in MODES {
        let other = path("other");
        let served = Served::start(mode, manhole! { n => 1_u8 }, |builder| builder.listen(&other));
        // An event loop opens them one after the other, during this.
        crate::support::wait_until("the other is there too", || {
            std::os::unix::net::UnixStream::connect(&other).is_ok()
        });
        let mut clients: Vec<_> =
            (0..6).map(|n| Client::connect(if n % 2 == 0 { &served.path } else { &other })).collect();
        for client in &mut clients {
            client.prompt();
            assert_eq!(client.ask("n"), "1", "{mode:?}");
        }
    }
}

#[test]
fn sessions_are_limited_across_listeners() {
    for mode in MODES {
        let address = free();
        let served = Served::start(mode, manhole! { n => 1_u8 }, |builder| {
            builder.listen(Listener::tcp(address)).connection_limits(|limits| limits.sessions = 2)
        });
        let mut first = served.connect();
        let mut second = tcp(address);
        second.prompt();
        assert_eq!(
            tcp(address).rest(),
            "\nerror: cannot open a session: the console has its maximum of 2 sessions\n",
            "{mode:?}"
        );
        let mut refused = Client::connect(&served.path);
        assert_eq!(
            refused.rest(),
            "\nerror: cannot open a session: the console has its maximum of 2 sessions\n"
        );
        assert_eq!(first.ask("n"), "1");
        drop(second);
        wait_until("there is room again", || {
            let mut client = tcp(address);
            client.until_any(&[">>> ", "sessions\n"]).ends_with(">>> ")
        });
    }
}

/// Starts a console with a port and a socket, and returns it with the number of ended sessions.
fn counted(mode: Mode, address: SocketAddr, timeout: Duration) -> (Served, Arc<Mutex<usize>>) {
    let ended = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&ended);
    let served = Served::start(mode, Namespace::new(), |builder| {
        builder.listen(Listener::tcp(address)).limits(|limits| limits.timeout = timeout).audit(move |event| {
            if let EventKind::Disconnected { .. } = event.kind {
                *counted.lock().unwrap() += 1;
            }
        })
    });
    // `wait_until` opened a session too.
    wait_until("that one is over", || std::mem::take(&mut *ended.lock().unwrap()) == 1);
    (served, ended)
}

#[test]
fn a_tcp_disconnect_stops_the_command() {
    for mode in MODES {
        let address = free();
        let (served, ended) = counted(mode, address, LONG);
        let mut client = tcp(address);
        client.prompt();
        client.send("print(\"begun\"); loop {}\n");
        client.until("begun\n");
        client.send("\x03");
        assert_eq!(client.prompt(), "error: stopped: interrupted\n", "{mode:?}");
        // Unread data turns its close into a reset. A client that has read everything may only have finished sending.
        client.send("print(1); loop {}\n");
        std::thread::sleep(Duration::from_millis(50));
        drop(client);
        wait_until("its session is over", || *ended.lock().unwrap() == 1);
        drop(served);
    }
}

#[test]
fn a_watch_over_tcp_ends_after_its_client() {
    for mode in [Mode::Threads, Mode::Runtime] {
        let address = free();
        let (served, ended) = counted(mode, address, Duration::from_secs(2));
        let mut client = tcp(address);
        client.prompt();
        client.send("watch(\"20ms\", || 1)\n");
        client.until("  1\n");
        // It has read everything, so its close looks like the end of its input.
        drop(client);
        wait_until("its session is over", || *ended.lock().unwrap() == 1);
        drop(served);
    }
}

/// Starts the test host like a service manager that has created these sockets.
const ACTIVATE: &str = "
import os, socket, sys
program, names, *places = sys.argv[1:]
for at, place in enumerate(places):
    if place.startswith('/'):
        made = socket.socket(socket.AF_UNIX)
        made.bind(place)
    else:
        made = socket.socket(socket.AF_INET)
        made.bind(('127.0.0.1', int(place)))
    made.listen()
    os.dup2(made.detach(), 3 + at)
    os.set_inheritable(3 + at, True)
os.environ.update(LISTEN_FDS=str(len(places)), LISTEN_FDNAMES=names, LISTEN_PID=str(os.getpid()))
os.execv(program, [program, 'activated'])
";

#[test]
fn inherited_sockets() {
    if !has_tool("python3", "--version", "Python 3") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let address = free();
    let mut service = Command::new("python3");
    service.args(["-c", ACTIVATE, env!("CARGO_BIN_EXE_host"), "web:manhole:manhole"]);
    service.args([path("web"), path("manhole")]).arg(address.port().to_string());
    // A client may connect before the process starts.
    let _service = Program::start(&mut service);
    wait_until("the socket is there", || std::os::unix::net::UnixStream::connect(path("manhole")).is_ok());
    let mut client = Client::connect(&path("manhole"));
    client.prompt();
    assert_eq!(client.ask("n"), "1");
    let mut client = tcp(address);
    client.prompt();
    assert_eq!(client.ask("n"), "1");
}

#[test]
fn a_missing_inherited_socket_is_an_error() {
    let error = spawn(Listener::activated(Some("manhole")), Namespace::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot use socket activation: the service manager has passed no socket named \"manhole\"\n\
         help: check LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES, and FileDescriptorName= of the socket unit"
    );
}
