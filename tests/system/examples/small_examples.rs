//! The smaller examples: each is started and used as its documentation says.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::example_process::Example;
use crate::support::wait_until;

#[test]
fn no_runtime_example() {
    let example = Example::start("no_runtime");
    let mut client = example.client("");
    let done = "pool.workers.map(|worker| worker.done).sum()";
    wait_until("jobs are done", || client.ask(done).parse::<u64>().unwrap() > 3);
    assert_eq!(client.ask("pool.pause()"), "");
    wait_until("all workers rest", || client.ask("pool.workers.filter(|worker| worker.busy)") == "[]");
    let before: u64 = client.ask("pool.jobs.len()").parse().unwrap();
    wait_until("jobs wait", || client.ask("pool.jobs.len()").parse::<u64>().unwrap() > before + 2);
    client.ask("pool.resume()");
    wait_until("they go on", || client.ask("pool.workers.any(|worker| worker.busy)") == "true");
}

#[test]
fn inline_example() {
    let example = Example::start("inline");
    wait_until("it listens", || std::os::unix::net::UnixStream::connect(&example.path).is_ok());
    let mut client = example.client("");
    wait_until("money moves", || client.ask("bank.transfers").parse::<u64>().unwrap() > 20);
    for _ in 0..50 {
        assert_eq!(client.ask("bank.accounts.map(|account| account.balance).sum()"), "1000");
    }
}

#[test]
fn actor_example() {
    let example = Example::start("actor");
    let mut client = example.client("");
    wait_until("requests arrive", || client.ask("router.unknown").parse::<u64>().unwrap() > 0);
    assert_eq!(client.ask("router.busiest()"), "\"/\"");
    client.ask("router.routes.remove(\"/\"); router.unknown = 0");
    wait_until("they are unknown now", || client.ask("router.unknown").parse::<u64>().unwrap() > 3);
}

#[test]
fn connections_example() {
    let example = Example::start("connections");
    let mut client = example.client("");
    let port: u16 = client.ask("port").parse().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"hello\n").unwrap();
    let mut echo = [0; 6];
    stream.read_exact(&mut echo).unwrap();
    assert_eq!(client.ask("connections.map(|c| [c.value.lines, c.value.bytes]).to_vec()"), "[[1, 6]]");
    let peer = stream.local_addr().unwrap();
    assert_eq!(client.ask("connections[1].name"), format!("\"{peer}\""));
    client.ask("connections[1].abort()");
    assert_eq!(stream.read(&mut echo).unwrap(), 0, "the connection has ended");
    wait_until("its entry leaves", || client.ask("connections") == "{}");
}

#[test]
fn local_example() {
    let example = Example::start("local");
    wait_until("it listens", || std::os::unix::net::UnixStream::connect(&example.path).is_ok());
    let mut client = example.client("");
    wait_until("they play", || client.ask("game.rounds").parse::<u64>().unwrap() > 5);
    client.ask("paused = true; game.players[\"alice\"].score = 100");
    let rounds = client.ask("game.rounds");
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(client.ask("game.rounds"), rounds);
    assert_eq!(client.ask("game.players.max_by(|player| player.score).key()"), "\"alice\"");
}

#[test]
fn run_books_example() {
    let example = Example::start("run_books");
    let mut first = example.client("run-books: import \"sessions\" as sessions;\n");
    first.ask("import \"sessions\" as sessions;");
    assert_eq!(first.ask("sessions::longest(service)"), "\"bob\"");
    assert_eq!(first.ask("before = sessions::calm_down(service); service.limit"), "50");
    let mut second = example.client("");
    assert_eq!(second.ask("before"), "100", "what one binds the other sees");
}

#[test]
fn activated_example() {
    let example = Example::start("activated");
    let mut client = example.client("");
    wait_until("it ticks", || client.ask("ticks").parse::<u64>().unwrap() > 1);
}

#[test]
fn web_example() {
    let example = Example::start("web");
    let mut client = example.client("");
    let port: u16 = client.ask("app.port").parse().unwrap();
    let get = |name: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        write!(stream, "GET /hello/{name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    wait_until("it serves", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    assert!(get("alice").ends_with("Hello, alice\n"));
    assert_eq!(client.ask("app.greeted"), "{\"alice\": 1}");
    client.ask("app.config.greeting = \"Good morning\"");
    assert!(get("alice").ends_with("Good morning, alice\n"));
    assert_eq!(client.ask("app.forget(\"alice\")"), "true");
    assert_eq!(client.ask("app.requests"), "2");
}
