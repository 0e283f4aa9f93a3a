//! Reading and writing what a path leads to.

use crate::reflect::model::{
    AccessMode, Level, LockWait, Manhole, Path, PathRef, Shape, StructStyle, TypeKind, Value, ValueBorrow,
};
use crate::reflect::walk::{
    AccessError, AccessErrorKind as Kind, MAX_POINTERS, Target, may_change, require, walk,
};

/// What a path leads to.
///
/// ```
/// use manhole::reflect::{Lookup, Path, LockWait, Value, lookup};
///
/// let look = |value| lookup("root", value, (&Path::root()).into(), &LockWait::none(), 1_024);
/// assert_eq!(look(&7_u32), Ok(Lookup::Leaf(Value::Int(7))));
/// assert_eq!(look(&None::<u32>), Ok(Lookup::None));
/// assert_eq!(look(&vec![1, 2, 3]), Ok(Lookup::Composite));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Lookup {
    /// One value, copied.
    Leaf(Value<'static>),
    /// An empty option.
    None,
    /// A value with an inside, or a text or byte string too long to copy. Nothing of it was copied.
    Composite,
}

/// Looks at what `route` leads to: copies a leaf, and of anything else tells only that it is there.
///
/// A text or byte string longer than `longest` bytes is not copied.
///
/// ```
/// use manhole::reflect::{Lookup, Path, LockWait, PathRef, Step, Value, lookup};
///
/// let numbers = std::sync::Mutex::new(vec![7, 8, 9]);
/// let (root, last) = (Path::root(), Step::Key(Value::from(-1)));
/// let found = lookup("numbers", &numbers, PathRef::beyond(&root, &last), &LockWait::none(), 1_024)?;
/// assert_eq!(found, Lookup::Leaf(Value::Int(9)));
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
///
/// # Errors
///
/// If the route cannot be walked to its end.
pub fn lookup(
    name: &str,
    value: &dyn Manhole,
    route: PathRef<'_>,
    wait: &LockWait<'_>,
    longest: usize,
) -> Result<Lookup, AccessError> {
    let result = read_at(Target { name, value, route }, wait, &mut |found| classify(found, longest));
    match result {
        // A secret is there, and that is all there is to know of it.
        Err(error) if *error.kind == Kind::Secret => Ok(Lookup::Composite),
        result => result,
    }
}

/// What a value is to a script: a leaf, copied; nothing; or something with an inside.
pub(crate) fn classify(mut found: &dyn Manhole, longest: usize) -> Lookup {
    for _ in 0..MAX_POINTERS {
        return match found.reflect().into_shape() {
            Shape::Option(Some(inner)) => {
                found = inner;
                continue;
            }
            Shape::Option(None) => Lookup::None,
            Shape::Leaf(Value::Text(text)) if text.len() > longest => Lookup::Composite,
            Shape::Leaf(Value::Bytes(bytes)) if bytes.len() > longest => Lookup::Composite,
            Shape::Leaf(value) => Lookup::Leaf(value.into_owned()),
            Shape::Atomic(cell) => Lookup::Leaf(cell.load().into_owned()),
            _ => Lookup::Composite,
        };
    }
    Lookup::Composite
}

/// What a map's key or a set's item is to a script that looks for it: a single value, the name of a variant without data, or
/// several of them; `None` for what no script can write.
///
/// ```
/// use manhole::reflect::{Value, as_key};
///
/// assert_eq!(as_key(&7_u16), Some(Value::Int(7)));
/// assert_eq!(as_key(&vec![1, 2]), None, "no script writes a list as a key");
/// ```
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
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::{Path, LockWait, Shape, Step, read};
///
/// #[derive(Manhole)]
/// struct Queue {
///     jobs: Vec<String>,
/// }
///
/// let queue = std::sync::Mutex::new(Queue { jobs: vec!["mill".to_owned()] });
/// let path = Path::root().join(Step::Name("jobs".into()));
/// let len = read("queue", &queue, &path, &LockWait::none(), &mut |jobs| match jobs.reflect().into_shape() {
///     Shape::List(list) => list.len(),
///     _ => 0,
/// })?;
/// assert_eq!(len, 1);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
///
/// # Errors
///
/// If the path cannot be walked to its end.
pub fn read<R>(
    name: &str,
    value: &dyn Manhole,
    path: &Path,
    wait: &LockWait<'_>,
    look: &mut dyn FnMut(&dyn Manhole) -> R,
) -> Result<R, AccessError> {
    read_at(Target { name, value, route: path.into() }, wait, look)
}

fn read_at<R>(
    target: Target<'_>,
    wait: &LockWait<'_>,
    look: &mut dyn FnMut(&dyn Manhole) -> R,
) -> Result<R, AccessError> {
    let mut result = None;
    walk(target, AccessMode::Read, wait, &mut |access| {
        result = Some(match access {
            ValueBorrow::Shared(value) => look(value),
            ValueBorrow::Exclusive(value) => look(value),
        });
        Ok(())
    })?;
    result.ok_or_else(|| Kind::Empty("holds nothing").at(target.name))
}

/// Writes `value` to what `path` leads to.
///
/// With an `expected` value it is written only if that is still there: the comparison and the write happen under one lock, or in
/// one atomic step.
///
/// ```
/// use manhole::reflect::{Path, LockWait, Value, write};
///
/// let limit = std::sync::Mutex::new(100_u32);
/// let (root, wait) = (Path::root(), LockWait::none());
/// write("limit", &limit, &root, &wait, &Value::from(250), Some(&Value::from(100)))?;
/// let late = write("limit", &limit, &root, &wait, &Value::from(300), Some(&Value::from(100)));
/// assert!(late.unwrap_err().to_string().contains("changed"));
/// assert_eq!(*limit.lock().unwrap(), 250);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
///
/// # Errors
///
/// If the path cannot be walked to its end, what is there cannot be written, or `value` does not fit. Nothing has changed
/// then.
pub fn write(
    name: &str,
    root: &dyn Manhole,
    path: &Path,
    wait: &LockWait<'_>,
    value: &Value<'_>,
    expected: Option<&Value<'_>>,
) -> Result<(), AccessError> {
    let target = Target { name, value: root, route: path.into() };
    may_change(&target, wait)?;
    walk(target, AccessMode::Write, wait, &mut |access| match access {
        ValueBorrow::Exclusive(found) => {
            require(wait.level(), found.reflect().info().replace_level())?;
            match expected {
                Some(expected) if !equals(found, expected) => Err(Kind::Changed),
                _ => found.write(value.clone()).map_err(Kind::Value),
            }
        }
        ValueBorrow::Shared(found) => store(found, value, expected),
    })
}

/// Whether what was found is a leaf with the value `expected`, or nothing where nothing is expected.
fn equals(found: &dyn Manhole, expected: &Value<'_>) -> bool {
    match found.reflect().into_shape() {
        Shape::Leaf(value) => value.same(expected),
        Shape::Atomic(cell) => cell.load().same(expected),
        Shape::Option(None) => *expected == Value::Unit,
        Shape::Option(Some(inner)) => equals(inner, expected),
        _ => false,
    }
}

/// Writes through a shared reference, which only a cell allows.
fn store(found: &dyn Manhole, value: &Value<'_>, expected: Option<&Value<'_>>) -> Result<(), Kind> {
    let node = found.reflect();
    let info = node.info();
    match node.into_shape() {
        Shape::Atomic(cell) => match cell.store(value.clone(), expected) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Kind::Changed),
            Err(error) => Err(Kind::Value(error)),
        },
        Shape::Option(Some(inner)) if *value != Value::Unit => store(inner, value, expected),
        _ => Err(Kind::NoLock { ty: info.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    fn write_if(root: &dyn Manhole, value: u8, expected: u8) -> Result<(), AccessError> {
        let (value, expected) = (Value::from(value), Value::from(expected));
        write("n", root, &Path::root(), &LockWait::none(), &value, Some(&expected))
    }

    #[test]
    fn a_value_is_replaced_only_if_it_is_the_expected_one() {
        let locked = Mutex::new(1_u8);
        assert_eq!(write_if(&locked, 2, 1), Ok(()));
        assert_eq!(write_if(&locked, 3, 1).map_err(|error| *error.kind), Err(Kind::Changed));
        assert_eq!(*locked.lock().unwrap(), 2);

        let maybe = std::sync::RwLock::new(Some(AtomicU8::new(1)));
        let set = |value| write("n", &maybe, &Path::root(), &LockWait::none(), &value, None);
        assert_eq!(set(Value::from(2)), Ok(()));
        assert_eq!(maybe.read().unwrap().as_ref().map(|n| n.load(Ordering::SeqCst)), Some(2));
        assert_eq!(set(Value::Unit), Ok(()));
        assert!(maybe.read().unwrap().is_none());

        let atomic = AtomicU8::new(1);
        assert_eq!(write_if(&atomic, 2, 1), Ok(()));
        assert_eq!(write_if(&atomic, 3, 1).map_err(|error| *error.kind), Err(Kind::Changed));
        assert_eq!(atomic.load(Ordering::SeqCst), 2);
    }
}
