//! Takes bounded previews of values, which the console prints.
//!
//! A preview is taken while the locks on the path are held, so its size does not depend on the value's: of a list of a million
//! items it takes the first twenty. `pretty_print` lays it out in lines later, without a lock.

use std::fmt::Write as _;
use std::sync::Arc;

use super::pretty_print::pretty_print;
use super::remote_values::{HasGaps, RemoteValues, fill};
use super::visitor::{Depth, Group, GroupKind, Label, Visit, Visitor};
#[cfg(feature = "console")]
use crate::reflect::model::StructFields;
use crate::reflect::model::{self, Level, Manhole, Owner, Shape, StructStyle, Text, TypeInfo, Value};
use crate::reflect::text::{placeholder, prefix, thousands};
use crate::reflect::walk::{AccessError, AccessErrorKind, Target};

/// The limits of a preview.
///
/// ```
/// use manhole::reflect::{PreviewLimits, Target, pretty_print};
///
/// let mut limits = PreviewLimits::default();
/// limits.items = 3;
/// let million = vec![0_u32; 1_000_000];
/// let seen = Target::new("million", &million).preview(limits)?;
/// assert_eq!(pretty_print(&seen, 80), "[0, 0, 0, … 999,997 more]");
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreviewLimits {
    /// The most levels of nesting. Defaults to 6.
    pub depth: usize,
    /// The most items of each collection. Defaults to 20.
    pub items: usize,
    /// The most bytes of each string. Defaults to 4 KiB.
    pub text: usize,
    /// The most bytes in all. Defaults to 64 KiB.
    pub bytes: usize,
}

impl Default for PreviewLimits {
    fn default() -> Self {
        Self { depth: 6, items: 20, text: 4 * 1024, bytes: 64 * 1024 }
    }
}

/// A bounded preview of a value.
///
/// ```
/// use manhole::reflect::{Preview, PreviewLimits, Target};
///
/// let seen = Target::new("count", &7_u32).preview(PreviewLimits::default())?;
/// assert_eq!(seen, Preview::Leaf("7".to_owned()));
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Preview {
    /// One value or placeholder, as it is printed.
    Leaf(String),
    /// The beginning of one value.
    Cut(String),
    /// A value that a task or thread owns, which was not asked for it.
    Remote,
    /// Several values in brackets.
    Group {
        /// The text before the bracket.
        name: String,
        /// The brackets.
        style: GroupStyle,
        /// The entries: a label such as `name: `, or none, and the value.
        entries: Vec<(String, Preview)>,
        /// The number of entries left out.
        more: usize,
    },
}

/// The brackets of a [`Preview::Group`].
///
/// ```
/// use manhole::reflect::{GroupStyle, Preview, PreviewLimits, Target};
///
/// let seen = Target::new("pair", &(1, 'a')).preview(PreviewLimits::default())?;
/// assert!(matches!(seen, Preview::Group { style: GroupStyle::Parentheses, .. }));
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupStyle {
    /// `Name { … }`
    Braces,
    /// `Name(…)`
    Parentheses,
    /// `[…]`
    Brackets,
}

impl Target<'_> {
    /// Takes a preview, with all locks on the path held for reading.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{PreviewLimits, Target, pretty_print};
    ///
    /// #[derive(Manhole)]
    /// struct Gizmo {
    ///     count: u64,
    ///     #[manhole(secret)]
    ///     token: String,
    /// }
    ///
    /// let gizmo = std::sync::Mutex::new(Gizmo { count: 7, token: "hush".to_owned() });
    /// let seen = Target::new("gizmo", &gizmo).preview(PreviewLimits::default())?;
    /// assert_eq!(pretty_print(&seen, 80), "Gizmo { count: 7, token: <secret> }");
    /// # Ok::<(), manhole::reflect::AccessError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the path cannot be walked to its end. Values inside that cannot be seen are placeholders.
    pub fn preview(&self, limits: PreviewLimits) -> Result<Preview, AccessError> {
        let level = self.level;
        let (mut taken, remote) = match self.read(move |found| preview(found, level, limits)) {
            Err(error) if *error.kind == AccessErrorKind::Secret => return Ok(hidden(placeholder::SECRET)),
            result => result?,
        };
        let visit = move |found: &dyn Manhole, depth: Depth| {
            preview(found, level, PreviewLimits { depth: depth.groups, ..limits })
        };
        fill(self, &mut taken, remote, visit, hidden);
        Ok(taken)
    }
}

/// Returns the preview of `value` itself. Does not wait for locks and owners inside it.
#[cfg(feature = "console")]
pub(crate) fn preview_value(value: &dyn Manhole, level: Level, limits: PreviewLimits) -> Preview {
    preview(value, level, limits).0
}

/// Returns the preview of `value`, and the values in it that tasks and threads own.
fn preview(value: &dyn Manhole, level: Level, limits: PreviewLimits) -> (Preview, RemoteValues) {
    let depth = Depth { groups: limits.depth, values: MAX_NESTING };
    let visitor = PreviewBuilder { limits, left: limits.bytes, remote: RemoteValues::default() };
    let mut visit = Visit { visitor, level, depth };
    let preview = visit.value(value);
    (preview, visit.visitor.remote)
}

impl HasGaps for Preview {
    fn gaps<'a>(&'a mut self, gaps: &mut Vec<&'a mut Self>) {
        match self {
            Self::Remote => gaps.push(self),
            Self::Group { entries, .. } => entries.iter_mut().for_each(|(_, entry)| entry.gaps(gaps)),
            Self::Leaf(_) | Self::Cut(_) => {}
        }
    }
}

/// Returns the preview of a value that cannot be seen: `<locked>`, `<secret>`.
fn hidden(why: &str) -> Preview {
    Preview::Leaf(placeholder::text(why))
}

/// The most values inside each other, options and locks included: pointers can form cycles.
const MAX_NESTING: usize = 64;

struct PreviewBuilder {
    limits: PreviewLimits,
    /// The number of bytes left.
    left: usize,
    remote: RemoteValues,
}

impl Visitor for PreviewBuilder {
    type Output = Preview;
    type Entries = Vec<(String, Preview)>;

    #[inline]
    fn leaf(&mut self, value: Value<'_>) -> Preview {
        let preview = leaf(&value, self.limits.text.min(self.left));
        if let Preview::Leaf(text) | Preview::Cut(text) = &preview {
            self.charge(text.len() + 1);
        }
        preview
    }

    fn bytes(&mut self, list: &dyn model::List) -> Option<Preview> {
        let longest = self.limits.text.min(self.left);
        let mut bytes = Vec::with_capacity(longest.min(list.len()));
        list.items_from(0, &mut |item| {
            if let Shape::Leaf(Value::Int(byte)) = item.reflect().into_shape() {
                bytes.extend(u8::try_from(byte));
            }
            bytes.len() < longest
        });
        let more = list.len().saturating_sub(bytes.len());
        let text = with_more(Value::Bytes(bytes.into()).to_string(), more);
        self.charge(text.len() + 1);
        Some(if more > 0 { Preview::Cut(text) } else { Preview::Leaf(text) })
    }

    fn text(&mut self, text: Text<'_>) -> Preview {
        let longest = self.limits.text.min(self.left);
        let mut text = text.format(longest);
        if text.len() <= longest {
            return self.name(text);
        }
        text.truncate(prefix(&text, longest).len());
        text.push('…');
        self.charge(text.len() + 1);
        Preview::Cut(text)
    }

    fn name(&mut self, name: String) -> Preview {
        // The separator counts too, so that many empty values cost something.
        self.charge(name.len() + 1);
        Preview::Leaf(name)
    }

    fn none(&mut self) -> Preview {
        self.name("None".to_owned())
    }

    fn some(&mut self, inner: Preview) -> Preview {
        self.charge("Some()".len());
        let entries = vec![(String::new(), inner)];
        Preview::Group { name: "Some".to_owned(), style: GroupStyle::Parentheses, entries, more: 0 }
    }

    fn placeholder(&mut self, why: &'static str) -> Preview {
        hidden(why)
    }

    fn remote(&mut self, owner: &Arc<dyn Owner>, depth: Depth) -> Preview {
        self.charge(placeholder::REMOTE.len());
        if self.remote.add(owner, depth) { Preview::Remote } else { hidden(placeholder::REMOTE) }
    }

    fn poisoned(&mut self, inner: Preview) -> Preview {
        let mark = placeholder::text(placeholder::POISONED);
        match inner {
            Preview::Leaf(text) => Preview::Leaf(format!("{mark} {text}")),
            Preview::Cut(text) => Preview::Cut(format!("{mark} {text}")),
            Preview::Remote => Preview::Remote,
            Preview::Group { name, style, entries, more } => {
                let name = format!("{mark} {name}");
                // Braces bring a space with them.
                let name = if style == GroupStyle::Braces { name.trim_end().to_owned() } else { name };
                Preview::Group { name, style, entries, more }
            }
        }
    }

    fn cut(&mut self, info: Option<&TypeInfo>) -> Preview {
        let text = format!("{}…", info.map_or("", |info| info.name));
        self.charge(text.len() + 1);
        Preview::Cut(text)
    }

    fn open(&mut self, group: &Group<'_>) -> (usize, Self::Entries) {
        let (name, most) = match group.kind {
            GroupKind::Struct(fields) | GroupKind::Variant(fields) => match fields.style {
                StructStyle::Unit => return (0, Vec::new()),
                StructStyle::Range => return (usize::MAX, Vec::new()),
                StructStyle::Named | StructStyle::Tuple => (fields.name, usize::MAX),
            },
            GroupKind::List | GroupKind::Set | GroupKind::Map => ("", self.limits.items),
        };
        self.charge(name.len() + "{}".len());
        (most, Vec::with_capacity(group.len().min(most)))
    }

    #[inline]
    fn wants(&mut self, label: &Label<&dyn Manhole>) -> bool {
        let wants = self.left > 0;
        if let Label::Field(field) = label {
            self.charge(field.name.len());
        }
        wants
    }

    #[inline]
    fn add(&mut self, group: &Group<'_>, entries: &mut Self::Entries, label: Label<Preview>, value: Preview) {
        let label = match label {
            Label::Field(field) => match group.style() {
                Some(StructStyle::Named) => format!("{}: ", field.name),
                Some(StructStyle::Range) => field.name.to_owned(),
                _ => String::new(),
            },
            Label::Key(key) => single_line(&key) + ": ",
            Label::None => String::new(),
        };
        entries.push((label, value));
    }

    fn close(&mut self, group: &Group<'_>, entries: Self::Entries, more: usize) -> Preview {
        let (name, style) = match group.kind {
            GroupKind::Struct(fields) | GroupKind::Variant(fields) => match fields.style {
                StructStyle::Unit => return self.name(fields.name.to_owned()),
                StructStyle::Range => return self.name(range(fields.name, &entries)),
                StructStyle::Tuple => (fields.name, GroupStyle::Parentheses),
                StructStyle::Named => (fields.name, GroupStyle::Braces),
            },
            GroupKind::List => ("", GroupStyle::Brackets),
            GroupKind::Set | GroupKind::Map => ("", GroupStyle::Braces),
        };
        Preview::Group { name: name.to_owned(), style, entries, more }
    }
}

impl PreviewBuilder {
    fn charge(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }
}

/// Formats a range, with the ends that it has.
fn range(name: &str, ends: &[(String, Preview)]) -> String {
    let end = |name| ends.iter().find(|(label, _)| label == name).map(|(_, value)| single_line(value));
    let dots = if name.ends_with("Inclusive") { "..=" } else { ".." };
    format!("{}{dots}{}", end("start").unwrap_or_default(), end("end").unwrap_or_default())
}

impl Preview {
    /// Returns whether it leaves out a part of the value.
    ///
    /// ```
    /// use manhole::reflect::{PreviewLimits, Target};
    ///
    /// let cut = |items: usize| {
    ///     let list = vec![0_u32; items];
    ///     Target::new("list", &list).preview(PreviewLimits::default()).map(|preview| preview.is_cut())
    /// };
    /// assert_eq!((cut(3), cut(3_000)), (Ok(false), Ok(true)));
    /// ```
    #[must_use]
    pub fn is_cut(&self) -> bool {
        match self {
            Self::Leaf(_) => false,
            Self::Cut(_) | Self::Remote => true,
            Self::Group { entries, more, .. } => *more > 0 || entries.iter().any(|(_, entry)| entry.is_cut()),
        }
    }
}

/// Returns the preview of a script's own value.
#[cfg(feature = "console")]
pub(crate) fn script_value_preview(value: &Value<'_>, limits: PreviewLimits) -> Preview {
    let Some(depth) = limits.depth.checked_sub(1) else {
        let name = if let Value::Struct(value) = value { value.name() } else { "" };
        return Preview::Cut(format!("{name}…"));
    };
    let inner = PreviewLimits { depth, ..limits };
    let entry = |label: String, value: &Value<'_>| (label, script_value_preview(value, inner));
    let group = |name: &str, style, entries: Vec<_>, len: usize| {
        let more = len - entries.len();
        Preview::Group { name: name.to_owned(), style, entries, more }
    };
    match value {
        Value::List(items) => {
            let shown = items.iter().take(limits.items).map(|item| entry(String::new(), item));
            group("", GroupStyle::Brackets, shown.collect(), items.len())
        }
        Value::Map(entries) => {
            let shown = entries.iter().take(limits.items).map(|(key, item)| entry(format!("{key}: "), item));
            group("", GroupStyle::Braces, shown.collect(), entries.len())
        }
        Value::Struct(value) => match value.fields() {
            StructFields::Unit => Preview::Leaf(value.name().to_owned()),
            StructFields::Tuple(items) => {
                let shown = items.iter().map(|item| entry(String::new(), item));
                group(value.name(), GroupStyle::Parentheses, shown.collect(), items.len())
            }
            StructFields::Named(fields) => {
                let shown = fields.iter().map(|(name, item)| entry(format!("{name}: "), item));
                group(value.name(), GroupStyle::Braces, shown.collect(), fields.len())
            }
        },
        Value::Unit => Preview::Leaf("None".to_owned()),
        value => leaf(value, limits.text),
    }
}

/// Returns the preview of a leaf, as Rust writes it, with at most `max_bytes` of a string or byte string.
pub(crate) fn leaf(value: &Value<'_>, max_bytes: usize) -> Preview {
    let is_cut = match value {
        Value::Text(text) => text.len() > max_bytes,
        Value::Bytes(bytes) => bytes.len() > max_bytes,
        _ => false,
    };
    let text = leaf_text(value, max_bytes);
    if is_cut { Preview::Cut(text) } else { Preview::Leaf(text) }
}

/// Formats a leaf as Rust writes it, with at most `max_bytes` of a string or byte string.
pub(crate) fn leaf_text(value: &Value<'_>, max_bytes: usize) -> String {
    match value {
        Value::Text(text) if text.len() > max_bytes => {
            let cut = prefix(text, max_bytes).len();
            with_more(format!("{:?}", &text[..cut]), text.len() - cut)
        }
        Value::Bytes(bytes) if bytes.len() > max_bytes => {
            with_more(Value::Bytes(bytes[..max_bytes].into()).to_string(), bytes.len() - max_bytes)
        }
        value => value.to_string(),
    }
}

/// Adds the number of bytes that are left out.
fn with_more(mut shown: String, more: usize) -> String {
    if more > 0 {
        let _ = write!(shown, "… ({} more bytes)", thousands(more));
    }
    shown
}

fn single_line(preview: &Preview) -> String {
    pretty_print(preview, usize::MAX)
}
