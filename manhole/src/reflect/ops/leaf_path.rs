//! A path that leads to a single value below each of many values, which are mostly of one type.

use super::read_write::{Leaf, leaf_of};
use crate::reflect::model::{AccessMode, Level, Manhole, Node, Path, Shape, Step, TypeInfo, ValueRef};
use crate::reflect::text::MAX_TEXT_BYTES;
use crate::reflect::walk::{WalkPermissions, field_of_struct, step_down};

/// A path, and the fields that it led through last.
pub(crate) struct LeafPath {
    level: Level,
    steps: Vec<(Step, Option<KnownField>)>,
}

/// The field of a struct that every session may see.
#[derive(Clone, Copy)]
struct KnownField {
    info: &'static TypeInfo,
    index: usize,
}

impl LeafPath {
    /// Creates the path for a session at `level`.
    pub(crate) fn new(path: &Path, level: Level) -> Self {
        Self { level, steps: path.steps().into_iter().map(|step| (step.clone(), None)).collect() }
    }

    /// Looks up what is below `value`, as [`Target::lookup`](crate::reflect::Target::lookup) does. Returns `None` where that takes a
    /// lock, a call of the author's code or another level, and where the path leads to nothing.
    pub(crate) fn look_up<'v>(
        &mut self,
        mut value: &'v dyn Manhole,
    ) -> Option<(Leaf<'v>, &'static TypeInfo)> {
        let permissions = WalkPermissions { mode: AccessMode::Read, level: self.level };
        for (step, known) in &mut self.steps {
            let node = inside_options(value)?;
            let info = node.info();
            let field = match known {
                Some(field) if std::ptr::eq(field.info, info) => Some(field.index),
                _ => {
                    let index = field_of_struct(&node, step, permissions);
                    *known = index.map(|index| KnownField { info, index });
                    index
                }
            };
            let inside = match (field, node.into_shape()) {
                (Some(index), Shape::Struct(value)) => value.field(index)?,
                (_, shape) => step_down(Node::described(info, shape), step, permissions).ok()?,
            };
            match inside {
                ValueRef::Borrowed(inside) => value = inside,
                ValueRef::Owned(_) => return None,
            }
        }
        let info = value.reflect().info();
        let shape = match inside_options(value) {
            Some(node) => node.into_shape(),
            None => Shape::Option(None),
        };
        let may_hide_more =
            matches!(shape, Shape::Lock(_) | Shape::Remote(_) | Shape::Text(_) | Shape::Opaque);
        (!may_hide_more).then(|| (leaf_of(shape, MAX_TEXT_BYTES), info))
    }
}

/// Returns the value inside all options.
fn inside_options(value: &dyn Manhole) -> Option<Node<'_>> {
    let mut node = value.reflect();
    while let Shape::Option(inside) = node.shape() {
        node = (*inside)?.reflect();
    }
    Some(node)
}
