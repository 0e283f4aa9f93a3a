//! Profiles, by a stand-in for perf and by perf itself.

use std::fs;
use std::process::{Command, Stdio};

use super::stand_ins::{client, run, stand_in};
use crate::busy_service::BusyService;
use crate::support::{App, Home, interrupt, output_of, wait_until};

/// Begins a stand-in: `$file` is what `perf record` is to write.
const ARGUMENTS: &str =
    "command=$1; all=\"$*\"; while [ $# -gt 0 ] && [ \"$1\" != -o ]; do shift; done; file=$2";

const SCRIPT: &str =
    "printf 'cruncher 7\\n\\t1 _ZN3app4spin17h5c30f444a54438beE\\n\\t2 main\\n\\ncruncher 7\\n\\t2 main\\n'";

#[test]
fn a_profile_is_a_table_and_a_flame_graph() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let script = format!("{ARGUMENTS}; if [ $command = record ]; then echo data > $file; else {SCRIPT}; fi");
    let path = stand_in(&home, "perf", &script);
    let image = home.path().join("flame.svg");
    let (out, err, status) = run(&home, &path, &["profile", "app", "1s", "-o", image.to_str().unwrap()]);
    let expected = format!(
        "2 samples of process {} in 1.0 s\n\n  SELF   TOTAL  FUNCTION\n 50.0%  100.0%  main\n 50.0%   50.0%  app::spin\n\n \
         TOTAL    SELF  FUNCTION\n100.0%   50.0%  main\n 50.0%   50.0%  app::spin\n",
        std::process::id()
    );
    assert_eq!((out, status), (expected, 0), "{err}");
    assert_eq!(err, format!("note: wrote {}\n", image.display()));
    let svg = fs::read_to_string(&image).unwrap();
    assert!(svg.starts_with("<?xml") && svg.contains("<title>app::spin (1 sample, 50.0%)</title>"), "{svg}");
    let folded = home.path().join("stacks.folded");
    run(&home, &path, &["profile", "app", "1s", "-o", folded.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&folded).unwrap(), "cruncher;main 1\ncruncher;main;app::spin 1\n");
    // The samples are deleted.
    assert_eq!(fs::read_dir(home.temporary()).unwrap().count(), 0);
    let (_, err, status) = run(&home, &path, &["profile", "app", "1s", "-o", "/nowhere/x.svg"]);
    assert!(err.starts_with("error: cannot write to /nowhere/x.svg: ") && status == 2, "{err}");
    drop(app);
}

#[test]
fn without_its_usual_event_perf_counts_the_clock() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let script = format!(
        "{ARGUMENTS}; case \"$all\" in script*) {SCRIPT};; *cpu-clock*) echo data > $file;; *) echo 'Error: not supported' >&2; exit 255;; esac"
    );
    let path = stand_in(&home, "perf", &script);
    let (out, err, status) = run(&home, &path, &["profile", "app", "1s"]);
    assert!(out.starts_with("2 samples of process ") && status == 0, "{err}");
}

#[test]
fn an_idle_process_is_no_error() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let script = format!("{ARGUMENTS}; if [ $command = record ]; then echo data > $file; fi");
    let path = stand_in(&home, "perf", &script);
    let (out, err, status) = run(&home, &path, &["profile", "app", "1s"]);
    let expected =
        format!("0 samples of process {} in 1.0 s: it used no processor time\n", std::process::id());
    assert_eq!((out, err.as_str(), status), (expected, "", 0));
}

#[test]
fn ctrl_c_shows_the_samples_so_far() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let started = home.path().join("started");
    let script = format!(
        "{ARGUMENTS}; if [ $command != record ]; then {SCRIPT}; exit; fi; \
         trap 'echo data > $file; kill $!; trap - INT; kill -INT $$' INT; sleep 1000 & touch {}; wait",
        started.display()
    );
    let path = stand_in(&home, "perf", &script);
    let mut client = client(&home, &path, &["profile", "app", "540s"]);
    let child = client.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("perf runs", || started.exists());
    interrupt(&child);
    let (out, err, status) = output_of(&child.wait_with_output().unwrap());
    assert_eq!((err.as_str(), status), ("", 0));
    assert!(out.starts_with("2 samples of process ") && !out.contains("9m"), "{out}");
}

#[test]
fn the_time_is_bounded() {
    let home = Home::new();
    for time in ["0s", "1ms", "11m"] {
        let (_, err, status) = run(&home, &home.temporary(), &["profile", "app", time]);
        assert!(err.contains("it is from 100ms to 10m") && status == 2, "{err}");
    }
}

#[test]
fn errors_say_what_to_do() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let (_, err, status) = run(&home, &home.temporary(), &["profile", "app"]);
    assert!(
        err.starts_with("error: cannot profile: found no perf\nhelp: install it: ") && status == 1,
        "{err}"
    );
    for (script, reason) in [
        (
            "touch $file; echo 'Error:\nAccess to performance monitoring and observability operations is limited.' >&2; exit 255",
            "the system does not permit to sample process ",
        ),
        (
            "echo 'WARNING: perf not found for kernel 6.1.0' >&2; exit 2",
            "it is not installed for the running kernel\nhelp: install the package linux-tools-",
        ),
        (
            "echo 'event syntax error.' >&2; exit 129",
            "event syntax error\nhelp: try it alone: perf record -p ",
        ),
    ] {
        let path = stand_in(&home, "perf", &format!("{ARGUMENTS}; {script}"));
        let (_, err, status) = run(&home, &path, &["profile", "app", "1s"]);
        let begin = format!("error: cannot profile with perf: {reason}");
        assert!(err.starts_with(&begin) && err.contains("\nhelp: ") && status == 1, "{err}");
    }
    let (_, err, status) = run(&home, &home.temporary(), &["profile", "ssh://web1/run/app.manhole"]);
    assert!(err.contains("ssh web1 manhole profile /run/app.manhole") && status == 2, "{err}");
}

#[test]
fn perf_finds_the_busy_function() {
    // Not among the tools that the tests require: containers and virtual machines often forbid it.
    if Command::new("perf").arg("--version").output().is_err() {
        return;
    }
    let home = Home::new();
    let _service = BusyService::start(&home.socket("busy", 1));
    let (out, err, status) = output_of(&home.run(&["profile", "busy", "1s"]));
    if err.contains("the system does not permit") || err.contains("not installed for the running kernel") {
        return;
    }
    assert_eq!(status, 0, "{out}{err}");
    assert!(out.contains("  client::busy_service::crunch\n"), "{out}{err}");
}
