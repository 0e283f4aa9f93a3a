//! Values that are shown as a text or by their type: errors, identifiers, functions, and objects of the standard library's traits.

use std::alloc::Layout;
use std::any::{Any, TypeId};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::io;
use std::thread::ThreadId;

use super::computed_fields::{computed_fields, parameter};
use crate::reflect::model::{Described, Shape, TypeInfo};
use crate::reflect::support::format_text;

/// Implements `Manhole` for a value that nothing can change.
macro_rules! shown {
    ([$($generics:tt)*] $ty:ty, $info:expr, |$this:ident| $shape:expr) => {
        impl<$($generics)*> $crate::reflect::model::Manhole for $ty {
            #[allow(dead_code, reason = "an object of a trait has no size, and no caller")]
            fn type_info() -> &'static $crate::reflect::model::TypeInfo
            where
                Self: Sized,
            {
                $info
            }

            fn reflect(&self) -> $crate::reflect::model::Node<'_> {
                let $this = self;
                $crate::reflect::model::Node::described($info, $shape)
            }

            fn reflect_mut(&mut self) -> $crate::reflect::model::NodeMut<'_> {
                $crate::reflect::model::NodeMut::described($info, $crate::reflect::model::ShapeMut::Leaf)
            }
        }
    };
}

#[cfg(feature = "tokio-stream")]
pub(super) use shown;

/// Shows values as the text that `$text` formats.
macro_rules! shown_text {
    ($($ty:ty, $name:literal, |$this:ident| $text:literal;)+) => {$(
        shown!(
            [] $ty,
            const { &$crate::reflect::model::TypeInfo::new($name, $crate::reflect::model::TypeKind::Opaque) },
            |$this| $crate::reflect::support::format_text(format_args!($text))
        );
    )+};
}

shown_text! {
    io::Error, "io::Error", |this| "{this}";
    io::ErrorKind, "ErrorKind", |this| "{this:?}";
    std::fmt::Error, "fmt::Error", |this| "{this}";
    std::num::ParseIntError, "ParseIntError", |this| "{this}";
    std::num::ParseFloatError, "ParseFloatError", |this| "{this}";
    std::str::Utf8Error, "Utf8Error", |this| "{this}";
    std::string::FromUtf8Error, "FromUtf8Error", |this| "{this}";
    std::net::AddrParseError, "AddrParseError", |this| "{this}";
    std::time::SystemTimeError, "SystemTimeError", |this| "{this}";
    std::process::ExitStatus, "ExitStatus", |this| "{this}";
    ThreadId, "ThreadId", |this| "{this:?}";
    TypeId, "TypeId", |this| "{this:?}";
}

computed_fields!([] Layout, "Layout", "", |this| {
    size: usize = this.size(), "The size, in bytes.";
    align: usize = this.align(), "The alignment, in bytes.";
});

/// Shows the objects of a trait, behind any pointer.
macro_rules! objects {
    ($([$($generics:tt)*] $object:path, |$this:ident| $shape:expr;)+) => {$(
        objects!(@ [$($generics)*] dyn $object + 'a, |$this| $shape);
        objects!(@ [$($generics)*] dyn $object + Send + 'a, |$this| $shape);
        objects!(@ [$($generics)*] dyn $object + Send + Sync + 'a, |$this| $shape);
    )+};
    (@ [$($generics:tt)*] $ty:ty, |$this:ident| $shape:expr) => {
        shown!(['a, $($generics)*] $ty, parameter::<Self>(), |$this| $shape);

        impl<'a, $($generics)*> Described for $ty {
            fn described() -> &'static TypeInfo {
                parameter::<Self>()
            }
        }
    };
}

objects! {
    [] Error, |this| format_text(format_args!("{this}"));
    [] Display, |this| format_text(format_args!("{this}"));
    [] Debug, |this| format_text(format_args!("{this:?}"));
    [] Any, |_this| Shape::Opaque;
    [] io::Read, |_this| Shape::Opaque;
    [] io::Write, |_this| Shape::Opaque;
    [R] Future<Output = R>, |_this| Shape::Opaque;
    [R] Iterator<Item = R>, |_this| Shape::Opaque;
}

/// Shows functions and closures by their type.
macro_rules! functions {
    ($([$($param:ident),*])+) => {$(
        shown!([R, $($param),*] fn($($param),*) -> R, parameter::<Self>(), |_this| Shape::Opaque);
        objects! {
            [R, $($param),*] Fn($($param),*) -> R, |_this| Shape::Opaque;
            [R, $($param),*] FnMut($($param),*) -> R, |_this| Shape::Opaque;
            [R, $($param),*] FnOnce($($param),*) -> R, |_this| Shape::Opaque;
        }
    )+};
}

functions!([] [A] [A, B] [A, B, C] [A, B, C, D]);

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::sync::Arc;

    use super::*;
    use crate::reflect::model::Manhole;
    use crate::reflect::ops::shown;

    #[test]
    fn errors_are_shown_by_their_text() {
        let error = || io::Error::new(io::ErrorKind::NotFound, "no such job");
        assert_eq!(shown(&error()), "no such job");
        assert_eq!(shown(&io::ErrorKind::NotFound), "NotFound");
        let boxed: Box<dyn Error + Send + Sync> = Box::new(error());
        assert_eq!(shown(&Some(boxed)), "Some(no such job)");
        let shared: Arc<dyn Error> = Arc::new(error());
        assert_eq!(shown(&shared), "no such job");
        assert_eq!(<Box<dyn Error + Send + Sync>>::type_info().to_string(), "dyn Error + Send + Sync");
    }

    #[test]
    fn functions_and_closures_are_shown_by_their_type() {
        let function: fn(u8, String) -> bool = |_, _| true;
        assert_eq!(shown(&function), "fn(u8, String) -> bool");
        let closure: Box<dyn FnMut(u8) -> u8 + Send> = Box::new(|n| n);
        assert_eq!(shown(&closure), "dyn FnMut(u8) -> u8 + Send");
        let callbacks: Vec<Arc<dyn Fn() + Send + Sync>> = vec![Arc::new(|| ())];
        assert_eq!(shown(&callbacks), "[dyn Fn() + Send + Sync]");
        let future: std::pin::Pin<Box<dyn Future<Output = u8>>> = Box::pin(async { 1 });
        assert_eq!(shown(&future), "dyn Future<Output = u8>");
    }

    #[test]
    fn values_without_a_type_are_opaque() {
        let any: Rc<dyn Any> = Rc::new(1_u8);
        assert_eq!(shown(&any), "dyn Any");
        assert!(shown(&TypeId::of::<u8>()).starts_with("TypeId("));
        assert_eq!(shown(&Layout::new::<u64>()), "Layout { size: 8, align: 8 }");
        assert!(shown(&std::thread::current().id()).starts_with("ThreadId("));
    }
}
