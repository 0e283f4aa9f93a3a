//! Walks a path from a root, as often as locks on it are busy, and on the threads of all who own a part of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::access_error::{AccessError, AccessErrorKind as Kind};
use super::author_code;
use super::descend::{MAX_POINTERS, Outcome, RemotePlace, Start, pass};
use super::target::Target;
use crate::reflect::model::{
    AccessMode, Cancellation, Level, LockError, LockWait, Manhole, Owner, Path, PendingVisit, ValueBorrow,
    VisitError, request,
};

/// The time for which a walk on the thread of an owner tries a lock, which another thread may hold.
const MAX_LOCK_WAIT: Duration = Duration::from_micros(50);

/// Walks to the target, opens the lock there, if any, and runs `end` on the value.
///
/// The value may belong to a task or thread, which then runs `end`: so `end` owns all it needs. It may run again after an error.
pub(crate) fn walk<R: Send + 'static>(
    target: &Target<'_>,
    mode: AccessMode,
    mut end: impl FnMut(ValueBorrow<'_>) -> Result<R, Kind> + Send + 'static,
) -> Result<R, AccessError> {
    let outcome = retry(target.wait, |wait| {
        let start = Start { value: ValueBorrow::Shared(target.root), done: 0, is_held: false };
        pass(&target.with_wait(wait), mode, start, &mut end)
    });
    match outcome {
        Outcome::Done(result) => result,
        Outcome::Busy(error) => Err(error),
        Outcome::Remote(place) => walk_remote(target, mode, place, end),
    }
}

/// Repeats `pass` while another thread holds a lock inside one that the pass holds.
///
/// A pass waits only for the outermost lock, which it does not hold yet. For a lock inside another one it starts again, so that
/// other threads get the outer lock between two attempts.
fn retry<R>(wait: LockWait<'_>, mut pass: impl FnMut(LockWait<'_>) -> Outcome<R>) -> Outcome<R> {
    let mut outcome = pass(wait);
    if !matches!(outcome, Outcome::Busy(_)) {
        return outcome;
    }
    let waited = wait.retry(|left| {
        outcome = pass(*left);
        (!matches!(outcome, Outcome::Busy(_))).then_some(())
    });
    match outcome {
        Outcome::Busy(error) if waited == Err(LockError::Cancelled) => {
            Outcome::Done(Err(Kind::Cancelled.at(error.path)))
        }
        outcome => outcome,
    }
}

/// Continues a walk at `place`, with the owner of the value there.
fn walk_remote<R: Send + 'static>(
    target: &Target<'_>,
    mode: AccessMode,
    mut place: RemotePlace,
    end: impl FnMut(ValueBorrow<'_>) -> Result<R, Kind> + Send + 'static,
) -> Result<R, AccessError> {
    let mut end = Some(end);
    // A value of an owner may lead to one of another owner.
    for _ in 0..MAX_POINTERS {
        let outcome = retry(target.wait, |wait| {
            let fail = |kind: Kind| Outcome::Done(Err(kind.at(target.location(place.done))));
            let Some(mut moved) = end.take() else { return fail(Kind::PointerCycle) };
            let rest = RemoteWalk::new(target, mode, place.done);
            let visit = request(&place.owner, move |value| (rest.run(value, &mut moved), moved));
            match visit.and_then(|visit| visit.wait(&wait)) {
                Ok((reply, moved)) => {
                    end = Some(moved);
                    author_code::set_permission(reply.permission);
                    if reply.is_poisoned {
                        target.wait.report_poison();
                    }
                    reply.outcome
                }
                Err(error) => fail(Kind::Visit(error)),
            }
        });
        match outcome {
            Outcome::Done(result) => return result,
            Outcome::Busy(error) => return Err(error),
            Outcome::Remote(next) => place = next,
        }
    }
    Err(Kind::PointerCycle.at(target.location(place.done)))
}

/// Runs `visit` on the values of several owners, at the same time. Waits for all of them together as long as for one.
pub(crate) fn visit_all<I: Send + 'static, R: Send + 'static>(
    target: &Target<'_>,
    owners: Vec<(Arc<dyn Owner>, I)>,
    visit: impl Fn(&dyn Manhole, I) -> R + Clone + Send + 'static,
) -> Vec<Result<R, VisitError>> {
    let permission = author_code::permission();
    let request = |(owner, input): (Arc<dyn Owner>, I)| {
        let visit = visit.clone();
        request(&owner, move |value| author_code::with_permission(permission, || visit(value, input)).0)
    };
    let pending: Vec<_> = owners.into_iter().map(request).collect();
    let end = Instant::now() + target.wait.timeout();
    let wait = |pending: PendingVisit<R>| {
        pending.wait(&target.wait.with_timeout(end.saturating_duration_since(Instant::now())))
    };
    pending.into_iter().map(|pending| pending.and_then(wait)).collect()
}

/// The rest of a walk, which the owner of a value runs.
struct RemoteWalk {
    name: String,
    path: Path,
    level: Level,
    mode: AccessMode,
    done: usize,
    permission: author_code::Permission,
}

struct Reply<R> {
    outcome: Outcome<R>,
    permission: author_code::Permission,
    is_poisoned: bool,
}

impl RemoteWalk {
    fn new(target: &Target<'_>, mode: AccessMode, done: usize) -> Self {
        Self {
            name: target.name.to_owned(),
            path: target.path.to_path(),
            level: target.level,
            mode,
            done,
            permission: author_code::permission(),
        }
    }

    fn run<R>(
        &self,
        value: &mut dyn Manhole,
        end: &mut dyn FnMut(ValueBorrow<'_>) -> Result<R, Kind>,
    ) -> Reply<R> {
        let notes = Notes::default();
        // The place of the root, from which this part of the walk does not start.
        let target = Target::new(&self.name, &())
            .at(&self.path)
            .with_level(self.level)
            .with_wait(LockWait::new(MAX_LOCK_WAIT, &notes));
        let value = match self.mode {
            AccessMode::Read => ValueBorrow::Shared(value),
            AccessMode::Write => ValueBorrow::Exclusive(value),
        };
        let start = Start { value, done: self.done, is_held: true };
        let (outcome, permission) =
            author_code::with_permission(self.permission, || pass(&target, self.mode, start, end));
        Reply { outcome, permission, is_poisoned: notes.is_poisoned.into_inner() }
    }
}

/// What the owner's part of a walk reports.
#[derive(Default)]
struct Notes {
    is_poisoned: AtomicBool,
}

impl Cancellation for Notes {
    fn is_cancelled(&self) -> bool {
        false
    }

    fn report_poison(&self) {
        self.is_poisoned.store(true, Ordering::Relaxed);
    }
}
