//! Walking a path from a root.
//!
//! A lock guard cannot be returned from a walk, because it borrows what it was taken from. So a walk descends, and whatever
//! is to be done at its end is handed in as a closure that runs while the locks on the way are held.

use super::access_error::{AccessError, AccessErrorKind as Kind};
use super::permissions::{WalkPermissions, require};
use super::step::{step_down, step_mut};
use crate::reflect::model::{
    AccessMode, Level, LockError, LockWait, Lockable, Manhole, PathRef, Shape, ShapeMut, Step, TypeInfo,
    ValueBorrow, ValueRef,
};

/// A root and the way down from it.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a dyn Manhole,
    pub(crate) route: PathRef<'a>,
}

/// How many pointers and options may follow one another without a step of a path: more only come of going round in circles.
pub(crate) const MAX_POINTERS: usize = 64;

/// Walks to the end of the path, opens what guards the value there, and hands it to `end`.
pub(crate) fn walk(
    target: Target<'_>,
    mode: AccessMode,
    wait: &LockWait<'_>,
    end: &mut dyn FnMut(ValueBorrow<'_>) -> Result<(), Kind>,
) -> Result<(), AccessError> {
    let steps = target.route.steps();
    let mut walk =
        Walk { target, steps: &steps, mode, wait: *wait, inside: false, inner_lock_busy: false, end };
    let mut result = walk.descend(ValueBorrow::Shared(target.value), 0);
    // Only the outermost lock is waited for while it is not held. For one inside of it the way is gone anew, so that nobody waits
    // for the outer one meanwhile.
    if walk.inner_lock_busy {
        let waited = wait.retry(|left| {
            (walk.wait, walk.inside, walk.inner_lock_busy) = (*left, false, false);
            result = walk.descend(ValueBorrow::Shared(target.value), 0);
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
    wait: LockWait<'a>,
    /// Whether a lock is held.
    inside: bool,
    /// Whether a lock inside of another one was held by somebody else.
    inner_lock_busy: bool,
    end: &'a mut dyn FnMut(ValueBorrow<'_>) -> Result<(), Kind>,
}

impl Walk<'_> {
    /// Goes on from `access`, which `done` steps have led to.
    fn descend(&mut self, access: ValueBorrow<'_>, done: usize) -> Result<(), AccessError> {
        match access {
            ValueBorrow::Exclusive(value) if self.mode == AccessMode::Write => {
                self.descend_exclusive(value, done)
            }
            ValueBorrow::Exclusive(value) => self.descend_shared(value, done),
            ValueBorrow::Shared(value) => self.descend_shared(value, done),
        }
    }

    fn descend_shared(&mut self, mut value: &dyn Manhole, mut done: usize) -> Result<(), AccessError> {
        for _ in 0..MAX_POINTERS + self.steps.len() {
            let node = value.reflect();
            let info = node.info();
            match (node.into_shape(), self.steps.get(done)) {
                (Shape::Lock(guard), _) => return self.enter_lock(guard, info, done),
                (_, None) => return self.finish(ValueBorrow::Shared(value), done),
                (Shape::Option(Some(inner)), Some(_)) => value = inner,
                (Shape::Option(None), Some(_)) => return Err(self.fail(done, Kind::IsNone)),
                (shape, Some(step)) => {
                    let next = step_down(info, &shape, step, self.way());
                    done += 1;
                    match next.map_err(|kind| self.fail(done, kind))? {
                        ValueRef::Borrowed(next) => value = next,
                        ValueRef::Owned(next) => return self.descend_shared(&*next, done),
                    }
                }
            }
        }
        Err(self.fail(done, Kind::Empty("goes round in circles")))
    }

    /// Goes on inside of a guard.
    fn enter_lock(&mut self, guard: &dyn Lockable, info: &TypeInfo, done: usize) -> Result<(), AccessError> {
        if guard.is_poisoned() {
            self.wait.notice_poison();
        }
        if self.mode == AccessMode::Write && guard.is_shared_by_readers() {
            match self.open(guard, AccessMode::Read, info, done) {
                Err(error) if error.needs_exclusive() => {}
                result => return result,
            }
        }
        self.open(guard, self.mode, info, done)
    }

    fn open(
        &mut self,
        guard: &dyn Lockable,
        mode: AccessMode,
        info: &TypeInfo,
        done: usize,
    ) -> Result<(), AccessError> {
        let inside = self.inside;
        self.inside |= guard.is_lock();
        let wait = if inside { self.wait.inside() } else { self.wait };
        let mut result = Ok(());
        let opened = guard.open(mode, &wait, &mut |access| result = self.descend(access, done));
        self.inside = inside;
        match opened {
            Ok(()) => result,
            // It was to be written as a whole, and that only a lock above it would allow.
            Err(LockError::Whole) if self.steps.len() == done => {
                Err(self.fail(done, Kind::NoLock { ty: info.to_string() }))
            }
            Err(error) => {
                self.inner_lock_busy |= inside && error == LockError::Locked;
                Err(self.fail(done, Kind::from_lock_error(error, info)))
            }
        }
    }

    fn descend_exclusive(&mut self, value: &mut dyn Manhole, done: usize) -> Result<(), AccessError> {
        let step = self.steps.get(done).copied();
        let node = value.reflect_mut();
        let info = node.info();
        match (node.into_shape(), step) {
            (ShapeMut::Lock(guard), _) => match guard.get_mut() {
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
                let next = step_mut(value.reflect_mut(), info, step, self.way());
                match next {
                    Ok(mut next) => self.descend_exclusive(&mut *next, done + 1),
                    Err(kind) => Err(self.fail(done + 1, kind)),
                }
            }
        }
    }

    fn way(&self) -> WalkPermissions {
        WalkPermissions { mode: self.mode, level: self.wait.level() }
    }

    fn finish(&mut self, access: ValueBorrow<'_>, done: usize) -> Result<(), AccessError> {
        (self.end)(access).map_err(|kind| self.fail(done, kind))
    }

    fn fail(&self, done: usize, kind: Kind) -> AccessError {
        kind.at(location(&self.target, done))
    }
}

/// Whether somebody at the level of `wait` may change what is at `path`.
pub(crate) fn may_change(target: &Target<'_>, wait: &LockWait<'_>) -> Result<(), AccessError> {
    require(wait.level(), Level::Operate).map_err(|kind| kind.at(location(target, usize::MAX)))
}

/// The root's name and the first `done` steps.
pub(crate) fn location(target: &Target<'_>, done: usize) -> String {
    let mut text = target.name.to_owned();
    for step in target.route.steps().into_iter().take(done) {
        text += &step.to_string();
    }
    text
}

impl Kind {
    fn from_lock_error(error: LockError, info: &TypeInfo) -> Self {
        match error {
            LockError::Locked => Self::Locked,
            LockError::Cancelled => Self::Cancelled,
            LockError::Empty(why) => Self::Empty(why),
            LockError::Whole => Self::Whole { ty: info.to_string() },
        }
    }
}
