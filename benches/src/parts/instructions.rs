//! Instruction counts, which do not depend on the machine's load.

use std::path::Path;
use std::process::Command;

use crate::report::{Figure, Table, Target};
use crate::support::{Scale, built_program, is_installed};

pub(crate) fn measure(_scale: Scale, table: &mut Table) {
    let Some(program) = built_program("instruction_target", "benches", "instructions") else { return };
    if !is_installed("valgrind", "instructions") {
        return;
    }
    let loop_over = |name: &str| format!("let s = 0; for i in 0..1000 {{ s += {name}.count }} s");
    table.add(Figure {
        what: "instructions of `gizmo.count`, client and server",
        against: "–",
        measured: "2000 commands".to_owned(),
        value: each(&program, "gizmo.count", 2_000),
        target: Target::Count("instructions"),
    });
    let of_one = |code: &str| each(&program, code, 20) / 1_000.0;
    let (live, plain) = (of_one(&loop_over("gizmo")), of_one(&loop_over("p")));
    table.add(Figure {
        what: "instructions of reading one field, in a loop of one script",
        against: "Rhai's own getter in the same session",
        measured: format!("{live:.0}, {plain:.0}"),
        value: live / plain,
        target: Target::AtMost(2.0),
    });
    table.add(Figure {
        what: "instructions of `filter` and `count`, for each of 1000 structs",
        against: "–",
        measured: "20 commands".to_owned(),
        value: of_one("gizmo.items.filter(|i| i.id > 500).count()"),
        target: Target::Count("instructions"),
    });
    table.add(Figure {
        what: "instructions of a turn of an owner that nothing visits",
        against: "–",
        measured: "100000 turns".to_owned(),
        value: each(&program, "--turns", 100_000),
        target: Target::Count("instructions"),
    });
}

/// Returns the instructions of one `command`, as the mean of `count`.
fn each(program: &Path, command: &str, count: usize) -> f64 {
    // Both include the start.
    (all(program, command, 2 * count) - all(program, command, count)) / count as f64
}

fn all(program: &Path, command: &str, count: usize) -> f64 {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let output = valgrind.arg(command).arg(count.to_string()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected :")).unwrap();
    collected.1.trim().parse().unwrap()
}
