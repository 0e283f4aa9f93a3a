//! Collections of other crates, seen through their iterators: `#[manhole(items)]`, `#[manhole(keys(…))]`, `#[manhole(values(…))]`.
//!
//! A collection is a map if its iterator yields pairs, otherwise a list. Nothing is copied: each look iterates again.

use std::any::type_name;
use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::{Debug, Display};
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::around::Viewer;
use super::construct::convert_key;
use super::field_adapter::{format_text, undescribed};
use super::remote::{Foreign, RemoteMut, RemoteRef};
use crate::reflect::model::{
    Args, CallError, CallOutput, List, Manhole, Map, Node, NodeMut, Resume, Shape, ShapeMut, TypeInfo,
    TypeKind, Value, ValueError, ValueMut, ValueRef,
};
use crate::reflect::ops::as_key;
use crate::reflect::text::{placeholder, short_type_name};
use crate::reflect::walk::author_code;

/// An adapter of the parts of a collection, its keys or items: references, or values if the iterator yields values.
#[doc(hidden)]
pub trait PartAdapter<P> {
    type View: Manhole;

    fn view(&self, part: P) -> Self::View;
}

/// Shows parts by their own `Manhole`.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Native;

impl<P: Manhole> PartAdapter<P> for Native {
    type View = P;

    fn view(&self, part: P) -> P {
        part
    }
}

/// An adapter of the parts of a collection that is borrowed exclusively.
#[doc(hidden)]
pub trait PartAdapterMut<P> {
    type View: Manhole;

    fn view_mut(&self, part: P) -> Self::View;
}

impl<P: Manhole> PartAdapterMut<P> for Native {
    type View = P;

    fn view_mut(&self, part: P) -> P {
        part
    }
}

/// Shows parts as the local description `L` says.
#[doc(hidden)]
pub struct AsRemote<L>(PhantomData<fn() -> L>);

impl<L> AsRemote<L> {
    pub const NEW: Self = Self(PhantomData);
}

impl<L> Clone for AsRemote<L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for AsRemote<L> {}

impl<'x, L: Foreign> PartAdapter<&'x L::Target> for AsRemote<L> {
    type View = RemoteRef<'x, L>;

    fn view(&self, part: &'x L::Target) -> Self::View {
        RemoteRef::new(part)
    }
}

impl<'x, L: Foreign> PartAdapterMut<&'x mut L::Target> for AsRemote<L> {
    type View = RemoteMut<'x, L>;

    fn view_mut(&self, part: &'x mut L::Target) -> Self::View {
        RemoteMut::new(part)
    }
}

/// A part that is shown by the text that `F` formats.
#[doc(hidden)]
pub struct TextPart<P, F> {
    part: P,
    is_hidden: bool,
    format: PhantomData<F>,
}

/// The kinds of text that a [`TextPart`] has.
#[doc(hidden)]
pub trait TextOfPart<P> {
    fn shape(part: &P) -> Shape<'_>;
}

macro_rules! text_adapters {
    ($($(#[$doc:meta])* $name:ident($($bound:ident)?) |$part:ident| $shape:expr;)+) => {$(
        $(#[$doc])*
        #[doc(hidden)]
        #[derive(Clone, Copy)]
        pub struct $name {
            is_hidden: bool,
        }

        impl $name {
            /// Creates the adapter. Parts with hidden fields show nothing.
            pub const fn new(is_hidden: bool) -> Self {
                Self { is_hidden }
            }
        }

        impl<P $(: $bound)?> TextOfPart<P> for $name {
            fn shape($part: &P) -> Shape<'_> {
                $shape
            }
        }

        impl<P $(: $bound)?> PartAdapter<P> for $name {
            type View = TextPart<P, Self>;

            fn view(&self, part: P) -> Self::View {
                TextPart { part, is_hidden: self.is_hidden, format: PhantomData }
            }
        }
    )+};
}

text_adapters! {
    /// Shows parts by their `Debug`.
    AsDebug(Debug) |part| format_text(format_args!("{part:?}"));
    /// Shows parts by their `Display`.
    AsDisplay(Display) |part| format_text(format_args!("{part}"));
    /// Shows parts by their type.
    AsOpaque() |_part| Shape::Opaque;
}

impl<P, F: TextOfPart<P>> Manhole for TextPart<P, F> {
    fn type_info() -> &'static TypeInfo {
        named::<P>("part", || TypeKind::Opaque)
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(if self.is_hidden {
            Shape::Text(placeholder::text(placeholder::SECRET).into())
        } else {
            F::shape(&self.part)
        })
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Leaf)
    }
}

/// Shows parts by the result of a function of the author.
#[doc(hidden)]
pub struct AsResult<T: ?Sized, V>(fn(&T) -> V);

impl<T: ?Sized, V> Clone for AsResult<T, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized, V> Copy for AsResult<T, V> {}

impl<T: ?Sized, V> AsResult<T, V> {
    pub const fn new(get: fn(&T) -> V) -> Self {
        Self(get)
    }
}

impl<P: Borrow<T>, T: ?Sized, V: Manhole> PartAdapter<P> for AsResult<T, V> {
    type View = ResultPart<V>;

    fn view(&self, part: P) -> ResultPart<V> {
        ResultPart(author_code::run(|| (self.0)(part.borrow())))
    }
}

/// The result of a function, or a placeholder for its panic.
#[doc(hidden)]
pub struct ResultPart<V>(Result<V, String>);

impl<V: Manhole> Manhole for ResultPart<V> {
    fn type_info() -> &'static TypeInfo {
        V::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        match &self.0 {
            Ok(value) => value.reflect(),
            Err(why) => Node::new::<Self>(Shape::Text(why.clone().into())),
        }
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        match &mut self.0 {
            Ok(value) => NodeMut::shared(&*value),
            Err(_) => NodeMut::new::<Self>(ShapeMut::Leaf),
        }
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.0.as_ref().map_or(Err(CallError::NoMethod), |value| value.call(index, args))
    }
}

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

/// Returns whether `key` is written for `found`: its value, or the text that it is shown as.
fn is_key(found: &dyn Manhole, key: &Value<'_>) -> bool {
    match found.reflect().into_shape() {
        // A script's own maps have only string keys, also for numbers.
        Shape::Leaf(found) => {
            found == *key || !matches!(found, Value::Text(_)) && is_text(key, &found.to_string())
        }
        Shape::Text(found) => is_text(key, &found.to_string()),
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

/// A field that is seen by its items.
#[doc(hidden)]
pub struct Items<'x, C: ?Sized, A> {
    items: &'x C,
    adapter: A,
}

impl<'x, C: ?Sized, A: ItemsView<'x, C> + 'x> Items<'x, C, A> {
    /// Returns the field for reading. The derive requires the traits of the adapter here alone.
    pub fn value(items: &'x C, adapter: A) -> Option<ValueRef<'x>> {
        Some(ValueRef::owned(Self { items, adapter }))
    }
}

impl<'x, C: ?Sized, A: ItemsView<'x, C>> Manhole for Items<'x, C, A> {
    fn type_info() -> &'static TypeInfo {
        named::<C>(type_name::<A>(), A::kind)
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

/// A collection of which the console removes items without knowing their type.
#[doc(hidden)]
pub trait Shrink {
    /// Removes the item at a key, or of a list at an index. Returns whether it existed.
    fn remove_at(&mut self, key: &Value<'_>) -> bool;

    /// Removes all items from `len` on, or of a map all.
    fn shrink_to(&mut self, len: usize);
}

macro_rules! shrink_map {
    ($([$($generics:tt)*] $ty:ty, $remove:ident;)+) => {$(
        impl<$($generics)*> Shrink for $ty {
            fn remove_at(&mut self, key: &Value<'_>) -> bool {
                convert_key(key.clone()).is_ok_and(|key: K| self.$remove(&key).is_some())
            }

            fn shrink_to(&mut self, _len: usize) {
                self.clear();
            }
        }
    )+};
}

macro_rules! shrink_list {
    ($([$($generics:tt)*] $ty:ty;)+) => {$(
        impl<$($generics)*> Shrink for $ty {
            fn remove_at(&mut self, key: &Value<'_>) -> bool {
                let Value::Int(index) = key else { return false };
                let index = usize::try_from(*index).ok().filter(|index| *index < self.len());
                index.is_some_and(|index| {
                    drop(self.remove(index));
                    true
                })
            }

            fn shrink_to(&mut self, len: usize) {
                self.truncate(len);
            }
        }
    )+};
}

shrink_map! {
    [K: Manhole + Eq + Hash, V, S: BuildHasher] HashMap<K, V, S>, remove;
    [K: Manhole + Ord, V] BTreeMap<K, V>, remove;
}
#[cfg(feature = "indexmap")]
shrink_map!([K: Manhole + Eq + Hash, V, S: BuildHasher] indexmap::IndexMap<K, V, S>, shift_remove;);
shrink_list! {
    [T] Vec<T>;
    [T] VecDeque<T>;
}

type FindMut<C, A> = for<'x> fn(&A, &'x mut C, &Value<'_>) -> Option<ValueMut<'x>>;

/// Shows a collection by its items, and changes it as far as its type allows.
#[doc(hidden)]
pub struct ItemsViewer<C: ?Sized, A> {
    adapter: A,
    find: Option<FindMut<C, A>>,
    remove: Option<fn(&mut C, &Value<'_>) -> bool>,
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

impl<C: ?Sized + Shrink, A> ItemsViewer<C, A> {
    #[must_use]
    pub fn with_removal(self) -> Self {
        Self { remove: Some(C::remove_at), shrink: Some(C::shrink_to), ..self }
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
        Ok(remove(self.items, key))
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

/// Returns the description of `T`, seen as `view` says.
pub(super) fn named<T: ?Sized>(view: &'static str, kind: fn() -> TypeKind) -> &'static TypeInfo {
    type Known = HashMap<(&'static str, &'static str), &'static TypeInfo>;
    // One for each field of the application.
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let name = type_name::<T>();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry((name, view)).or_insert_with(|| {
        let name = Box::leak(short_type_name(name.trim_start_matches('&')).into_boxed_str());
        Box::leak(Box::new(TypeInfo::new(name, kind())))
    })
}
