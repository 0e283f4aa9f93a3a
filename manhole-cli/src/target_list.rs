//! Resolves the targets of a command that takes several; uses `args` and `connect`.

use crate::args::MultiTargetArgs;
use crate::connect::target::{ResolvedTarget, Target};
use crate::error::CliError;

/// One target of several. The lookup may have failed, which does not stop the others.
pub(crate) struct TargetLookup {
    pub(crate) label: String,
    pub(crate) target: Result<ResolvedTarget, CliError>,
}

/// Resolves all targets of a command. Returns the error of a lookup if there is only one target.
pub(crate) fn resolve_all(
    first: &Target,
    more: &MultiTargetArgs,
    command: &str,
) -> Result<Vec<TargetLookup>, CliError> {
    let mut lookups = Vec::new();
    for target in std::iter::once(first).chain(&more.targets) {
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
    Ok(lookups)
}
