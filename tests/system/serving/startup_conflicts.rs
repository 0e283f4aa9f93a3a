//! Conflicts at the start: full queues, foreign files and directories, simultaneous clean-up.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use manhole::{Builder, Error, Listener, Namespace, spawn, unlink_stale};
use tempfile::TempDir;

use crate::support::{Client, as_nobody, has_tool};

/// Creates a directory that every user can write to, as `/tmp` is.
fn common_place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let path = directory.path().join("app.manhole");
    (directory, path)
}

fn lock_of(path: &Path) -> PathBuf {
    manhole_protocol::socket_path::lock_file(path)
}

/// Starts a server at `address` that accepts no client, with a full queue.
fn full_server(address: &str) -> Option<Child> {
    const SERVER: &str = "
import socket, sys, time
address = sys.argv[1].replace('@', chr(0))
server = socket.socket(socket.AF_UNIX)
server.bind(address)
server.listen(0)
clients = []
try:
    while True:
        client = socket.socket(socket.AF_UNIX)
        client.setblocking(False)
        client.connect(address)
        clients.append(client)
except BlockingIOError:
    print('full', flush=True)
    time.sleep(600)
";
    if !has_tool("python3", "--version", "Python 3") {
        return None;
    }
    let mut server =
        Command::new("python3").args(["-c", SERVER, address]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "full\n");
    Some(server)
}

#[test]
fn a_start_does_not_wait_for_a_server_with_a_full_queue() {
    let (_directory, path) = common_place();
    let name = format!("manhole-full-{}", std::process::id());
    for (address, listener) in [
        (path.to_str().unwrap().to_owned(), Listener::unix(&path)),
        (format!("@{name}"), Listener::abstract_name(&name)),
    ] {
        let Some(mut server) = full_server(&address) else { return };
        let error = spawn(listener, Namespace::new()).unwrap_err();
        let expected = format!(
            "cannot listen on {address}: another process serves it\nhelp: stop it, or choose another address"
        );
        assert_eq!(error.to_string(), expected);
        server.kill().unwrap();
        server.wait().unwrap();
    }
}

#[test]
fn removing_stale_sockets_spares_one_that_is_starting() {
    let (_directory, path) = common_place();
    let done = Arc::new(AtomicBool::new(false));
    let (stop, looked_at) = (Arc::clone(&done), path.clone());
    let cleaner = thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            match unlink_stale(&looked_at) {
                Ok(()) | Err(Error::InUse { .. }) => thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    });
    for _ in 0..300 {
        let console = spawn(&path, Namespace::new()).unwrap();
        assert_eq!(Client::connect(&path).until(">>> "), ">>> ");
        console.shutdown();
    }
    done.store(true, Ordering::Relaxed);
    cleaner.join().unwrap();
    unlink_stale(&path).unwrap();
    assert!(!path.exists() && !lock_of(&path).exists(), "nothing stays");
}

#[test]
fn a_foreign_file_at_the_lock_path_is_kept() {
    let (directory, path) = common_place();
    let (lock, precious) = (lock_of(&path), directory.path().join("precious"));
    fs::write(&precious, "1234567\n").unwrap();
    type Put<'a> = Box<dyn Fn() + 'a>;
    let cases: [(&str, Put<'_>); 6] = [
        ("contains more than a process ID", Box::new(|| fs::write(&lock, "[deps]").unwrap())),
        ("contains more than a process ID", Box::new(|| fs::write(&lock, "1\n2").unwrap())),
        ("contains no text", Box::new(|| fs::write(&lock, [0xff; 8]).unwrap())),
        ("has another hard link", Box::new(|| fs::hard_link(&precious, &lock).unwrap())),
        ("is not a regular file", Box::new(|| symlink(&precious, &lock).unwrap())),
        ("is not a regular file", Box::new(|| fs::create_dir(&lock).unwrap())),
    ];
    for (found, put) in cases {
        put();
        let before = fs::read(&lock).ok();
        let error = spawn(&path, Namespace::new()).unwrap_err();
        assert!(matches!(error, Error::ForeignLock { .. }), "{error}");
        let expected = format!(
            "cannot lock {}: it {found}\nhelp: choose another path, or remove this file if no application needs it",
            lock.display()
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(fs::read(&lock).ok(), before);
        fs::remove_file(&lock).or_else(|_| fs::remove_dir(&lock)).unwrap();
    }
    assert_eq!(fs::read_to_string(&precious).unwrap(), "1234567\n");
    // The files of an ended process are no obstacle.
    fs::write(&lock, "999999999\n").unwrap();
    spawn(&path, Namespace::new()).unwrap().shutdown();
}

#[test]
fn an_empty_path_is_refused() {
    for listener in [Listener::unix(""), Listener::abstract_name("")] {
        let error = spawn(listener, Namespace::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot listen on an empty path\nhelp: name a file, such as /run/app.manhole"
        );
    }
}

#[test]
fn a_passed_socket_must_listen() {
    let (connected, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    let passed = UnixListener::from(std::os::fd::OwnedFd::from(connected));
    let error = spawn(Listener::from_unix(passed), Namespace::new()).unwrap_err();
    assert_eq!(error.to_string(), "cannot use the bound socket: it is not listening");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let passed = std::net::TcpListener::from(std::os::fd::OwnedFd::from(connected));
    let error = spawn(Listener::from_tcp(passed), Namespace::new()).unwrap_err();
    assert_eq!(error.to_string(), "cannot use the bound socket: it is not listening");
}

#[test]
fn a_port_in_use_is_an_error_with_help() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = spawn(Listener::tcp(address), Namespace::new()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot listen on {address}: ")), "{error}");
    assert!(error.ends_with("\nhelp: choose another port, or 0 for any free one"), "{error}");
}

#[test]
fn a_parent_that_is_no_directory_is_named() {
    let (directory, _) = common_place();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    for make in [false, true] {
        let error = Builder::new(Namespace::new())
            .socket_file(|file| file.create_directory = make)
            .spawn(file.join("x"))
            .unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with(&format!("cannot use the directory {}: ", file.display())), "{said}");
    }
    // An existing directory need not be private.
    Builder::new(Namespace::new())
        .socket_file(|file| file.create_directory = true)
        .spawn(directory.path().join("y"))
        .unwrap()
        .shutdown();
}

#[test]
fn the_directory_of_another_user_is_refused() {
    let (directory, _) = common_place();
    let theirs = directory.path().join("theirs");
    let Some(mut nobody) = as_nobody(&[]) else { return };
    assert!(nobody.args(["mkdir", "-m", "755"]).arg(&theirs).status().unwrap().success());
    for make in [false, true] {
        let error = Builder::new(Namespace::new())
            .socket_file(|file| file.create_directory = make)
            .spawn(theirs.join("x"))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cannot use the directory {}: it belongs to uid 65534, which can replace the socket\n\
                 help: choose another directory",
                theirs.display()
            )
        );
    }
}

/// Asserts the error of a start by another user.
#[test]
fn another_user_gets_the_owner_of_a_path_in_use() {
    let (directory, path) = common_place();
    // Other users may lack access to the build folder.
    let program = directory.path().join("host");
    fs::copy(env!("CARGO_BIN_EXE_host"), &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let start = |path: &Path| {
        let mut nobody = as_nobody(&[])?;
        let output = nobody.arg(&program).arg("starter").arg(path).stdin(Stdio::null()).output().unwrap();
        Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
    };
    let own = fs::metadata(directory.path()).unwrap().uid();
    let console = spawn(&path, Namespace::new()).unwrap();
    let Some(said) = start(&path) else { return };
    console.shutdown();
    let lock = lock_of(&path);
    assert!(
        said.starts_with(&format!("cannot lock {}: it belongs to uid {own}\n", lock.display())),
        "{said}"
    );

    fs::remove_file(&lock).unwrap();
    let said = start(&path).unwrap();
    assert!(
        said.starts_with(&format!(
            "cannot check whether a process serves {}: Permission denied",
            path.display()
        )),
        "{said}"
    );

    let closed = tempfile::tempdir().unwrap();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let said = start(&closed.path().join("x")).unwrap();
    assert!(
        said.starts_with(&format!(
            "cannot use the directory {}: it belongs to uid {own}, ",
            closed.path().display()
        )) || said.contains("\nhelp: give uid 65534 write access to "),
        "{said}"
    );
}

#[test]
fn only_root_can_change_the_socket_owner() {
    let (_directory, path) = common_place();
    let started = Builder::new(Namespace::new()).socket_file(|file| file.owner = Some(65_534)).spawn(&path);
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        assert_eq!(fs::symlink_metadata(&path).unwrap().uid(), 65_534);
        started.unwrap().shutdown();
    } else {
        let error = started.unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot change the owner of {}: ", path.display())), "{error}");
        assert!(!path.exists(), "nobody would serve it");
    }
}

#[test]
fn a_datagram_socket_is_kept() {
    let (_directory, path) = common_place();
    let _datagrams = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let error = spawn(&path, Namespace::new()).unwrap_err();
    assert!(matches!(error, Error::Probe { .. }), "{error}");
    assert!(path.exists());
}

#[test]
fn only_sockets_in_own_directories_are_instances() {
    let runtime = tempfile::tempdir().unwrap();
    let directory = runtime.path().join("manhole");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
    let list = || {
        let mut host = Command::new(env!("CARGO_BIN_EXE_host"));
        let output = host.args(["list", ""]).env("XDG_RUNTIME_DIR", runtime.path()).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    fs::write(directory.join("report-2024.sock"), "precious").unwrap();
    drop(UnixListener::bind(directory.join("app-7.sock")).unwrap());
    assert_eq!(list().0, "app 7 stale\n");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    let (listed, said) = list();
    assert!(listed.is_empty() && said.contains("WritableDirectory"), "{listed}{said}");
}

/// Runs `host named NAME` with this directory in the environment, and returns what it prints to its outputs.
fn named(name: &str, runtime_directory: &Path) -> (String, String) {
    let mut host = Command::new(env!("CARGO_BIN_EXE_host"));
    host.args(["named", name]).env("XDG_RUNTIME_DIR", runtime_directory).stdin(Stdio::null());
    let output = host.output().unwrap();
    assert!(output.status.success());
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_second_console_of_a_process_gets_the_next_name() {
    let directory = tempfile::tempdir().unwrap();
    let (paths, errors) = named("app", directory.path());
    assert_eq!(errors, "");
    let names: Vec<&str> = paths.lines().map(|path| path.rsplit_once('/').unwrap().1).collect();
    let number = |name: &str| name.replace(|char: char| char.is_ascii_digit(), "");
    assert_eq!(names.iter().map(|name| number(name)).collect::<Vec<_>>(), ["app-.sock", "app--.sock"]);
    assert!(names[1].starts_with("app-2-"), "{paths}");
    assert!(paths.lines().all(|path| path.starts_with(directory.path().to_str().unwrap())), "{paths}");
}

#[test]
fn a_console_that_cannot_start_does_not_end_its_application() {
    let directory = tempfile::tempdir().unwrap();
    let (paths, errors) = named(&"long".repeat(50), directory.path());
    assert_eq!(paths, "none\nnone\n");
    assert!(errors.starts_with("manhole: no console: cannot listen on "), "{errors}");
    assert!(errors.contains("\nhelp: choose a shorter path\n"), "{errors}");
}

#[test]
fn a_runtime_directory_of_others_is_not_used() {
    let directory = tempfile::tempdir().unwrap();
    let taken = directory.path().join("manhole");
    fs::create_dir(&taken).unwrap();
    fs::set_permissions(&taken, fs::Permissions::from_mode(0o777)).unwrap();
    let (paths, errors) = named("app-of-a-test", directory.path());
    assert_eq!(errors, "");
    for path in paths.lines() {
        assert!(path.starts_with("/tmp/manhole-"), "{path}");
        manhole::unlink(path).unwrap();
    }
}
