//! Fields whose collection is behind pointers and locks, such as `Arc<Mutex<Slab<Job>>>`: the adapter shows the collection.

use std::any::type_name;
use std::marker::PhantomData;

use super::field_adapter::undescribed;
use super::view_info::view_info;
use crate::reflect::model::{
    AccessMode, Around, AroundKind, InnerBorrow, LockError, LockWait, Lockable, Manhole, Node, NodeMut,
    Shape, TypeInfo, TypeKind, ValueBorrow, ValueMut, ValueRef, ValueVisitor,
};

/// Shows values of the type `T`.
#[doc(hidden)]
pub trait Viewer<T: ?Sized>: Copy {
    fn info() -> &'static TypeInfo;

    fn shared(&self, value: &T, then: &mut dyn FnMut(&dyn Manhole));

    fn exclusive(&self, value: &mut T, then: &mut dyn FnMut(&mut dyn Manhole));
}

/// Shows a value behind one pointer or lock more than `V`.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Behind<V>(V);

impl<V> Behind<V> {
    pub const fn new(viewer: V) -> Self {
        Self(viewer)
    }
}

impl<L: Around, V: Viewer<L::Inner>> Viewer<L> for Behind<V> {
    fn info() -> &'static TypeInfo {
        AroundView::<L, V>::type_info()
    }

    fn shared(&self, value: &L, then: &mut dyn FnMut(&dyn Manhole)) {
        then(&AroundView { around: value, viewer: self.0 });
    }

    fn exclusive(&self, value: &mut L, then: &mut dyn FnMut(&mut dyn Manhole)) {
        then(&mut AroundView { around: value, viewer: self.0 });
    }
}

/// A pointer or lock whose inside an adapter shows.
#[doc(hidden)]
pub struct AroundView<'a, L, V> {
    around: &'a L,
    viewer: V,
}

impl<'a, L, V> AroundView<'a, L, V> {
    /// Returns the field for reading. The derive requires the traits of the adapter here alone.
    pub fn value_ref(around: &'a L, viewer: Behind<V>) -> Option<ValueRef<'a>>
    where
        L: Around,
        V: Viewer<L::Inner> + 'a,
    {
        Some(ValueRef::owned(Self { around, viewer: viewer.0 }))
    }

    /// Creates the view of a field whose adapter the compiler checks where the field is read.
    pub const fn unchecked(around: &'a L, viewer: Behind<V>) -> Self
    where
        V: Copy,
    {
        Self { around, viewer: viewer.0 }
    }
}

impl<'a, L: Around, V: Viewer<L::Inner> + 'a> AroundView<'a, L, V> {
    /// This inherent function takes precedence over that of [`NoView`].
    pub fn value(self) -> Option<ValueMut<'a>> {
        Some(ValueMut::owned(self))
    }
}

/// The counterpart of [`AroundView`] for fields that have no view.
#[doc(hidden)]
pub trait NoView<'a>: Sized {
    /// Never runs.
    fn value(self) -> Option<ValueMut<'a>> {
        None
    }
}

impl<'a, L, V> NoView<'a> for AroundView<'a, L, V> {}

impl<L: Around, V: Viewer<L::Inner>> Manhole for AroundView<'_, L, V> {
    fn type_info() -> &'static TypeInfo {
        view_info::<L>(type_name::<V>(), || TypeKind::Lock(V::info))
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}

impl<L: Around, V: Viewer<L::Inner>> Lockable for AroundView<'_, L, V> {
    fn open(&self, mode: AccessMode, wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        self.around.open_around(mode, wait, &mut |inner| match inner {
            InnerBorrow::Shared(value) => {
                self.viewer.shared(value, &mut |value| then(ValueBorrow::Shared(value)));
            }
            InnerBorrow::Exclusive(value) => {
                self.viewer.exclusive(value, &mut |value| then(ValueBorrow::Exclusive(value)));
            }
        })
    }

    fn is_lock(&self) -> bool {
        L::KIND != AroundKind::Pointer
    }

    fn is_shared_by_readers(&self) -> bool {
        L::KIND == AroundKind::Readers
    }

    fn is_poisoned(&self) -> bool {
        self.around.has_poison()
    }
}

/// Describes a field that a viewer shows, or compiles for a field that none can show: the compiler reports that where the field is
/// read.
#[doc(hidden)]
pub struct ViewerInfo<T: ?Sized, V>(PhantomData<V>, PhantomData<fn(&T)>);

impl<T: ?Sized, V> ViewerInfo<T, V> {
    pub const fn new(_viewer: &V) -> Self {
        Self(PhantomData, PhantomData)
    }
}

impl<T: ?Sized, V: Viewer<T>> ViewerInfo<T, V> {
    pub fn info(&self) -> &'static TypeInfo {
        V::info()
    }
}

/// The counterpart of [`ViewerInfo`] for fields that have no view.
#[doc(hidden)]
pub trait NoViewerInfo {
    /// Never runs.
    fn info(&self) -> &'static TypeInfo {
        undescribed()
    }
}

impl<T: ?Sized, V> NoViewerInfo for ViewerInfo<T, V> {}
