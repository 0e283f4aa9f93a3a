//! Walking a path from a root: to read and to write.
//!
//! A lock guard cannot be returned from a walk, because it borrows what it was taken from. So a walk descends, and whatever
//! is to be done at its end is handed in as a closure that runs while the locks on the way are held.

use super::change::position;
use super::error::AccessErrorKind as Kind;
use super::{
    Access, AccessError, FieldInfo, GuardError, Held, HeldMut, Intent, Level, Manhole, NodeMut, Path,
    Patience, Shape, ShapeMut, Step, StructStyle, TypeInfo, TypeKind, Value, level,
};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Lookup {
    /// One value, copied.
    Leaf(Value<'static>),
    /// An empty option.
    None,
    /// A value with an inside, or a text or byte string too long to copy. Nothing of it was copied.
    Inside,
}

/// A root and the way down from it.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a dyn Manhole,
    pub(super) path: &'a Path,
}

/// Looks at what `path` leads to: copies a leaf, and of anything else tells only that it is there.
///
/// A text or byte string longer than `longest` bytes is not copied.
///
/// # Errors
///
/// If the path cannot be walked to its end.
pub fn lookup(
    name: &str,
    value: &dyn Manhole,
    path: &Path,
    patience: &Patience<'_>,
    longest: usize,
) -> Result<Lookup, AccessError> {
    let result = read(name, value, path, patience, &mut |found| peek(found, longest));
    match result {
        // A secret is there, and that is all there is to know of it.
        Err(error) if *error.kind == Kind::Secret => Ok(Lookup::Inside),
        result => result,
    }
}

/// What a value is to a script: a leaf, copied; nothing; or something with an inside.
pub(crate) fn peek(mut found: &dyn Manhole, longest: usize) -> Lookup {
    for _ in 0..MOST_POINTERS {
        return match found.reflect().into_shape() {
            Shape::Option(Some(inner)) => {
                found = inner;
                continue;
            }
            Shape::Option(None) => Lookup::None,
            Shape::Leaf(Value::Text(text)) if text.len() > longest => Lookup::Inside,
            Shape::Leaf(Value::Bytes(bytes)) if bytes.len() > longest => Lookup::Inside,
            Shape::Leaf(value) => Lookup::Leaf(value.into_owned()),
            Shape::Cell(cell) => Lookup::Leaf(cell.load().into_owned()),
            _ => Lookup::Inside,
        };
    }
    Lookup::Inside
}

/// How many pointers and options may follow one another without a step of a path: more only come of going round in circles.
const MOST_POINTERS: usize = 64;

/// What a map's key or a set's item is to a script that looks for it: a single value, the name of a variant without data, or
/// several of them; `None` for what no script can write.
#[must_use]
pub fn as_key(found: &dyn Manhole) -> Option<Value<'static>> {
    let node = found.reflect();
    let info = node.info();
    match node.into_shape() {
        Shape::Leaf(value) => Some(value.into_owned()),
        Shape::Enum(value) => match info.kind {
            TypeKind::Enum(variants) => {
                let variant = variants.get(value.variant())?;
                (variant.style == StructStyle::Unit).then(|| Value::from(variant.name))
            }
            _ => None,
        },
        Shape::Struct(value) => match info.kind {
            TypeKind::Struct(StructStyle::Tuple, fields)
                if fields.iter().all(|field| field.level == Level::Observe) =>
            {
                (0..fields.len())
                    .map(|index| value.field(index).and_then(|field| as_key(&*field)))
                    .collect::<Option<_>>()
                    .map(Value::List)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Hands what `path` leads to, with all locks on the way held for reading, to `look`.
///
/// # Errors
///
/// If the path cannot be walked to its end.
pub fn read<R>(
    name: &str,
    value: &dyn Manhole,
    path: &Path,
    patience: &Patience<'_>,
    look: &mut dyn FnMut(&dyn Manhole) -> R,
) -> Result<R, AccessError> {
    let mut result = None;
    walk(Target { name, value, path }, Intent::Read, patience, &mut |access| {
        result = Some(match access {
            Access::Shared(value) => look(value),
            Access::Exclusive(value) => look(value),
        });
        Ok(())
    })?;
    result.ok_or_else(|| Kind::Empty("holds nothing").at(name))
}

/// Writes `value` to what `path` leads to.
///
/// With an `expected` value it is written only if that is still there: the comparison and the write happen under one lock, or in
/// one atomic step.
///
/// # Errors
///
/// If the path cannot be walked to its end, what is there cannot be written, or `value` does not fit. Nothing has changed
/// then.
pub fn write(
    name: &str,
    root: &dyn Manhole,
    path: &Path,
    patience: &Patience<'_>,
    value: &Value<'_>,
    expected: Option<&Value<'_>>,
) -> Result<(), AccessError> {
    let target = Target { name, value: root, path };
    may_change(&target, patience)?;
    walk(target, Intent::Write, patience, &mut |access| match access {
        Access::Exclusive(found) => {
            require(patience.level(), level::to_replace(found.reflect().info()))?;
            match expected {
                Some(expected) if !holds(found, expected) => Err(Kind::Changed),
                _ => found.write(value.clone()).map_err(Kind::Value),
            }
        }
        Access::Shared(found) => store(found, value, expected),
    })
}

/// Whether what was found is a leaf with the value `expected`, or nothing where nothing is expected.
fn holds(found: &dyn Manhole, expected: &Value<'_>) -> bool {
    match found.reflect().into_shape() {
        Shape::Leaf(value) => value.same(expected),
        Shape::Cell(cell) => cell.load().same(expected),
        Shape::Option(None) => *expected == Value::Unit,
        Shape::Option(Some(inner)) => holds(inner, expected),
        _ => false,
    }
}

/// Writes through a shared reference, which only a cell allows.
fn store(found: &dyn Manhole, value: &Value<'_>, expected: Option<&Value<'_>>) -> Result<(), Kind> {
    let node = found.reflect();
    let info = node.info();
    match node.into_shape() {
        Shape::Cell(cell) => match cell.store(value.clone(), expected) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Kind::Changed),
            Err(error) => Err(Kind::Value(error)),
        },
        Shape::Option(Some(inner)) => store(inner, value, expected),
        _ => Err(Kind::NoLock { ty: info.to_string() }),
    }
}

/// Walks to the end of the path, opens what guards the value there, and hands it to `end`.
pub(super) fn walk(
    target: Target<'_>,
    intent: Intent,
    patience: &Patience<'_>,
    end: &mut dyn FnMut(Access<'_>) -> Result<(), Kind>,
) -> Result<(), AccessError> {
    let steps = target.path.steps();
    let mut walk = Walk { target, steps: &steps, intent, patience, end };
    walk.descend(Access::Shared(target.value), 0)
}

struct Walk<'a> {
    target: Target<'a>,
    steps: &'a [&'a Step],
    intent: Intent,
    patience: &'a Patience<'a>,
    end: &'a mut dyn FnMut(Access<'_>) -> Result<(), Kind>,
}

impl Walk<'_> {
    /// Goes on from `access`, which `done` steps have led to.
    fn descend(&mut self, access: Access<'_>, done: usize) -> Result<(), AccessError> {
        match access {
            Access::Exclusive(value) if self.intent == Intent::Write => self.descend_exclusive(value, done),
            Access::Exclusive(value) => self.descend_shared(value, done),
            Access::Shared(value) => self.descend_shared(value, done),
        }
    }

    fn descend_shared(&mut self, mut value: &dyn Manhole, mut done: usize) -> Result<(), AccessError> {
        for _ in 0..MOST_POINTERS + self.steps.len() {
            let node = value.reflect();
            let info = node.info();
            match (node.into_shape(), self.steps.get(done)) {
                (Shape::Guard(guard), _) => {
                    let mut result = Ok(());
                    let patience = self.patience;
                    if guard.is_poisoned() {
                        patience.notice_poison();
                    }
                    guard
                        .open(self.intent, patience, &mut |access| result = self.descend(access, done))
                        .map_err(|error| match (error, self.steps.get(done)) {
                            // It was to be written as a whole, and that only a lock above it would allow.
                            (GuardError::Whole, None) => {
                                self.fail(done, Kind::NoLock { ty: info.to_string() })
                            }
                            (error, _) => self.fail(done, Kind::of_guard(error, info)),
                        })?;
                    return result;
                }
                (_, None) => return self.finish(Access::Shared(value), done),
                (Shape::Option(Some(inner)), Some(_)) => value = inner,
                (Shape::Option(None), Some(_)) => return Err(self.fail(done, Kind::IsNone)),
                (shape, Some(step)) => {
                    let next = step_down(info, &shape, step, self.way());
                    done += 1;
                    match next.map_err(|kind| self.fail(done, kind))? {
                        Held::Borrowed(next) => value = next,
                        Held::Made(next) => return self.descend_shared(&*next, done),
                    }
                }
            }
        }
        Err(self.fail(done, Kind::Empty("goes round in circles")))
    }

    fn descend_exclusive(&mut self, value: &mut dyn Manhole, done: usize) -> Result<(), AccessError> {
        let step = self.steps.get(done).copied();
        let node = value.reflect_mut();
        let info = node.info();
        match (node.into_shape(), step) {
            (ShapeMut::Guard(guard), _) => match guard.get_mut() {
                Some(inner) => self.descend_exclusive(inner, done),
                None => Err(self.fail(done, Kind::Empty("holds nothing"))),
            },
            (ShapeMut::Shared(inner), _) | (ShapeMut::Swapped(inner), Some(_)) => {
                self.descend_shared(inner, done)
            }
            (_, None) => self.finish(Access::Exclusive(value), done),
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

    fn way(&self) -> Way {
        Way { intent: self.intent, level: self.patience.level() }
    }

    fn finish(&mut self, access: Access<'_>, done: usize) -> Result<(), AccessError> {
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
    way: Way,
) -> Result<Held<'v>, Kind> {
    match shape {
        Shape::Struct(value) => {
            let index = field_index(info, info.fields(), step)?;
            way.may_pass(info, info.fields(), index)?;
            value.field(index).ok_or(Kind::Secret)
        }
        Shape::Enum(value) => {
            let variant = value.variant();
            let fields = variant_fields(info, variant);
            let index = variant_field_index(info, variant, step)?;
            way.may_pass(info, fields, index)?;
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
fn step_mut<'v>(node: NodeMut<'v>, info: &TypeInfo, step: &Step, way: Way) -> Result<HeldMut<'v>, Kind> {
    match node.into_shape() {
        ShapeMut::Struct(value) => {
            let index = field_index(info, info.fields(), step)?;
            way.may_pass(info, info.fields(), index)?;
            value.field_mut(index).ok_or(Kind::Secret)
        }
        ShapeMut::Enum(value) => {
            let variant = value.variant();
            let index = variant_field_index(info, variant, step)?;
            way.may_pass(info, variant_fields(info, variant), index)?;
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
    position(&asked, len).and_then(get).ok_or(Kind::NoItem { index: asked, len })
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
pub(super) struct Way {
    pub(super) intent: Intent,
    pub(super) level: Level,
}

impl Way {
    /// Whether it may lead through the field at `index`.
    fn may_pass(self, info: &TypeInfo, fields: &'static [FieldInfo], index: usize) -> Result<(), Kind> {
        match fields.get(index) {
            Some(field) if field.level > self.level => {
                Err(Kind::Denied { level: self.level, needs: field.level })
            }
            Some(field) if self.intent == Intent::Write && field.readonly && !field.secret => {
                Err(Kind::ReadOnly { ty: info.to_string(), field: field.name })
            }
            _ => Ok(()),
        }
    }
}

/// Whether somebody at the level of `patience` may change what is at `path`.
pub(super) fn may_change(target: &Target<'_>, patience: &Patience<'_>) -> Result<(), AccessError> {
    require(patience.level(), Level::Operate).map_err(|kind| kind.at(location(target, usize::MAX)))
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
    for step in target.path.steps().into_iter().take(done) {
        text += &step.to_string();
    }
    text
}

impl Kind {
    fn of_guard(error: GuardError, info: &TypeInfo) -> Self {
        match error {
            GuardError::Locked => Self::Locked,
            GuardError::Interrupted => Self::Interrupted,
            GuardError::Empty(why) => Self::Empty(why),
            GuardError::Whole => Self::Whole { ty: info.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    fn write_if(root: &dyn Manhole, value: u8, expected: u8) -> Result<(), AccessError> {
        let (value, expected) = (Value::from(value), Value::from(expected));
        write("n", root, &Path::root(), &Patience::none(), &value, Some(&expected))
    }

    #[test]
    fn a_value_is_replaced_only_if_it_is_the_expected_one() {
        let locked = Mutex::new(1_u8);
        assert_eq!(write_if(&locked, 2, 1), Ok(()));
        assert_eq!(write_if(&locked, 3, 1).map_err(|error| *error.kind), Err(Kind::Changed));
        assert_eq!(*locked.lock().unwrap(), 2);

        let atomic = AtomicU8::new(1);
        assert_eq!(write_if(&atomic, 2, 1), Ok(()));
        assert_eq!(write_if(&atomic, 3, 1).map_err(|error| *error.kind), Err(Kind::Changed));
        assert_eq!(atomic.load(Ordering::SeqCst), 2);
    }
}
