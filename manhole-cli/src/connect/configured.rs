//! The applications that a target means, with the names and groups of the configuration.

use std::collections::BTreeSet;

use manhole_client::cli_support::Cause;
use manhole_client::cli_support::target::{self, ResolvedTarget, Target};

use super::config::{ColorName, Config, Group, Settings};
use crate::error::CliError;

/// An application, with what the configuration says of it.
#[derive(Debug, Clone)]
pub(crate) struct ConfiguredTarget {
    pub(crate) target: ResolvedTarget,
    /// The color of its name.
    pub(crate) color: Option<ColorName>,
}

impl ConfiguredTarget {
    fn settings(&self) -> Settings {
        Settings { level: self.target.level, color: self.color }
    }

    fn set(&mut self, settings: Settings) {
        (self.target.level, self.color) = (settings.level, settings.color);
    }
}

impl From<ResolvedTarget> for ConfiguredTarget {
    fn from(target: ResolvedTarget) -> Self {
        Self { target, color: None }
    }
}

/// Finds the one application that a target means. `None` means the only one that runs. The error's help names `command`, a command of
/// the client.
pub(crate) fn find(target: Option<&Target>, command: &str) -> Result<ConfiguredTarget, CliError> {
    let mut found = match target {
        Some(target) => find_all(target, command)?,
        None => all_live(),
    };
    if found.len() == 1
        && let Some(found) = found.pop()
    {
        return Ok(found);
    }
    let found = found.into_iter().map(|found| found.target).collect();
    target::exactly_one(found).map(ConfiguredTarget::from).map_err(|error| with_help(error.into(), command))
}

/// Lists all applications that run.
pub(crate) fn all_live() -> Vec<ConfiguredTarget> {
    Target::all_live().into_iter().map(ConfiguredTarget::from).collect()
}

/// Lists the applications that a target may mean, at least one. A name of the configuration comes first.
pub(crate) fn find_all(target: &Target, command: &str) -> Result<Vec<ConfiguredTarget>, CliError> {
    if let Some(group) = members(target, command)? {
        let mut error = None;
        let found =
            group.members.into_iter().filter_map(|(_, found)| found.map_err(|it| error = Some(it)).ok());
        let found: Vec<_> = found.collect();
        return match error {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        };
    }
    let Target::Name(name) = target else { return discover(target, command) };
    let Some((target, settings)) = Config::get()?.target(name) else { return discover(target, command) };
    let target = parse(name, target)?;
    let mut found = match &target {
        Target::Name(_) => discover(&target, command)?,
        _ => find_all(&target, command)?,
    };
    if let [only] = &mut found[..] {
        only.target.label.clone_from(name);
    }
    found.iter_mut().for_each(|found| found.set(settings));
    Ok(found)
}

/// Lists the members of a group of the configuration, also those that cannot be found, and the pods of a workload. Returns `None` for
/// another target.
pub(crate) fn members(target: &Target, command: &str) -> Result<Option<GroupMembers>, CliError> {
    if let Some(pods) = target.pods()? {
        let pods = pods.into_iter().map(|pod| (pod.label.clone(), Ok(pod.into())));
        return Ok(Some(GroupMembers { members: pods.collect(), confirm: true }));
    }
    let Target::Name(name) = target else { return Ok(None) };
    let Some(group) = Config::get()?.group(name) else { return Ok(None) };
    let mut members = GroupMembers { members: Vec::new(), confirm: false };
    let mut known = BTreeSet::from([name.clone()]);
    members.add(group, command, &mut known)?;
    if members.members.is_empty() {
        let reason = "the group has no members".to_owned();
        return Err(CliError::Configured { name: name.clone(), reason });
    }
    Ok(Some(members))
}

/// The applications of a group.
pub(crate) struct GroupMembers {
    /// Each with its label.
    pub(crate) members: Vec<(String, Result<ConfiguredTarget, CliError>)>,
    /// Whether commands that change something are asked for.
    pub(crate) confirm: bool,
}

impl GroupMembers {
    /// Adds the members of a group, those of groups among them too. `known` has the names that are there already.
    fn add(&mut self, group: Group<'_>, command: &str, known: &mut BTreeSet<String>) -> Result<(), CliError> {
        self.confirm |= group.confirm;
        for member in group.members {
            if !known.insert(member.clone()) {
                continue;
            }
            if let Some(inner) = Config::get()?.group(member) {
                let settings = inner.settings.within(group.settings);
                self.add(Group { settings, ..inner }, command, known)?;
                continue;
            }
            match find_all(&parse(member, member)?, command) {
                Ok(found) => self.members.extend(found.into_iter().map(|mut found| {
                    found.set(found.settings().within(group.settings));
                    (found.target.label.clone(), Ok(found))
                })),
                Err(error) => self.members.push((member.clone(), Err(error))),
            }
        }
        Ok(())
    }
}

/// Lists the applications that a target means, without the configuration.
fn discover(target: &Target, command: &str) -> Result<Vec<ConfiguredTarget>, CliError> {
    let found = target.find_all().map_err(|error| with_help(error.into(), command))?;
    Ok(found.into_iter().map(ConfiguredTarget::from).collect())
}

/// Parses a target of the configuration, which stands there under `name`.
fn parse(name: &str, target: &str) -> Result<Target, CliError> {
    target.parse().map_err(|reason| CliError::Configured { name: name.to_owned(), reason })
}

/// Adds an example of what to type.
fn with_help(mut error: CliError, command: &str) -> CliError {
    let text = match error.cause() {
        Some(Cause::AmbiguousTarget { .. }) => {
            let all = if takes_several(command) { ", or take all of them with --all" } else { "" };
            format!("choose one by its process ID: {}{all}", example(command, "PID"))
        }
        Some(Cause::NotFound { running, .. }) if running.is_empty() => {
            format!("pass the path of its socket: {}", example(command, "/run/app.manhole"))
        }
        _ => return error,
    };
    if let CliError::Client { help, .. } = &mut error {
        *help = Some(text);
    }
    error
}

/// Returns whether a command of the client takes several targets, and then further arguments.
fn takes_several(command: &str) -> bool {
    ["eval", "watch"].contains(&command)
}

fn example(command: &str, target: &str) -> String {
    let rest = if takes_several(command) { " …" } else { "" };
    format!("manhole {command} {target}{rest}")
}
