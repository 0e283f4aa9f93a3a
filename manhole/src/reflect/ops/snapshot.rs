//! Copies values as data, under the locks that one walk holds, and within limits.
//!
//! Structs become maps, enum values what a script assigns to them, sets lists: a script can write a snapshot back where the types
//! allow it. A snapshot is complete or an error, since writing back an incomplete one would destroy the rest.

use std::sync::Arc;

use super::remote_values::{HasGaps, RemoteValues, fill};
use super::visitor::{Depth, Fields, Group, GroupKind, Label, Visit, Visitor};
use crate::reflect::model::{Level, Manhole, Owner, StructStyle, Text, TypeInfo, Value, VisitError};
use crate::reflect::text::{placeholder, prefix};
use crate::reflect::walk::{AccessError, AccessErrorKind, Target};

/// The most values of a snapshot.
const MAX_VALUES: usize = 16 * 1024;
/// The most items of one collection in it, and of a script's own array or map.
pub(crate) const MAX_COLLECTION_ITEMS: usize = 4_096;
/// The items from which a collection is huge. An excerpt has only the beginning of one, so that the lock is released soon.
#[cfg(feature = "console")]
const HUGE_COLLECTION_ITEMS: usize = 64 * 1024;
/// The most bytes of text in all.
const MAX_TEXT_BYTES: usize = 1024 * 1024;
/// The most values inside each other.
const MAX_DEPTH: usize = 32;

impl Target<'_> {
    /// Copies the value, with everything inside it.
    ///
    /// A secret becomes the string `<secret>`, a value that another thread has locked becomes `<locked>`.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::Target;
    ///
    /// #[derive(Manhole)]
    /// struct Config {
    ///     limit: u32,
    ///     #[manhole(secret)]
    ///     token: String,
    /// }
    ///
    /// let config = Config { limit: 100, token: "hush".to_owned() };
    /// let copy = Target::new("config", &config).snapshot()?;
    /// assert_eq!(copy.to_string(), r#"{"limit": 100, "token": "<secret>"}"#);
    /// # Ok::<(), manhole::reflect::AccessError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the path cannot be walked to its end, or the value exceeds a limit: 16,384 values, 4,096 items in one collection,
    /// 1 MiB of text, 32 levels.
    pub fn snapshot(&self) -> Result<Value<'static>, AccessError> {
        let level = self.level;
        let too_large = |why| self.fail(AccessErrorKind::TooLarge { why });
        let Copy { mut value, remote, exceeded } =
            self.read(move |found| copy(found, level, Excess::Refuse))?;
        if let Some(why) = exceeded {
            return Err(too_large(why));
        }
        let missing = self.fill(&mut value, remote, Excess::Refuse);
        match missing {
            Some(error) => Err(self.fail(AccessErrorKind::Visit(error))),
            None => Ok(value),
        }
    }

    /// Copies the value within the limits of a snapshot. Leaves out the rest, or puts the placeholder `cut` in its place. Also
    /// returns whether it left out anything.
    ///
    /// # Errors
    ///
    /// If the path cannot be walked to its end.
    #[cfg(feature = "console")]
    pub(crate) fn excerpt(&self) -> Result<(Value<'static>, bool), AccessError> {
        let level = self.level;
        match self.read(move |found| copy(found, level, Excess::Omit)) {
            Err(error) if *error.kind == AccessErrorKind::Secret => {
                Ok((Value::Placeholder(placeholder::SECRET), false))
            }
            Err(error) => Err(error),
            Ok(Copy { mut value, remote, exceeded }) => {
                let missing = self.fill(&mut value, remote, Excess::Omit);
                Ok((value, exceeded.is_some() || missing.is_some()))
            }
        }
    }

    /// Copies the values in `copied` that tasks and threads own. Returns the first error.
    fn fill(&self, copied: &mut Value<'static>, remote: RemoteValues, excess: Excess) -> Option<VisitError> {
        let level = self.level;
        let visit = move |found: &dyn Manhole, _| {
            let copy = copy(found, level, excess);
            (copy.value, copy.remote)
        };
        fill(self, copied, remote, visit, Value::Placeholder)
    }
}

/// Copies `value`, or returns the limit that it exceeds. Does not wait for locks and owners inside it.
pub(crate) fn snapshot_value(value: &dyn Manhole, level: Level) -> Result<Value<'static>, &'static str> {
    let copy = copy(value, level, Excess::Refuse);
    copy.exceeded.map_or(Ok(copy.value), Err)
}

/// A copy of a value, without the values in it that tasks and threads own.
struct Copy {
    value: Value<'static>,
    remote: RemoteValues,
    /// The first limit that was exceeded.
    exceeded: Option<&'static str>,
}

fn copy(value: &dyn Manhole, level: Level, excess: Excess) -> Copy {
    let visitor = Copier {
        values: MAX_VALUES,
        bytes: MAX_TEXT_BYTES,
        excess,
        exceeded: None,
        remote: RemoteValues::default(),
    };
    let mut visit = Visit { visitor, level, depth: Depth { groups: usize::MAX, values: MAX_DEPTH + 1 } };
    let value = visit.value(value);
    Copy { value, remote: visit.visitor.remote, exceeded: visit.visitor.exceeded }
}

impl HasGaps for Value<'static> {
    fn gaps<'a>(&'a mut self, gaps: &mut Vec<&'a mut Self>) {
        match self {
            Value::Placeholder(placeholder::REMOTE) => gaps.push(self),
            Value::List(items) => items.iter_mut().for_each(|item| item.gaps(gaps)),
            Value::Map(entries) => entries.iter_mut().for_each(|(_, item)| item.gaps(gaps)),
            _ => {}
        }
    }
}

/// Returns the most further values of an excerpt in which a huge collection begins.
#[cfg(feature = "console")]
fn max_values_of_huge(group: &Group<'_>) -> usize {
    if matches!(group.kind, GroupKind::List) || group.resumes_at_key() {
        4_096
    } else {
        // The entries of a hash table are scattered over memory.
        1_024
    }
}

/// What happens to values beyond the limits.
#[derive(Clone, Copy, PartialEq)]
enum Excess {
    /// The copy ends: the caller drops it.
    Refuse,
    #[cfg(feature = "console")]
    Omit,
}

struct Copier {
    /// The number of values left.
    values: usize,
    /// The number of bytes of text left.
    bytes: usize,
    excess: Excess,
    /// The first limit that was exceeded.
    exceeded: Option<&'static str>,
    remote: RemoteValues,
}

impl Copier {
    fn exceed(&mut self, limit: &'static str) {
        self.exceeded.get_or_insert(limit);
    }
}

impl Visitor for Copier {
    type Output = Value<'static>;
    type Entries = Value<'static>;

    fn enter(&mut self) -> bool {
        let left = self.values.checked_sub(1);
        self.values = left.unwrap_or_default();
        if left.is_none() {
            self.exceed("it has more than 16,384 values");
        }
        left.is_some()
    }

    #[inline]
    fn leaf(&mut self, value: Value<'_>) -> Value<'static> {
        let bytes = match &value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        if let Some(left) = self.bytes.checked_sub(bytes) {
            self.bytes = left;
            return value.into_owned();
        }
        self.exceed("it has more than 1 MiB of text");
        let left = std::mem::take(&mut self.bytes);
        match value {
            Value::Text(text) => Value::from(prefix(&text, left).to_owned()),
            Value::Bytes(bytes) => Value::Bytes(bytes[..left].to_vec().into()),
            other => other.into_owned(),
        }
    }

    fn text(&mut self, text: Text<'_>) -> Value<'static> {
        self.leaf(text.format(usize::MAX).into())
    }

    fn name(&mut self, name: String) -> Value<'static> {
        self.leaf(name.into())
    }

    fn none(&mut self) -> Value<'static> {
        Value::Unit
    }

    fn some(&mut self, inner: Value<'static>) -> Value<'static> {
        inner
    }

    fn placeholder(&mut self, why: &'static str) -> Value<'static> {
        Value::Placeholder(why)
    }

    fn remote(&mut self, owner: &Arc<dyn Owner>, depth: Depth) -> Value<'static> {
        if self.remote.add(owner, depth) {
            return Value::Placeholder(placeholder::REMOTE);
        }
        self.exceed("more than 256 tasks and threads own parts of it");
        Value::Placeholder(placeholder::CUT)
    }

    fn cut(&mut self, _info: Option<&TypeInfo>) -> Value<'static> {
        self.exceed("it is nested more than 32 levels deep");
        Value::Placeholder(placeholder::CUT)
    }

    fn open(&mut self, group: &Group<'_>) -> (usize, Value<'static>) {
        #[cfg(feature = "console")]
        if group.len() > HUGE_COLLECTION_ITEMS {
            self.values = self.values.min(max_values_of_huge(group));
        }
        let most = match group.kind {
            GroupKind::Struct(_) | GroupKind::Variant(_) => usize::MAX,
            _ if self.excess == Excess::Refuse => MAX_COLLECTION_ITEMS,
            _ => MAX_COLLECTION_ITEMS.min(self.values),
        };
        if group.len() > most {
            self.exceed("a collection in it has more than 4,096 items");
        }
        let capacity = group.len().min(most);
        let entries = match (group.kind, group.style()) {
            (GroupKind::List | GroupKind::Set, _) | (_, Some(StructStyle::Tuple)) => {
                Value::List(Vec::with_capacity(capacity))
            }
            (_, Some(StructStyle::Unit)) => Value::Unit,
            _ => Value::Map(Vec::with_capacity(capacity)),
        };
        (most, entries)
    }

    #[inline]
    fn wants(&mut self, _label: &Label<&dyn Manhole>) -> bool {
        self.exceeded.is_none() || self.excess != Excess::Refuse
    }

    #[inline]
    fn add(
        &mut self,
        _group: &Group<'_>,
        entries: &mut Value<'static>,
        label: Label<Value<'static>>,
        value: Value<'static>,
    ) {
        match (entries, label) {
            (Value::List(items), _) => items.push(value),
            (Value::Map(entries), Label::Field(field)) => entries.push((Value::from(field.name), value)),
            (Value::Map(entries), Label::Key(key)) => entries.push((key, value)),
            _ => {}
        }
    }

    fn close(&mut self, group: &Group<'_>, entries: Value<'static>, _more: usize) -> Value<'static> {
        let entries = match entries {
            // One field is written without brackets, unless it is a list, which would be read as a list of fields.
            Value::List(mut items) if group.style().is_some() && items.len() == 1 => match items.pop() {
                Some(only) if !matches!(only, Value::List(_)) => only,
                only => Value::List(only.into_iter().collect()),
            },
            entries => entries,
        };
        match group.kind {
            GroupKind::Variant(Fields { name, style: StructStyle::Unit, .. }) => self.leaf(name.into()),
            GroupKind::Variant(fields) => Value::Map(vec![(Value::from(fields.name), entries)]),
            _ => entries,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;

    fn of(value: &dyn Manhole) -> Result<Value<'static>, &'static str> {
        snapshot_value(value, Level::Admin)
    }

    #[test]
    fn a_snapshot_can_be_written_back() {
        let state = (Mutex::new(vec![Some(1_u8), None]), BTreeMap::from([("a".to_owned(), 0.5)]));
        let copied = of(&state).unwrap();
        assert_eq!(copied.to_string(), "[[1, ()], {\"a\": 0.5}]");
        let Value::List(parts) = copied else { panic!("a tuple is a list") };
        assert_eq!(Vec::<Option<u8>>::from_value(parts[0].clone()), Ok(vec![Some(1), None]));
    }

    #[test]
    fn a_snapshot_is_complete_or_an_error() {
        assert_eq!(of(&vec![0_u8; 5_000]), Err("a collection in it has more than 4,096 items"));
        assert_eq!(of(&vec![vec![0_u8; 4_000]; 5]), Err("it has more than 16,384 values"));
        assert_eq!(of(&"x".repeat(MAX_TEXT_BYTES + 1)), Err("it has more than 1 MiB of text"));
    }

    #[test]
    fn a_locked_value_is_a_placeholder_without_waiting() {
        let locked = Mutex::new(1_u8);
        let _guard = locked.lock().unwrap();
        assert_eq!(of(&locked), Ok(Value::Placeholder("locked")));
    }

    #[cfg(feature = "console")]
    fn excerpt(value: &dyn Manhole) -> (Value<'static>, bool) {
        Target::new("x", value).excerpt().unwrap()
    }

    #[cfg(feature = "console")]
    #[test]
    fn an_excerpt_leaves_out_values_beyond_the_limits() {
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
        let items = |collection: &dyn Manhole| match excerpt(collection) {
            (Value::List(items), true) => items.len(),
            other => panic!("a list that is cut, not {other:?}"),
        };
        // A pair is a list of two values.
        let pairs = vec![(0_u8, 0_u8); HUGE_COLLECTION_ITEMS + 1];
        assert_eq!(items(&pairs), 4_096);
        assert_eq!(items(&(0..100_000).collect::<std::collections::HashSet<u32>>()), 1_024);
        assert_eq!(excerpt(&vec![1_u8, 2]), (Value::List(vec![1.into(), 2.into()]), false));
    }

    #[cfg(feature = "console")]
    #[test]
    fn an_excerpt_is_bounded_for_every_shape() {
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
