//! The levels of events and spans.

use tracing::Level;

use crate::reflect::{
    Enum, Manhole, Node, NodeMut, Shape, StructStyle, TypeInfo, TypeKind, ValueMut, ValueRef, VariantInfo,
};

/// A level, which is less than those that say more, as in `tracing`.
pub(super) struct LevelView(pub(super) Level);

const LEVELS: [Level; 5] = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];

impl Manhole for LevelView {
    fn type_info() -> &'static TypeInfo {
        const VARIANTS: &[VariantInfo] = &[
            VariantInfo::new("ERROR", "", StructStyle::Unit, &[]),
            VariantInfo::new("WARN", "", StructStyle::Unit, &[]),
            VariantInfo::new("INFO", "", StructStyle::Unit, &[]),
            VariantInfo::new("DEBUG", "", StructStyle::Unit, &[]),
            VariantInfo::new("TRACE", "", StructStyle::Unit, &[]),
        ];
        const {
            &TypeInfo::new("Level", TypeKind::Enum(VARIANTS))
                .with_doc("A level of `tracing`. One that says less is less: `e.level <= Level::WARN` holds for errors too.")
                .with_ordered_variants()
        }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Enum(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}

impl Enum for LevelView {
    fn variant(&self) -> usize {
        LEVELS.iter().position(|level| *level == self.0).unwrap_or_default()
    }

    fn field(&self, _index: usize) -> Option<ValueRef<'_>> {
        None
    }

    fn field_mut(&mut self, _index: usize) -> Option<ValueMut<'_>> {
        None
    }
}
