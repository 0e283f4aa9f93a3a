//! A deep copy of a value as data, taken under the locks that one walk holds, and bounded.
//!
//! Structs become maps, enum values what they are assigned with, sets lists: a snapshot can be written back where the types
//! allow it. It is all or nothing, because what is missing a part and is written back would destroy that part.

use super::read_write::read;
use crate::reflect::model::{
    AccessMode, FieldInfo, Level, LockError, LockWait, Manhole, Path, Shape, StructStyle, TypeInfo, TypeKind,
    Value, ValueBorrow, ValueRef,
};
use crate::reflect::walk::{AccessError, AccessErrorKind, variant_fields};

/// How many values a snapshot may hold.
const MAX_VALUES: usize = 16 * 1024;
/// How many items one of its lists or maps may have: as many as a script's own.
const MAX_ITEMS: usize = 4_096;
/// How many bytes its texts may have in all.
const MAX_TEXT_BYTES: usize = 1024 * 1024;
/// How deep it may be nested.
const MAX_DEPTH: usize = 32;

/// Copies what `path` leads to, with everything below it.
///
/// A secret is the text `<secret>`, and what another thread has locked at that moment the text `<locked>`.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::{Path, LockWait, snapshot};
///
/// #[derive(Manhole)]
/// struct Config {
///     limit: u32,
///     #[manhole(secret)]
///     token: String,
/// }
///
/// let config = Config { limit: 100, token: "hush".to_owned() };
/// let copy = snapshot("config", &config, &Path::root(), &LockWait::none())?;
/// assert_eq!(copy.to_string(), r#"{"limit": 100, "token": "<secret>"}"#);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
///
/// # Errors
///
/// If the path cannot be walked to its end, or there is more than a snapshot may hold: 16,384 values, 4,096 items in one
/// collection, 1 MiB of text, 32 levels.
pub fn snapshot(
    name: &str,
    value: &dyn Manhole,
    path: &Path,
    wait: &LockWait<'_>,
) -> Result<Value<'static>, AccessError> {
    let copied = read(name, value, path, wait, &mut |found| of(found, wait.level()))?;
    copied.map_err(|why| AccessErrorKind::TooLarge { why }.at(format!("{name}{path}")))
}

/// A copy of `value` alone; the error says of what there is too much.
pub(crate) fn of(value: &dyn Manhole, level: Level) -> Result<Value<'static>, &'static str> {
    Copier::new(level, false).copy(value, 0)
}

/// Copies what `path` leads to as far as a snapshot may reach; what is beyond that is left out or marked `cut`. Also answers
/// whether something was.
///
/// # Errors
///
/// If the path cannot be walked to its end.
#[cfg(feature = "console")]
pub(crate) fn excerpt(
    name: &str,
    value: &dyn Manhole,
    path: &Path,
    wait: &LockWait<'_>,
) -> Result<(Value<'static>, bool), AccessError> {
    let copied = read(name, value, path, wait, &mut |found| {
        let mut copier = Copier::new(wait.level(), true);
        let copied = copier.copy(found, 0);
        // Nothing is refused here.
        (copied.unwrap_or(Value::Placeholder(CUT)), copier.cut)
    });
    match copied {
        Err(error) if *error.kind == AccessErrorKind::Secret => Ok((Value::Placeholder("secret"), false)),
        copied => copied,
    }
}

/// The mark of what is beyond the bounds of an excerpt.
const CUT: &str = "cut";

struct Copier {
    values: usize,
    bytes: usize,
    /// For whom it is.
    level: Level,
    /// Whether what is too much is left out, not refused.
    lossy: bool,
    /// Whether something was left out.
    cut: bool,
}

type Copied = Result<Value<'static>, &'static str>;

impl Copier {
    const fn new(level: Level, lossy: bool) -> Self {
        Self { values: MAX_VALUES, bytes: MAX_TEXT_BYTES, level, lossy, cut: false }
    }

    fn copy(&mut self, value: &dyn Manhole, depth: usize) -> Copied {
        if depth > MAX_DEPTH {
            return self.too_much("it is nested more than 32 levels deep");
        }
        let Some(left) = self.values.checked_sub(1) else {
            return self.too_much("it has more than 16,384 values");
        };
        self.values = left;
        let node = value.reflect();
        let info = node.info();
        match node.into_shape() {
            Shape::Leaf(value) => self.leaf(value),
            Shape::Atomic(cell) => self.leaf(cell.load()),
            Shape::Text(text) => self.leaf(text.into()),
            Shape::Opaque => self.leaf(info.to_string().into()),
            Shape::Option(None) => Ok(Value::Unit),
            Shape::Option(Some(inner)) => self.copy(inner, depth + 1),
            Shape::Lock(guard) => {
                let mut copied = Ok(Value::Placeholder("empty"));
                let opened = guard.open(AccessMode::Read, &LockWait::none(), &mut |access| {
                    copied = match access {
                        ValueBorrow::Shared(value) => self.copy(value, depth + 1),
                        ValueBorrow::Exclusive(value) => self.copy(value, depth + 1),
                    };
                });
                match opened {
                    Ok(()) => copied,
                    Err(LockError::Empty(why)) => Ok(Value::Placeholder(why)),
                    Err(_) => Ok(Value::Placeholder("locked")),
                }
            }
            Shape::Struct(value) => {
                let style = match info.kind {
                    TypeKind::Struct(style, _) => style,
                    _ => StructStyle::Named,
                };
                self.fields(style, info.fields(), &|index| value.field(index), depth)
            }
            Shape::Enum(value) => {
                let fields = variant_fields(info, value.variant());
                let Some((name, style)) = variant(info, value.variant()) else {
                    return self.leaf(info.to_string().into());
                };
                if style == StructStyle::Unit {
                    return self.leaf(name.into());
                }
                let fields = self.fields(style, fields, &|index| value.field(index), depth)?;
                Ok(Value::Map(vec![(Value::from(name), fields)]))
            }
            Shape::List(list) => {
                let len = self.few(list.len())?;
                let mut items = Ok(Vec::new());
                if len > 0 {
                    list.items_from(0, &mut |item| keep(&mut items, self.copy(item, depth + 1), len));
                }
                items.map(Value::List)
            }
            Shape::Set(set) => {
                let len = self.few(set.len())?;
                let mut items = Ok(Vec::new());
                if len > 0 {
                    set.items(&mut |item| keep(&mut items, self.copy(item, depth + 1), len));
                }
                items.map(Value::List)
            }
            Shape::Map(map) => {
                let len = self.few(map.len())?;
                let mut entries = Ok(Vec::new());
                if len > 0 {
                    map.entries(&mut |key, item| {
                        let copied = self.copy(key, depth + 1);
                        let entry = copied.and_then(|key| Ok((key, self.copy(item, depth + 1)?)));
                        keep(&mut entries, entry, len)
                    });
                }
                entries.map(Value::Map)
            }
        }
    }

    fn fields<'v>(
        &mut self,
        style: StructStyle,
        fields: &'static [FieldInfo],
        get: &dyn Fn(usize) -> Option<ValueRef<'v>>,
        depth: usize,
    ) -> Copied {
        let mut copied = Vec::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            let value = match get(index) {
                _ if field.level > self.level => Value::Placeholder(field.level.name()),
                Some(value) => self.copy(&*value, depth + 1)?,
                None => Value::Placeholder("secret"),
            };
            copied.push((Value::from(field.name), value));
        }
        Ok(match style {
            StructStyle::Unit => Value::Unit,
            StructStyle::Named | StructStyle::Range => Value::Map(copied),
            StructStyle::Tuple => {
                let mut items: Vec<_> = copied.into_iter().map(|(_, value)| value).collect();
                match items.pop() {
                    // Of one field, as people write it; but a list in brackets is read as a list of fields.
                    Some(only) if items.is_empty() && !matches!(only, Value::List(_)) => only,
                    last => {
                        items.extend(last);
                        Value::List(items)
                    }
                }
            }
        })
    }

    fn leaf(&mut self, value: Value<'_>) -> Copied {
        let bytes = match &value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        if let Some(left) = self.bytes.checked_sub(bytes) {
            self.bytes = left;
            return Ok(value.into_owned());
        }
        if !self.lossy {
            return Err("it has more than 1 MiB of text");
        }
        self.cut = true;
        let left = std::mem::take(&mut self.bytes);
        Ok(match value {
            Value::Text(text) => Value::from(text[..text.floor_char_boundary(left)].to_owned()),
            Value::Bytes(bytes) => Value::Bytes(bytes[..left].to_vec().into()),
            other => other.into_owned(),
        })
    }

    /// How many items of a collection are copied.
    fn few(&mut self, len: usize) -> Result<usize, &'static str> {
        let most = if self.lossy { MAX_ITEMS.min(self.values) } else { MAX_ITEMS };
        if len <= most {
            return Ok(len);
        }
        self.too_much("a collection in it has more than 4,096 items")?;
        Ok(most)
    }

    fn too_much(&mut self, why: &'static str) -> Copied {
        if !self.lossy {
            return Err(why);
        }
        self.cut = true;
        Ok(Value::Placeholder(CUT))
    }
}

/// Whether another one may come, if there are to be `most`.
fn keep<T>(all: &mut Result<Vec<T>, &'static str>, one: Result<T, &'static str>, most: usize) -> bool {
    match (all.as_mut(), one) {
        (Ok(all), Ok(one)) => {
            all.push(one);
            all.len() < most
        }
        (_, Err(why)) => {
            *all = Err(why);
            false
        }
        (Err(_), _) => false,
    }
}

fn variant(info: &TypeInfo, index: usize) -> Option<(&'static str, StructStyle)> {
    match info.kind {
        TypeKind::Enum(variants) => variants.get(index).map(|variant| (variant.name, variant.style)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;

    fn of(value: &dyn Manhole) -> Result<Value<'static>, &'static str> {
        super::of(value, Level::Admin)
    }

    #[test]
    fn a_snapshot_is_data_that_can_be_written_back() {
        let state = (Mutex::new(vec![Some(1_u8), None]), BTreeMap::from([("a".to_owned(), 0.5)]));
        let copied = of(&state).unwrap();
        assert_eq!(copied.to_string(), "[[1, ()], {\"a\": 0.5}]");
        let Value::List(parts) = copied else { panic!("a tuple is a list") };
        assert_eq!(Vec::<Option<u8>>::from_value(parts[0].clone()), Ok(vec![Some(1), None]));
    }

    #[test]
    fn it_is_all_or_nothing() {
        assert_eq!(of(&vec![0_u8; 5_000]), Err("a collection in it has more than 4,096 items"));
        assert_eq!(of(&vec![vec![0_u8; 4_000]; 5]), Err("it has more than 16,384 values"));
        assert_eq!(of(&"x".repeat(MAX_TEXT_BYTES + 1)), Err("it has more than 1 MiB of text"));
    }

    #[test]
    fn what_is_locked_is_marked_and_not_waited_for() {
        let locked = Mutex::new(1_u8);
        let _guard = locked.lock().unwrap();
        assert_eq!(of(&locked), Ok(Value::Placeholder("locked")));
    }

    #[cfg(feature = "console")]
    fn excerpt(value: &dyn Manhole) -> (Value<'static>, bool) {
        let path = Path::root();
        super::excerpt("x", value, &path, &LockWait::none().at_level(Level::Admin)).unwrap()
    }

    #[cfg(feature = "console")]
    #[test]
    fn an_excerpt_leaves_out_what_is_too_much() {
        let (Value::List(items), true) = excerpt(&vec![0_u8; 5_000]) else { panic!("a list that is cut") };
        assert_eq!(items.len(), 4_096);
        let (Value::List(lists), true) = excerpt(&vec![vec![0_u8; 4_000]; 9]) else { panic!("lists") };
        let values: usize =
            lists.iter().map(|list| if let Value::List(list) = list { list.len() } else { 0 }).sum();
        assert!((16_000..=MAX_VALUES).contains(&values), "{values}");
        let (Value::Text(text), true) = excerpt(&"é".repeat(MAX_TEXT_BYTES)) else {
            panic!("a text that is cut")
        };
        assert_eq!(text.len(), MAX_TEXT_BYTES);
        assert_eq!(excerpt(&vec![1_u8, 2]), (Value::List(vec![1.into(), 2.into()]), false));
    }

    #[cfg(feature = "console")]
    #[test]
    fn an_excerpt_has_a_bound_whatever_the_shape() {
        fn count(value: &Value<'_>) -> usize {
            1 + match value {
                Value::List(items) => items.iter().map(count).sum(),
                Value::Map(items) => items.iter().map(|(key, item)| count(key) + count(item)).sum(),
                _ => 0,
            }
        }
        let (copied, cut) = excerpt(&vec![BTreeMap::from([(1_u8, vec![vec![1_u8; 100]; 100])]); 100]);
        assert!(cut && count(&copied) < 2 * MAX_VALUES, "{}", count(&copied));
    }
}
