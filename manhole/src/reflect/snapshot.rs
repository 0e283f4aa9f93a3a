//! A deep copy of a value as data, taken under the locks that one walk holds, and bounded.
//!
//! Structs become maps, enum values what they are assigned with, sets lists: a snapshot can be written back where the types
//! allow it. It is all or nothing, because what is missing a part and is written back would destroy that part.

use super::{
    Access, AccessError, AccessErrorKind, FieldInfo, GuardError, Held, Intent, Level, Manhole, Path,
    Patience, Shape, StructStyle, TypeInfo, TypeKind, Value, access, read,
};

/// How many values a snapshot may hold.
const MOST_VALUES: usize = 16 * 1024;
/// How many items one of its lists or maps may have: as many as a script's own.
const MOST_ITEMS: usize = 4_096;
/// How many bytes its texts may have in all.
const MOST_BYTES: usize = 1024 * 1024;
/// How deep it may be nested.
const DEEPEST: usize = 32;

/// Copies what `path` leads to, with everything below it.
///
/// A secret is the text `<secret>`, and what another thread has locked at that moment the text `<locked>`.
///
/// # Errors
///
/// If the path cannot be walked to its end, or there is more than a snapshot may hold: 16,384 values, 4,096 items in one
/// collection, 1 MiB of text, 32 levels.
pub fn snapshot(
    name: &str,
    value: &dyn Manhole,
    path: &Path,
    patience: &Patience<'_>,
) -> Result<Value<'static>, AccessError> {
    let copied = read(name, value, path, patience, &mut |found| of(found, patience.level()))?;
    copied.map_err(|why| AccessErrorKind::TooLarge { why }.at(format!("{name}{path}")))
}

/// A copy of `value` alone; the error says of what there is too much.
pub(crate) fn of(value: &dyn Manhole, level: Level) -> Result<Value<'static>, &'static str> {
    Copier { values: MOST_VALUES, bytes: MOST_BYTES, level }.copy(value, 0)
}

struct Copier {
    values: usize,
    bytes: usize,
    /// For whom it is.
    level: Level,
}

type Copied = Result<Value<'static>, &'static str>;

impl Copier {
    fn copy(&mut self, value: &dyn Manhole, depth: usize) -> Copied {
        if depth > DEEPEST {
            return Err("it is nested more than 32 levels deep");
        }
        self.values = self.values.checked_sub(1).ok_or("it has more than 16,384 values")?;
        let node = value.reflect();
        let info = node.info();
        match node.into_shape() {
            Shape::Leaf(value) => self.leaf(value),
            Shape::Cell(cell) => self.leaf(cell.load()),
            Shape::Shown(text) => self.leaf(text.into()),
            Shape::Opaque => self.leaf(info.to_string().into()),
            Shape::Option(None) => Ok(Value::Unit),
            Shape::Option(Some(inner)) => self.copy(inner, depth + 1),
            Shape::Guard(guard) => {
                let mut copied = Ok(mark("empty"));
                let opened = guard.open(Intent::Read, &Patience::none(), &mut |access| {
                    copied = match access {
                        Access::Shared(value) => self.copy(value, depth + 1),
                        Access::Exclusive(value) => self.copy(value, depth + 1),
                    };
                });
                match opened {
                    Ok(()) => copied,
                    Err(GuardError::Empty(why)) => Ok(mark(why)),
                    Err(_) => Ok(mark("locked")),
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
                let fields = access::variant_fields(info, value.variant());
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
                let len = few(list.len())?;
                let items = (0..len).map_while(|index| list.get(index));
                items.map(|item| self.copy(&*item, depth + 1)).collect::<Result<_, _>>().map(Value::List)
            }
            Shape::Set(set) => {
                few(set.len())?;
                let mut items = Ok(Vec::new());
                set.items(&mut |item| keep(&mut items, self.copy(item, depth + 1)));
                items.map(Value::List)
            }
            Shape::Map(map) => {
                few(map.len())?;
                let mut entries = Ok(Vec::new());
                map.entries(&mut |key, item| {
                    let copied = self.copy(key, depth + 1);
                    let entry = copied.and_then(|key| Ok((key, self.copy(item, depth + 1)?)));
                    keep(&mut entries, entry)
                });
                entries.map(Value::Map)
            }
        }
    }

    fn fields<'v>(
        &mut self,
        style: StructStyle,
        fields: &'static [FieldInfo],
        get: &dyn Fn(usize) -> Option<Held<'v>>,
        depth: usize,
    ) -> Copied {
        let mut copied = Vec::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            let value = match get(index) {
                _ if field.level > self.level => mark(field.level.name()),
                Some(value) => self.copy(&*value, depth + 1)?,
                None => mark("secret"),
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
        self.bytes = self.bytes.checked_sub(bytes).ok_or("it has more than 1 MiB of text")?;
        Ok(value.into_owned())
    }
}

/// Whether another one may come.
fn keep<T>(all: &mut Result<Vec<T>, &'static str>, one: Result<T, &'static str>) -> bool {
    match (all.as_mut(), one) {
        (Ok(all), Ok(one)) => {
            all.push(one);
            true
        }
        (_, Err(why)) => {
            *all = Err(why);
            false
        }
        (Err(_), _) => false,
    }
}

fn few(len: usize) -> Result<usize, &'static str> {
    if len > MOST_ITEMS { Err("a collection in it has more than 4,096 items") } else { Ok(len) }
}

fn mark(what: &str) -> Value<'static> {
    Value::from(format!("<{what}>"))
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
        assert_eq!(of(&"x".repeat(MOST_BYTES + 1)), Err("it has more than 1 MiB of text"));
    }

    #[test]
    fn what_is_locked_is_marked_and_not_waited_for() {
        let locked = Mutex::new(1_u8);
        let _guard = locked.lock().unwrap();
        assert_eq!(of(&locked), Ok(Value::from("<locked>")));
    }
}
