//! The results of a survey as values that a script gets: a list of rows.

use std::sync::Arc;

use rhai::Dynamic;

use crate::engine::live::from_call_output;
use crate::reflect::{CallOutput, Manhole, Node, NodeMut, Path, Shape, ShapeMut, TypeInfo, TypeKind};

/// A path as it is typed, which is shown without quotes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ShownPath(pub(super) String);

impl Manhole for ShownPath {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Path", TypeKind::Opaque) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Text(self.0.clone().into()))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Leaf)
    }
}

/// Returns `rows` as the result of the function `name`.
pub(super) fn to_script<T: Manhole + Send + Sync + 'static>(name: &str, rows: Vec<T>) -> Dynamic {
    from_call_output(name, CallOutput::Root(Arc::new(rows), Path::root()))
}
