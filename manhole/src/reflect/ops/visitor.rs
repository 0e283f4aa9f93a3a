//! Visits a value and everything inside it, within bounds. Previews, snapshots and excerpts are built on it.

use std::sync::Arc;

use crate::reflect::model::{
    AccessMode, FieldInfo, Level, List, LockError, LockWait, Lockable, Manhole, Node, Owner, Resume, Shape,
    StructStyle, Text, TypeInfo, TypeKind, Value, ValueRef,
};
use crate::reflect::text::placeholder;
use crate::reflect::walk::HeldLock;

/// A struct, an enum value or a collection: a value with entries.
pub(crate) struct Group<'a> {
    pub(crate) kind: GroupKind,
    /// The name of its type.
    #[cfg_attr(not(feature = "console"), expect(dead_code, reason = "only the console needs it"))]
    pub(super) type_name: &'static str,
    pub(super) shape: Shape<'a>,
}

/// The kind of a [`Group`].
#[derive(Clone, Copy)]
pub(crate) enum GroupKind {
    /// A struct.
    Struct(Fields),
    /// The value of an enum, with the fields of its variant.
    Variant(Fields),
    List,
    Set,
    Map,
}

/// The static description of a struct or variant.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) name: &'static str,
    pub(crate) style: StructStyle,
    pub(crate) fields: &'static [FieldInfo],
}

/// One entry of a [`Group`].
pub(crate) struct Entry<'a> {
    pub(crate) label: Label<&'a dyn Manhole>,
    /// The value, or the reason why the session may not see it.
    pub(crate) value: Result<&'a dyn Manhole, &'static str>,
}

/// The label of an [`Entry`]. `K` is a map's key.
#[derive(Clone, Copy)]
pub(crate) enum Label<K> {
    Field(&'static FieldInfo),
    Key(K),
    /// The items of lists and sets have no label.
    None,
}

impl<'a> Group<'a> {
    /// Returns the value as a group, or `None` if it has no entries.
    pub(crate) fn new(info: &TypeInfo, shape: Shape<'a>) -> Option<Self> {
        let kind = match &shape {
            Shape::Struct(_) => {
                let style =
                    if let TypeKind::Struct(style, _) = info.kind { style } else { StructStyle::Named };
                GroupKind::Struct(Fields { name: info.short_name(), style, fields: info.fields() })
            }
            Shape::Enum(value) => {
                let variants = if let TypeKind::Enum(variants) = info.kind { variants } else { &[] };
                GroupKind::Variant(variants.get(value.variant()).map_or(
                    Fields { name: "?", style: StructStyle::Unit, fields: &[] },
                    |variant| Fields { name: variant.name, style: variant.style, fields: variant.fields },
                ))
            }
            Shape::List(_) => GroupKind::List,
            Shape::Set(_) => GroupKind::Set,
            Shape::Map(_) => GroupKind::Map,
            _ => return None,
        };
        Some(Self { kind, type_name: info.name, shape })
    }

    /// Returns the style of a struct or variant, or `None` for a collection.
    pub(crate) const fn style(&self) -> Option<StructStyle> {
        match self.kind {
            GroupKind::Struct(fields) | GroupKind::Variant(fields) => Some(fields.style),
            GroupKind::List | GroupKind::Set | GroupKind::Map => None,
        }
    }

    /// Returns the number of entries.
    pub(crate) fn len(&self) -> usize {
        match (&self.shape, self.kind) {
            (Shape::List(list), _) => list.len(),
            (Shape::Set(set), _) => set.len(),
            (Shape::Map(map), _) => map.len(),
            (_, GroupKind::Struct(fields) | GroupKind::Variant(fields)) => fields.fields.len(),
            _ => 0,
        }
    }

    /// Passes the entries from `place` on to `visit`, until it returns `false`. Shows only what `level` may see.
    pub(crate) fn visit(&self, place: &Resume, level: Level, mut visit: impl FnMut(Entry<'_>) -> bool) {
        let mut item = |value: &dyn Manhole| visit(Entry { label: Label::None, value: Ok(value) });
        match (&self.shape, self.kind) {
            (Shape::List(list), _) => list.items_from(place.passed, &mut item),
            (Shape::Set(set), _) => set.items_from(place, &mut item),
            (Shape::Map(map), _) => map.entries_from(place, &mut |key, value| {
                visit(Entry { label: Label::Key(key), value: Ok(value) })
            }),
            (_, GroupKind::Struct(Fields { fields, .. }) | GroupKind::Variant(Fields { fields, .. })) => {
                for (index, field) in fields.iter().enumerate().skip(place.passed) {
                    let value = if field.level > level {
                        Err(field.level.name())
                    } else {
                        self.field(index).ok_or(placeholder::SECRET)
                    };
                    let value = value.as_deref().map_err(|why| *why);
                    if !visit(Entry { label: Label::Field(field), value }) {
                        return;
                    }
                }
            }
            _ => {}
        }
    }

    fn field(&self, index: usize) -> Option<ValueRef<'_>> {
        match &self.shape {
            Shape::Struct(value) => value.field(index),
            Shape::Enum(value) => value.field(index),
            _ => None,
        }
    }
}

/// How deep a visit goes.
#[derive(Clone, Copy)]
pub(crate) struct Depth {
    /// The most groups inside each other.
    pub(crate) groups: usize,
    /// The most values inside each other, options and locks included: pointers can form cycles.
    pub(crate) values: usize,
}

/// Builds a result from the values of a visit, and bounds it.
pub(crate) trait Visitor {
    /// The result for one value.
    type Output;
    /// The results for the entries of a group.
    type Entries;

    /// Counts one value. Returns `false` if there are too many.
    fn enter(&mut self) -> bool {
        true
    }

    /// Returns whether to open a lock, pointer or cell.
    fn opens(&mut self, lock: &dyn Lockable) -> bool {
        let _ = lock;
        true
    }

    fn leaf(&mut self, value: Value<'_>) -> Self::Output;

    /// Represents a list of bytes, if that is more than a list of numbers here.
    fn bytes(&mut self, bytes: &dyn List) -> Option<Self::Output> {
        let _ = bytes;
        None
    }

    /// Represents a value that is shown as a text.
    fn text(&mut self, text: Text<'_>) -> Self::Output;

    /// Represents a value by the name of a type or variant.
    fn name(&mut self, name: String) -> Self::Output;

    fn none(&mut self) -> Self::Output;

    fn some(&mut self, inner: Self::Output) -> Self::Output;

    /// Represents a value that cannot be seen: `secret`, `locked`.
    fn placeholder(&mut self, why: &'static str) -> Self::Output;

    /// Represents a value that a task or thread owns. The visit does not wait for it.
    fn remote(&mut self, owner: &Arc<dyn Owner>, depth: Depth) -> Self::Output {
        let _ = (owner, depth);
        self.placeholder(placeholder::REMOTE)
    }

    /// Represents a value whose lock is poisoned.
    fn poisoned(&mut self, inner: Self::Output) -> Self::Output {
        inner
    }

    /// Represents a value that is too deep, or one too many. `info` is that of a group at the depth limit.
    fn cut(&mut self, info: Option<&TypeInfo>) -> Self::Output;

    /// Begins a group. Returns how many of its entries to visit, and where to put them.
    fn open(&mut self, group: &Group<'_>) -> (usize, Self::Entries);

    /// Returns the place at which to begin with the entries of the group that was opened last.
    fn place(&mut self) -> Resume {
        Resume::default()
    }

    /// Represents a key in place of a visit of it.
    fn key(&mut self, key: &dyn Manhole) -> Option<Self::Output> {
        let _ = key;
        None
    }

    /// Ends an entry of the group. Returns whether to go on with the next one.
    fn behind(&mut self, group: &Group<'_>, entry: &Entry<'_>) -> bool {
        let _ = (group, entry);
        true
    }

    /// Returns whether to visit another entry.
    fn wants(&mut self, label: &Label<&dyn Manhole>) -> bool;

    /// Adds an entry of the group.
    fn add(
        &mut self,
        group: &Group<'_>,
        entries: &mut Self::Entries,
        label: Label<Self::Output>,
        value: Self::Output,
    );

    /// Ends a group, `more` of whose entries were not visited.
    fn close(&mut self, group: &Group<'_>, entries: Self::Entries, more: usize) -> Self::Output;
}

/// Returns whether the items of a list of this type are bytes.
fn is_byte_list(info: &TypeInfo) -> bool {
    matches!(info.kind, TypeKind::List(item) if item().name == u8::type_info().name)
}

/// A visit in progress.
pub(crate) struct Visit<V> {
    pub(crate) visitor: V,
    pub(crate) level: Level,
    pub(crate) depth: Depth,
}

impl<V: Visitor> Visit<V> {
    /// Visits `value`.
    pub(crate) fn value(&mut self, value: &dyn Manhole) -> V::Output {
        let Some(left) = self.depth.values.checked_sub(1) else { return self.visitor.cut(None) };
        if !self.visitor.enter() {
            return self.visitor.cut(None);
        }
        let before = std::mem::replace(&mut self.depth.values, left);
        let output = self.node(value.reflect());
        self.depth.values = before;
        output
    }

    fn node(&mut self, node: Node<'_>) -> V::Output {
        let info = node.info();
        match node.into_shape() {
            Shape::Leaf(Value::Placeholder(why)) => self.visitor.placeholder(why),
            Shape::Leaf(value) => self.visitor.leaf(value),
            Shape::Atomic(cell) => self.visitor.leaf(cell.load()),
            Shape::Text(text) => self.visitor.text(text),
            Shape::Option(None) => self.visitor.none(),
            Shape::Option(Some(inner)) => {
                let inner = self.value(inner);
                self.visitor.some(inner)
            }
            Shape::Lock(lock) => self.lock(lock),
            Shape::Remote(owner) => self.visitor.remote(owner, self.depth),
            Shape::List(list) if is_byte_list(info) => match self.visitor.bytes(list) {
                Some(output) => output,
                None => {
                    let (kind, shape) = (GroupKind::List, Shape::List(list));
                    self.group(&Group { kind, type_name: info.name, shape }, info)
                }
            },
            shape => match Group::new(info, shape) {
                Some(group) => self.group(&group, info),
                None => self.visitor.name(info.to_string()),
            },
        }
    }

    fn lock(&mut self, lock: &dyn Lockable) -> V::Output {
        if !self.visitor.opens(lock) {
            return self.visitor.placeholder(placeholder::CUT);
        }
        let mut output = None;
        // Never waits: the walk may hold another lock already.
        let opened = lock.open(AccessMode::Read, &LockWait::none(), &mut |found| {
            let _held = lock.is_lock().then(HeldLock::new);
            output = Some(self.value(found.value()));
        });
        match (opened, output) {
            (Ok(()), Some(output)) if lock.is_poisoned() => self.visitor.poisoned(output),
            (Ok(()), Some(output)) => output,
            (Ok(()), None) => self.visitor.placeholder(placeholder::EMPTY),
            (Err(LockError::Empty(why)), _) => self.visitor.placeholder(why),
            (Err(_), _) => self.visitor.placeholder(placeholder::LOCKED),
        }
    }

    fn group(&mut self, group: &Group<'_>, info: &TypeInfo) -> V::Output {
        let Some(left) = self.depth.groups.checked_sub(1) else { return self.visitor.cut(Some(info)) };
        let before = std::mem::replace(&mut self.depth.groups, left);
        let (most, mut entries) = self.visitor.open(group);
        let mut visited = 0;
        if most > 0 {
            let place = self.visitor.place();
            group.visit(&place, self.level, |entry| {
                if !self.visitor.wants(&entry.label) {
                    return false;
                }
                let label = match entry.label {
                    Label::Field(field) => Label::Field(field),
                    Label::Key(key) => Label::Key(self.visitor.key(key).unwrap_or_else(|| self.value(key))),
                    Label::None => Label::None,
                };
                let value = match entry.value {
                    Ok(value) => self.value(value),
                    Err(why) => self.visitor.placeholder(why),
                };
                self.visitor.add(group, &mut entries, label, value);
                visited += 1;
                self.visitor.behind(group, &entry) && visited < most
            });
        }
        self.depth.groups = before;
        self.visitor.close(group, entries, group.len().saturating_sub(visited))
    }
}
