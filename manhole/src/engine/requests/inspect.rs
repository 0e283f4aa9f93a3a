//! One level of a live value, a page at a time: what a tree view shows.

use manhole_protocol::methods::{ChildEntry, Inspection, ValueKind};

use crate::engine::live::{Handle, strip_wrappers};
use crate::engine::state::CallContext;
use crate::engine::value::ScriptError;
use crate::reflect::{
    Group, GroupKind, Label, Level, Manhole, PreviewLimits, Resume, Shape, Step, TypeInfo, TypeKind, Value,
    as_key, pretty_print, preview_value,
};

/// How much of a value stands in its line.
const LINE: PreviewLimits = PreviewLimits { depth: 2, items: 5, text: 120, bytes: 200 };

/// How many children a page has, unless another number is asked for, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

/// Which part of the children is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    offset: usize,
    limit: usize,
}

impl Page {
    pub(crate) fn new(offset: Option<usize>, limit: Option<usize>) -> Self {
        Self { offset: offset.unwrap_or_default(), limit: limit.unwrap_or(PAGE).min(LARGEST_PAGE) }
    }

    fn of<T>(self, all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        all.skip(self.offset).take(self.limit)
    }
}

/// What kind of value has this type.
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

/// The roots, as what is below the namespace.
pub(crate) fn roots(context: &CallContext, page: Page) -> Inspection {
    let program = &context.program;
    let all: Vec<_> = program.root_infos().collect();
    let children = page.of(all.iter()).map(|root| {
        let (text, inside) = match program.root(root.name) {
            _ if root.level > context.run.level() => (format!("<{}>", root.level), false),
            Some(handle) => handle
                .read(&context.run, |found| (line(found, context.run.level()), has_inside(found)))
                .unwrap_or_else(|fault| (format!("<{}>", fault.message), false)),
            None => (String::new(), false),
        };
        ChildEntry {
            label: root.name.to_owned(),
            text,
            r#type: root.info.to_string(),
            kind: kind(root.info),
            inside,
            path: Some(root.name.to_owned()),
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

/// What is at `path`, which is where `handle` leads, and one step below.
pub(crate) fn inspect(
    context: &CallContext,
    handle: &Handle,
    path: &str,
    page: Page,
) -> Result<Inspection, ScriptError> {
    let level = context.run.level();
    let seen = handle.read(&context.run, |found| {
        let mut below = Below { path, level, page, children: Vec::new(), total: 0 };
        below.take(found);
        let info = found.reflect().info();
        (info, line(found, level), below.children, below.total)
    });
    let (found, text, children, total) = seen?;
    let info = handle.static_type().unwrap_or(found);
    Ok(Inspection {
        path: path.to_owned(),
        r#type: info.to_string(),
        kind: kind(info),
        text,
        children,
        total,
    })
}

struct Below<'a> {
    path: &'a str,
    level: Level,
    page: Page,
    children: Vec<ChildEntry>,
    total: usize,
}

impl Below<'_> {
    fn take(&mut self, found: &dyn Manhole) {
        let node = found.reflect();
        let (info, shape) = (node.info(), node.into_shape());
        if let Shape::Option(Some(inner)) = shape {
            return self.take(inner);
        }
        let Some(group) = Group::new(info, shape) else { return };
        self.total = group.len();
        if self.page.limit == 0 || self.page.offset >= self.total {
            return;
        }
        let place = Resume { passed: self.page.offset, last: None };
        group.visit(&place, self.level, |entry| {
            let index = self.page.offset + self.children.len();
            let (label, step) = match (entry.label, group.kind) {
                (Label::Field(field), _) => (field.name.to_owned(), Some(Step::Name(field.name.into()))),
                (Label::Key(key), _) => (line(key, self.level), as_key(key).map(Step::Key)),
                (Label::None, GroupKind::List) => (index.to_string(), Some(Step::Key(Value::from(index)))),
                (Label::None, _) => (index.to_string(), None),
            };
            let info = match (entry.label, entry.value) {
                (Label::Field(field), _) => (field.ty)(),
                (_, Ok(value)) => value.reflect().info(),
                (_, Err(_)) => return true,
            };
            let (text, inside) = match entry.value {
                Ok(value) => (line(value, self.level), step.is_some() && has_inside(value)),
                Err(why) => (format!("<{why}>"), false),
            };
            let path = step.map(|step| format!("{}{step}", self.path));
            let (r#type, kind) = (info.to_string(), kind(info));
            self.children.push(ChildEntry { label, text, r#type, kind, inside, path });
            self.children.len() < self.page.limit
        });
    }
}

/// A value in one line.
fn line(value: &dyn Manhole, level: Level) -> String {
    pretty_print(&preview_value(value, level, LINE), usize::MAX).replace('\n', " ")
}

/// Whether there is something below a value.
fn has_inside(value: &dyn Manhole) -> bool {
    let node = value.reflect();
    let info = node.info();
    match node.into_shape() {
        Shape::Option(inner) => inner.is_some_and(has_inside),
        // What it holds is only known by opening it.
        Shape::Lock(_) => !matches!(opened_kind(info), ValueKind::Leaf | ValueKind::Opaque),
        shape => Group::new(info, shape).is_some_and(|group| group.style().is_none() || group.len() > 0),
    }
}

fn opened_kind(info: &'static TypeInfo) -> ValueKind {
    kind(strip_wrappers(info))
}
