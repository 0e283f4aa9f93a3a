//! A bounded picture of a value: what an answer shows.
//!
//! It is taken while the locks on the way are held, so it is small whatever the size of the value: a list of a million items
//! costs its first twenty. How it is laid out in lines is decided later, without a lock.

use std::fmt::Write as _;

use crate::reflect::model::{
    AccessMode, FieldInfo, Level, LockError, LockWait, Manhole, Path, Shape, StructStyle, TypeInfo, TypeKind,
    Value, ValueBorrow, ValueRef,
};
use crate::reflect::text::thousands;
use crate::reflect::walk::{AccessError, AccessErrorKind as Kind, Target, variant_fields, walk};

/// How much of a value a preview may take.
///
/// ```
/// use manhole::reflect::{PreviewLimits, Path, LockWait, pretty_print, preview};
///
/// let mut budget = PreviewLimits::default();
/// budget.items = 3;
/// let million = vec![0_u8; 1_000_000];
/// let seen = preview("million", &million, &Path::root(), &LockWait::none(), budget)?;
/// assert_eq!(pretty_print(&seen, 80), "[0, 0, 0, … 999,997 more]");
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreviewLimits {
    /// How many levels of nesting are shown.
    pub depth: usize,
    /// How many items of each list or map are shown.
    pub items: usize,
    /// How many bytes of each text are shown.
    pub text: usize,
    /// How many bytes are shown in all.
    pub bytes: usize,
}

impl Default for PreviewLimits {
    fn default() -> Self {
        Self { depth: 6, items: 20, text: 4 * 1024, bytes: 64 * 1024 }
    }
}

/// A bounded picture of a value.
///
/// ```
/// use manhole::reflect::{PreviewLimits, Path, LockWait, Preview, preview};
///
/// let seen = preview("count", &7_u32, &Path::root(), &LockWait::none(), PreviewLimits::default())?;
/// assert_eq!(seen, Preview::Leaf("7".to_owned()));
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Preview {
    /// One value or placeholder, as it is to be written.
    Leaf(String),
    /// One value of which only the beginning is written.
    Cut(String),
    /// Several in brackets.
    Group {
        /// What stands before the bracket.
        name: String,
        /// The brackets.
        style: GroupStyle,
        /// What is inside: a label such as `name: `, or none, and the value.
        entries: Vec<(String, Preview)>,
        /// How many more there are that are not shown.
        more: usize,
    },
}

/// The brackets of a [`Preview::Group`].
///
/// ```
/// use manhole::reflect::{PreviewLimits, GroupStyle, Path, LockWait, Preview, preview};
///
/// let seen = preview("pair", &(1, 'a'), &Path::root(), &LockWait::none(), PreviewLimits::default())?;
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

/// Takes a preview of what `path` leads to.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::{PreviewLimits, Path, LockWait, pretty_print, preview};
///
/// #[derive(Manhole)]
/// struct Gizmo {
///     count: u64,
///     #[manhole(secret)]
///     token: String,
/// }
///
/// let gizmo = std::sync::Mutex::new(Gizmo { count: 7, token: "hush".to_owned() });
/// let seen = preview("gizmo", &gizmo, &Path::root(), &LockWait::none(), PreviewLimits::default())?;
/// assert_eq!(pretty_print(&seen, 80), "Gizmo { count: 7, token: <secret> }");
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
///
/// # Errors
///
/// If the path cannot be walked to its end. What cannot be seen below its end is marked inside of the preview.
pub fn preview(
    name: &str,
    value: &dyn Manhole,
    path: &Path,
    wait: &LockWait<'_>,
    budget: PreviewLimits,
) -> Result<Preview, AccessError> {
    let mut taken = None;
    let target = Target { name, value, route: path.into() };
    let result = walk(target, AccessMode::Read, wait, &mut |access| {
        let mut builder = PreviewBuilder { budget, level: wait.level(), left: budget.bytes, inside: 0 };
        taken = Some(builder.access(&access, 0));
        Ok(())
    });
    match result {
        Err(error) if *error.kind == Kind::Secret => Ok(placeholder("secret")),
        Err(error) => Err(error),
        Ok(()) => Ok(taken.unwrap_or_else(|| placeholder("empty"))),
    }
}

/// The preview of `value` alone. No lock in it is waited for.
#[cfg(feature = "console")]
pub(crate) fn excerpt_text(value: &dyn Manhole, level: Level, budget: PreviewLimits) -> Preview {
    PreviewBuilder { budget, level, left: budget.bytes, inside: 0 }.take(value, 0)
}

/// The preview of a value that is not part of a type: `<locked>`, `<secret>`.
fn placeholder(what: &str) -> Preview {
    Preview::Leaf(format!("<{what}>"))
}

/// The preview of what a panic has left behind.
fn poisoned(preview: Preview) -> Preview {
    match preview {
        Preview::Leaf(text) => Preview::Leaf(format!("<poisoned> {text}")),
        Preview::Cut(text) => Preview::Cut(format!("<poisoned> {text}")),
        Preview::Group { name, style, entries, more } => {
            let name = format!("<poisoned> {name}");
            // The brackets of a map bring a space of their own.
            let name = if style == GroupStyle::Braces { name.trim_end().to_owned() } else { name };
            Preview::Group { name, style, entries, more }
        }
    }
}

/// How many values may be inside of one another, whether they are shown as a level or not: pointers can go round in circles.
const MAX_NESTING: usize = 64;

struct PreviewBuilder {
    budget: PreviewLimits,
    /// For whom it is.
    level: Level,
    /// How many bytes may still be shown.
    left: usize,
    /// How many values surround the one that is being taken.
    inside: usize,
}

impl PreviewBuilder {
    fn access(&mut self, access: &ValueBorrow<'_>, depth: usize) -> Preview {
        match access {
            ValueBorrow::Shared(value) => self.take(*value, depth),
            ValueBorrow::Exclusive(value) => self.take(&**value, depth),
        }
    }

    fn take(&mut self, value: &dyn Manhole, depth: usize) -> Preview {
        if self.inside >= MAX_NESTING {
            return self.cut("…".to_owned());
        }
        self.inside += 1;
        let taken = self.take_inside(value, depth);
        self.inside -= 1;
        taken
    }

    fn take_inside(&mut self, value: &dyn Manhole, depth: usize) -> Preview {
        let node = value.reflect();
        let info = node.info();
        match node.into_shape() {
            Shape::Leaf(value) => self.leaf(&value),
            Shape::Atomic(cell) => self.leaf(&cell.load()),
            Shape::Text(text) => {
                let longest = self.budget.text.min(self.left);
                if text.len() <= longest { self.text(text) } else { self.cut(cut(text, longest)) }
            }
            Shape::Opaque => self.text(info.to_string()),
            Shape::Lock(guard) => {
                let mut taken = placeholder("empty");
                // A lock inside of something that is being shown is never waited for: another one may be held already.
                let opened = guard.open(AccessMode::Read, &LockWait::none(), &mut |access| {
                    taken = self.access(&access, depth);
                });
                match opened {
                    Ok(()) => {}
                    Err(LockError::Locked | LockError::Cancelled) => return placeholder("locked"),
                    Err(LockError::Empty(why)) => return placeholder(why),
                    Err(LockError::Whole) => return placeholder("hidden"),
                }
                if guard.is_poisoned() { poisoned(taken) } else { taken }
            }
            Shape::Option(None) => self.text("None".to_owned()),
            Shape::Option(Some(inner)) => {
                let inner = self.take(inner, depth);
                self.charge("Some()".len());
                group("Some", GroupStyle::Parentheses, vec![(String::new(), inner)], 0)
            }
            _ if depth >= self.budget.depth => self.cut(format!("{}…", info.name)),
            Shape::Struct(value) => {
                let style = match info.kind {
                    TypeKind::Struct(style, _) => style,
                    _ => StructStyle::Named,
                };
                self.fields(info.name, style, info.fields(), &|index| value.field(index), depth)
            }
            Shape::Enum(value) => {
                let (name, style) = variant(info, value.variant());
                let fields = variant_fields(info, value.variant());
                self.fields(name, style, fields, &|index| value.field(index), depth)
            }
            Shape::List(list) => {
                self.charge("[]".len());
                let shown = list.len().min(self.budget.items);
                let mut entries = Vec::with_capacity(shown);
                while entries.len() < shown && self.left > 0 {
                    let Some(item) = list.get(entries.len()) else { break };
                    entries.push((String::new(), self.take(&*item, depth + 1)));
                }
                let more = list.len().saturating_sub(entries.len());
                group("", GroupStyle::Brackets, entries, more)
            }
            Shape::Set(set) => {
                self.charge("{}".len());
                let mut entries = Vec::new();
                if self.budget.items > 0 {
                    set.items(&mut |item| {
                        entries.push((String::new(), self.take(item, depth + 1)));
                        entries.len() < self.budget.items && self.left > 0
                    });
                }
                let more = set.len().saturating_sub(entries.len());
                group("", GroupStyle::Braces, entries, more)
            }
            Shape::Map(map) => {
                self.charge("{}".len());
                let mut entries = Vec::new();
                if self.budget.items > 0 {
                    map.entries(&mut |key, item| {
                        let key = single_line(&self.take(key, depth + 1));
                        entries.push((key + ": ", self.take(item, depth + 1)));
                        entries.len() < self.budget.items && self.left > 0
                    });
                }
                let more = map.len().saturating_sub(entries.len());
                group("", GroupStyle::Braces, entries, more)
            }
        }
    }

    fn fields<'v>(
        &mut self,
        name: &str,
        style: StructStyle,
        fields: &[FieldInfo],
        get: &dyn Fn(usize) -> Option<ValueRef<'v>>,
        depth: usize,
    ) -> Preview {
        if style == StructStyle::Unit {
            return self.text(name.to_owned());
        }
        if style == StructStyle::Range {
            return self.range(name, fields, get, depth);
        }
        self.charge(name.len() + "{}".len());
        let mut entries = Vec::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            if self.left == 0 {
                break;
            }
            let value = match get(index) {
                _ if field.level > self.level => placeholder(field.level.name()),
                Some(value) => self.take(&*value, depth + 1),
                None => placeholder("secret"),
            };
            self.charge(field.name.len());
            let label = if style == StructStyle::Named { format!("{}: ", field.name) } else { String::new() };
            entries.push((label, value));
        }
        let more = fields.len() - entries.len();
        let style = if style == StructStyle::Named { GroupStyle::Braces } else { GroupStyle::Parentheses };
        group(name, style, entries, more)
    }

    fn range<'v>(
        &mut self,
        name: &str,
        fields: &[FieldInfo],
        get: &dyn Fn(usize) -> Option<ValueRef<'v>>,
        depth: usize,
    ) -> Preview {
        let mut end = |name| {
            let index = fields.iter().position(|field| field.name == name)?;
            Some(single_line(&self.take(&*get(index)?, depth + 1)))
        };
        let (start, end) = (end("start").unwrap_or_default(), end("end").unwrap_or_default());
        let dots = if name.ends_with("Inclusive") { "..=" } else { ".." };
        self.text(format!("{start}{dots}{end}"))
    }

    fn leaf(&mut self, value: &Value<'_>) -> Preview {
        let taken = leaf(value, self.budget.text.min(self.left));
        if let Preview::Leaf(text) | Preview::Cut(text) = &taken {
            self.charge(text.len() + 1);
        }
        taken
    }

    fn cut(&mut self, text: String) -> Preview {
        self.charge(text.len() + 1);
        Preview::Cut(text)
    }

    fn text(&mut self, text: String) -> Preview {
        // What separates it from the next counts too, so that many empty values cost something.
        self.charge(text.len() + 1);
        Preview::Leaf(text)
    }

    fn charge(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }
}

impl Preview {
    /// Whether there is more than what it shows.
    ///
    /// ```
    /// use manhole::reflect::{PreviewLimits, Path, LockWait, preview};
    ///
    /// let cut = |items: usize| {
    ///     let list = vec![0_u8; items];
    ///     preview("list", &list, &Path::root(), &LockWait::none(), PreviewLimits::default()).map(|seen| seen.is_cut())
    /// };
    /// assert_eq!((cut(3), cut(3_000)), (Ok(false), Ok(true)));
    /// ```
    #[must_use]
    pub fn is_cut(&self) -> bool {
        match self {
            Self::Leaf(_) => false,
            Self::Cut(_) => true,
            Self::Group { entries, more, .. } => *more > 0 || entries.iter().any(|(_, entry)| entry.is_cut()),
        }
    }
}

/// A value as Rust writes it.
pub(crate) fn leaf(value: &Value<'_>, longest: usize) -> Preview {
    let whole = match value {
        Value::Text(text) => text.len() <= longest,
        Value::Bytes(bytes) => bytes.len() <= longest,
        _ => true,
    };
    let text = leaf_text(value, longest);
    if whole { Preview::Leaf(text) } else { Preview::Cut(text) }
}

/// A value as Rust writes it, a long text or byte string only from its beginning.
pub(crate) fn leaf_text(value: &Value<'_>, longest: usize) -> String {
    match value {
        Value::Text(text) if text.len() > longest => {
            let cut = text.floor_char_boundary(longest);
            let mut shown = format!("{:?}", &text[..cut]);
            let _ = write!(shown, "… ({} more bytes)", thousands(text.len() - cut));
            shown
        }
        Value::Bytes(bytes) if bytes.len() > longest => {
            let shown = Value::Bytes(bytes[..longest].into());
            format!("{shown}… ({} more bytes)", thousands(bytes.len() - longest))
        }
        value => value.to_string(),
    }
}

/// The beginning of a text that is shown as it is.
fn cut(mut text: String, longest: usize) -> String {
    text.truncate(text.floor_char_boundary(longest));
    text.push('…');
    text
}

fn group(name: &str, style: GroupStyle, entries: Vec<(String, Preview)>, more: usize) -> Preview {
    Preview::Group { name: name.to_owned(), style, entries, more }
}

fn variant(info: &TypeInfo, index: usize) -> (&'static str, StructStyle) {
    match info.kind {
        TypeKind::Enum(variants) => {
            variants.get(index).map_or(("?", StructStyle::Unit), |variant| (variant.name, variant.style))
        }
        _ => ("?", StructStyle::Unit),
    }
}

fn single_line(preview: &Preview) -> String {
    super::pretty_print(preview, usize::MAX)
}
