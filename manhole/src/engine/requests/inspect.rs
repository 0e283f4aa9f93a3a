//! A page of the children of a live value, for a tree view.

use manhole_protocol::methods::{ChildEntry, Inspection, ValueKind};

use crate::engine::live::{Handle, strip_wrappers};
use crate::engine::state::CallContext;
use crate::engine::value::ScriptError;
use crate::reflect::{
    FieldInfo, Level, Manhole, PreviewLimits, Resume, Shape, Step, TypeInfo, TypeKind, Value, ValueRef,
    as_key, excerpt_text, pretty_print,
};

/// The limits of a value's line.
const LINE: PreviewLimits = PreviewLimits { depth: 2, items: 5, text: 120, bytes: 200 };

/// The default number of children on a page.
const DEFAULT_PAGE_SIZE: usize = 100;
/// The maximum number of children on a page.
const MAX_PAGE_SIZE: usize = 1_000;

/// A range of children.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    offset: usize,
    limit: usize,
}

impl Page {
    pub(crate) fn new(offset: Option<usize>, limit: Option<usize>) -> Self {
        let limit = limit.unwrap_or(DEFAULT_PAGE_SIZE).min(MAX_PAGE_SIZE);
        Self { offset: offset.unwrap_or_default(), limit }
    }

    fn of<T>(self, all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        all.skip(self.offset).take(self.limit)
    }
}

/// Returns the kind of the values of a type.
pub(crate) fn kind(info: &TypeInfo) -> ValueKind {
    match info.kind {
        TypeKind::Leaf => ValueKind::Leaf,
        TypeKind::Struct(..) => ValueKind::Struct,
        TypeKind::Enum(_) => ValueKind::Enum,
        TypeKind::Option(_) => ValueKind::Option,
        TypeKind::List(_) => ValueKind::List,
        TypeKind::Map(..) => ValueKind::Map,
        TypeKind::Set(_) => ValueKind::Set,
        TypeKind::Lock(inner) => kind(inner()),
        TypeKind::Opaque => ValueKind::Opaque,
    }
}

/// Returns the roots, as the children of the namespace.
pub(crate) fn roots(context: &CallContext, page: Page) -> Inspection {
    let program = &context.program;
    let level = context.run.level();
    let all: Vec<_> = program.root_infos().collect();
    let children = page.of(all.iter()).map(|root| {
        let entry = entry(root.name.to_owned(), root.info, Some(root.name.to_owned()));
        let Some(handle) = program.root(root.name) else { return entry };
        if root.level > level {
            return ChildEntry { text: format!("<{}>", root.level), ..entry };
        }
        match handle.look(&context.run, |value| (line(value, level), has_children(value))) {
            Ok((text, inside)) => ChildEntry { text, inside, ..entry },
            Err(error) => ChildEntry { text: format!("<{}>", error.message), ..entry },
        }
    });
    Inspection {
        path: String::new(),
        r#type: String::new(),
        kind: ValueKind::Namespace,
        text: program.name.clone(),
        children: children.collect(),
        total: all.len(),
    }
}

/// A live value, and the path that the client used for it, which may begin with a variable.
pub(crate) struct Target<'a> {
    pub(crate) path: &'a str,
    pub(crate) handle: Handle,
}

/// Returns a page of the children of a live value.
pub(crate) fn inspect(
    context: &CallContext,
    target: &Target<'_>,
    page: Page,
) -> Result<Inspection, ScriptError> {
    let level = context.run.level();
    let Target { path, handle } = target;
    let mut inspection = handle.look(&context.run, |value| {
        let mut list = ChildList { path, level, page, children: Vec::new(), total: 0 };
        list.add_children(value);
        let ChildList { children, total, .. } = list;
        let info = value.reflect().info();
        let (path, text) = ((*path).to_owned(), line(value, level));
        Inspection { path, r#type: info.to_string(), kind: kind(info), text, children, total }
    })?;
    if let Some(info) = handle.known_type() {
        (inspection.r#type, inspection.kind) = (info.to_string(), kind(info));
    }
    Ok(inspection)
}

/// The children of a value on one page.
struct ChildList<'a> {
    path: &'a str,
    level: Level,
    page: Page,
    children: Vec<ChildEntry>,
    total: usize,
}

impl ChildList<'_> {
    fn add_children(&mut self, value: &dyn Manhole) {
        let node = value.reflect();
        let info = node.info();
        match node.into_shape() {
            Shape::Option(Some(inner)) => self.add_children(inner),
            Shape::Struct(value) => self.add_fields(info.fields(), &|index| value.field(index)),
            Shape::Enum(value) => {
                let variants = if let TypeKind::Enum(variants) = info.kind { variants } else { &[] };
                let fields = variants.get(value.variant()).map_or(&[][..], |variant| variant.fields);
                self.add_fields(fields, &|index| value.field(index));
            }
            Shape::List(list) => {
                self.total = list.len();
                for index in self.page.of(0..list.len()) {
                    let Some(item) = list.get(index) else { break };
                    self.add(index.to_string(), Some(Step::Key(Value::from(index))), &*item);
                }
            }
            Shape::Map(map) => {
                self.total = map.len();
                self.from_offset(|list, resume| {
                    map.entries_from(resume, &mut |key, item| {
                        list.add(line(key, list.level), as_key(key).map(Step::Key), item);
                        list.children.len() < list.page.limit
                    });
                });
            }
            Shape::Set(set) => {
                self.total = set.len();
                self.from_offset(|list, resume| {
                    set.items_from(resume, &mut |item| {
                        list.add((list.page.offset + list.children.len()).to_string(), None, item);
                        list.children.len() < list.page.limit
                    });
                });
            }
            _ => {}
        }
    }

    fn from_offset(&mut self, add: impl FnOnce(&mut Self, &Resume)) {
        if self.page.limit > 0 && self.page.offset < self.total {
            let resume = Resume { passed: self.page.offset, last: None };
            add(self, &resume);
        }
    }

    fn add_fields<'v>(&mut self, fields: &'static [FieldInfo], get: &dyn Fn(usize) -> Option<ValueRef<'v>>) {
        self.total = fields.len();
        for (index, field) in self.page.of(fields.iter().enumerate()) {
            let path = format!("{}{}", self.path, Step::Name(field.name.into()));
            let (text, inside) = match get(index) {
                _ if field.level > self.level => (format!("<{}>", field.level), false),
                Some(value) => (line(&*value, self.level), has_children(&*value)),
                None => ("<secret>".to_owned(), false),
            };
            let entry = entry(field.name.to_owned(), (field.ty)(), Some(path));
            self.children.push(ChildEntry { text, inside, ..entry });
        }
    }

    fn add(&mut self, label: String, step: Option<Step>, value: &dyn Manhole) {
        let inside = step.is_some() && has_children(value);
        let path = step.map(|step| format!("{}{step}", self.path));
        let entry = entry(label, value.reflect().info(), path);
        self.children.push(ChildEntry { text: line(value, self.level), inside, ..entry });
    }
}

/// Returns a child without its text.
fn entry(label: String, info: &TypeInfo, path: Option<String>) -> ChildEntry {
    ChildEntry { label, text: String::new(), r#type: info.to_string(), kind: kind(info), inside: false, path }
}

/// Returns a value on one line.
fn line(value: &dyn Manhole, level: Level) -> String {
    pretty_print(&excerpt_text(value, level, LINE), usize::MAX).replace('\n', " ")
}

/// Returns whether a value has children.
fn has_children(value: &dyn Manhole) -> bool {
    let node = value.reflect();
    let info = node.info();
    match node.into_shape() {
        Shape::Option(inner) => inner.is_some_and(has_children),
        Shape::Struct(_) => !info.fields().is_empty(),
        Shape::Enum(value) => match info.kind {
            TypeKind::Enum(variants) => {
                variants.get(value.variant()).is_some_and(|variant| !variant.fields.is_empty())
            }
            _ => false,
        },
        Shape::List(_) | Shape::Map(_) | Shape::Set(_) => true,
        // The value inside is not read, so its type decides.
        Shape::Lock(_) => !matches!(kind(strip_wrappers(info)), ValueKind::Leaf | ValueKind::Opaque),
        _ => false,
    }
}
