//! One pass over a path.
//!
//! A lock guard cannot be returned from a pass, because it borrows from the lock. So a pass descends, and runs a closure at its
//! end while it holds the locks on the path.

use std::sync::Arc;

use super::access_error::{AccessError, AccessErrorKind as Kind};
use super::held_locks::HeldLock;
use super::permissions::WalkPermissions;
use super::step::{step_down, step_mut};
use super::target::Target;
use crate::reflect::model::{
    AccessMode, LockError, Lockable, Manhole, Node, Owner, Shape, ShapeMut, Step, TypeInfo, ValueBorrow,
    ValueRef,
};

/// The most pointers and options between two steps of a path: only cycles have more.
pub(crate) const MAX_POINTERS: usize = 64;

/// The result of one pass.
pub(super) enum Outcome<R> {
    Done(Result<R, AccessError>),
    /// Another thread held a lock inside one that the pass held.
    Busy(AccessError),
    /// The value at this place belongs to a task or thread.
    Remote(RemotePlace),
}

/// A place whose value belongs to a task or thread.
pub(super) struct RemotePlace {
    pub(super) owner: Arc<dyn Owner>,
    /// The number of steps from the root.
    pub(super) done: usize,
}

/// The place where a pass begins.
pub(super) struct Start<'a> {
    pub(super) value: ValueBorrow<'a>,
    /// The number of steps from the root.
    pub(super) done: usize,
    /// Whether others wait while the pass uses the value.
    pub(super) is_held: bool,
}

/// Follows the path of `target`, opens the lock at its end, if any, and runs `end` on the value.
pub(super) fn pass<R>(
    target: &Target<'_>,
    mode: AccessMode,
    start: Start<'_>,
    end: &mut dyn FnMut(ValueBorrow<'_>) -> Result<R, Kind>,
) -> Outcome<R> {
    let steps = target.path.steps();
    let mut output = None;
    let mut keep = |found: ValueBorrow<'_>| {
        output = Some(end(found)?);
        Ok(())
    };
    let mut pass = Pass {
        target: *target,
        steps: &steps,
        mode,
        holds_lock: start.is_held,
        inner_lock_busy: false,
        remote: None,
        end: &mut keep,
    };
    let result = pass.descend(start.value, start.done);
    let (remote, is_busy) = (pass.remote, pass.inner_lock_busy);
    match (remote, result) {
        (Some(place), _) => Outcome::Remote(place),
        (None, Err(error)) if is_busy => Outcome::Busy(error),
        (None, result) => Outcome::Done(
            result.and_then(|()| output.ok_or_else(|| target.fail(Kind::Empty("holds nothing")))),
        ),
    }
}

struct Pass<'a> {
    target: Target<'a>,
    steps: &'a [&'a Step],
    mode: AccessMode,
    /// Whether the pass holds a lock.
    holds_lock: bool,
    /// Whether another thread held a lock inside one that the pass held.
    inner_lock_busy: bool,
    /// Where the pass ends because the value there belongs to a task or thread.
    remote: Option<RemotePlace>,
    end: &'a mut dyn FnMut(ValueBorrow<'_>) -> Result<(), Kind>,
}

impl Pass<'_> {
    /// Continues at `found`, `done` steps below the root.
    fn descend(&mut self, found: ValueBorrow<'_>, done: usize) -> Result<(), AccessError> {
        match found {
            ValueBorrow::Exclusive(value) if self.mode == AccessMode::Write => {
                self.descend_exclusive(value, done)
            }
            ValueBorrow::Exclusive(value) => self.descend_shared(value, done),
            ValueBorrow::Shared(value) => self.descend_shared(value, done),
        }
    }

    fn descend_shared(&mut self, mut value: &dyn Manhole, mut done: usize) -> Result<(), AccessError> {
        let mut pointers = 0;
        while pointers <= MAX_POINTERS {
            let node = value.reflect();
            let info = node.info();
            match (node.into_shape(), self.steps.get(done)) {
                (Shape::Lock(lock), _) => return self.enter_lock(lock, info, done),
                (Shape::Remote(owner), _) => {
                    // The locks above are released first.
                    self.remote = Some(RemotePlace { owner: Arc::clone(owner), done });
                    return Ok(());
                }
                (_, None) => return self.finish(ValueBorrow::Shared(value), done),
                (Shape::Option(Some(inner)), Some(_)) => {
                    value = inner;
                    pointers += 1;
                }
                (Shape::Option(None), Some(_)) => return Err(self.fail(done, Kind::IsNone)),
                (shape, Some(step)) => {
                    let next = step_down(Node::described(info, shape), step, self.permissions());
                    (done, pointers) = (done + 1, 0);
                    match next.map_err(|kind| self.fail(done, kind))? {
                        ValueRef::Borrowed(next) => value = next,
                        ValueRef::Owned(next) => return self.descend_shared(&*next, done),
                    }
                }
            }
        }
        Err(self.fail(done, Kind::PointerCycle))
    }

    /// Opens a lock and continues inside.
    fn enter_lock(&mut self, lock: &dyn Lockable, info: &TypeInfo, done: usize) -> Result<(), AccessError> {
        if lock.is_poisoned() {
            self.target.wait.report_poison();
        }
        if self.mode == AccessMode::Write && lock.is_shared_by_readers() {
            match self.open(lock, AccessMode::Read, info, done) {
                Err(error) if error.needs_exclusive() => {}
                result => return result,
            }
        }
        self.open(lock, self.mode, info, done)
    }

    fn open(
        &mut self,
        lock: &dyn Lockable,
        mode: AccessMode,
        info: &TypeInfo,
        done: usize,
    ) -> Result<(), AccessError> {
        let held_before = self.holds_lock;
        self.holds_lock |= lock.is_lock();
        let wait = if held_before { self.target.wait.inside_lock() } else { self.target.wait };
        let mut result = Ok(());
        let opened = lock.open(mode, &wait, &mut |found| {
            let _held = lock.is_lock().then(HeldLock::new);
            result = self.descend(found, done);
        });
        self.holds_lock = held_before;
        match opened {
            Ok(()) => result,
            // A write of the whole value needs a lock above it.
            Err(LockError::Whole) if self.steps.len() == done => {
                Err(self.fail(done, Kind::NoLock { ty: info.to_string() }))
            }
            Err(error) => {
                if held_before && error == LockError::Locked {
                    self.inner_lock_busy = true;
                }
                Err(self.fail(done, Kind::from_lock_error(error, lock, info)))
            }
        }
    }

    fn descend_exclusive(&mut self, value: &mut dyn Manhole, done: usize) -> Result<(), AccessError> {
        let step = self.steps.get(done).copied();
        let node = value.reflect_mut();
        match (node.into_shape(), step) {
            (ShapeMut::Lock(lock), _) => match lock.get_mut() {
                Some(inner) => self.descend_exclusive(inner, done),
                None => Err(self.fail(done, Kind::Empty("holds nothing"))),
            },
            (ShapeMut::Shared(inner), _) | (ShapeMut::Swapped(inner), Some(_)) => {
                self.descend_shared(inner, done)
            }
            (_, None) => self.finish(ValueBorrow::Exclusive(value), done),
            (ShapeMut::Option(Some(inner)), Some(_)) => self.descend_exclusive(inner, done),
            (ShapeMut::Option(None), Some(_)) => Err(self.fail(done, Kind::IsNone)),
            (_, Some(step)) => {
                let next = step_mut(value.reflect_mut(), step, self.permissions());
                match next {
                    Ok(mut next) => self.descend_exclusive(&mut *next, done + 1),
                    Err(kind) => Err(self.fail(done + 1, kind)),
                }
            }
        }
    }

    fn permissions(&self) -> WalkPermissions {
        WalkPermissions { mode: self.mode, level: self.target.level }
    }

    fn finish(&mut self, found: ValueBorrow<'_>, done: usize) -> Result<(), AccessError> {
        (self.end)(found).map_err(|kind| self.fail(done, kind))
    }

    fn fail(&self, done: usize, kind: Kind) -> AccessError {
        kind.at(self.target.location(done))
    }
}
