//! Fills in the parts of a preview or copy that tasks and threads own.
//!
//! While a lock is held, nothing waits for an owner. So a visit leaves a gap for such a value, and the owners are asked afterwards, all at
//! the same time.

use std::sync::Arc;

use super::visitor::Depth;
use crate::reflect::model::{Manhole, Owner, VisitError};
use crate::reflect::text::placeholder;
use crate::reflect::walk::{Target, visit_all};

/// The most owners that are asked for one preview or copy.
const MAX_OWNERS: usize = 256;
/// How often a value of an owner may lead to one of another owner.
const MAX_ROUNDS: usize = 4;

/// The values that a visit has left out because a task or thread owns them, in their order.
#[derive(Default)]
pub(super) struct RemoteValues(Vec<(Arc<dyn Owner>, Depth)>);

impl RemoteValues {
    /// Adds a value that the visit leaves out. Returns `false` if there are too many.
    pub(super) fn add(&mut self, owner: &Arc<dyn Owner>, depth: Depth) -> bool {
        let has_room = self.0.len() < MAX_OWNERS;
        if has_room {
            self.0.push((Arc::clone(owner), depth));
        }
        has_room
    }
}

/// A result of a visit with gaps.
pub(super) trait HasGaps: Send + Sized + 'static {
    /// Adds the gaps to `gaps`, in the order of the visit.
    fn gaps<'a>(&'a mut self, gaps: &mut Vec<&'a mut Self>);
}

/// Fills the gaps of `output` with the results of `visit` on the values of `remote`. Returns the first error, with its gap as it is.
pub(super) fn fill<T: HasGaps>(
    target: &Target<'_>,
    output: &mut T,
    mut remote: RemoteValues,
    visit: impl Fn(&dyn Manhole, Depth) -> (T, RemoteValues) + Clone + Send + 'static,
    missing: impl Fn(&'static str) -> T,
) -> Option<VisitError> {
    let mut first = None;
    for _ in 0..MAX_ROUNDS {
        if remote.0.is_empty() {
            break;
        }
        let results = visit_all(target, remote.0, visit.clone());
        let mut gaps = Vec::new();
        output.gaps(&mut gaps);
        remote = RemoteValues::default();
        for (gap, result) in gaps.into_iter().zip(results) {
            *gap = match result {
                Ok((value, inner)) => {
                    remote.0.extend(inner.0);
                    value
                }
                Err(error) => {
                    first.get_or_insert(error);
                    missing(if error == VisitError::Gone {
                        placeholder::OWNER_GONE
                    } else {
                        placeholder::NOT_SERVED
                    })
                }
            };
        }
        remote.0.truncate(MAX_OWNERS);
    }
    first
}
