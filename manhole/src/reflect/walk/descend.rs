//! Walks a path from a root.
//!
//! A lock guard cannot be returned from a walk, because it borrows from the lock. So a walk descends, and runs a closure at its
//! end while it holds the locks on the path.

use super::access_error::{AccessError, AccessErrorKind as Kind};
use super::held_locks::HeldLock;
use super::permissions::WalkPermissions;
use super::step::{step_down, step_mut};
use super::target::Target;
use crate::reflect::model::{
    AccessMode, LockError, Lockable, Manhole, Node, Shape, ShapeMut, Step, TypeInfo, ValueBorrow, ValueRef,
};

/// The most pointers and options between two steps of a path: only cycles have more.
pub(crate) const MAX_POINTERS: usize = 64;

/// Walks to the target, opens the lock there, if any, and runs `end` on the value.
pub(crate) fn walk(
    target: &Target<'_>,
    mode: AccessMode,
    end: &mut dyn FnMut(ValueBorrow<'_>) -> Result<(), Kind>,
) -> Result<(), AccessError> {
    let steps = target.path.steps();
    let mut walk =
        Walk { target: *target, steps: &steps, mode, holds_lock: false, inner_lock_busy: false, end };
    let mut result = walk.descend_shared(target.root, 0);
    // The walk waits only for the outermost lock, which it does not hold yet. For a lock inside another one it starts again at
    // the root, so that other threads get the outer lock between two attempts.
    if walk.inner_lock_busy {
        let waited = target.wait.retry(|left| {
            (walk.target.wait, walk.holds_lock, walk.inner_lock_busy) = (*left, false, false);
            result = walk.descend_shared(target.root, 0);
            (!walk.inner_lock_busy).then_some(())
        });
        if waited == Err(LockError::Cancelled) {
            result = result.map_err(|error| Kind::Cancelled.at(error.path));
        }
    }
    result
}

struct Walk<'a> {
    target: Target<'a>,
    steps: &'a [&'a Step],
    mode: AccessMode,
    /// Whether the walk holds a lock.
    holds_lock: bool,
    /// Whether another thread held a lock inside one that the walk held.
    inner_lock_busy: bool,
    end: &'a mut dyn FnMut(ValueBorrow<'_>) -> Result<(), Kind>,
}

impl Walk<'_> {
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
                Err(self.fail(done, Kind::from_lock_error(error, info)))
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
