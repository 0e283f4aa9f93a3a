//! Reads and writes the value at a path.

use crate::reflect::model::{
    AccessMode, Level, Manhole, Shape, StructStyle, TypeInfo, TypeKind, Value, ValueBorrow,
};
use crate::reflect::walk::{AccessError, AccessErrorKind as Kind, MAX_POINTERS, Target, require, walk};

/// The result of [`Target::lookup`].
///
/// ```
/// use manhole::reflect::{Lookup, Target, Value};
///
/// let lookup = |value| Target::new("root", value).lookup(1_024);
/// assert_eq!(lookup(&7_u32), Ok(Lookup::Leaf(Value::Int(7))));
/// assert_eq!(lookup(&None::<u32>), Ok(Lookup::None));
/// assert_eq!(lookup(&vec![1, 2, 3]), Ok(Lookup::Composite));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Lookup {
    /// One value, copied.
    Leaf(Value<'static>),
    /// An empty option.
    None,
    /// A value with fields or items, or a string or byte string that is too long. Nothing of it was copied.
    Composite,
}

impl Target<'_> {
    /// Copies a leaf, and of any other value reports only that it exists. Does not copy a string or byte string of more than
    /// `max_bytes`.
    ///
    /// ```
    /// use manhole::reflect::{Lookup, Path, Step, Target, Value};
    ///
    /// let numbers = std::sync::Mutex::new(vec![7, 8, 9]);
    /// let last = Path::root().join(Step::Key(Value::from(-1)));
    /// let found = Target::new("numbers", &numbers).at(&last).lookup(1_024)?;
    /// assert_eq!(found, Lookup::Leaf(Value::Int(9)));
    /// # Ok::<(), manhole::reflect::AccessError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the path cannot be walked to its end.
    pub fn lookup(&self, max_bytes: usize) -> Result<Lookup, AccessError> {
        self.lookup_typed(max_bytes).map(|found| found.0)
    }

    /// As [`lookup`](Self::lookup), with the type of the value. An option has the type of the option.
    pub(crate) fn lookup_typed(
        &self,
        max_bytes: usize,
    ) -> Result<(Lookup, Option<&'static TypeInfo>), AccessError> {
        match self.read(move |found| classify(found, max_bytes)) {
            // A secret exists; nothing else may be known of it.
            Err(error) if *error.kind == Kind::Secret => Ok((Lookup::Composite, None)),
            result => result.map(|(found, info)| (found, Some(info))),
        }
    }

    /// Runs `read` on the value, with all locks on the path held for reading. It runs on the thread that owns the value, if a
    /// [`Remote`](crate::Remote) is on the path.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{Path, Shape, Step, Target};
    ///
    /// #[derive(Manhole)]
    /// struct Queue {
    ///     jobs: Vec<String>,
    /// }
    ///
    /// let queue = std::sync::Mutex::new(Queue { jobs: vec!["mill".to_owned()] });
    /// let path = Path::root().join(Step::Name("jobs".into()));
    /// let len = Target::new("queue", &queue).at(&path).read(|jobs| match jobs.reflect().into_shape() {
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
    pub fn read<R: Send + 'static>(
        &self,
        mut read: impl FnMut(&dyn Manhole) -> R + Send + 'static,
    ) -> Result<R, AccessError> {
        walk(self, AccessMode::Read, move |found| Ok(read(found.value())))
    }

    /// Writes `value`.
    ///
    /// ```
    /// use manhole::reflect::{Target, Value};
    ///
    /// let limit = std::sync::Mutex::new(100_u32);
    /// Target::new("limit", &limit).write(&Value::from(250))?;
    /// assert_eq!(*limit.lock().unwrap(), 250);
    /// # Ok::<(), manhole::reflect::AccessError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the path cannot be walked to its end, the value there cannot be written, or `value` does not fit. The old value is
    /// then unchanged.
    pub fn write(&self, value: &Value<'_>) -> Result<(), AccessError> {
        self.write_if(value, None)
    }

    /// Writes `value` if the value there is still `expected`. Compares and writes under one lock, or in one atomic step.
    ///
    /// ```
    /// use manhole::reflect::{AccessErrorKind, Target, Value};
    ///
    /// let limit = std::sync::Mutex::new(100_u32);
    /// let target = Target::new("limit", &limit);
    /// target.compare_and_write(&Value::from(100), &Value::from(250))?;
    /// let late = target.compare_and_write(&Value::from(100), &Value::from(300));
    /// assert_eq!(*late.unwrap_err().kind, AccessErrorKind::Changed);
    /// assert_eq!(*limit.lock().unwrap(), 250);
    /// # Ok::<(), manhole::reflect::AccessError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AccessErrorKind::Changed`](crate::reflect::AccessErrorKind::Changed) if the value is another one, and the errors of
    /// [`write`](Target::write).
    pub fn compare_and_write(&self, expected: &Value<'_>, value: &Value<'_>) -> Result<(), AccessError> {
        self.write_if(value, Some(expected))
    }

    fn write_if(&self, value: &Value<'_>, expected: Option<&Value<'_>>) -> Result<(), AccessError> {
        require(self.level, Level::Operate).map_err(|kind| self.fail(kind))?;
        let (level, value) = (self.level, value.clone().into_owned());
        let expected = expected.map(|expected| expected.clone().into_owned());
        walk(self, AccessMode::Write, move |found| match found {
            ValueBorrow::Exclusive(found) => {
                require(level, found.reflect().info().replace_level())?;
                match &expected {
                    Some(expected) if !equals(found, expected) => Err(Kind::Changed),
                    _ => found.write(value.clone()).map_err(Kind::Value),
                }
            }
            ValueBorrow::Shared(found) => store(found, &value, expected.as_ref()),
        })
    }
}

/// Copies a leaf, and of any other value reports only that it exists. Also returns the type.
pub(crate) fn classify(found: &dyn Manhole, max_bytes: usize) -> (Lookup, &'static TypeInfo) {
    let node = found.reflect();
    let info = node.info();
    (classify_shape(node.into_shape(), max_bytes), info)
}

fn classify_shape(shape: Shape<'_>, max_bytes: usize) -> Lookup {
    match leaf_of(shape, max_bytes) {
        Leaf::Value(value) => Lookup::Leaf(value.into_owned()),
        Leaf::None => Lookup::None,
        Leaf::Composite => Lookup::Composite,
    }
}

/// The result of a look at a value, which is borrowed.
pub(crate) enum Leaf<'a> {
    Value(Value<'a>),
    None,
    Composite,
}

/// Returns the value of a shape, if it is a leaf inside options.
pub(super) fn leaf_of(mut shape: Shape<'_>, max_bytes: usize) -> Leaf<'_> {
    for _ in 0..MAX_POINTERS {
        return match shape {
            Shape::Option(Some(inner)) => {
                shape = inner.reflect().into_shape();
                continue;
            }
            Shape::Option(None) => Leaf::None,
            Shape::Leaf(Value::Text(text)) if text.len() > max_bytes => Leaf::Composite,
            Shape::Leaf(Value::Bytes(bytes)) if bytes.len() > max_bytes => Leaf::Composite,
            Shape::Leaf(value) => Leaf::Value(value),
            Shape::Atomic(cell) => Leaf::Value(cell.load()),
            _ => Leaf::Composite,
        };
    }
    Leaf::Composite
}

/// Converts a map's key or a set's item to the value that a script writes for it: a leaf, the name of a variant without data, or
/// a list of these for a tuple struct. Returns `None` for any other value.
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
        // A key that is shown by its `Debug` is written as that text, but a placeholder such as `<secret>` may stand for many keys.
        Shape::Text(text) => {
            let text = text.to_string();
            let is_placeholder = text.starts_with('<') && text.ends_with('>');
            (!is_placeholder).then(|| Value::Text(text.into()))
        }
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

/// Returns whether the value is a leaf equal to `expected`, or an empty option where `()` is expected.
fn equals(found: &dyn Manhole, expected: &Value<'_>) -> bool {
    match found.reflect().into_shape() {
        Shape::Leaf(value) => value.same(expected),
        Shape::Atomic(cell) => cell.load().same(expected),
        Shape::Option(None) => *expected == Value::Unit,
        Shape::Option(Some(inner)) => equals(inner, expected),
        Shape::List(list) => match expected {
            Value::List(items) => {
                let mut items = items.iter().enumerate();
                list.len() == items.len()
                    && items.all(|(at, item)| list.get(at).is_some_and(|found| equals(&*found, item)))
            }
            Value::Bytes(bytes) => {
                let mut bytes = bytes.iter().enumerate();
                list.len() == bytes.len()
                    && bytes.all(|(at, byte)| {
                        list.get(at).is_some_and(|found| equals(&*found, &Value::from(*byte)))
                    })
            }
            _ => false,
        },
        _ => false,
    }
}

/// Writes through a shared reference, which only an atomic allows.
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
        Target::new("n", root).compare_and_write(&expected, &value)
    }

    #[test]
    fn compare_and_write_replaces_only_the_expected_value() {
        let locked = Mutex::new(1_u8);
        assert_eq!(write_if(&locked, 2, 1), Ok(()));
        assert_eq!(write_if(&locked, 3, 1).map_err(|error| *error.kind), Err(Kind::Changed));
        assert_eq!(*locked.lock().unwrap(), 2);

        let maybe = std::sync::RwLock::new(Some(AtomicU8::new(1)));
        let set = |value| Target::new("n", &maybe).write(&value);
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
