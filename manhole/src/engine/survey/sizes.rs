//! `sizes`: the collections below a value, the largest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use rhai::Dynamic;

use super::rows::{ShownPath, to_script};
use super::walk::{RootCollector, Scope, max_wait, survey};
use crate::engine::live::Handle;
use crate::engine::state::{CallContext, Size, Sizes};
use crate::engine::value::EvalResult;
use crate::reflect::computed_fields::computed_fields;
use crate::reflect::{Collection, Collector, Path, Place, Value};

/// The most collections in a result.
const MAX_ROWS: usize = 256;
/// The length from which a text counts as a collection.
const MIN_TEXT_BYTES: usize = 4 * 1024;

/// A collection in a result.
pub(super) struct CollectionSize {
    path: ShownPath,
    size: Size,
    capacity: Option<u64>,
    difference: Option<(i64, i64)>,
}

computed_fields!([] CollectionSize, "CollectionSize", "The size of a collection, or of a text of 4 KiB and more.", |this| {
    path: ShownPath = this.path.clone(), "The place, as it is typed.";
    items: u64 = this.size.items, "The number of items, or the length of a text in bytes.";
    capacity: Option<u64> = this.capacity, "The number of items for which memory is allocated, if the type knows it.";
    bytes: u64 = this.size.bytes, "An estimate of its memory, with everything inside.";
    items_diff: Option<i64> = this.difference.map(|(items, _)| items), "How many more items it has than at the call before.";
    bytes_diff: Option<i64> = this.difference.map(|(_, bytes)| bytes), "How many more bytes it takes than at the call before.";
});

/// Returns the collections below `value`, or below all roots of the application.
pub(crate) fn sizes(context: &CallContext, value: Option<&Dynamic>) -> EvalResult {
    let scope = match value {
        Some(value) => Scope::of(context, "sizes", value)?,
        None => Scope::roots(context),
    };
    let surveyed = survey(context, &scope, SizeCollector::default(), max_wait(context))?;
    let found = &surveyed.collector;
    let mut measured: Vec<_> = found.largest.iter().map(|Reverse(measured)| measured).collect();
    measured.sort_unstable_by(|a, b| b.cmp(a));
    let mut last = context.last_sizes();
    let before = last.of(&scope.place);
    let rows: Vec<_> = measured
        .into_iter()
        .map(|measured| {
            let path = format!("{}{}", measured.root, measured.path);
            let difference = before.and_then(|before| before.difference(&path, measured.size));
            CollectionSize {
                path: ShownPath(path),
                size: measured.size,
                capacity: measured.capacity,
                difference,
            }
        })
        .collect();
    last.replace(Sizes {
        place: scope.place.clone(),
        by_path: rows.iter().map(|row| (row.path.0.clone(), row.size)).collect(),
        is_complete: surveyed.is_complete() && !found.has_more,
    });
    drop(last);
    let is_empty = rows.is_empty();
    surveyed.finish(context, to_script("sizes", rows), is_empty)
}

/// A collection whose items are visited.
struct Open {
    path: Path,
    collection: Collection,
    /// The number of entries visited, and their bytes without what they point to.
    entries: usize,
    entry_bytes: usize,
    /// The bytes that the entries point to.
    inner_bytes: u64,
}

/// A collection that was measured. The order is that of the size.
struct Measured {
    size: Size,
    root: Arc<str>,
    path: Path,
    capacity: Option<u64>,
    /// Its position: of two that are alike, the first one goes first.
    number: usize,
}

impl Measured {
    const fn key(&self) -> (u64, u64, Reverse<usize>) {
        (self.size.bytes, self.size.items, Reverse(self.number))
    }
}

impl Ord for Measured {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Measured {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Measured {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Measured {}

#[derive(Default)]
struct SizeCollector {
    root: Arc<str>,
    open: Vec<Open>,
    /// The largest collections so far.
    largest: BinaryHeap<Reverse<Measured>>,
    /// Whether there were more.
    has_more: bool,
    number: usize,
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl SizeCollector {
    fn measure(&mut self, path: Path, size: Size, capacity: Option<u64>) {
        self.number += 1;
        let measured = Measured { size, root: Arc::clone(&self.root), path, capacity, number: self.number };
        self.largest.push(Reverse(measured));
        if self.largest.len() > MAX_ROWS {
            self.largest.pop();
            self.has_more = true;
        }
    }

    /// Adds a text of `len` bytes.
    fn add_text(&mut self, place: &Place<'_>, len: usize) {
        if let Some(around) = self.open.last_mut() {
            around.inner_bytes += wide(len);
        }
        if len >= MIN_TEXT_BYTES {
            let size = Size { items: wide(len), bytes: wide(len) };
            self.measure(place.path(), size, None);
        }
    }
}

impl RootCollector for SizeCollector {
    fn begin(&mut self, root: &Handle) {
        self.root = root.root_name();
    }
}

impl Collector for SizeCollector {
    fn open(&mut self, place: &Place<'_>, collection: &Collection) -> bool {
        let Collection { len, capacity, is_array, flat_bytes } = *collection;
        let collection = Collection { len, capacity, is_array, flat_bytes };
        let path = place.path();
        self.open.push(Open { path, collection, entries: 0, entry_bytes: 0, inner_bytes: 0 });
        flat_bytes.is_none()
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let Open { path, collection: Collection { len, capacity, is_array, flat_bytes }, entries, .. } = open;
        let entry_bytes = flat_bytes.unwrap_or_else(|| open.entry_bytes.checked_div(entries).unwrap_or(0));
        // What is in an array is a part of the value around it.
        let own = if is_array {
            0
        } else {
            wide(entry_bytes).saturating_mul(wide(capacity.unwrap_or(len).max(len)))
        };
        // The entries that were not visited count as those that were.
        let scale = if entries > 0 && entries < len { len as f64 / entries as f64 } else { 1.0 };
        let bytes = own.saturating_add((open.inner_bytes as f64 * scale) as u64);
        if let Some(around) = self.open.last_mut() {
            around.inner_bytes = around.inner_bytes.saturating_add(bytes);
        }
        if !is_array && capacity.unwrap_or(len).max(len) > 0 {
            self.measure(path, Size { items: wide(len), bytes }, capacity.map(wide));
        }
    }

    fn add_entry(&mut self, bytes: usize) {
        if let Some(open) = self.open.last_mut() {
            open.entries += 1;
            open.entry_bytes += bytes;
        }
    }

    fn text(&mut self, place: &Place<'_>, text: &str) {
        self.add_text(place, text.len());
    }

    fn bytes(&mut self, place: &Place<'_>, bytes: &[u8]) {
        self.add_text(place, bytes.len());
    }

    fn key(&mut self, _place: &Place<'_>, key: &Value<'_>) {
        if let (Value::Text(text), Some(open)) = (key, self.open.last_mut()) {
            open.inner_bytes += wide(text.len());
        }
    }
}
