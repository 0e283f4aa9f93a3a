//! The targets that a shell completes: running applications, and the names of the configuration.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use manhole_client::cli_support::discovery::{discover, discover_elsewhere};

use super::config::Config;

/// Returns the targets that begin with `current`; for a path, the files.
pub(crate) fn targets(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    if typed.starts_with(['/', '.', '~']) {
        return files(current);
    }
    let names = running().into_iter().chain(configured());
    let found = names.filter(|(name, _)| name.starts_with(&*typed));
    let found: Vec<_> =
        found.map(|(name, help)| CompletionCandidate::new(name).help(Some(help.into()))).collect();
    if found.is_empty() { files(current) } else { found }
}

/// Returns the targets and files that begin with `current`.
pub(crate) fn targets_and_files(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut found = targets(current);
    for file in files(current) {
        if found.iter().all(|known| known.get_value() != file.get_value()) {
            found.push(file);
        }
    }
    found
}

/// Returns the files that begin with `current`, without the lock files beside sockets.
fn files(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut files = PathCompleter::any().complete(current);
    files.retain(|file| !file.get_value().to_string_lossy().ends_with(".lock"));
    files
}

/// Returns the running applications with what distinguishes them. Those with the same name have their process IDs too.
fn running() -> Vec<(String, String)> {
    let instances = discover().into_iter().chain(discover_elsewhere()).filter(|instance| instance.live);
    let mut by_name = BTreeMap::<String, Vec<_>>::new();
    for instance in instances {
        by_name.entry(instance.name.clone()).or_default().push(instance);
    }
    let mut found = Vec::new();
    for (name, instances) in by_name {
        if let [instance] = &*instances {
            found.push((name, format!("running, process {}, {}", instance.pid, instance.path.display())));
            continue;
        }
        found.push((name.clone(), format!("{} running applications", instances.len())));
        for instance in instances {
            found.push((instance.pid.to_string(), format!("{name}, {}", instance.path.display())));
        }
    }
    found
}

/// Returns the targets and groups of the configuration, or none if it has an error.
fn configured() -> Vec<(String, String)> {
    let Ok(config) = Config::get() else { return Vec::new() };
    let targets = config.targets().map(|(name, target)| (name.to_owned(), target.to_owned()));
    let groups =
        config.groups().map(|(name, members)| (name.to_owned(), format!("group: {}", members.join(", "))));
    targets.chain(groups).collect()
}
