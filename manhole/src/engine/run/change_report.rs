//! Reports what a command changes or calls, before it happens, and refuses it in a search.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::engine::value::lexing::mentions_field;
use crate::engine::value::{ScriptError, ScriptResult};
use crate::reflect::{Level, StructValue, Value, placeholder, shorten};
use crate::sync::LockIgnoringPoison;

/// The length of a path in a report: keys have any length.
const MAX_PATH_BYTES: usize = 1_024;

/// The length of a value's text in a report, and that of all its values together.
const MAX_VALUE_BYTES: usize = 1_024;

/// The number of values in a report, with those inside lists and maps.
const MAX_VALUES: usize = 64;

/// What a command does to the application; see [`EventKind::Change`](crate::EventKind::Change).
///
/// ```
/// use manhole::ChangeKind;
///
/// assert_eq!(ChangeKind::Write.to_string(), "write");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It writes a value. The values are the new one.
    Write,
    /// It adds an item to a list or a set. The values are the item.
    Push,
    /// It inserts an item into a list or a map. The values are the index or key, and the item.
    Insert,
    /// It removes an item. The values are the index, the key or the item of a set.
    Remove,
    /// It removes the last item.
    Pop,
    /// It removes all items after the first ones. The values are their number.
    Truncate,
    /// It removes all items.
    Clear,
    /// It calls a method or function of the application. The values are the arguments.
    Call,
}

impl std::fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Write => "write",
            Self::Push => "push",
            Self::Insert => "insert",
            Self::Remove => "remove",
            Self::Pop => "pop",
            Self::Truncate => "truncate",
            Self::Clear => "clear",
            Self::Call => "call",
        })
    }
}

/// Receives reports of changes.
pub(crate) trait ChangeListener: Send + Sync {
    /// Returns whether reports go anywhere.
    fn is_on(&self) -> bool;

    /// Receives a report. Its path and values are bounded, and no secrets.
    fn report(&self, path: &str, kind: ChangeKind, values: &[Value<'_>]);
}

/// A change that is about to happen.
pub(crate) struct Change<'a> {
    pub(crate) kind: ChangeKind,
    pub(crate) values: &'a [&'a Value<'a>],
}

/// Checks and reports the changes of a session.
pub(crate) struct ChangeReporter {
    listener: Arc<dyn ChangeListener>,
    /// The names of all secret fields and keys, in small letters.
    secrets: Mutex<Vec<String>>,
    /// The number of changes and calls.
    count: AtomicU64,
}

impl ChangeReporter {
    /// Creates a reporter for a namespace without secrets.
    pub(crate) fn new(listener: Arc<dyn ChangeListener>) -> Self {
        Self { listener, secrets: Mutex::default(), count: AtomicU64::new(0) }
    }

    /// Sets the names of the secret fields and keys.
    pub(crate) fn set_secrets<'a>(&self, secrets: impl IntoIterator<Item = &'a &'static str>) {
        let secrets = secrets.into_iter().map(|name| name.to_ascii_lowercase());
        *self.secrets.lock_ignoring_poison() = secrets.collect();
    }

    /// Returns the number of changes and calls that the session has begun.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Returns whether `text` mentions a secret field or key, in small or capital letters.
    pub(crate) fn mentions_secret(&self, text: &str) -> bool {
        mentions_any(text, &self.secrets.lock_ignoring_poison())
    }

    /// Reports a change that is about to happen. `place` returns its path, and whether its type contains secrets. A session at
    /// `level` may make it, or gets an error afterwards.
    ///
    /// # Errors
    ///
    /// If it writes a placeholder, which stands for a value that is not shown.
    pub(crate) fn begin(
        &self,
        level: Level,
        change: &Change<'_>,
        place: impl FnOnce() -> (String, bool),
    ) -> ScriptResult<()> {
        self.count.fetch_add(1, Ordering::Relaxed);
        let adds = matches!(change.kind, ChangeKind::Write | ChangeKind::Push | ChangeKind::Insert);
        let calls = change.kind == ChangeKind::Call;
        if adds || calls {
            change.values.iter().try_for_each(|value| refuse_placeholder(value))?;
        }
        // A denied write is reported with its command. It may be one of a flood.
        if !self.listener.is_on() || (!calls && level < Level::Operate) {
            return Ok(());
        }
        let (path, has_secrets) = place();
        let is_secret = (has_secrets && adds)
            || self.mentions_secret(&path)
            || change.values.iter().any(|value| has_text(value, &|text| self.mentions_secret(text)));
        let (path, values) = if is_secret {
            (
                without_keys(&path),
                change.values.iter().map(|_| Value::Placeholder(placeholder::SECRET)).collect(),
            )
        } else {
            let mut left = Left { bytes: MAX_VALUE_BYTES, values: MAX_VALUES };
            (path, change.values.iter().map(|value| left.copy(value)).collect::<Vec<_>>())
        };
        self.listener.report(&shorten(&path, MAX_PATH_BYTES), change.kind, &values);
        Ok(())
    }
}

/// Returns whether `text` mentions one of these fields or keys, in small or capital letters. Their names are in small letters.
pub(crate) fn mentions_any(text: &str, secrets: &[String]) -> bool {
    if secrets.is_empty() {
        return false;
    }
    let text = text.to_ascii_lowercase();
    secrets.iter().any(|name| mentions_field(&text, name))
}

/// Replaces the keys in a path: `gizmo.map[…].key`.
pub(crate) fn without_keys(path: &str) -> String {
    match (path.find('['), path.rfind(']')) {
        (Some(start), Some(end)) if start < end => format!("{}[…{}", &path[..start], &path[end..]),
        _ => path.to_owned(),
    }
}

/// Returns an error if `value` contains the text that a copy shows in place of a value that it leaves out.
fn refuse_placeholder(value: &Value<'_>) -> ScriptResult<()> {
    match value {
        Value::Placeholder(why) => Err(refusal(&placeholder::text(why))),
        Value::Text(text) if placeholder::is_placeholder(text) => Err(refusal(text)),
        Value::List(items) => items.iter().try_for_each(refuse_placeholder),
        Value::Map(entries) => entries.iter().try_for_each(|(key, item)| {
            refuse_placeholder(key)?;
            refuse_placeholder(item)
        }),
        Value::Struct(value) => value.fields().values().into_iter().try_for_each(refuse_placeholder),
        _ => Ok(()),
    }
}

fn refusal(text: &str) -> ScriptError {
    ScriptError::new(format!("cannot write {text:?}: a copy shows it in place of a value that it leaves out"))
        .with_help("write the other fields one by one, or another text")
}

/// Returns whether a text in `value` is one of those that `is_wanted` accepts.
fn has_text(value: &Value<'_>, is_wanted: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Text(text) => is_wanted(text),
        Value::List(items) => items.iter().any(|item| has_text(item, is_wanted)),
        Value::Map(entries) => {
            entries.iter().any(|(key, item)| has_text(key, is_wanted) || has_text(item, is_wanted))
        }
        Value::Struct(value) => value.fields().values().into_iter().any(|field| has_text(field, is_wanted)),
        _ => false,
    }
}

/// How much more fits into a report.
struct Left {
    bytes: usize,
    values: usize,
}

impl Left {
    /// Copies a value: texts without their middle, and collections without their ends.
    fn copy(&mut self, value: &Value<'_>) -> Value<'static> {
        let Some(left) = self.values.checked_sub(1) else { return Value::Placeholder(placeholder::CUT) };
        self.values = left;
        match value {
            Value::Text(text) => {
                let text = shorten(text, self.bytes).into_owned();
                self.bytes = self.bytes.saturating_sub(text.len());
                Value::from(text)
            }
            Value::Bytes(bytes) if bytes.len() <= self.bytes => {
                self.bytes -= bytes.len();
                value.clone().into_owned()
            }
            Value::Bytes(_) => Value::Placeholder(placeholder::CUT),
            Value::List(items) => Value::List(self.copy_all(items, Self::copy)),
            Value::Map(entries) => {
                Value::Map(self.copy_all(entries, |left, (key, item)| (left.copy(key), left.copy(item))))
            }
            Value::Struct(value) => {
                StructValue::new(value.path().to_owned(), value.fields().map(|field| self.copy(field))).into()
            }
            other => other.clone().into_owned(),
        }
    }

    /// Copies the first items, with one that is marked as cut if there are more.
    fn copy_all<T, U>(&mut self, items: &[T], copy: impl Fn(&mut Self, &T) -> U) -> Vec<U> {
        let mut copied = Vec::new();
        for item in items {
            let is_last = self.values == 0;
            copied.push(copy(self, item));
            if is_last {
                break;
            }
        }
        copied
    }
}

/// Knows whether a closure runs that only reads, and for which method.
#[derive(Default)]
pub(crate) struct SearchGuard(Mutex<Option<&'static str>>);

/// A closure of a search that runs, until this is dropped.
pub(crate) struct RunningSearch<'a> {
    guard: &'a SearchGuard,
    is_outermost: bool,
}

impl SearchGuard {
    /// Begins a closure of `method`, which only reads. So do all closures that it calls.
    pub(crate) fn begin(&self, method: &'static str) -> RunningSearch<'_> {
        let mut running = self.0.lock_ignoring_poison();
        let is_outermost = running.is_none();
        running.get_or_insert(method);
        RunningSearch { guard: self, is_outermost }
    }

    /// Returns the method whose closure only reads, if one runs.
    pub(crate) fn running(&self) -> Option<&'static str> {
        *self.0.lock_ignoring_poison()
    }

    /// Refuses a change of `place` while the closure of a search runs.
    pub(crate) fn check_change(&self, kind: ChangeKind, place: impl FnOnce() -> String) -> ScriptResult<()> {
        let Some(method) = self.running() else { return Ok(()) };
        let (verb, help) = match kind {
            ChangeKind::Write => ("write", "compare with `==`; to change items, use for_each(|x| …)"),
            ChangeKind::Call => ("call", "to call it for each item, use for_each(|x| …) or map(|x| …)"),
            _ => ("change", "to change items, use for_each(|x| …); to remove some, use retain(|x| …)"),
        };
        let message = format!("cannot {verb} {}: the closure of `{method}` only reads", place());
        Err(ScriptError::new(message).with_help(help))
    }
}

impl Drop for RunningSearch<'_> {
    fn drop(&mut self) {
        if self.is_outermost {
            *self.guard.0.lock_ignoring_poison() = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_for_a_report_is_bounded() {
        let mut left = Left { bytes: MAX_VALUE_BYTES, values: MAX_VALUES };
        let Value::Text(text) = left.copy(&Value::from(format!("a{}z", "-".repeat(1_000_000)))) else {
            panic!("a text")
        };
        assert!(text.len() <= MAX_VALUE_BYTES && text.starts_with("a-") && text.ends_with("-z"), "{text}");
        let nested = Value::List(vec![Value::List(vec![Value::from(1); 1_000]); 1_000]);
        let copied = left.copy(&nested).to_string();
        assert!(copied.len() < 1_000 && copied.contains("<cut>"), "{copied}");
    }

    #[test]
    fn keys_are_left_out() {
        for (path, shown) in [
            ("gizmo.key takes", "gizmo.key takes"),
            ("gizmo.map[\"]\"].key", "gizmo.map[…].key"),
            ("a[1].b[2] x", "a[…] x"),
            ("] [", "] ["),
        ] {
            assert_eq!(without_keys(path), shown);
        }
    }

    #[test]
    fn a_placeholder_is_refused_at_any_depth() {
        for text in ["<secret>", "<admin>", "<locked>", "<cut>", "<panicked: no>"] {
            let inside = Value::Map(vec![(Value::from("a"), Value::List(vec![Value::from(text)]))]);
            assert!(refuse_placeholder(&inside).is_err(), "{text}");
        }
        for text in ["secret", "<secret", "a <secret>", "<b>", ""] {
            assert!(refuse_placeholder(&Value::from(text)).is_ok(), "{text}");
        }
    }

    #[test]
    fn the_outermost_search_is_named_until_it_ends() {
        let guard = SearchGuard::default();
        let check = || guard.check_change(ChangeKind::Write, || "a.b".to_owned());
        assert!(check().is_ok());
        let outer = guard.begin("filter");
        drop(guard.begin("any"));
        let error = check().unwrap_err();
        assert_eq!(error.message, "cannot write a.b: the closure of `filter` only reads");
        drop(outer);
        assert!(check().is_ok());
    }
}
