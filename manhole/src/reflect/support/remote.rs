//! Types of other crates, seen as a local description says: `#[manhole(remote = …)]`.

use std::marker::PhantomData;

use crate::reflect::model::{
    Enum, Manhole, Node, NodeMut, Shape, ShapeMut, Struct, TypeInfo, ValueMut, ValueRef,
};

/// A local description of a type of another crate. The derive implements it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` describes no type of another crate",
    note = "`#[derive(Manhole)]` and `#[manhole(remote = path::Type)]` on it"
)]
pub trait Foreign {
    /// The type that is described.
    type Target;

    fn info() -> &'static TypeInfo;

    /// Returns the index of the variant of an enum. The last one stands for those that are not described.
    fn variant(value: &Self::Target) -> Option<usize> {
        let _ = value;
        None
    }

    fn field(value: &Self::Target, index: usize) -> Option<ValueRef<'_>>;

    fn field_mut(value: &mut Self::Target, index: usize) -> Option<ValueMut<'_>>;
}

/// A value as `L` describes it.
#[doc(hidden)]
pub struct RemoteRef<'a, L: Foreign>(&'a L::Target);

impl<'a, L: Foreign> RemoteRef<'a, L> {
    pub const fn new(value: &'a L::Target) -> Self {
        Self(value)
    }
}

impl<L: Foreign> Manhole for RemoteRef<'_, L> {
    fn type_info() -> &'static TypeInfo {
        L::info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(if L::variant(self.0).is_some() { Shape::Enum(self) } else { Shape::Struct(self) })
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}

impl<L: Foreign> Struct for RemoteRef<'_, L> {
    fn field(&self, index: usize) -> Option<ValueRef<'_>> {
        L::field(self.0, index)
    }

    fn field_mut(&mut self, _index: usize) -> Option<ValueMut<'_>> {
        None
    }
}

impl<L: Foreign> Enum for RemoteRef<'_, L> {
    fn variant(&self) -> usize {
        L::variant(self.0).unwrap_or(usize::MAX)
    }

    fn field(&self, index: usize) -> Option<ValueRef<'_>> {
        L::field(self.0, index)
    }

    fn field_mut(&mut self, _index: usize) -> Option<ValueMut<'_>> {
        None
    }
}

/// A value as `L` describes it, through an exclusive reference.
#[doc(hidden)]
pub struct RemoteMut<'a, L: Foreign>(&'a mut L::Target);

impl<'a, L: Foreign> RemoteMut<'a, L> {
    pub const fn new(value: &'a mut L::Target) -> Self {
        Self(value)
    }
}

impl<L: Foreign> Manhole for RemoteMut<'_, L> {
    fn type_info() -> &'static TypeInfo {
        L::info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(if L::variant(self.0).is_some() { Shape::Enum(self) } else { Shape::Struct(self) })
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        let is_enum = L::variant(self.0).is_some();
        NodeMut::new::<Self>(if is_enum { ShapeMut::Enum(self) } else { ShapeMut::Struct(self) })
    }
}

impl<L: Foreign> Struct for RemoteMut<'_, L> {
    fn field(&self, index: usize) -> Option<ValueRef<'_>> {
        L::field(self.0, index)
    }

    fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        L::field_mut(self.0, index)
    }
}

impl<L: Foreign> Enum for RemoteMut<'_, L> {
    fn variant(&self) -> usize {
        L::variant(self.0).unwrap_or(usize::MAX)
    }

    fn field(&self, index: usize) -> Option<ValueRef<'_>> {
        L::field(self.0, index)
    }

    fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        L::field_mut(self.0, index)
    }
}

/// Returns the description of a field of the type `T` that `L` describes.
#[doc(hidden)]
pub fn remote_info<L: Foreign<Target = T>, T>() -> &'static TypeInfo {
    L::info()
}

/// Reads a field of the type `T` as `L` describes it, or compiles without a description of `T`: the inherent functions take precedence
/// over those of [`NoRemote`], and only [`remote_info`] requires the description.
#[doc(hidden)]
pub struct RemoteProbe<L, T>(PhantomData<fn(&T) -> L>);

impl<T, L: Foreign<Target = T>> RemoteProbe<L, T> {
    pub fn value<'a>(value: &'a T) -> Option<ValueRef<'a>>
    where
        L: 'a,
    {
        Some(ValueRef::owned(RemoteRef::<L>::new(value)))
    }

    pub fn value_mut<'a>(value: &'a mut T) -> Option<ValueMut<'a>>
    where
        L: 'a,
    {
        Some(ValueMut::owned(RemoteMut::<L>::new(value)))
    }
}

/// The counterpart of [`RemoteProbe`] for types without a description.
#[doc(hidden)]
pub trait NoRemote {
    type Field;

    /// Never runs.
    fn value(_value: &Self::Field) -> Option<ValueRef<'_>> {
        None
    }

    /// Never runs.
    fn value_mut(_value: &mut Self::Field) -> Option<ValueMut<'_>> {
        None
    }
}

impl<L, T> NoRemote for RemoteProbe<L, T> {
    type Field = T;
}
