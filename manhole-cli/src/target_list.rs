//! Resolves the targets of a command that takes several; uses `args` and `connect`.

use crate::args::MultiTargetArgs;
use crate::connect::target::{ResolvedTarget, Target};
use crate::error::CliError;

/// One target of several. The lookup may have failed, which does not stop the others.
pub(crate) struct TargetLookup {
    pub(crate) label: String,
    pub(crate) target: Result<ResolvedTarget, CliError>,
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
        if let Some(group) = target.members(command)? {
            if group.confirm {
                confirm.get_or_insert_with(|| target.to_string());
            }
            let lookup = |(label, target)| TargetLookup { label, target };
            lookups.extend(group.members.into_iter().map(lookup));
            continue;
        }
        let found = if more.all {
            target.find_all(command)
        } else {
            Target::find(Some(target), command).map(|found| vec![found])
        };
        match found {
            Ok(found) => lookups.extend(
                found
                    .into_iter()
                    .map(|target| TargetLookup { label: target.label.clone(), target: Ok(target) }),
            ),
            Err(error) if more.targets.is_empty() => return Err(error),
            Err(error) => {
                // A row has no room for the list of applications.
                let error = match error {
                    CliError::AmbiguousTarget { .. } => CliError::AmbiguousRow,
                    error => error,
                };
                lookups.push(TargetLookup { label: target.to_string(), target: Err(error) });
            }
        }
    }
    Ok(TargetList { lookups, confirm })
}
