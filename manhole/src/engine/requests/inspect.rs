//! A page of the children of a live value, for a tree view.

use std::time::Instant;

use manhole_protocol::methods::{ChildEntry, Inspection, ValueKind};

use crate::engine::live::{Handle, strip_wrappers};
use crate::engine::query::max_copy_time;
use crate::engine::state::CallContext;
use crate::engine::value::ScriptResult;
use crate::reflect::{
    Entry, Group, GroupKind, Label, Level, Manhole, PreviewLimits, Resume, Shape, Step, TypeInfo, TypeKind,
    Value, as_key, placeholder, pretty_print, preview_value,
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
    let program = context.program();
    let level = context.run.level();
    // The other roots that every console has are its fields.
    let all: Vec<_> = program.root_infos().chain(program.builtin_root_infos().take(1)).collect();
    let children = all.iter().skip(page.offset).take(page.limit).map(|root| {
        let (text, inside) = match program.root(root.name) {
            _ if root.level > level => (placeholder::text(root.level), false),
            Some(handle) => handle
                .read(&context.run, move |value| (line(value, level), has_children(value)))
                .unwrap_or_else(|error| (placeholder::text(error.message), false)),
            None => (String::new(), false),
        };
        let (label, r#type) = (root.name.to_owned(), root.info.to_string());
        ChildEntry { path: Some(label.clone()), label, text, r#type, kind: kind(root.info), inside }
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
pub(crate) struct InspectTarget<'a> {
    pub(crate) path: &'a str,
    pub(crate) handle: Handle,
}

/// Returns a page of the children of a live value.
pub(crate) fn inspect(
    context: &CallContext,
    target: &InspectTarget<'_>,
    page: Page,
) -> ScriptResult<Inspection> {
    let level = context.run.level();
    let InspectTarget { path, handle } = target;
    let (info, text) =
        handle.read(&context.run, move |value| (value.reflect().info(), line(value, level)))?;
    let path = (*path).to_owned();
    let mut list = ChildList {
        path: path.clone(),
        level,
        page,
        place: Resume::default(),
        children: Vec::new(),
        total: 0,
    };
    // Each batch takes the lock again.
    loop {
        let has_more;
        (list, has_more) = handle.read_with(&context.run, list, ChildList::add_batch)?;
        if !has_more {
            break;
        }
        context.run.watchdog.check()?;
    }
    let ChildList { children, total, .. } = list;
    let mut inspection =
        Inspection { path, r#type: info.to_string(), kind: kind(info), text, children, total };
    if let Some(info) = handle.static_type() {
        (inspection.r#type, inspection.kind) = (info.to_string(), kind(info));
    }
    Ok(inspection)
}

/// The children of a value on one page.
struct ChildList {
    path: String,
    level: Level,
    page: Page,
    /// The place of the next child.
    place: Resume,
    children: Vec<ChildEntry>,
    total: usize,
}

impl ChildList {
    /// Adds the next children, or passes over the next ones before the page. Returns whether there may be more.
    fn add_batch(&mut self, value: &dyn Manhole) -> bool {
        let opened = Instant::now();
        let node = value.reflect();
        let (info, shape) = (node.info(), node.into_shape());
        if let Shape::Option(Some(inner)) = shape {
            return self.add_batch(inner);
        }
        let Some(group) = Group::new(info, shape) else { return false };
        self.total = group.len();
        if self.page.limit == 0 || self.page.offset >= self.total {
            return false;
        }
        let passes_by_key = group.resumes_at_key() && group.finds_place(&self.place);
        if self.place.passed < self.page.offset && !passes_by_key {
            self.place = Resume { passed: self.page.offset, last: None };
        }
        let (resume, mut first) = (self.place.clone(), group.finds_place(&self.place).then_some(opened));
        let mut has_more = false;
        group.visit(&resume, self.level, |entry| {
            let first = *first.get_or_insert_with(Instant::now);
            if self.place.passed >= self.page.offset {
                self.children.extend(self.child(group.kind, &entry));
            }
            self.place.passed += 1;
            if self.children.len() >= self.page.limit {
                return false;
            }
            has_more = self.place.passed % 8 == 0 && first.elapsed() >= max_copy_time(first - opened);
            if has_more {
                self.place = place_behind(&group, self.place.passed, &entry);
            }
            !has_more
        });
        has_more
    }

    /// Returns an entry as a child, unless the session may not see it.
    fn child(&self, kind_of_group: GroupKind, entry: &Entry<'_>) -> Option<ChildEntry> {
        let index = self.place.passed;
        let (label, step) = match (entry.label, kind_of_group) {
            (Label::Field(field), _) => (field.name.to_owned(), Some(Step::Name(field.name.into()))),
            (Label::Key(key), _) => (line(key, self.level), as_key(key).map(Step::Key)),
            (Label::None, GroupKind::List) => (index.to_string(), Some(Step::Key(Value::from(index)))),
            (Label::None, _) => (index.to_string(), None),
        };
        let info = match (entry.label, entry.value) {
            (Label::Field(field), _) => (field.ty)(),
            (_, Ok(value)) => value.reflect().info(),
            (_, Err(_)) => return None,
        };
        let (text, inside) = match entry.value {
            Ok(value) => (line(value, self.level), step.is_some() && has_children(value)),
            Err(why) => (placeholder::text(why), false),
        };
        let path = step.map(|step| format!("{}{step}", self.path));
        let (r#type, kind) = (info.to_string(), kind(info));
        Some(ChildEntry { label, text, r#type, kind, inside, path })
    }
}

/// Returns the place behind `entry`, the last of `passed` ones.
fn place_behind(group: &Group<'_>, passed: usize, entry: &Entry<'_>) -> Resume {
    match (entry.label, entry.value) {
        (Label::Key(key), Ok(value)) => group.place_behind(passed, key, value),
        (Label::None, Ok(value)) => group.place_behind(passed, value, value),
        _ => Resume { passed, last: None },
    }
}

/// Returns a value on one line.
fn line(value: &dyn Manhole, level: Level) -> String {
    pretty_print(&preview_value(value, level, LINE), usize::MAX).replace('\n', " ")
}

/// Returns whether a value has children.
fn has_children(value: &dyn Manhole) -> bool {
    let node = value.reflect();
    let info = node.info();
    match node.into_shape() {
        Shape::Option(inner) => inner.is_some_and(has_children),
        // The value inside is not read, so its type decides.
        Shape::Lock(_) => !matches!(kind(strip_wrappers(info)), ValueKind::Leaf | ValueKind::Opaque),
        shape => Group::new(info, shape).is_some_and(|group| group.style().is_none() || group.len() > 0),
    }
}
