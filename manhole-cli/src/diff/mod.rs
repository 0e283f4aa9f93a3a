//! `manhole diff`: what differs between two applications, or two reports; uses `report`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use manhole_client::ConnectOptions;
use manhole_client::cli_support::target::Target;
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::Data;

use crate::args::DiffArgs;
use crate::connect::configured;
use crate::error::CliError;
use crate::report::collect::{Report, Root};
use crate::terminal::changes::changes;
use crate::terminal::data::{Json, JsonForm};
use crate::terminal::output;
use crate::terminal::signals::CtrlC;
use crate::terminal::wait::wait_options;

pub(crate) fn diff(args: &DiffArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    let ctrl_c = CtrlC::watch()?;
    let wait = WaitOptions { cancelled: Some(&|| ctrl_c.take()), ..wait_options() };
    let first = side(&args.first, options, &wait)?;
    let second = side(&args.second, options, &wait)?;
    let names = |report: &Report| -> Vec<String> {
        let shown = report.roots.iter().filter(|root| args.all || !root.builtin);
        shown.map(|root| root.name.clone()).collect()
    };
    let names: BTreeSet<_> = names(&first).into_iter().chain(names(&second)).collect();
    let mut lines = Vec::new();
    if first.version != second.version {
        lines.push(format!("version of manhole: {} → {}", first.version, second.version));
    }
    for name in names {
        let find = |report: &'_ Report| report.roots.iter().position(|root| root.name == name);
        match (find(&first), find(&second)) {
            (Some(old), Some(new)) => {
                compare(&first.roots[old], &second.roots[new], args.max, &mut lines);
            }
            (Some(_), None) => lines.push(format!("{name}: gone")),
            _ => lines.push(format!("{name}: new")),
        }
    }
    output::print(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())?;
    Ok(if lines.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads a report, or asks an application.
fn side(text: &str, options: &ConnectOptions, wait: &WaitOptions<'_>) -> Result<Report, CliError> {
    let path = Path::new(text);
    if path.is_file() {
        let failed = |reason: String| CliError::Read { file: text.to_owned(), reason };
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        return Report::parse(&text).map_err(|error| failed(format!("not a report in JSON: {error}")));
    }
    let target: Target =
        text.parse().map_err(|reason| CliError::Configured { name: text.to_owned(), reason })?;
    Report::of(&configured::find(Some(&target), "diff")?.target, options, wait)
}

/// Adds the differences of a root.
fn compare(old: &Root, new: &Root, max: usize, lines: &mut Vec<String>) {
    let name = &old.name;
    if old.r#type != new.r#type {
        lines.push(format!("{name}: the type {} → {}", old.r#type, new.r#type));
    }
    let text = |root: &Root| match (&root.error, &root.value) {
        (Some(error), _) => format!("error: {error}"),
        (None, value) => Json(value.as_ref().unwrap_or(&Data::Null), JsonForm::Plain).text(),
    };
    match (&old.value, &new.value) {
        (Some(before), Some(after)) => match changes(before, after, max) {
            Some(changes) => lines.extend(changes.into_iter().map(|change| format!("{name}{change}"))),
            None => lines.push(format!("{name}: {} → {}", text(old), text(new))),
        },
        _ if text(old) == text(new) => {}
        _ => lines.push(format!("{name}: {} → {}", text(old), text(new))),
    }
}
