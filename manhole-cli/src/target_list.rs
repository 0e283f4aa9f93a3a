//! Resolves the targets of a command that takes several; uses `args` and `connect`.

use manhole_client::cli_support::Cause;
use manhole_client::cli_support::target::{ResolvedTarget, Target};

use crate::args::MultiTargetArgs;
use crate::connect::config::ColorName;
use crate::connect::configured::{self, ConfiguredTarget};
use crate::error::CliError;

/// One target of several. The lookup may have failed, which does not stop the others.
pub(crate) struct TargetLookup {
    pub(crate) label: String,
    pub(crate) target: Result<ResolvedTarget, CliError>,
    /// The color of its name.
    pub(crate) color: Option<ColorName>,
}

impl TargetLookup {
    fn new(label: String, found: Result<ConfiguredTarget, CliError>) -> Self {
        let color = found.as_ref().ok().and_then(|found| found.color);
        Self { label, target: found.map(|found| found.target), color }
    }
}

/// All targets of a command.
pub(crate) struct TargetList {
    pub(crate) lookups: Vec<TargetLookup>,
    /// The group for which commands that change something are asked for.
    pub(crate) confirm: Option<String>,
}

/// Resolves all targets of a command. Returns the error of a lookup if there is only one target.
pub(crate) fn resolve_all(
    first: &Target,
    more: &MultiTargetArgs,
    command: &str,
) -> Result<TargetList, CliError> {
    let (mut lookups, mut confirm) = (Vec::new(), None);
    for target in std::iter::once(first).chain(&more.targets) {
        if let Some(group) = configured::members(target, command)? {
            if group.confirm {
                confirm.get_or_insert_with(|| target.to_string());
            }
            lookups.extend(group.members.into_iter().map(|(label, found)| TargetLookup::new(label, found)));
            continue;
        }
        let found = if more.all {
            configured::find_all(target, command)
        } else {
            configured::find(Some(target), command).map(|found| vec![found])
        };
        match found {
            Ok(found) => lookups.extend(
                found.into_iter().map(|found| TargetLookup::new(found.target.label.clone(), Ok(found))),
            ),
            Err(error) if more.targets.is_empty() => return Err(error),
            Err(error) => {
                // A row has no room for the list of applications.
                let error = match error.cause() {
                    Some(Cause::AmbiguousTarget { .. }) => CliError::AmbiguousRow,
                    _ => error,
                };
                lookups.push(TargetLookup::new(target.to_string(), Err(error)));
            }
        }
    }
    Ok(TargetList { lookups, confirm })
}
