//! Walking a path from a root.
//!
//! A lock guard cannot be returned from a walk, because it borrows what it was taken from. So a walk descends, and whatever
//! is to be done at its end is handed in as a closure that runs while the locks on the way are held.

use super::change::resolve_index;
use super::error::AccessErrorKind as Kind;
use super::{
    AccessError, AccessMode, FieldInfo, Level, LockError, LockWait, Lockable, Manhole, NodeMut, PathRef,
    Shape, ShapeMut, Step, TypeInfo, TypeKind, Value, ValueBorrow, ValueMut, ValueRef,
};

/// A root and the way down from it.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a dyn Manhole,
    pub(super) route: PathRef<'a>,
}

/// How many pointers and options may follow one another without a step of a path: more only come of going round in circles.
pub(super) const MOST_POINTERS: usize = 64;

/// Walks to the end of the path, opens what guards the value there, and hands it to `end`.
pub(super) fn walk(
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
        for _ in 0..MOST_POINTERS + self.steps.len() {
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
                Err(error) if error.is_for_want_of_a_lock() => {}
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
                Err(self.fail(done, Kind::of_guard(error, info)))
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

/// Goes one step down from `shape`.
pub(super) fn step_down<'v>(
    info: &TypeInfo,
    shape: &Shape<'v>,
    step: &Step,
    way: WalkPermissions,
) -> Result<ValueRef<'v>, Kind> {
    match shape {
        Shape::Struct(value) => {
            let index = field_index(info, info.fields(), step)?;
            way.check_field_access(info, info.fields(), index)?;
            value.field(index).ok_or(Kind::Secret)
        }
        Shape::Enum(value) => {
            let variant = value.variant();
            let fields = variant_fields(info, variant);
            let index = variant_field_index(info, variant, step)?;
            way.check_field_access(info, fields, index)?;
            value.field(index).ok_or(Kind::Secret)
        }
        Shape::List(list) => value_at(step, list.len(), |index| list.get(index)),
        Shape::Map(map) => {
            let key = key(step);
            map.get(&key).ok_or_else(|| no_key(info, key))
        }
        _ => Err(Kind::NoInside { ty: info.to_string() }),
    }
}

/// The exclusive counterpart of [`step_down`]. The two differ only in `&mut`, over which Rust cannot abstract.
fn step_mut<'v>(
    node: NodeMut<'v>,
    info: &TypeInfo,
    step: &Step,
    way: WalkPermissions,
) -> Result<ValueMut<'v>, Kind> {
    match node.into_shape() {
        ShapeMut::Struct(value) => {
            let index = field_index(info, info.fields(), step)?;
            way.check_field_access(info, info.fields(), index)?;
            value.field_mut(index).ok_or(Kind::Secret)
        }
        ShapeMut::Enum(value) => {
            let variant = value.variant();
            let index = variant_field_index(info, variant, step)?;
            way.check_field_access(info, variant_fields(info, variant), index)?;
            value.field_mut(index).ok_or(Kind::Secret)
        }
        ShapeMut::List(list) => {
            let len = list.len();
            value_at(step, len, |index| list.get_mut(index))
        }
        ShapeMut::Map(map) => {
            let key = key(step);
            map.get_mut(&key).ok_or_else(|| no_key(info, key))
        }
        ShapeMut::Whole => Err(Kind::Whole { ty: info.to_string() }),
        _ => Err(Kind::NoInside { ty: info.to_string() }),
    }
}

fn no_key(info: &TypeInfo, key: Value<'static>) -> Kind {
    Kind::NoKey { key, ty: info.to_string() }
}

/// What a step asks a map for: `map.k` and `map["k"]` are the same.
fn key(step: &Step) -> Value<'static> {
    match step {
        Step::Name(name) => Value::from(name.to_string()),
        Step::Key(key) => key.clone(),
    }
}

/// The item of a list that a step asks for; negative positions count from the end.
fn value_at<T>(step: &Step, len: usize, get: impl FnOnce(usize) -> Option<T>) -> Result<T, Kind> {
    let asked = key(step);
    resolve_index(&asked, len).and_then(get).ok_or(Kind::NoItem { index: asked, len })
}

/// The position of the field that a step names; a number is a position already.
fn field_index(info: &TypeInfo, fields: &'static [FieldInfo], step: &Step) -> Result<usize, Kind> {
    find(fields, step).map_err(|field| Kind::NoField {
        ty: info.to_string(),
        field,
        known: fields.iter().map(|field| field.name).collect(),
    })
}

fn variant_field_index(info: &TypeInfo, variant: usize, step: &Step) -> Result<usize, Kind> {
    let fields = variant_fields(info, variant);
    find(fields, step).map_err(|field| Kind::OtherVariant {
        ty: info.to_string(),
        field,
        variant: variant_name(info, variant),
        known: fields.iter().map(|field| field.name).collect(),
    })
}

fn find(fields: &[FieldInfo], step: &Step) -> Result<usize, String> {
    let name: &str = match step {
        Step::Name(name) => name,
        Step::Key(Value::Text(name)) => name,
        Step::Key(Value::Int(index)) => {
            let known = usize::try_from(*index).ok().filter(|index| *index < fields.len());
            return known.ok_or_else(|| index.to_string());
        }
        Step::Key(other) => return Err(other.to_string()),
    };
    fields.iter().position(|field| field.name == name).ok_or_else(|| name.to_owned())
}

/// What a walk is for, and how far it may go.
#[derive(Clone, Copy)]
pub(super) struct WalkPermissions {
    pub(super) mode: AccessMode,
    pub(super) level: Level,
}

impl WalkPermissions {
    /// Whether it may lead through the field at `index`.
    fn check_field_access(
        self,
        info: &TypeInfo,
        fields: &'static [FieldInfo],
        index: usize,
    ) -> Result<(), Kind> {
        match fields.get(index) {
            Some(field) if field.level > self.level => {
                Err(Kind::Denied { level: self.level, needs: field.level })
            }
            Some(field) if self.mode == AccessMode::Write && field.readonly && !field.secret => {
                Err(Kind::ReadOnly { ty: info.to_string(), field: field.name })
            }
            _ => Ok(()),
        }
    }
}

/// Whether somebody at the level of `wait` may change what is at `path`.
pub(super) fn may_change(target: &Target<'_>, wait: &LockWait<'_>) -> Result<(), AccessError> {
    require(wait.level(), Level::Operate).map_err(|kind| kind.at(location(target, usize::MAX)))
}

pub(super) fn require(level: Level, needs: Level) -> Result<(), Kind> {
    if level < needs { Err(Kind::Denied { level, needs }) } else { Ok(()) }
}

/// The fields of the variant at `index`.
pub(super) fn variant_fields(info: &TypeInfo, index: usize) -> &'static [FieldInfo] {
    match info.kind {
        TypeKind::Enum(variants) => variants.get(index).map_or(&[], |variant| variant.fields),
        _ => &[],
    }
}

fn variant_name(info: &TypeInfo, index: usize) -> &'static str {
    match info.kind {
        TypeKind::Enum(variants) => variants.get(index).map_or("another variant", |variant| variant.name),
        _ => "another variant",
    }
}

/// The root's name and the first `done` steps.
pub(super) fn location(target: &Target<'_>, done: usize) -> String {
    let mut text = target.name.to_owned();
    for step in target.route.steps().into_iter().take(done) {
        text += &step.to_string();
    }
    text
}

impl Kind {
    fn of_guard(error: LockError, info: &TypeInfo) -> Self {
        match error {
            LockError::Locked => Self::Locked,
            LockError::Cancelled => Self::Cancelled,
            LockError::Empty(why) => Self::Empty(why),
            LockError::Whole => Self::Whole { ty: info.to_string() },
        }
    }
}
