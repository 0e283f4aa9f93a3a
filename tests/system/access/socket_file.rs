//! The socket file: its mode, its owner, stale sockets.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use manhole::{Address, Builder, Error, EventKind, Namespace, manhole, spawn, unlink, unlink_stale};
use tempfile::TempDir;

use crate::support::{Client, as_nobody, open_directory, wait_until};

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.manhole");
    (directory, path)
}

/// Returns the lock file beside a socket.
fn lock_of(path: &Path) -> PathBuf {
    manhole_protocol::socket_path::lock_file(path)
}

/// Creates a stale socket.
fn leave_stale(path: &Path) {
    drop(UnixListener::bind(path).unwrap());
    // A process that another test starts holds a copy until it runs.
    wait_until("nobody serves it", || std::os::unix::net::UnixStream::connect(path).is_err());
    assert!(fs::symlink_metadata(path).unwrap().file_type().is_socket());
}

#[test]
fn the_socket_has_mode_0600_from_its_first_moment() {
    let (directory, path) = place();
    // A watcher reads the mode continuously while consoles start one after the other.
    let done = Arc::new(AtomicBool::new(false));
    let (watched, stop) = (path.clone(), Arc::clone(&done));
    let watcher = thread::spawn(move || {
        let mut seen = 0_u32;
        while !stop.load(Ordering::Relaxed) {
            if let Ok(found) = fs::symlink_metadata(&watched) {
                assert_eq!(found.permissions().mode() & 0o777, 0o600);
                seen += 1;
            }
        }
        seen
    });
    for _ in 0..200 {
        let console = spawn(&path, Namespace::new()).unwrap();
        console.shutdown();
        drop(console);
        fs::remove_file(&path).unwrap();
    }
    done.store(true, Ordering::Relaxed);
    assert!(watcher.join().unwrap() > 0);
    drop(directory);
}

#[test]
fn a_path_is_served_again_after_shutdown_and_the_file_stays() {
    let (_directory, path) = place();
    for _ in 0..3 {
        let console = spawn(&path, manhole! { n => 1_u8 }).unwrap();
        assert_eq!(console.addresses(), [Address::Path(path.clone())]);
        let mut client = Client::connect(&path);
        client.prompt();
        assert_eq!(client.ask("n"), "1");
        console.shutdown();
        assert!(path.exists(), "never unlinked on shutdown");
    }
}

#[test]
fn a_stale_socket_is_replaced() {
    let (_directory, path) = place();
    leave_stale(&path);
    let console = spawn(&path, Namespace::new()).unwrap();
    Client::connect(&path).prompt();
    console.shutdown();
}

#[test]
fn unlink_stale_false_keeps_a_stale_socket() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.manhole");
    let start = || Builder::new(Namespace::new()).socket_file(|file| file.replace_stale = false).spawn(&path);
    start().unwrap().shutdown();
    assert!(path.exists());
    let error = start().unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot listen on {}: ", path.display())), "{error}");
    assert!(
        error.ends_with("\nhelp: remove the file if no process serves it, or choose another path"),
        "{error}"
    );
    wait_until("nobody serves it", || unlink_stale(&path).is_ok());
    start().unwrap().shutdown();
}

#[test]
fn a_path_in_use_is_refused() {
    let (_directory, path) = place();
    let console = spawn(&path, manhole! { who => "first".to_owned() }).unwrap();
    let error = spawn(&path, Namespace::new()).unwrap_err();
    let expected = format!("cannot listen on {}: process {} serves it\n", path.display(), std::process::id());
    assert!(error.to_string().starts_with(&expected), "{error}");
    let mut client = Client::connect(&path);
    client.prompt();
    assert_eq!(client.ask("who"), "\"first\"");
    console.shutdown();
}

#[test]
fn a_socket_of_another_program_is_kept() {
    let (_directory, path) = place();
    let _other = UnixListener::bind(&path).unwrap();
    assert!(
        matches!(spawn(&path, Namespace::new()), Err(Error::InUse { pid: Some(pid), .. }) if pid == std::process::id())
    );
    assert!(matches!(unlink_stale(&path), Err(Error::InUse { .. })));
    assert!(path.exists());
}

#[test]
fn one_of_simultaneous_starts_serves() {
    for _ in 0..20 {
        let (_directory, path) = place();
        leave_stale(&path);
        let starters = 8;
        let barrier = Arc::new(Barrier::new(starters));
        let threads: Vec<_> = (0..starters)
            .map(|_| {
                let (barrier, path) = (Arc::clone(&barrier), path.clone());
                thread::spawn(move || {
                    barrier.wait();
                    spawn(&path, Namespace::new())
                })
            })
            .collect();
        let results: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let winners: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
        assert_eq!(winners.len(), 1, "{results:?}");
        assert!(
            results.iter().all(|result| matches!(result, Ok(_) | Err(Error::InUse { .. }))),
            "{results:?}"
        );
        Client::connect(&path).prompt();
        winners[0].shutdown();
    }
}

#[test]
fn a_regular_file_is_kept() {
    let (directory, path) = place();
    let target = directory.path().join("target");
    fs::write(&target, "precious").unwrap();
    type Put<'a> = Box<dyn Fn() + 'a>;
    let cases: [(&str, Put<'_>); 3] = [
        ("a file", Box::new(|| fs::write(&path, "precious").unwrap())),
        ("a directory", Box::new(|| fs::create_dir(&path).unwrap())),
        ("a symbolic link", Box::new(|| symlink(&target, &path).unwrap())),
    ];
    for (found, put) in cases {
        put();
        let expected = format!(
            "cannot use {}: expected a socket, found {found}\nhelp: choose another path",
            path.display()
        );
        assert_eq!(spawn(&path, Namespace::new()).unwrap_err().to_string(), expected);
        assert_eq!(unlink_stale(&path).unwrap_err().to_string(), expected);
        assert_eq!(unlink(&path).unwrap_err().to_string(), expected);
        assert!(fs::symlink_metadata(&path).is_ok());
        fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).unwrap();
    }
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
}

#[test]
fn unlink_and_unlink_stale() {
    let (directory, path) = place();
    unlink_stale(&path).unwrap();
    unlink(&path).unwrap();
    // Where there is no socket, no file beside it is needed.
    unlink_stale(directory.path().join("no/such/app.manhole")).unwrap();
    leave_stale(&path);
    unlink_stale(&path).unwrap();
    assert!(!path.exists());
    let _served = UnixListener::bind(&path).unwrap();
    unlink(&path).unwrap();
    assert!(!path.exists());
}

#[test]
fn start_errors_name_the_path_and_give_help() {
    let (directory, _) = place();
    let missing = directory.path().join("no/such/app.manhole");
    let error = spawn(&missing, Namespace::new()).unwrap_err().to_string();
    let directory_of = missing.parent().unwrap().display();
    assert_eq!(
        error,
        format!(
            "cannot use the directory {directory_of}: it does not exist\nhelp: create it, or set SocketFile::create_directory"
        )
    );
    let long = directory.path().join("x".repeat(120));
    let error = spawn(&long, Namespace::new()).unwrap_err().to_string();
    assert!(error.contains(&*long.to_string_lossy()) && error.contains("at most 107 bytes"), "{error}");
}

#[test]
fn an_invalid_root_name_prevents_the_start() {
    let (_directory, path) = place();
    let namespace = Namespace::new().with("help", "", manhole::NamespaceItem::root(1_u8));
    let error = spawn(&path, namespace).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot use `help` as a name: it is a builtin of the console\nhelp: choose another name"
    );
    assert!(!path.exists());
}

#[test]
fn socket_mode_and_group_are_configurable() {
    use std::os::unix::fs::MetadataExt;

    let (_directory, path) = place();
    let own = fs::metadata("/proc/self").unwrap();
    // Root can choose a group that the file would not have anyway.
    let group = if own.uid() == 0 { own.gid() + 1 } else { own.gid() };
    let console = Builder::new(Namespace::new())
        .socket_file(|file| {
            file.mode = 0o660;
            file.group = Some(group);
        })
        .spawn(&path)
        .unwrap();
    let found = fs::symlink_metadata(&path).unwrap();
    assert_eq!((found.permissions().mode() & 0o777, found.gid()), (0o660, group));
    console.shutdown();
}

#[test]
fn make_directory_creates_a_private_directory() {
    let (directory, _) = place();
    let path = directory.path().join("run/app.manhole");
    let error = spawn(&path, Namespace::new()).unwrap_err().to_string();
    assert!(error.ends_with("or set SocketFile::create_directory"), "{error}");
    let console =
        Builder::new(Namespace::new()).socket_file(|file| file.create_directory = true).spawn(&path).unwrap();
    let made = fs::metadata(path.parent().unwrap()).unwrap();
    assert_eq!(made.permissions().mode() & 0o777, 0o700);
    console.shutdown();
}

#[test]
fn a_directory_writable_by_others_is_refused() {
    let (directory, path) = place();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let error = spawn(&path, Namespace::new()).unwrap_err();
    assert!(matches!(error, Error::WritableDirectory { .. }));
    // A bare name is relative to the working directory.
    let mut starter = Command::new(env!("CARGO_BIN_EXE_host"));
    starter.args(["starter", "app.manhole"]).current_dir(directory.path()).stdin(Stdio::null());
    let said = String::from_utf8(starter.output().unwrap().stdout).unwrap();
    assert!(said.starts_with("cannot use the directory .: other users can write to it"), "{said}");
    assert!(error.to_string().contains("\nhelp: choose another directory, or run `chmod go-w "), "{error}");
    // The sticky bit protects files from users other than their owner.
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    spawn(&path, Namespace::new()).unwrap().shutdown();
}

#[test]
fn instances_are_listed_as_live_or_stale() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let runtime = tempfile::tempdir().unwrap();
    let host = |mode: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
        command.args([mode, "default"]).env("XDG_RUNTIME_DIR", runtime.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    };
    let list = || String::from_utf8(host("list").output().unwrap().stdout).unwrap();
    assert_eq!(list(), "");
    let mut child = host("threads").spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let pid = child.id();
    assert_eq!(list(), format!("the_host {pid} live\n"));
    let path = runtime.path().join(format!("manhole/the_host-{pid}.sock"));
    assert_eq!(Client::connect(&path).until(">>> "), ">>> ");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(list(), format!("the_host {pid} stale\n"));
}

/// Connects as another user, with access to the socket but not to what the console protects.
#[test]
fn access_rules_apply_to_another_user() {
    use std::io::Write;
    use std::process::Stdio;

    use manhole::{Access, Level};

    const NOBODY: u32 = 65_534;
    if as_nobody(&[]).is_none() {
        return;
    }
    let directory = open_directory(0o755);
    let path = directory.path().join("app.manhole");
    let ask = |input: &str| {
        let mut child = as_nobody(&[4_321])
            .unwrap()
            .args(["nc", "-N", "-U", path.to_str().unwrap()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // A refused client may disconnect before anything is sent.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let serve = |access: Access, mode: u32| {
        let gizmo = Arc::new(parking_lot::Mutex::new(1_u8));
        Builder::new(manhole! { gizmo => gizmo })
            .access(access)
            .socket_file(|file| file.mode = mode)
            .spawn(&path)
            .unwrap()
    };

    let console = serve(Access::default(), 0o600);
    assert_eq!(ask("1\n"), "", "the file system lets nobody else in");
    console.shutdown();
    let console = serve(Access::default(), 0o666);
    assert_eq!(ask(""), "\nerror: cannot open a session: user 65534 has no access\n");
    console.shutdown();
    let console = serve(Access::default().user(NOBODY, Level::Observe), 0o666);
    let answer = ask("level()\ngizmo\ngizmo = 2\n");
    assert!(
        answer.starts_with(
            ">>> \"observe\"\n>>> 1\n>>> error: cannot access gizmo: it takes the level operate"
        ),
        "{answer}"
    );
    console.shutdown();
    let console = serve(Access::none().group(NOBODY, Level::Operate), 0o666);
    assert_eq!(ask("gizmo = 2\ngizmo\n"), ">>> >>> 2\n>>> ");
    console.shutdown();
    let console = serve(Access::none().group(4_321, Level::Observe), 0o666);
    assert_eq!(ask("level()\n"), ">>> \"observe\"\n>>> ", "it belongs to that group too");
    console.shutdown();

    let seen_peer = Arc::new(parking_lot::Mutex::new(None));
    let heard = Arc::clone(&seen_peer);
    let console = Builder::new(Namespace::new())
        .access(Access::none().user(NOBODY, Level::Observe))
        .socket_file(|file| file.mode = 0o666)
        .audit(move |event| {
            if let EventKind::Command { .. } = event.kind {
                *heard.lock() = Some(event.peer.clone());
            }
        })
        .spawn(&path)
        .unwrap();
    ask("1\n");
    console.shutdown();
    let peer = seen_peer.lock().take().unwrap();
    assert_eq!((peer.uid, peer.user.as_deref()), (Some(NOBODY), Some("nobody")));
    assert_eq!((peer.gid, &*peer.groups, peer.command.as_deref()), (Some(NOBODY), &[4_321][..], Some("nc")));
}

#[test]
fn a_path_is_free_after_shutdown_while_children_start() {
    let (_directory, path) = place();
    let done = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&done);
    let starter = thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            std::process::Command::new("true").status().unwrap();
        }
    });
    for _ in 0..200 {
        spawn(&path, Namespace::new()).unwrap().shutdown();
    }
    done.store(true, Ordering::Relaxed);
    starter.join().unwrap();
}

/// Starts a process that serves at `path`.
fn starter(path: &Path) -> std::process::Child {
    std::process::Command::new(env!("CARGO_BIN_EXE_host"))
        .args(["starter", path.to_str().unwrap()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn of_eight_simultaneous_processes_one_serves_and_the_others_name_it() {
    use std::io::{BufRead, BufReader};

    for _ in 0..50 {
        let (_directory, path) = place();
        // A killed process leaves a socket and its process ID.
        leave_stale(&path);
        fs::write(lock_of(&path), "999999999\n").unwrap();
        let mut starters: Vec<_> = (0..8).map(|_| starter(&path)).collect();
        let said: Vec<_> = starters
            .iter_mut()
            .map(|starter| {
                let mut line = String::new();
                BufReader::new(starter.stdout.take().unwrap()).read_line(&mut line).unwrap();
                (starter.id(), line.trim_end().to_owned())
            })
            .collect();
        let serving: Vec<_> = said.iter().filter(|(_, line)| line == "serving").collect();
        assert_eq!(serving.len(), 1, "{said:?}");
        let named = format!("cannot listen on {}: process {} serves it", path.display(), serving[0].0);
        for (_, line) in said.iter().filter(|(_, line)| line != "serving") {
            assert_eq!(*line, named);
        }
        assert_eq!(Client::connect(&path).until(">>> "), ">>> ");
        for mut starter in starters {
            drop(starter.stdin.take());
            starter.wait().unwrap();
        }
    }
}

#[test]
fn after_a_killed_start_the_next_one_serves() {
    let (_directory, path) = place();
    for round in 0..200_u64 {
        let mut starter = starter(&path);
        // Some are killed before they begin, some while they serve.
        thread::sleep(std::time::Duration::from_micros(round * 7_919 % 6_000));
        starter.kill().unwrap();
        starter.wait().unwrap();
        let console = spawn(&path, Namespace::new()).unwrap();
        assert_eq!(Client::connect(&path).until(">>> "), ">>> ", "round {round}");
        console.shutdown();
        if round % 2 == 0 {
            // The next start finds only a lock file.
            fs::remove_file(&path).unwrap();
        }
    }
}
