//! A field that is seen by its items, for reading.

use std::any::type_name;

use super::views::ItemsView;
use crate::reflect::model::{
    List, Manhole, Map, Node, NodeMut, Resume, Shape, TypeInfo, TypeKind, Value, ValueMut, ValueRef,
};
use crate::reflect::support::view_info::view_info;

/// A field that is seen by its items.
#[doc(hidden)]
pub struct Items<'x, C: ?Sized, A> {
    pub(super) items: &'x C,
    pub(super) adapter: A,
}

impl<'x, C: ?Sized, A: ItemsView<'x, C> + 'x> Items<'x, C, A> {
    /// Returns the field for reading. The derive requires the traits of the adapter here alone.
    pub fn value(items: &'x C, adapter: A) -> Option<ValueRef<'x>> {
        Some(ValueRef::owned(Self { items, adapter }))
    }
}

impl<'x, C: ?Sized, A: ItemsView<'x, C>> Manhole for Items<'x, C, A> {
    fn type_info() -> &'static TypeInfo {
        view_info::<C>(type_name::<A>(), A::kind)
    }

    fn reflect(&self) -> Node<'_> {
        let info = Self::type_info();
        let is_map = matches!(info.kind, TypeKind::Map(..));
        Node::described(info, if is_map { Shape::Map(self) } else { Shape::List(self) })
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}

impl<'x, C: ?Sized, A: ItemsView<'x, C>> Map for Items<'x, C, A> {
    fn len(&self) -> usize {
        self.adapter.len(self.items)
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        self.adapter.find(self.items, key)
    }

    fn get_mut(&mut self, _key: &Value<'_>) -> Option<ValueMut<'_>> {
        None
    }

    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        self.adapter.visit(self.items, 0, visit);
    }

    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        self.adapter.visit(self.items, place.passed, visit);
    }
}

impl<'x, C: ?Sized, A: ItemsView<'x, C>> List for Items<'x, C, A> {
    fn len(&self) -> usize {
        self.adapter.len(self.items)
    }

    fn get(&self, index: usize) -> Option<ValueRef<'_>> {
        self.adapter.at(self.items, index)
    }

    fn get_mut(&mut self, _index: usize) -> Option<ValueMut<'_>> {
        None
    }

    fn items_from(&self, index: usize, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        self.adapter.visit(self.items, index, &mut |_, item| visit(item));
    }

    fn has_random_access(&self) -> bool {
        false
    }
}
