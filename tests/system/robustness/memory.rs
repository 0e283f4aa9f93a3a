//! The memory of all sessions stays within one budget, and within the limits of the system.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::host_process::Host;
use crate::support::serve_modes::Mode;

/// The default of `Builder::memory`.
const BUDGET_MIB: u64 = 128;

/// Commands that need, and keep, as much as they can. Each runs for many variables, whose numbers replace `NR`.
const GREEDY: [&str; 8] = [
    // Names of functions.
    "let s = \"x\"; for i in 0..19 { s += s } vNR = []; for i in 0..300 { vNR.push(Fn(s + i)) }",
    // Caught errors.
    "let s = \"x\"; for i in 0..19 { s += s } vNR = []; for i in 0..300 { try { throw Fn(s + i) } catch (e) { vNR.push(e) } }",
    // Keys.
    "let s = \"x\"; for i in 0..19 { s += s } vNR = #{}; for i in 0..300 { vNR[s + i] = i }",
    // What closures capture.
    "let s = \"x\"; for i in 0..19 { s += s } vNR = []; for i in 0..300 { let t = Fn(s + i); vNR.push(|| t) }",
    // Queries with functions.
    "let s = \"x\"; for i in 0..19 { s += s } vNR = []; for i in 0..300 { vNR.push(gizmo.items.filter(Fn(s + i))) }",
    // Paths.
    "let s = \"x\"; for i in 0..19 { s += s } vNR = []; for i in 0..300 { try { vNR.push(gizmo.by_name[s + i]) } catch (e) { vNR.push(e) } }",
    // Bytes.
    "vNR = []; for i in 0..300 { vNR.push(blob(4096, 7)) } wNR = []; for i in 0..4000 { wNR.push([[[[]]]]) }",
    // Functions.
    "fn fNR() { gizmo.count + 1; gizmo.count + 2; gizmo.count + 3; gizmo.count + 4; gizmo.count + 5 } vNR = Fn(\"fNR\");",
];

/// Runs all greedy commands in `sessions` sessions at once. Returns the highest growth of the host in MiB.
fn attack(host: &Host, sessions: usize) -> u64 {
    host.connect().ask("gizmo");
    let before = host.resident_mib();
    let run = |session: usize| {
        let mut caller = host.connect();
        caller.ask("set(\"memory\", \"128 MiB\"); set(\"variables\", \"128 MiB\")");
        for number in 0..2 {
            for code in GREEDY {
                caller.ask(&code.replace("NR", &number.to_string()));
            }
            // Where only the peak is known, what another session takes in that moment counts here too.
            caller.back(&format!("session {session}"));
        }
        caller
    };
    std::thread::scope(|scope| {
        let sessions: Vec<_> = (0..sessions)
            .map(|session| {
                let run = &run;
                scope.spawn(move || run(session))
            })
            .collect();
        // Each keeps what it has until the last one is done.
        let _callers: Vec<_> = sessions.into_iter().map(|session| session.join().unwrap()).collect();
    });
    host.peak_mib() - before
}

/// Asserts that the budget held. Between two checks each of the running commands may use some MiB.
#[track_caller]
pub(super) fn assert_within_budget(growth: u64) {
    assert!(growth <= 2 * BUDGET_MIB, "{growth} MiB");
}

#[test]
fn everything_that_sessions_keep_and_need_counts() {
    // With the allocator's own settings freed memory counts until the allocator gives it back.
    for host in [Host::start(Mode::Threads, ""), Host::start_by_shell("exec")] {
        assert_within_budget(attack(&host, 4));
        host.end();
    }
}

#[test]
fn a_session_that_keeps_too_much_hears_what_is_dropped() {
    let host = Host::start(Mode::Threads, "");
    let fill = "let s = \"x\"; for i in 0..19 { s += s } v = []; for i in 0..80 { v.push(Fn(s + i)) }";
    let mut first = host.connect();
    first.ask("set(\"variables\", \"128 MiB\")");
    assert_eq!(first.ask(fill), "");
    let mut second = host.connect();
    second.ask("set(\"variables\", \"128 MiB\")");
    // Both together exceed the half of the budget, and this one keeps as much as the other.
    let answers = [second.ask(&fill.replace("80", "100")), first.ask("v.len()")].join("\n");
    assert!(answers.contains("cannot keep `v`: the variables of all sessions exceed 64 MiB"), "{answers}");
    assert_eq!(first.ask("v.len()"), "80");
    assert_eq!(second.ask(&fill.replace("80", "60")), "");
    let answer = first.ask("1");
    assert_eq!(answer, "note: other sessions needed memory: `v` is dropped\n1");
    assert_eq!(second.ask("v.len()"), "60");
}

#[test]
fn an_operation_whose_result_is_too_large_does_not_make_it() {
    let host = Host::start(Mode::Threads, "");
    let mut caller = host.connect();
    caller.ask("gizmo");
    for (repeated, doublings, operation) in [
        ("x", 19, "s.to_chars()"),
        ("x", 19, "s.split(\"\")"),
        ("x", 19, "s.replace(\"x\", s)"),
        ("1,", 18, "parse_json(\"[\" + s + \"1]\")"),
        ("[1],", 17, "parse_json(\"[\" + s + \"1]\")"),
        ("{\\\"a\\\": 1},", 15, "parse_json(\"[\" + s + \"1]\")"),
    ] {
        let before = host.peak_mib().max(host.resident_mib());
        let text = format!("let s = \"{repeated}\"; for i in 0..{doublings} {{ s += s }}");
        assert!(caller.ask(&format!("{text} {operation}; ()")).contains("error: "), "{operation}");
        let growth = host.peak_mib() - before;
        // The text, its half, and what the parser of JSON takes for two.
        assert!(growth < 8, "{operation}: {growth} MiB");
    }
}

/// A memory control group with a limit.
pub(super) struct Group(PathBuf);

impl Group {
    /// Returns a new group, if this machine has control groups and the test may make them. Otherwise prints that the test is skipped.
    pub(super) fn create(limit_mib: u64) -> Option<Self> {
        let group = Self::try_create(limit_mib);
        if group.is_none() {
            skipped("cannot make a control group");
        }
        group
    }

    fn try_create(limit_mib: u64) -> Option<Self> {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!("manhole-test-{}-{number}", std::process::id());
        let version_1 = PathBuf::from("/sys/fs/cgroup/memory");
        let (root, file) = if version_1.is_dir() {
            (version_1, "memory.limit_in_bytes")
        } else {
            (PathBuf::from("/sys/fs/cgroup"), "memory.max")
        };
        let group = Self(root.join(name));
        fs::create_dir(&group.0).ok()?;
        fs::write(group.0.join(file), (limit_mib << 20).to_string()).ok()?;
        let join = format!("echo $$ > {}", group.0.join("cgroup.procs").display());
        let joined = Command::new("sh").args(["-c", &join]).stderr(Stdio::null()).status();
        joined.is_ok_and(|status| status.success()).then_some(group)
    }

    /// Starts a host in the group.
    pub(super) fn start(&self) -> Host {
        let join = format!("echo $$ > {} && exec", self.0.join("cgroup.procs").display());
        Host::start_by_shell(&join)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn a_control_group_with_little_memory_is_not_exceeded() {
    let Some(group) = Group::create(200) else { return };
    let host = group.start();
    assert_within_budget(attack(&host, 4));
    host.end();
}

#[test]
fn a_limit_on_the_address_space_is_not_exceeded() {
    let host = Host::start_by_shell("ulimit -v 900000 && exec");
    assert_within_budget(attack(&host, 4));
    host.end();
}

#[test]
fn memory_is_limited_without_proc() {
    let hide = "unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /proc && exec \"$@\"' sh";
    if !Command::new("sh").args(["-c", &format!("{hide} true")]).status().is_ok_and(|status| status.success())
    {
        skipped("cannot hide /proc");
        return;
    }
    let host = Host::start_by_shell(&format!("exec {hide}"));
    let growth = attack(&host, 4);
    // Only the peak is known, which each of the 64 commands may raise by some MiB. Each alone would need more than 150.
    assert!(growth <= 8 * BUDGET_MIB, "{growth} MiB");
}

/// Reports that this machine does not allow a test.
#[expect(clippy::print_stderr, reason = "a skipped test should be visible")]
fn skipped(reason: &str) {
    eprintln!("skipped: {reason}");
}
