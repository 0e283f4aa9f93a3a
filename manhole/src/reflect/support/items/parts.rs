//! The keys and items of a collection, each shown by its own `Manhole` or through an adapter.

use std::borrow::Borrow;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use crate::reflect::model::{
    Args, CallError, CallOutput, Manhole, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind,
};
use crate::reflect::support::field_adapter::format_text;
use crate::reflect::support::remote::{Foreign, RemoteMut, RemoteRef};
use crate::reflect::support::view_info::view_info;
use crate::reflect::text::placeholder;
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
        view_info::<P>("part", || TypeKind::Opaque)
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
