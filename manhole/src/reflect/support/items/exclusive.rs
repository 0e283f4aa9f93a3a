//! A field that is seen by its items, through an exclusive reference, and what its type allows to change.

use super::parts::PartAdapter;
use super::removal::{ShrinkList, ShrinkMap};
use super::shared::Items;
use super::views::{ByKey, ItemsView, ItemsViewMut, Pairs, Singles};
use crate::reflect::model::{
    List, Manhole, Map, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, Value, ValueError, ValueMut,
    ValueRef,
};
use crate::reflect::support::around::Viewer;
use crate::reflect::support::field_adapter::undescribed;

type Remove<C, A> = fn(&A, &mut C, &Value<'_>) -> bool;
type FindMut<C, A> = for<'x> fn(&A, &'x mut C, &Value<'_>) -> Option<ValueMut<'x>>;

/// Shows a collection by its items, and changes it as far as its type allows.
#[doc(hidden)]
pub struct ItemsViewer<C: ?Sized, A> {
    adapter: A,
    find: Option<FindMut<C, A>>,
    remove: Option<Remove<C, A>>,
    shrink: Option<fn(&mut C, usize)>,
}

impl<C: ?Sized, A: Copy> Clone for ItemsViewer<C, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: ?Sized, A: Copy> Copy for ItemsViewer<C, A> {}

impl<C: ?Sized, A> ItemsViewer<C, A> {
    pub const fn new(adapter: A) -> Self {
        Self { adapter, find: None, remove: None, shrink: None }
    }
}

// Each of these inherent functions takes precedence over that of the trait after it, for collections that allow less.

impl<C: ?Sized, A: for<'x> ItemsViewMut<'x, C>> ItemsViewer<C, A> {
    #[must_use]
    pub fn with_items(self) -> Self {
        Self { find: Some(|adapter, items, key| adapter.find_mut(items, key)), ..self }
    }
}

impl<C: ShrinkMap, K: for<'k> PartAdapter<&'k C::Key>, V> ItemsViewer<C, Pairs<K, V>> {
    #[must_use]
    pub fn with_removal(self) -> Self {
        let remove: Remove<C, Pairs<K, V>> =
            |adapter, items, key| items.remove_key(&mut |found| adapter.is_key(found, key));
        Self { remove: Some(remove), shrink: Some(|items, _| items.remove_all()), ..self }
    }
}

impl<C: ShrinkMap, K: for<'k> PartAdapter<&'k C::Key>, V, F, A> ItemsViewer<C, ByKey<K, V, F, A>> {
    #[must_use]
    pub fn with_removal(self) -> Self {
        let remove: Remove<C, ByKey<K, V, F, A>> =
            |adapter, items, key| items.remove_key(&mut |found| adapter.pairs().is_key(found, key));
        Self { remove: Some(remove), shrink: Some(|items, _| items.remove_all()), ..self }
    }
}

impl<C: ShrinkList, V> ItemsViewer<C, Singles<V>> {
    #[must_use]
    pub fn with_removal(self) -> Self {
        let remove: Remove<C, Singles<V>> = |_, items, index| {
            let Value::Int(index) = index else { return false };
            usize::try_from(*index).is_ok_and(|index| items.remove_at(index))
        };
        Self { remove: Some(remove), shrink: Some(C::shrink_to), ..self }
    }
}

#[doc(hidden)]
pub trait FixedItems: Sized {
    #[must_use]
    fn with_items(self) -> Self {
        self
    }

    #[must_use]
    fn with_removal(self) -> Self {
        self
    }
}

impl<C: ?Sized, A> FixedItems for ItemsViewer<C, A> {}

impl<C: ?Sized, A: for<'x> ItemsView<'x, C> + Copy> Viewer<C> for ItemsViewer<C, A> {
    fn info() -> &'static TypeInfo {
        Items::<C, A>::type_info()
    }

    fn shared(&self, value: &C, then: &mut dyn FnMut(&dyn Manhole)) {
        then(&Items { items: value, adapter: self.adapter });
    }

    fn exclusive(&self, value: &mut C, then: &mut dyn FnMut(&mut dyn Manhole)) {
        then(&mut ItemsMut { items: value, viewer: *self });
    }
}

/// A field that is seen by its items, through an exclusive reference.
#[doc(hidden)]
pub struct ItemsMut<'a, C: ?Sized, A> {
    items: &'a mut C,
    viewer: ItemsViewer<C, A>,
}

impl<'a, C: ?Sized, A> ItemsMut<'a, C, A> {
    pub const fn new(items: &'a mut C, viewer: ItemsViewer<C, A>) -> Self {
        Self { items, viewer }
    }
}

impl<'a, C: ?Sized, A: for<'x> ItemsView<'x, C> + 'a> ItemsMut<'a, C, A> {
    /// This inherent function takes precedence over that of [`NoItemsMut`].
    pub fn value(self) -> Option<ValueMut<'a>> {
        Some(ValueMut::owned(self))
    }
}

#[doc(hidden)]
pub trait NoItemsMut<'a>: Sized {
    /// Never runs: the compiler reports the field where it is read.
    fn value(self) -> Option<ValueMut<'a>> {
        None
    }
}

impl<'a, C: ?Sized, A> NoItemsMut<'a> for ItemsMut<'a, C, A> {}

impl<C: ?Sized, A> ItemsMut<'_, C, A> {
    fn remove_at(&mut self, key: &Value<'_>) -> Result<bool, ValueError> {
        let remove = self.viewer.remove.ok_or_else(ValueError::fixed_size)?;
        Ok(remove(&self.viewer.adapter, self.items, key))
    }

    fn shrink_to(&mut self, len: usize) -> Result<(), ValueError> {
        let shrink = self.viewer.shrink.ok_or_else(ValueError::fixed_size)?;
        shrink(self.items, len);
        Ok(())
    }
}

impl<C: ?Sized, A: for<'x> ItemsView<'x, C>> Manhole for ItemsMut<'_, C, A> {
    fn type_info() -> &'static TypeInfo {
        Items::<C, A>::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        let info = Self::type_info();
        let is_map = matches!(info.kind, TypeKind::Map(..));
        Node::described(info, if is_map { Shape::Map(self) } else { Shape::List(self) })
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        let info = Self::type_info();
        let is_map = matches!(info.kind, TypeKind::Map(..));
        NodeMut::described(info, if is_map { ShapeMut::Map(self) } else { ShapeMut::List(self) })
    }
}

impl<C: ?Sized, A: for<'x> ItemsView<'x, C>> Map for ItemsMut<'_, C, A> {
    fn len(&self) -> usize {
        self.viewer.adapter.len(self.items)
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        self.viewer.adapter.find(self.items, key)
    }

    fn get_mut(&mut self, key: &Value<'_>) -> Option<ValueMut<'_>> {
        match self.viewer.find {
            Some(find) => find(&self.viewer.adapter, self.items, key),
            None => shared_only(self.viewer.adapter.find(self.items, key)),
        }
    }

    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        self.viewer.adapter.visit(self.items, 0, visit);
    }

    fn remove(&mut self, key: &Value<'_>) -> Result<bool, ValueError> {
        self.remove_at(key)
    }

    fn clear(&mut self) -> Result<(), ValueError> {
        self.shrink_to(0)
    }
}

impl<C: ?Sized, A: for<'x> ItemsView<'x, C>> List for ItemsMut<'_, C, A> {
    fn len(&self) -> usize {
        self.viewer.adapter.len(self.items)
    }

    fn get(&self, index: usize) -> Option<ValueRef<'_>> {
        self.viewer.adapter.at(self.items, index)
    }

    fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        match self.viewer.find {
            Some(find) => find(&self.viewer.adapter, self.items, &Value::from(index)),
            None => shared_only(self.viewer.adapter.at(self.items, index)),
        }
    }

    fn has_random_access(&self) -> bool {
        false
    }

    fn remove(&mut self, index: usize) -> Result<(), ValueError> {
        self.remove_at(&Value::from(index)).map(drop)
    }

    fn truncate(&mut self, len: usize) -> Result<(), ValueError> {
        self.shrink_to(len)
    }
}

/// Returns an item that only its own locks and atomics can change, where an exclusive reference is expected.
fn shared_only(field: Option<ValueRef<'_>>) -> Option<ValueMut<'_>> {
    field.map(|field| ValueMut::owned(SharedItem(field)))
}

struct SharedItem<'x>(ValueRef<'x>);

impl Manhole for SharedItem<'_> {
    fn type_info() -> &'static TypeInfo {
        undescribed()
    }

    fn reflect(&self) -> Node<'_> {
        self.0.reflect()
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(&*self.0)
    }
}
