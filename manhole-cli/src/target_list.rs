//! All programs that a command is for, where it may be for several.

use crate::args::MultiTargetArgs;
use crate::connect::target::{ResolvedTarget, Target};
use crate::error::{CliError, CliErrorKind};

/// A program that is meant.
pub(crate) struct TargetLookup {
    /// What it goes by.
    pub(crate) label: String,
    /// Where it is; or why nobody knows, which is no reason not to ask the others.
    pub(crate) resolved: Result<ResolvedTarget, CliError>,
}

/// All programs that are meant. Where it is only one, it is there.
pub(crate) fn resolve_all(
    first: &Target,
    more: &MultiTargetArgs,
    command: &str,
) -> Result<Vec<TargetLookup>, CliError> {
    let mut resolve_all = Vec::new();
    for target in std::iter::once(first).chain(&more.targets) {
        let resolved = if more.all {
            target.find_all(command)
        } else {
            Target::find(Some(target), command).map(|resolved| vec![resolved])
        };
        match resolved {
            Ok(resolved) => {
                resolve_all.extend(
                    resolved.into_iter().map(|resolved| TargetLookup {
                        label: resolved.label.clone(),
                        resolved: Ok(resolved),
                    }),
                );
            }
            Err(error) if more.targets.is_empty() => return Err(error),
            Err(error) => {
                resolve_all.push(TargetLookup { label: target.to_string(), resolved: Err(in_a_row(error)) })
            }
        }
    }
    Ok(resolve_all)
}

/// A failure in one line, where it has no room for all the programs that could be meant.
fn in_a_row(error: CliError) -> CliError {
    if error.kind() == CliErrorKind::Usage {
        return CliError::usage("several programs could be meant; --all takes all of them");
    }
    error
}
