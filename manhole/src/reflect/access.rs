//! Walking a path from a root: to read, to write, to call.
//!
//! A lock guard cannot be returned from a walk, because it borrows what it was taken from. So a walk descends, and whatever
//! is to be done at its end is handed in as a closure that runs while the locks on the way are held.

use super::error::AccessErrorKind as Kind;
use super::{
    Access, AccessError, Args, CallError, FieldInfo, GuardError, Intent, Manhole, NodeMut, Path, Patience,
    Returned, Shape, ShapeMut, Step, TypeInfo, TypeKind, Value,
};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Lookup {
    /// One value, copied.
    Leaf(Value<'static>),
    /// An empty option.
    None,
    /// A value with an inside, or a text too long to copy. Nothing of it was copied.
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
/// A text longer than `longest` bytes is not copied.
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
pub(crate) fn peek(found: &dyn Manhole, longest: usize) -> Lookup {
    match found.reflect().into_shape() {
        Shape::Leaf(Value::Text(text)) if text.len() > longest => Lookup::Inside,
        Shape::Leaf(value) => Lookup::Leaf(value.into_owned()),
        Shape::Cell(cell) => Lookup::Leaf(cell.load().into_owned()),
        Shape::Option(None) => Lookup::None,
        Shape::Option(Some(inner)) => peek(inner, longest),
        _ => Lookup::Inside,
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
    walk(Target { name, value: root, path }, Intent::Write, patience, &mut |access| match access {
        Access::Exclusive(found) => match expected {
            Some(expected) if !holds(found, expected) => Err(Kind::Changed),
            _ => found.write(value.clone()).map_err(Kind::Value),
        },
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

/// Calls the method `method` of what `path` leads to.
///
/// # Errors
///
/// If the path cannot be walked to its end, there is no such method, or the call fails.
pub fn call(
    name: &str,
    root: &dyn Manhole,
    path: &Path,
    patience: &Patience<'_>,
    method: &str,
    args: &Args<'_>,
) -> Result<Returned, AccessError> {
    let target = Target { name, value: root, path };
    let mut returned = None;
    let mut attempt = |intent| {
        walk(target, intent, patience, &mut |access| {
            let info = access.node().info();
            let index = info.methods.iter().position(|known| known.name == method);
            let index = index.ok_or(Kind::Call(CallError::NoMethod))?;
            returned = Some(match access {
                Access::Shared(found) => found.call(index, args.clone()),
                Access::Exclusive(found) => found.call_mut(index, args.clone()),
            });
            Ok(())
        })?;
        match returned.take() {
            Some(result) => result.map_err(|error| Kind::Call(error).at(location(&target, usize::MAX))),
            None => Err(Kind::Call(CallError::NoMethod).at(name)),
        }
    };
    // Most methods only look. One that takes `&mut self` says so without having run, and is called again with the strongest
    // access there is.
    match attempt(Intent::Read) {
        Err(error) if *error.kind == Kind::Call(CallError::NeedsExclusive) => attempt(Intent::Write),
        result => result,
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
        loop {
            let node = value.reflect();
            let info = node.info();
            match (node.into_shape(), self.steps.get(done)) {
                (Shape::Guard(guard), _) => {
                    let mut result = Ok(());
                    let patience = self.patience;
                    guard
                        .open(self.intent, patience, &mut |access| result = self.descend(access, done))
                        .map_err(|error| self.fail(done, error.into()))?;
                    return result;
                }
                (_, None) => return self.finish(Access::Shared(value), done),
                (Shape::Option(Some(inner)), Some(_)) => value = inner,
                (Shape::Option(None), Some(_)) => return Err(self.fail(done, Kind::IsNone)),
                (shape, Some(step)) => {
                    let next = self.step(info, &shape, step);
                    value = next.map_err(|kind| self.fail(done + 1, kind))?;
                    done += 1;
                }
            }
        }
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
            (ShapeMut::Shared(inner), _) => self.descend_shared(inner, done),
            (_, None) => self.finish(Access::Exclusive(value), done),
            (ShapeMut::Option(Some(inner)), Some(_)) => self.descend_exclusive(inner, done),
            (ShapeMut::Option(None), Some(_)) => Err(self.fail(done, Kind::IsNone)),
            (_, Some(step)) => {
                let next = step_mut(value.reflect_mut(), info, step, self.intent);
                match next {
                    Ok(next) => self.descend_exclusive(next, done + 1),
                    Err(kind) => Err(self.fail(done + 1, kind)),
                }
            }
        }
    }

    fn step<'v>(&self, info: &TypeInfo, shape: &Shape<'v>, step: &Step) -> Result<&'v dyn Manhole, Kind> {
        match shape {
            Shape::Struct(value) => {
                let index = field_index(info, info.fields(), step)?;
                refuse_readonly(info, info.fields(), index, self.intent)?;
                value.field(index).ok_or(Kind::Secret)
            }
            Shape::Enum(value) => {
                let variant = value.variant();
                let fields = variant_fields(info, variant);
                let index = variant_field_index(info, variant, step)?;
                refuse_readonly(info, fields, index, self.intent)?;
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

    fn finish(&mut self, access: Access<'_>, done: usize) -> Result<(), AccessError> {
        (self.end)(access).map_err(|kind| self.fail(done, kind))
    }

    fn fail(&self, done: usize, kind: Kind) -> AccessError {
        kind.at(location(&self.target, done))
    }
}

/// The exclusive counterpart of [`Walk::step`]. The two differ only in `&mut`, over which Rust cannot abstract.
fn step_mut<'v>(
    node: NodeMut<'v>,
    info: &TypeInfo,
    step: &Step,
    intent: Intent,
) -> Result<&'v mut dyn Manhole, Kind> {
    match node.into_shape() {
        ShapeMut::Struct(value) => {
            let index = field_index(info, info.fields(), step)?;
            refuse_readonly(info, info.fields(), index, intent)?;
            value.field_mut(index).ok_or(Kind::Secret)
        }
        ShapeMut::Enum(value) => {
            let variant = value.variant();
            let index = variant_field_index(info, variant, step)?;
            refuse_readonly(info, variant_fields(info, variant), index, intent)?;
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
    let position = match asked {
        Value::Int(index) if index < 0 => i128::try_from(len).ok().map(|len| len + index),
        Value::Int(index) => Some(index),
        _ => None,
    };
    let index = position.and_then(|position| usize::try_from(position).ok());
    index.and_then(get).ok_or(Kind::NoItem { index: asked, len })
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

fn refuse_readonly(
    info: &TypeInfo,
    fields: &'static [FieldInfo],
    index: usize,
    intent: Intent,
) -> Result<(), Kind> {
    match fields.get(index) {
        Some(field) if intent == Intent::Write && field.readonly && !field.secret => {
            Err(Kind::ReadOnly { ty: info.to_string(), field: field.name })
        }
        _ => Ok(()),
    }
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
fn location(target: &Target<'_>, done: usize) -> String {
    let mut text = target.name.to_owned();
    for step in target.path.steps().into_iter().take(done) {
        text += &step.to_string();
    }
    text
}

impl From<GuardError> for Kind {
    fn from(error: GuardError) -> Self {
        match error {
            GuardError::Locked => Self::Locked,
            GuardError::Interrupted => Self::Interrupted,
            GuardError::Empty(why) => Self::Empty(why),
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
