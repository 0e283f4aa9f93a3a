//! The keys of live maps, and the types of values behind trait objects, for completion. Unlike other types, they take a read of the value.

use std::time::{Duration, Instant};

use rhai::Scope;

use super::matching::MatchClass;
use crate::engine::live::{Handle, Program, path_parser, strip_wrappers};
use crate::engine::run::{LastKeys, MAX_KEYS, MapKeys, RunControl};
use crate::engine::state::CallContext;
use crate::reflect::{Group, Label, Level, Manhole, Resume, Shape, TypeInfo, TypeKind, Value, as_key};

/// How long a completion waits for locks and for the owners of values.
const MAX_TIME: Duration = Duration::from_millis(50);

/// How long it goes on reading keys, each batch under another lock.
const MAX_READING_TIME: Duration = Duration::from_millis(20);

/// How long a lock is held to read keys, as in queries.
const MAX_LOCK_TIME: Duration = Duration::from_micros(50);

/// The minimum number of keys that are read under one lock.
const MIN_BATCH: usize = 64;

/// The longest search for the next key of a hash table under its lock.
const MAX_SEARCH_TIME: Duration = Duration::from_micros(200);

/// The session whose live values may be read.
#[derive(Clone, Copy)]
pub(super) struct LiveSession<'a> {
    pub(super) context: &'a CallContext,
    pub(super) scope: &'a Scope<'a>,
}

/// The keys of a map for completion.
#[derive(Default)]
pub(super) struct FoundKeys {
    pub(super) keys: MapKeys,
    /// Whether these are keys that an earlier completion has read, because the map cannot be read now.
    pub(super) are_old: bool,
}

impl LiveSession<'_> {
    /// Returns the keys of the live map at `path`: all, or those that match `typed` if there are many.
    pub(super) fn keys(self, path: &str, typed: &str) -> Option<FoundKeys> {
        let program = self.context.program();
        let handle = path_parser::resolve_path(&program, self.scope, path).ok()?;
        let run = &self.context.run;
        let location = handle.location();
        match read_keys(&handle, run, typed) {
            Some(found) => {
                if program.root(&handle.root_name()).is_some() {
                    self.context.last_keys.replace(&location, run.level(), found.clone());
                }
                Some(FoundKeys { keys: found, are_old: false })
            }
            None => old_keys(&self.context.last_keys, &location, run.level()),
        }
    }

    /// Returns the type of the live value at `path`.
    pub(super) fn type_at(self, path: &str) -> Option<&'static TypeInfo> {
        let handle = path_parser::resolve_path(&self.context.program(), self.scope, path).ok()?;
        handle.read_within(&self.context.run, MAX_TIME, |value| value.reflect().info()).ok()
    }
}

/// Returns the keys that the map at `path`, which begins with a root, had at the last completion.
pub(super) fn last_keys(program: &Program, last: &LastKeys, level: Level, path: &str) -> Option<FoundKeys> {
    let handle = path_parser::resolve_path(program, &Scope::new(), path).ok()?;
    old_keys(last, &handle.location(), level)
}

fn old_keys(last: &LastKeys, location: &str, level: Level) -> Option<FoundKeys> {
    last.of(location, level).map(|keys| FoundKeys { keys, are_old: true })
}

/// The keys that were read under one lock.
struct Batch {
    keys: Vec<Value<'static>>,
    item: Option<&'static TypeInfo>,
    len: usize,
    /// Where to go on, unless these were the last keys.
    next: Option<Resume>,
    passed: usize,
    /// Whether finding the place took so long that no other batch should.
    is_slow: bool,
    /// Whether the map finds a place by its key.
    is_sorted: bool,
}

/// Returns the keys of a live map. Returns `None` if it cannot be read now, or is no map.
fn read_keys(handle: &Handle, run: &RunControl, typed: &str) -> Option<MapKeys> {
    let (end, level) = (Instant::now() + MAX_TIME, run.level());
    let mut found = MapKeys::default();
    let read = |place: Resume| {
        let left = end.saturating_duration_since(Instant::now());
        handle.read_within(run, left, move |value| read_batch(value, &place, level)).ok()
    };
    let first = read(Resume::default())??;
    let reading_end = end.min(Instant::now() + MAX_READING_TIME);
    found.item = first.item;
    let mut batch = first;
    if batch.is_sorted && batch.next.is_some() && !typed.is_empty() {
        // The keys that begin with what is typed stand together.
        let typed = Resume { passed: 0, last: Some(Value::from(typed.to_owned())) };
        found.keys.extend(read(typed).flatten().into_iter().flat_map(|batch| batch.keys));
    }
    loop {
        found.left = batch.len.saturating_sub(batch.passed);
        // The first keys are kept for later. Of the others, those that are typed.
        let room = MAX_KEYS.saturating_sub(found.keys.len());
        let mut keys = batch.keys.into_iter();
        found.keys.extend(keys.by_ref().take(room));
        found.keys.extend(keys.filter(|key| matches(key, typed)));
        let is_enough = found.keys.len() >= if typed.is_empty() { MAX_KEYS } else { 2 * MAX_KEYS };
        let next = batch.next.filter(|_| !is_enough && !batch.is_slow && Instant::now() < reading_end);
        match next.and_then(read).flatten() {
            Some(next) => batch = next,
            None => break,
        }
    }
    found.keys.sort_by(Value::order);
    found.keys.dedup();
    Some(found)
}

/// Returns whether a key contains what is typed.
fn matches(key: &Value<'_>, typed: &str) -> bool {
    let text = if let Value::Text(text) = key { text } else { &*key.to_string() };
    MatchClass::of(text, typed).is_some_and(|class| class < MatchClass::Subsequence)
}

fn read_batch(value: &dyn Manhole, place: &Resume, level: Level) -> Option<Batch> {
    let began = Instant::now();
    let node = value.reflect();
    let info = node.info();
    let shape = match node.into_shape() {
        Shape::Option(Some(inner)) => return read_batch(inner, place, level),
        shape @ Shape::Map(_) => shape,
        _ => return None,
    };
    let item = match strip_wrappers(info).kind {
        TypeKind::Map(_, item) => Some(item()),
        _ => None,
    };
    let group = Group::new(info, shape)?;
    let (mut keys, mut next, mut found_at) = (Vec::new(), None, None);
    let (mut passed, len) = (place.passed, group.len());
    group.visit(place, level, |entry| {
        let (Label::Key(key), Ok(item)) = (entry.label, entry.value) else { return true };
        found_at.get_or_insert_with(|| began.elapsed());
        keys.extend(as_key(key));
        passed += 1;
        if passed - place.passed < MIN_BATCH || began.elapsed() < MAX_LOCK_TIME {
            return true;
        }
        next = (passed < len).then(|| group.place_behind(passed, key, item));
        false
    });
    let is_slow = found_at.is_some_and(|found| found > MAX_SEARCH_TIME);
    let is_sorted = group.resumes_at_key();
    Some(Batch { keys, item, len, next, passed, is_slow, is_sorted })
}
