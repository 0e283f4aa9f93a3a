//! Copies of what the functions of a query read of its items, taken with their batch.
//!
//! A read of a field takes the lock of the collection, or a visit of its owner, for each item. So the fields that functions have read
//! of the first items are copied together with the next ones. A function that calls and changes nothing reads these copies, and only
//! while it runs for their item: what it returns leads to the application again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use rhai::Dynamic;

use crate::engine::run::RunControl;
use crate::reflect::{LeafPath, Path, PathRef};
use crate::sync::LockIgnoringPoison;

/// The number of fields that are copied of an item.
const MAX_FIELDS: usize = 8;
/// How long a copy stands for the field.
const MAX_AGE: Duration = Duration::from_millis(50);

/// The copy of a field, or `None` for one that is more than a leaf.
pub(crate) type Field = Option<Dynamic>;

/// The paths, from an item on, that functions have read.
#[derive(Default)]
pub(crate) struct FieldsRead {
    paths: Mutex<Vec<Path>>,
}

/// The copied fields of the items of a batch.
pub(crate) struct Rows {
    read: Arc<FieldsRead>,
    paths: Vec<Path>,
    /// How the fields are found in an item.
    leaves: Vec<LeafPath>,
    /// The fields of each item, in the order of the paths. `None` stands for one that must be read in its place.
    fields: Vec<Option<Field>>,
    /// The number of changes of the session at the time of the copy.
    changes: u64,
    taken: Instant,
    /// The number of the item whose function runs, counted from one.
    open: AtomicUsize,
}

/// The copied fields of an item, while its batch is the last one.
#[derive(Clone)]
pub(crate) struct Row {
    rows: Weak<Rows>,
    /// The number of the item in its batch.
    index: usize,
    /// The number of steps of the item's path.
    depth: usize,
}

/// A function that runs for the item of a row.
pub(crate) struct OpenRow(Arc<Rows>);

impl FieldsRead {
    /// Returns whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.paths.lock_ignoring_poison().is_empty()
    }

    fn paths(&self) -> Vec<Path> {
        self.paths.lock_ignoring_poison().clone()
    }

    /// Adds a path to copy, and returns its number. Returns `None` if there are too many.
    pub(crate) fn add(&self, path: &Path) -> Option<usize> {
        let mut paths = self.paths.lock_ignoring_poison();
        if let Some(known) = paths.iter().position(|known| known == path) {
            return Some(known);
        }
        (paths.len() < MAX_FIELDS).then(|| paths.push(path.clone()))?;
        Some(paths.len() - 1)
    }
}

impl Rows {
    pub(crate) fn new(read: &Arc<FieldsRead>, run: &RunControl) -> Self {
        let paths = read.paths();
        Self {
            read: Arc::clone(read),
            leaves: paths.iter().map(|path| LeafPath::new(path, run.level())).collect(),
            paths,
            fields: Vec::new(),
            changes: run.changes.count(),
            taken: Instant::now(),
            open: AtomicUsize::new(0),
        }
    }

    /// Returns the paths that it and the next rows copy.
    pub(crate) fn read(&self) -> &Arc<FieldsRead> {
        &self.read
    }

    /// Returns whether it copies any fields.
    pub(crate) fn copies_fields(&self) -> bool {
        !self.paths.is_empty()
    }

    /// Returns whether the session has changed nothing since the copy.
    pub(crate) fn is_unchanged(&self, run: &RunControl) -> bool {
        self.changes == run.changes.count()
    }

    /// Returns whether the copies stand for the fields.
    pub(crate) fn is_current(&self, run: &RunControl) -> bool {
        self.is_unchanged(run) && self.taken.elapsed() <= MAX_AGE
    }

    /// Returns the copy of a field of an item, both by their numbers.
    pub(crate) fn copied(&self, item: usize, field: usize) -> Option<&Dynamic> {
        if field >= self.paths.len() {
            return None;
        }
        self.fields.get(item * self.paths.len() + field)?.as_ref()?.as_ref()
    }

    /// Copies the fields of the next item with `copy`.
    pub(crate) fn push(&mut self, copy: impl FnMut(&mut LeafPath) -> Option<Field>) {
        self.fields.extend(self.leaves.iter_mut().map(copy));
    }

    /// Makes room for the fields of this number of items.
    pub(crate) fn reserve(&mut self, items: usize) {
        self.fields.reserve_exact(items * self.paths.len());
    }

    /// Leaves out the fields of items that have none, up to the number of `items`.
    pub(crate) fn fill(&mut self, items: usize) {
        self.fields.resize(items * self.paths.len(), None);
    }
}

impl Row {
    pub(crate) fn new(rows: &Arc<Rows>, index: usize, depth: usize) -> Self {
        Self { rows: Arc::downgrade(rows), index, depth }
    }

    /// Returns the rows of its batch and its number there, unless they are too old.
    pub(crate) fn current(&self, run: &RunControl) -> Option<(Arc<Rows>, usize)> {
        self.rows.upgrade().filter(|rows| rows.is_current(run)).map(|rows| (rows, self.index))
    }

    /// Lets a function that changes nothing read the row, unless it is too old.
    pub(crate) fn open(&self, run: &RunControl) -> Option<OpenRow> {
        let (rows, _) = self.current(run)?;
        rows.open.store(self.index + 1, Ordering::Relaxed);
        Some(OpenRow(rows))
    }

    /// Returns the rows, if the function of this item runs.
    fn opened(&self) -> Option<Arc<Rows>> {
        self.rows.upgrade().filter(|rows| rows.open.load(Ordering::Relaxed) == self.index + 1)
    }

    /// Returns the copy of the field at `path`.
    pub(crate) fn field(&self, path: PathRef<'_>) -> Option<Field> {
        let rows = self.opened()?;
        if rows.paths.is_empty() {
            return None;
        }
        let steps = path.steps();
        let steps = steps.get(self.depth..)?;
        let position = rows.paths.iter().position(|known| known.steps()[..] == *steps)?;
        rows.fields.get(self.index * rows.paths.len() + position)?.clone()
    }

    /// Keeps `path` as one to copy, since a function has read a field there.
    pub(crate) fn keep(&self, path: PathRef<'_>) {
        let Some(rows) = self.opened() else { return };
        let steps = path.steps();
        let Some(steps) = steps.get(self.depth..) else { return };
        let mut paths = rows.read.paths.lock_ignoring_poison();
        if paths.len() < MAX_FIELDS && paths.iter().all(|known| known.steps()[..] != *steps) {
            paths.push(steps.iter().fold(Path::root(), |path, step| path.join((*step).clone())));
        }
    }
}

impl Drop for OpenRow {
    fn drop(&mut self) {
        self.0.open.store(0, Ordering::Relaxed);
    }
}
