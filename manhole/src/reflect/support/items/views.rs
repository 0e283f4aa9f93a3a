//! The two ways in which a collection is seen, as a map or as a list, and how the iterator chooses between them.

use std::marker::PhantomData;

use super::parts::{PartAdapter, PartAdapterMut};
use crate::reflect::model::{Manhole, Shape, TypeKind, Value, ValueMut, ValueRef};
use crate::reflect::ops::as_key;
use crate::reflect::support::construct::convert_key;
use crate::reflect::walk::author_code;

/// A pair, which an iterator over a map yields.
#[doc(hidden)]
pub trait Pair {
    type Key;
    type Value;

    fn split(self) -> (Self::Key, Self::Value);
}

impl<K, V> Pair for (K, V) {
    type Key = K;
    type Value = V;

    fn split(self) -> (K, V) {
        self
    }
}

/// The view of a collection `C`, borrowed for `'x`. The last parameter implies that `C` lives as long.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the items of `{C}` cannot be shown in the console",
    label = "a reference to it is no iterator of values with `Manhole`",
    note = "`#[manhole(items)]` shows what `(&field).into_iter()` yields: values, references, or pairs of a key and a value",
    note = "if the items have no `Manhole`: `#[manhole(values(debug))]`, `values(display)`, `values(opaque)` or `values(get = function)`, and the same for `keys`"
)]
pub trait ItemsView<'x, C: ?Sized, Implied = &'x C> {
    fn kind() -> TypeKind
    where
        Self: Sized;

    /// Passes keys and items to `visit` from the one at `start` on; the keys of a list are the items.
    fn visit(&self, items: &'x C, start: usize, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool);

    fn len(&self, items: &'x C) -> usize;

    fn at(&self, items: &'x C, index: usize) -> Option<ValueRef<'x>>;

    fn find(&self, items: &'x C, key: &Value<'_>) -> Option<ValueRef<'x>>;
}

/// Returns the number of items: the iterator's, or counted if that does not know it.
fn count(items: impl Iterator) -> usize {
    match items.size_hint() {
        (len, Some(most)) if len == most => len,
        _ => items.count(),
    }
}

/// A collection that is seen as a map.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Pairs<K, V> {
    keys: K,
    values: V,
}

impl<'x, C, K, V> ItemsView<'x, C> for Pairs<K, V>
where
    C: ?Sized,
    &'x C: IntoIterator<Item: Pair>,
    K: PartAdapter<<<&'x C as IntoIterator>::Item as Pair>::Key>,
    V: PartAdapter<<<&'x C as IntoIterator>::Item as Pair>::Value, View: 'x>,
{
    fn kind() -> TypeKind {
        TypeKind::Map(K::View::type_info, V::View::type_info)
    }

    fn visit(&self, items: &'x C, start: usize, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let _ = items.into_iter().skip(start).all(|entry| {
            let (key, value) = entry.split();
            visit(&self.keys.view(key), &self.values.view(value))
        });
    }

    fn len(&self, items: &'x C) -> usize {
        count(items.into_iter())
    }

    fn at(&self, items: &'x C, index: usize) -> Option<ValueRef<'x>> {
        items.into_iter().nth(index).map(|entry| ValueRef::owned(self.values.view(entry.split().1)))
    }

    fn find(&self, items: &'x C, key: &Value<'_>) -> Option<ValueRef<'x>> {
        items.into_iter().find_map(|entry| {
            let (found, value) = entry.split();
            is_key(&self.keys.view(found), key).then(|| ValueRef::owned(self.values.view(value)))
        })
    }
}

impl<K, V> Pairs<K, V> {
    /// Returns whether `found` is shown as `key`.
    pub(super) fn is_key<'k, P>(&self, found: &'k P, key: &Value<'_>) -> bool
    where
        K: PartAdapter<&'k P>,
    {
        is_key(&self.keys.view(found), key)
    }

    /// Finds items by the function `get`.
    pub fn by_key<C: ?Sized, F, A, I: ?Sized>(self, get: F) -> ByKey<K, V, F, A>
    where
        F: Fn(&C, A) -> Option<&I>,
    {
        ByKey { pairs: self, get, key: PhantomData }
    }
}

/// A map in which a function of the author finds the item for a key of the type `A`.
#[doc(hidden)]
pub struct ByKey<K, V, F, A> {
    pairs: Pairs<K, V>,
    get: F,
    key: PhantomData<fn() -> A>,
}

impl<K, V, F, A> ByKey<K, V, F, A> {
    pub(super) fn pairs(&self) -> &Pairs<K, V> {
        &self.pairs
    }
}

impl<K: Copy, V: Copy, F: Copy, A> Clone for ByKey<K, V, F, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Copy, V: Copy, F: Copy, A> Copy for ByKey<K, V, F, A> {}

impl<'x, C, K, V, F, A, I> ItemsView<'x, C> for ByKey<K, V, F, A>
where
    C: ?Sized,
    Pairs<K, V>: ItemsView<'x, C>,
    F: Fn(&'x C, A) -> Option<&'x I>,
    A: Manhole,
    I: ?Sized + 'x,
    V: PartAdapter<&'x I, View: 'x>,
{
    fn kind() -> TypeKind {
        Pairs::<K, V>::kind()
    }

    fn visit(&self, items: &'x C, start: usize, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        self.pairs.visit(items, start, visit);
    }

    fn len(&self, items: &'x C) -> usize {
        self.pairs.len(items)
    }

    fn at(&self, items: &'x C, index: usize) -> Option<ValueRef<'x>> {
        self.pairs.at(items, index)
    }

    fn find(&self, items: &'x C, key: &Value<'_>) -> Option<ValueRef<'x>> {
        let found = convert_key::<A>(key.clone()).ok().map(|key| author_code::run(|| (self.get)(items, key)));
        match found {
            Some(Ok(item)) => item.map(|item| ValueRef::owned(self.pairs.values.view(item))),
            // A key that the console cannot make, or a function that it may not call or that panics.
            _ => self.pairs.find(items, key),
        }
    }
}

/// Returns whether `key` is written for `found`: its value, or the text that it is shown as.
fn is_key(found: &dyn Manhole, key: &Value<'_>) -> bool {
    match found.reflect().into_shape() {
        // A script's own maps have only string keys, also for numbers.
        Shape::Leaf(found) => {
            found == *key || !matches!(found, Value::Text(_)) && is_text(key, &found.to_string())
        }
        _ => as_key(found).is_some_and(|found| found == *key),
    }
}

fn is_text(key: &Value<'_>, text: &str) -> bool {
    matches!(key, Value::Text(key) if **key == *text)
}

/// A collection that is seen as a list.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Singles<V>(V);

impl<'x, C, V> ItemsView<'x, C> for Singles<V>
where
    C: ?Sized,
    &'x C: IntoIterator,
    V: PartAdapter<<&'x C as IntoIterator>::Item, View: 'x>,
{
    fn kind() -> TypeKind {
        TypeKind::List(V::View::type_info)
    }

    fn visit(&self, items: &'x C, start: usize, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let _ = items.into_iter().skip(start).all(|item| {
            let view = self.0.view(item);
            visit(&view, &view)
        });
    }

    fn len(&self, items: &'x C) -> usize {
        count(items.into_iter())
    }

    fn at(&self, items: &'x C, index: usize) -> Option<ValueRef<'x>> {
        items.into_iter().nth(index).map(|item| ValueRef::owned(self.0.view(item)))
    }

    fn find(&self, _items: &'x C, _key: &Value<'_>) -> Option<ValueRef<'x>> {
        None
    }
}

/// Chooses how a collection is seen, by autoref specialization: as a map if its iterator yields pairs.
#[doc(hidden)]
pub struct ItemsProbe<'x, C: ?Sized>(PhantomData<&'x C>);

impl<C: ?Sized> ItemsProbe<'_, C> {
    pub const NEW: Self = Self(PhantomData);
}

#[doc(hidden)]
pub trait PairsProbe {
    fn items<K, V>(&self, keys: K, values: V) -> Pairs<K, V> {
        Pairs { keys, values }
    }
}

impl<'x, C: ?Sized> PairsProbe for &ItemsProbe<'x, C> where &'x C: IntoIterator<Item: Pair> {}

#[doc(hidden)]
pub trait SinglesProbe {
    fn items<K, V>(&self, _keys: K, values: V) -> Singles<V> {
        Singles(values)
    }
}

impl<C: ?Sized> SinglesProbe for ItemsProbe<'_, C> {}

/// Items that can be borrowed exclusively.
#[doc(hidden)]
pub trait ItemsViewMut<'x, C: ?Sized, Implied = &'x mut C> {
    /// Returns the item at a key, or of a list at an index.
    fn find_mut(&self, items: &'x mut C, key: &Value<'_>) -> Option<ValueMut<'x>>;
}

impl<'x, C, K, V> ItemsViewMut<'x, C> for Pairs<K, V>
where
    C: ?Sized,
    &'x mut C: IntoIterator<Item: Pair>,
    K: PartAdapter<<<&'x mut C as IntoIterator>::Item as Pair>::Key>,
    V: PartAdapterMut<<<&'x mut C as IntoIterator>::Item as Pair>::Value, View: 'x>,
{
    fn find_mut(&self, items: &'x mut C, key: &Value<'_>) -> Option<ValueMut<'x>> {
        items.into_iter().find_map(|entry| {
            let (found, value) = entry.split();
            is_key(&self.keys.view(found), key).then(|| ValueMut::owned(self.values.view_mut(value)))
        })
    }
}

impl<'x, C, K, V, F, A> ItemsViewMut<'x, C> for ByKey<K, V, F, A>
where
    C: ?Sized,
    Pairs<K, V>: ItemsViewMut<'x, C>,
{
    fn find_mut(&self, items: &'x mut C, key: &Value<'_>) -> Option<ValueMut<'x>> {
        self.pairs.find_mut(items, key)
    }
}

impl<'x, C, V> ItemsViewMut<'x, C> for Singles<V>
where
    C: ?Sized,
    &'x mut C: IntoIterator,
    V: PartAdapterMut<<&'x mut C as IntoIterator>::Item, View: 'x>,
{
    fn find_mut(&self, items: &'x mut C, key: &Value<'_>) -> Option<ValueMut<'x>> {
        let Value::Int(index) = key else { return None };
        let item = items.into_iter().nth(usize::try_from(*index).ok()?)?;
        Some(ValueMut::owned(self.0.view_mut(item)))
    }
}
