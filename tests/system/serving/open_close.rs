//! Opening and closing while the application runs: by its code, by a signal, by an environment variable.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use manhole::{Builder, Error, EventKind, Namespace, manhole, spawn};

use crate::support::{Client, Program, wait_until};

#[test]
fn the_console_opens_and_closes_repeatedly() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.manhole");
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let builder = Builder::new(manhole! { n => 1_u8 }).start_closed(true).audit(move |event| {
        let name = match event.kind {
            EventKind::Opened => "opened",
            EventKind::Closed => "closed",
            _ => return,
        };
        heard.lock().unwrap().push(name);
    });
    let console = builder.spawn(&path).unwrap();
    assert!(!console.is_open() && !path.exists() && console.addresses().is_empty());
    for _ in 0..3 {
        console.open().unwrap();
        console.open().unwrap();
        let mut client = Client::connect(&path);
        client.prompt();
        assert_eq!(client.ask("n"), "1");
        console.clone().shutdown();
        assert_eq!(client.rest(), "\nthe console is shutting down\n");
        assert!(!console.is_open());
    }
    assert_eq!(*events.lock().unwrap(), ["opened", "closed"].repeat(3));
    let other = spawn(&path, Namespace::new()).unwrap();
    assert!(matches!(console.open(), Err(Error::InUse { .. })));
    other.shutdown();
    console.open().unwrap();
    console.shutdown();
}

#[test]
fn the_first_signal_opens_and_the_second_closes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.manhole");
    let mut host = Command::new(env!("CARGO_BIN_EXE_host"));
    let mut host = Program::start(host.arg("toggled").arg(&path).stdout(Stdio::piped()));
    let mut ready = [0; 6];
    host.child().stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    assert!(!path.exists());
    for _ in 0..3 {
        host.signal("USR2");
        wait_until("it is open", || std::os::unix::net::UnixStream::connect(&path).is_ok());
        let mut client = Client::connect(&path);
        client.prompt();
        assert_eq!(client.ask("n"), "1");
        host.signal("USR2");
        assert_eq!(client.rest(), "\nthe console is shutting down\n");
        wait_until("it is closed", || std::os::unix::net::UnixStream::connect(&path).is_err());
    }
    assert!(host.child().try_wait().unwrap().is_none(), "the application continues");
}

#[test]
fn an_environment_variable_opens_the_console() {
    let directory = tempfile::tempdir().unwrap();
    let (path, other) = (directory.path().join("app.manhole"), directory.path().join("other"));
    for (value, served) in
        [(None, None), (Some("0"), None), (Some("1"), Some(&path)), (other.to_str(), Some(&other))]
    {
        let mut host = Command::new(env!("CARGO_BIN_EXE_host"));
        host.args(["open_from_env".as_ref(), path.as_os_str()]).stdin(Stdio::null());
        host.env_remove("APP_MANHOLE").envs(value.map(|value| ("APP_MANHOLE", value)));
        let said = String::from_utf8(host.output().unwrap().stdout).unwrap();
        let expected = served.map_or("closed\n".to_owned(), |path| format!("{}\n", path.display()));
        assert_eq!(said, expected, "{value:?}");
    }
}

#[test]
fn roots_are_dropped_with_the_last_handle_of_a_closed_console() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.manhole");
    let state = Arc::new(Mutex::new(1_u8));
    let console = spawn(&path, manhole! { state => state }).unwrap();
    let mut client = Client::connect(&path);
    client.prompt();
    assert_eq!(client.ask("kept = state; state"), "1");
    console.shutdown();
    drop(console);
    wait_until("the root is dropped", || Arc::strong_count(&state) == 1);
}
