//! Benchmarks: manhole against its peers, both sides in turns in the same run on the same machine.
//!
//! ```text
//! cargo build --release --workspace && cargo run --release -p benches                # everything, a quarter of an hour
//! cargo run --release -p benches -- --light                                          # what CI runs
//! cargo run --release -p benches -- round-trip script                                # only these parts
//! RUSTFLAGS="--cfg tokio_unstable" cargo run --release -p benches --features console-subscriber -- tracing tasks
//! cargo run --release -p benches -- --plot=benchmarks.svg                            # with a picture
//! ```
//!
//! The program prints a Markdown table, row by row. It fails if a ratio misses its target by more than a factor of five, which is a
//! regression and not noise. `BENCHMARKS.md` lists the results and explains them.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made fails loudly")]
#![expect(clippy::print_stdout, reason = "it prints its results")]

mod parts;
mod report;
mod support;

use std::process::ExitCode;

use parts::PARTS;
use report::{Figure, Table};
use support::Scale;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments == [parts::ONLY_START] {
        parts::start_once();
        return ExitCode::SUCCESS;
    }
    let scale =
        if arguments.iter().any(|argument| argument == "--light") { Scale::Light } else { Scale::Full };
    let plot = arguments.iter().find_map(|argument| argument.strip_prefix("--plot="));
    let named: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let mut table = Table::new();
    for part in PARTS {
        let is_chosen = if named.is_empty() {
            part.is_light || scale.is_full()
        } else {
            named.iter().any(|name| *name == part.name)
        };
        if is_chosen {
            (part.measure)(scale, &mut table);
        }
    }
    if let Some(path) = plot {
        std::fs::write(path, report::svg(table.figures())).unwrap();
    }
    if table.figures().iter().any(Figure::is_gross) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
