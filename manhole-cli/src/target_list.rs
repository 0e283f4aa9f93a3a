//! All programs that a command is for, where it may be for several.

use crate::args::More;
use crate::connect::target::{Found, Target};
use crate::error::{Failure, FailureKind};

/// A program that is meant.
pub(crate) struct Meant {
    /// What it goes by.
    pub(crate) label: String,
    /// Where it is; or why nobody knows, which is no reason not to ask the others.
    pub(crate) found: Result<Found, Failure>,
}

/// All programs that are meant. Where it is only one, it is there.
pub(crate) fn all(first: &Target, more: &More, command: &str) -> Result<Vec<Meant>, Failure> {
    let mut all = Vec::new();
    for target in std::iter::once(first).chain(&more.targets) {
        let found = if more.all {
            target.find_all(command)
        } else {
            Target::find(Some(target), command).map(|found| vec![found])
        };
        match found {
            Ok(found) => {
                all.extend(
                    found.into_iter().map(|found| Meant { label: found.label.clone(), found: Ok(found) }),
                );
            }
            Err(failure) if more.targets.is_empty() => return Err(failure),
            Err(failure) => all.push(Meant { label: target.to_string(), found: Err(in_a_row(failure)) }),
        }
    }
    Ok(all)
}

/// A failure in one line, where it has no room for all the programs that could be meant.
fn in_a_row(failure: Failure) -> Failure {
    if failure.kind() == FailureKind::Usage {
        return Failure::usage("several programs could be meant; --all takes all of them");
    }
    failure
}
