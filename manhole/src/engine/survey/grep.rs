//! `grep`: the places of a text below a value.

use std::collections::HashSet;
use std::sync::Arc;

use rhai::Dynamic;

use super::rows::{ShownPath, to_script};
use super::walk::{RootCollector, Scope, max_wait, survey};
use crate::engine::live::Handle;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError};
use crate::reflect::computed_fields::computed_fields;
use crate::reflect::{Collector, FieldInfo, Path, Place, Value, prefix};

/// The most places in a result.
const MAX_ROWS: usize = 256;
/// The most bytes that are searched of each text, under the lock of its value.
const MAX_TEXT_BYTES: usize = 1024 * 1024;
/// The most bytes that are searched of each byte string.
const MAX_BYTES: usize = 64 * 1024;
/// The most bytes that are shown before and behind the text that was found.
const MAX_AROUND_BYTES: usize = 40;

/// A place in a result.
pub(super) struct Found {
    path: ShownPath,
    kind: &'static str,
    text: String,
}

computed_fields!([] Found, "Found", "A place where `grep` has found the text.", |this| {
    path: ShownPath = this.path.clone(), "The place, as it is typed. Of a part of a value without a path it is that of the value.";
    kind: &'static str = this.kind, "What has the text: a text, a key, a field, a variant.";
    text: String = this.text.clone(), "The text that was found, with what is around it.";
});

/// Returns the places below `value`, or below all roots of the application, that have `text`.
pub(crate) fn grep(context: &CallContext, value: Option<&Dynamic>, text: &str) -> EvalResult {
    if text.is_empty() {
        return Err(ScriptError::new("cannot search for an empty text").into());
    }
    let scope = match value {
        Some(value) => Scope::of(context, "grep", value)?,
        None => Scope::roots(context),
    };
    let collector = TextCollector { text: text.to_owned(), ..TextCollector::default() };
    let surveyed = survey(context, &scope, collector, max_wait(context))?;
    let rows: Vec<_> = surveyed
        .collector
        .found
        .iter()
        .map(|(root, path, kind, text)| Found {
            path: ShownPath(format!("{root}{path}")),
            kind,
            text: text.clone(),
        })
        .collect();
    let is_empty = rows.is_empty();
    surveyed.finish(context, to_script("grep", rows), is_empty)
}

#[derive(Default)]
struct TextCollector {
    text: String,
    root: Arc<str>,
    found: Vec<(Arc<str>, Path, &'static str, String)>,
    /// The addresses of the fields that were found. A list of a million items has each of them a million times.
    fields: HashSet<usize>,
}

impl TextCollector {
    fn add(&mut self, place: &Place<'_>, kind: &'static str, text: &str) {
        if self.is_full() {
            return;
        }
        let text = prefix(text, MAX_TEXT_BYTES);
        if let Some(start) = text.find(&self.text) {
            let text = around(text, start, self.text.len());
            self.found.push((Arc::clone(&self.root), place.path(), kind, text));
        }
    }

    fn add_key(&mut self, place: &Place<'_>, key: &Value<'_>) {
        match key {
            Value::Text(text) => self.add(place, "key", text),
            Value::List(items) => items.iter().for_each(|item| self.add_key(place, item)),
            Value::Map(entries) => entries.iter().for_each(|(_, item)| self.add_key(place, item)),
            _ => {}
        }
    }
}

/// Returns the part of `text` around `len` bytes from `start` on.
fn around(text: &str, start: usize, len: usize) -> String {
    let mut first = start.saturating_sub(MAX_AROUND_BYTES);
    while !text.is_char_boundary(first) {
        first += 1;
    }
    let mut end = (start + len + MAX_AROUND_BYTES).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (before, after) = (if first > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    format!("{before}{}{after}", &text[first..end])
}

impl RootCollector for TextCollector {
    fn begin(&mut self, root: &Handle) {
        self.root = root.root_name();
    }
}

impl Collector for TextCollector {
    fn wants_formatted(&self) -> bool {
        true
    }

    fn text(&mut self, place: &Place<'_>, text: &str) {
        self.add(place, "text", text);
    }

    fn bytes(&mut self, place: &Place<'_>, bytes: &[u8]) {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_BYTES)]);
        self.add(place, "text", &text);
    }

    fn key(&mut self, place: &Place<'_>, key: &Value<'_>) {
        self.add_key(place, key);
    }

    fn field(&mut self, place: &Place<'_>, field: &'static FieldInfo) {
        if field.name.contains(&self.text) && self.fields.insert(std::ptr::from_ref(field).addr()) {
            self.add(place, "field", field.name);
        }
    }

    fn variant(&mut self, place: &Place<'_>, name: &'static str) {
        self.add(place, "variant", name);
    }

    fn is_full(&self) -> bool {
        self.found.len() >= MAX_ROWS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_around_what_was_found() {
        assert_eq!(around("a bob b", 2, 3), "a bob b");
        let long = format!("{}bob{}", "é".repeat(100), "é".repeat(100));
        let shown = around(&long, 200, 3);
        assert_eq!(shown, format!("…{0}bob{0}…", "é".repeat(20)));
        let odd = format!("x{long}");
        assert!(around(&odd, 201, 3).contains("bob"));
    }
}
