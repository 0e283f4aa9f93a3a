//! How many instructions something takes: the same in every run, whatever else the machine does.

use std::path::PathBuf;
use std::process::Command;

use crate::{Figure, Target, note};

pub(crate) fn figures(_light: bool) -> Vec<Figure> {
    let loop_over = |name: &str| format!("let s = 0; for i in 0..1000 {{ s += {name}.count }} s");
    let Some(command) = each("gizmo.count", 2_000) else {
        note("not measured: instructions, which need valgrind");
        return Vec::new();
    };
    let counts =
        [loop_over("gizmo"), loop_over("p"), "gizmo.items.filter(|i| i.id > 500).count()".to_owned()]
            .map(|code| each(&code, 20).unwrap() / 1_000.0);
    let [live, plain, filtered] = counts;
    vec![
        Figure {
            what: "instructions of `gizmo.count`, the client's and the server's",
            against: "–",
            measured: "2000 commands".to_owned(),
            value: command,
            target: Target::Count("instructions"),
        },
        Figure {
            what: "instructions of a read of one field, in a loop of one script",
            against: "Rhai's own getter in the same session",
            measured: format!("{live:.0}, {plain:.0}"),
            value: live / plain,
            target: Target::AtMost(2.0),
        },
        Figure {
            what: "instructions of `filter` and `count`, for each of 1000 structs",
            against: "–",
            measured: "20 commands".to_owned(),
            value: filtered,
            target: Target::Count("instructions"),
        },
    ]
}

/// The instructions of one `command`, in the mean of so many.
fn each(command: &str, count: usize) -> Option<f64> {
    // What starting takes is in both.
    Some((all(command, 2 * count)? - all(command, count)?) / count as f64)
}

fn all(command: &str, count: usize) -> Option<f64> {
    let program: PathBuf = std::env::current_exe().unwrap().with_file_name("counted");
    assert!(program.exists(), "cargo build --release -p benches");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let output = valgrind.arg(command).arg(count.to_string()).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected :"))?;
    collected.1.trim().parse().ok()
}
