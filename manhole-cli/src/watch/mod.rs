//! `manhole watch`: shows how values change, as a chart or as lines; uses `target_list`, `connect` and `terminal`.
//!
//! Order of the files: `sample`, `series`, `conditions`, `target_watcher`, `cell`, `chart`, `line_output`.

mod cell;
mod chart;
mod conditions;
mod line_output;
mod sample;
mod series;
mod target_watcher;

use std::process::ExitCode;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::args::WatchArgs;
use crate::error::CliError;
use crate::target_list::{TargetLookup, resolve_all};
use crate::terminal::full_screen;
use crate::terminal::wait::wait_options;
use manhole_client::ConnectOptions;
use manhole_client::cli_support::LockIgnoringPoison;
use manhole_client::cli_support::rpc_client::RpcClient;
use sample::{Role, WatchedExpression};
use target_watcher::{Output, TargetWatcher};

/// The shortest interval that a server accepts.
const MIN_INTERVAL: Duration = Duration::from_millis(10);

pub(crate) fn watch(args: &WatchArgs, options: &ConnectOptions) -> Result<ExitCode, CliError> {
    if args.interval < MIN_INTERVAL {
        return Err(CliError::Interval(args.interval, MIN_INTERVAL));
    }
    let lookups = resolve_all(&args.target, &args.more, "watch")?.lookups;
    let code = expressions(args);
    let watched: Vec<_> = lookups
        .iter()
        .flat_map(|lookup| {
            let of_target = |(code, role): &(String, Role)| WatchedExpression {
                target: lookup.label.clone(),
                code: code.clone(),
                role: *role,
            };
            code.iter().map(of_target)
        })
        .collect();
    let code: Vec<_> = code.into_iter().map(|(code, _)| code).collect();
    let has_form = args.csv || args.changes || args.json.is_some();
    let output = if full_screen::is_available() && !has_form { Output::Chart } else { Output::Lines };
    let (sender, samples) = mpsc::channel();
    // Limits how many targets connect at the same time.
    let connect_slots: Arc<[Mutex<()>]> = (0..args.more.jobs).map(|_| Mutex::new(())).collect();
    for (index, TargetLookup { label, target, .. }) in lookups.into_iter().enumerate() {
        let watcher = TargetWatcher {
            first: index * code.len(),
            code: code.clone(),
            interval: args.interval,
            output,
            sender: sender.clone(),
        };
        let target = match target {
            Ok(target) => target,
            Err(error) => {
                watcher.fail(&error, &label);
                continue;
            }
        };
        let (options, connect_slots) = (options.clone(), Arc::clone(&connect_slots));
        thread::spawn(move || {
            let slot = connect_slots[index % connect_slots.len()].lock_ignoring_poison();
            let client = RpcClient::connect(&target, &options, &wait_options()).map_err(CliError::from);
            drop(slot);
            watcher.run(target, &options, client);
        });
    }
    drop(sender);
    match output {
        Output::Chart => chart::show(args, &watched, &samples),
        Output::Lines => line_output::print(args, &watched, &samples),
    }
}

/// Lists the expressions that each target evaluates.
fn expressions(args: &WatchArgs) -> Vec<(String, Role)> {
    let mut expressions: Vec<_> = args.code.iter().map(|code| (code.clone(), Role::Shown)).collect();
    if let Some(until) = &args.until {
        let role = if expressions.is_empty() { Role::ShownAndAwaited } else { Role::Awaited };
        expressions.push((until.clone(), role));
    }
    expressions
}
