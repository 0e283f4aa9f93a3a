//! The display of a command's result.

use std::time::{Duration, Instant, SystemTime};

use rhai::{Array, Blob, Dynamic, ImmutableString, Map};

use crate::engine::live::{Handle, IterItem, Query, key_text, strip_wrappers};
use crate::engine::query::{Aggregation, skip_removed_value};
use crate::engine::run::StopReason;
use crate::engine::state::CallContext;
use crate::engine::value::{
    EvalResult, RustValue, ScriptError, ScriptInstant, Unbound, plain_type, to_script, type_mark,
};
use crate::reflect::{
    FieldInfo, GroupStyle, Preview, PreviewLimits, Step, StructStyle, TypeInfo, TypeKind, Value,
    leaf as value_leaf, pretty_print, script_value_preview,
};

/// Formats script values for one command.
pub(crate) struct Formatter<'a> {
    context: &'a CallContext,
    limits: PreviewLimits,
    /// Whether this is an item of a list. If the application has removed a part of the item, the list leaves out all of it.
    is_item: bool,
}

impl<'a> Formatter<'a> {
    /// Creates a formatter with the limits of the session.
    pub(crate) fn new(context: &'a CallContext) -> Self {
        Self::with_limits(context, context.run.limits.preview_limits())
    }

    pub(crate) const fn with_limits(context: &'a CallContext, limits: PreviewLimits) -> Self {
        Self { context, limits, is_item: false }
    }

    /// Returns the text of `value`, or `None` for `()`.
    pub(crate) fn result(&self, value: &Dynamic) -> EvalResult<Option<String>> {
        if value.is_unit() && !to_script::is_none(value) {
            return Ok(None);
        }
        let text = self.text(value)?;
        let key =
            value.read_lock::<Handle>().filter(|_| to_script::is_entry(value)).and_then(
                |handle| match handle.path().last() {
                    Some(Step::Key(key)) => Some(key.to_string()),
                    _ => None,
                },
            );
        Ok(Some(key.map_or_else(|| text.clone(), |key| format!("{key}: {text}"))))
    }

    /// Returns the text of `value`.
    pub(crate) fn text(&self, value: &Dynamic) -> EvalResult<String> {
        Ok(pretty_print(&self.preview(value)?, self.context.run.limits.width()))
    }

    /// Returns the text of `value` on one line, as Rust's `{:?}` does.
    pub(crate) fn line(&self, value: &Dynamic) -> EvalResult<String> {
        Ok(pretty_print(&self.preview(value)?, usize::MAX))
    }

    /// Returns the text of `value` with a line for each entry, as Rust's `{:#?}` does.
    pub(crate) fn lines(&self, value: &Dynamic) -> EvalResult<String> {
        Ok(pretty_print(&self.preview(value)?, 0))
    }

    /// Returns the part of `value` that is shown.
    pub(crate) fn preview(&self, value: &Dynamic) -> EvalResult<Preview> {
        if let Some(handle) = value.read_lock::<Handle>() {
            return handle.preview(&self.context.run, self.limits).map_err(Into::into);
        }
        if let Some(value) = value.read_lock::<RustValue>() {
            return Ok(script_value_preview(&value.value, self.limits));
        }
        if let Some(name) = Unbound::of(value) {
            return Err(Unbound::error(&name).into());
        }
        let is_group = value.is::<Query>() || value.is_array() || value.is_map();
        if is_group && self.limits.depth == 0 {
            return Ok(Preview::Cut("…".to_owned()));
        }
        let mut limits = self.limits;
        limits.depth = limits.depth.saturating_sub(1);
        let inner = Self { context: self.context, limits, is_item: self.is_item };
        if let Some(query) = value.read_lock::<Query>().map(|query| query.clone()) {
            let mut items = Vec::new();
            let aggregation = Aggregation::new(query.clone(), self.context);
            let more = aggregation.first_items(self.limits.items, &mut items).inspect_err(|_| {
                if !self.is_item {
                    inner.show_partial(&items);
                }
            })?;
            let is_map = match items.first() {
                Some(item) => item.entry_key().is_some(),
                None => query.is_map(self.context)?,
            };
            let items = items.iter().map(|item| (row_label(item), item.whole()));
            return inner.items(items, if is_map { GroupStyle::Braces } else { GroupStyle::Brackets }, more);
        }
        if let Some(items) = value.read_lock::<Array>() {
            let style = if to_script::is_set(value) { GroupStyle::Braces } else { GroupStyle::Brackets };
            let shown = &items[..items.len().min(self.limits.items)];
            let more = items.len() - shown.len();
            if self.is_item {
                return inner.row(shown, style, more);
            }
            let items = shown.iter().map(|item| (String::new(), item.clone()));
            return inner.items(items, style, more);
        }
        if let Some(map) = value.read_lock::<Map>() {
            if let Some(group) = type_mark::marked_type(value).and_then(|info| inner.struct_group(&map, info))
            {
                return group;
            }
            let entries = map.iter().take(self.limits.items);
            let entries =
                entries.map(|(key, item)| Ok((format!("{:?}: ", key.as_str()), inner.preview(item)?)));
            let entries = entries.collect::<EvalResult<Vec<_>>>()?;
            let more = map.len() - entries.len();
            return Ok(Preview::Group { name: String::new(), style: GroupStyle::Braces, entries, more });
        }
        Ok(leaf(value, self.limits.text))
    }

    /// Shows the items that a stopped command has read.
    fn show_partial(&self, items: &[IterItem]) {
        if items.is_empty() || !self.context.run.watchdog.stopped().is_some_and(StopReason::is_early) {
            return;
        }
        let rows = items.iter().map_while(|item| Some((row_label(item), self.preview(&item.whole()).ok()?)));
        let mut entries: Vec<_> = rows.collect();
        entries.push((String::new(), Preview::Cut("… stopped here".to_owned())));
        let is_map = items.iter().any(|item| item.entry_key().is_some());
        let style = if is_map { GroupStyle::Braces } else { GroupStyle::Brackets };
        let preview = Preview::Group { name: String::new(), style, entries, more: 0 };
        let text = pretty_print(&preview, self.context.run.limits.width());
        self.context.run.print(&(text + "\n"));
    }

    /// Formats the items that the application still has.
    fn items(
        &self,
        items: impl Iterator<Item = (String, Dynamic)>,
        style: GroupStyle,
        more: usize,
    ) -> EvalResult<Preview> {
        let inner = Self { is_item: true, ..*self };
        let mut entries = Vec::new();
        for (label, item) in items {
            let preview = skip_removed_value(self.context, &item, inner.preview(&item))?;
            entries.extend(preview.map(|preview| (label, preview)));
        }
        Ok(Preview::Group { name: String::new(), style, entries, more })
    }

    /// Formats the copy of a struct or variant in Rust's notation. Returns `None` if it has other entries by now.
    fn struct_group(&self, map: &Map, info: &'static TypeInfo) -> Option<EvalResult<Preview>> {
        let info = strip_wrappers(info);
        match info.kind {
            TypeKind::Struct(StructStyle::Named, fields) => {
                (map.len() == fields.len()).then_some(())?;
                self.named_fields(info.short_name(), map, fields)
            }
            TypeKind::Enum(variants) => {
                let (name, content) = map.iter().next().filter(|_| map.len() == 1)?;
                let variant = variants.iter().find(|variant| variant.name == name.as_str())?;
                match (variant.style, variant.fields) {
                    (StructStyle::Named, fields) => {
                        self.named_fields(variant.name, &*content.read_lock::<Map>()?, fields)
                    }
                    (_, [_]) => Some(self.tuple_fields(variant.name, std::slice::from_ref(content))),
                    _ => Some(self.tuple_fields(variant.name, &content.read_lock::<Array>()?)),
                }
            }
            _ => None,
        }
    }

    fn tuple_fields(&self, name: &str, values: &[Dynamic]) -> EvalResult<Preview> {
        let entries = values.iter().map(|value| Ok((String::new(), self.preview(value)?)));
        let entries = entries.collect::<EvalResult<_>>()?;
        Ok(Preview::Group { name: name.to_owned(), style: GroupStyle::Parentheses, entries, more: 0 })
    }

    fn named_fields(
        &self,
        name: &str,
        map: &Map,
        fields: &'static [FieldInfo],
    ) -> Option<EvalResult<Preview>> {
        let values = fields.iter().map(|field| Some((field.name, map.get(field.name)?)));
        let values = values.collect::<Option<Vec<_>>>()?;
        let entries = values.into_iter().map(|(name, value)| Ok((format!("{name}: "), self.preview(value)?)));
        let entries = entries.collect::<EvalResult<Vec<_>>>();
        Some(entries.map(|entries| Preview::Group {
            name: name.to_owned(),
            style: GroupStyle::Braces,
            entries,
            more: 0,
        }))
    }

    /// Formats all items, or returns the error of one.
    fn row(&self, items: &[Dynamic], style: GroupStyle, more: usize) -> EvalResult<Preview> {
        let entries = items.iter().map(|item| Ok((String::new(), self.preview(item)?)));
        let entries = entries.collect::<EvalResult<_>>()?;
        Ok(Preview::Group { name: String::new(), style, entries, more })
    }
}

/// Returns the key of an item of a map, as it is shown before the item.
fn row_label(item: &IterItem) -> String {
    item.entry_key().map_or_else(String::new, |key| format!("{}: ", key_text(key)))
}

fn leaf(value: &Dynamic, max_chars: usize) -> Preview {
    if let Some(text) = value.read_lock::<ImmutableString>() {
        if type_mark::is_variant(value) {
            return Preview::Leaf(text.to_string());
        }
        return value_leaf(&Value::from(text.as_str()), max_chars);
    }
    if let Some(bytes) = value.read_lock::<Blob>() {
        return value_leaf(&Value::Bytes(bytes.as_slice().into()), max_chars);
    }
    Preview::Leaf(leaf_text(value))
}

/// Returns the text of a value that is always short.
pub(crate) fn leaf_text(value: &Dynamic) -> String {
    if to_script::is_none(value) {
        return "None".to_owned();
    }
    if let Some(error) = value.read_lock::<ScriptError>() {
        return error.message.clone();
    }
    if let Some(time) = value.read_lock::<Duration>() {
        return Value::Duration(*time).to_string();
    }
    if let Some(time) = value.read_lock::<SystemTime>() {
        return Value::Time(*time).to_string();
    }
    if let Some(instant) = value.read_lock::<ScriptInstant>() {
        return Value::Instant(instant.at).to_string();
    }
    if let Some(instant) = value.read_lock::<Instant>() {
        return Value::Instant(*instant).to_string();
    }
    if value.is_fnptr() {
        return "a function".to_owned();
    }
    match value.as_float() {
        Ok(float) => format!("{float:?}"),
        Err(_) if value.is_unit() => "()".to_owned(),
        Err(_) if value.is_char() => format!("{:?}", value.as_char().unwrap_or_default()),
        Err(_) => {
            let text = value.to_string();
            // The engine shows a value that has no text by the name of its type.
            if text == value.type_name() { plain_type(&text) } else { text }
        }
    }
}
