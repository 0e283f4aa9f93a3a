//! What manhole promises, measured against its peers: both sides in the same run, in turns, on the same machine.
//!
//! ```text
//! cargo build --release --workspace && cargo run --release -p benches                # everything, a quarter of an hour
//! cargo run --release -p benches -- --light                                          # what CI runs
//! cargo run --release -p benches -- roundtrip script                                 # only these parts
//! cargo run --release -p benches -- --plot=benchmarks.svg                            # with a picture
//! ```
//!
//! It prints a table in Markdown, row by row, and fails if a ratio is more than five times its target: that is a gross regression, and not
//! noise. `BENCHMARKS.md` has the results, and what they mean.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made fails loudly")]
#![expect(clippy::print_stdout, reason = "it prints its results")]

mod answers;
mod application;
mod busy;
mod client;
mod derive;
mod heartbeat;
mod host;
mod instructions;
mod locks;
mod peers;
mod plot;
mod process;
mod programs;
mod recorded;
mod resources;
mod roundtrip;
mod script;
mod starts;
mod statistics;
mod stops;
mod table;

use std::process::ExitCode;

pub(crate) use statistics::{largest, median, p99, quartiles};
pub(crate) use table::Table;

/// One figure.
pub(crate) struct Figure {
    what: &'static str,
    against: &'static str,
    /// What was measured, in words.
    measured: String,
    /// The value that is compared with the target.
    value: f64,
    target: Target,
}

/// What a value should be.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// At most so many times the other side.
    AtMost(f64),
    /// At least so many times the other side.
    AtLeast(f64),
    /// At most so much, in that unit. Absolute, so it is told and never a failure.
    Below(f64, &'static str),
    /// A ratio that is told, and for which there is no target.
    Told,
    /// A number that is told.
    Count(&'static str),
    /// So much, in that unit, that is told.
    Amount(&'static str),
}

impl Figure {
    fn is_met(&self) -> bool {
        match self.target {
            Target::AtMost(most) | Target::Below(most, _) => self.value <= most,
            Target::AtLeast(least) => self.value >= least,
            Target::Told | Target::Count(_) | Target::Amount(_) => true,
        }
    }

    /// Whether it is worse than noise can make it.
    fn is_gross(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.value > 5.0 * most,
            Target::AtLeast(least) => self.value < least / 5.0,
            Target::Below(..) | Target::Told | Target::Count(_) | Target::Amount(_) => false,
        }
    }

    /// The value with its unit.
    fn value(&self) -> String {
        match self.target {
            Target::AtMost(_) | Target::AtLeast(_) | Target::Told => format!("{:.2} ×", self.value),
            Target::Below(_, unit) | Target::Amount(unit) => format!("{:.2} {unit}", self.value),
            Target::Count(unit) => format!("{:.0} {unit}", self.value),
        }
    }

    fn row(&self) -> String {
        let target = match self.target {
            Target::AtMost(most) => format!("≤ {most} ×"),
            Target::AtLeast(least) => format!("≥ {least} ×"),
            Target::Below(most, unit) => format!("≤ {most} {unit}"),
            Target::Told | Target::Count(_) | Target::Amount(_) => "–".to_owned(),
        };
        let met = match self.target {
            Target::Told | Target::Count(_) | Target::Amount(_) => "–",
            _ if self.is_met() => "yes",
            _ => "**no**",
        };
        let (value, Self { what, against, measured, .. }) = (self.value(), self);
        format!("| {what} | {against} | {measured} | {value} | {target} | {met} |")
    }
}

/// What is measured: its name, whether the light run has it, and how.
type Part = (&'static str, bool, fn(bool, &mut Table));

const PARTS: &[Part] = &[
    // What counts memory and threads goes first: the others leave some of both behind.
    ("resources", true, resources::figures),
    ("starts", true, starts::figures),
    ("roundtrip", true, roundtrip::figures),
    ("answers", true, answers::figures),
    ("locks", true, locks::figures),
    ("stops", true, stops::figures),
    ("script", true, script::figures),
    ("process", false, process::figures),
    ("application", false, application::figures),
    ("heartbeat", false, heartbeat::figures),
    ("instructions", false, instructions::figures),
    ("derive", false, derive::figures),
];

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments == [starts::ONLY_START] {
        starts::start();
        return ExitCode::SUCCESS;
    }
    let light = arguments.iter().any(|argument| argument == "--light");
    let plot = arguments.iter().find_map(|argument| argument.strip_prefix("--plot="));
    let asked: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let mut table = Table::new();
    for (name, in_light, measure) in PARTS {
        if asked.is_empty() && (*in_light || !light) || asked.iter().any(|asked| asked == name) {
            measure(light, &mut table);
        }
    }
    if let Some(path) = plot {
        std::fs::write(path, plot::svg(table.figures())).unwrap();
    }
    if table.figures().iter().any(Figure::is_gross) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Says something that is no figure.
#[expect(clippy::print_stderr, reason = "it is for whoever runs it")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}
