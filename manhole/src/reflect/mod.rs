//! What a value is, seen from the console: the [`Manhole`] trait and what surrounds it.
//!
//! This layer is pure. It knows neither the script language nor sockets, and it never copies a value to look at it: a
//! [`Path`] is walked from a root, locks on the way are opened inside a closure and closed again, and what leaves the walk
//! is one leaf or a bounded [`Preview`].

mod access;
mod calls;
mod change;
mod checked;
mod error;
mod foreign;
mod impls;
mod info;
mod layout;
mod level;
mod make;
mod method;
mod node;
mod path;
mod patience;
mod preview;
#[cfg(feature = "serde")]
#[doc(hidden)]
pub mod serde;
mod shown;
mod snapshot;
mod value;

use std::fmt::Display;

#[cfg(feature = "console")]
pub(crate) use access::peek;
pub use access::{Lookup, as_key, lookup, read, write};
pub use calls::{Start, call, start};
pub use change::{Change, Taken, change};
pub use checked::approved;
use checked::{Checked, CheckedMut};
#[cfg(feature = "console")]
pub(crate) use error::nearest;
pub use error::{AccessError, AccessErrorKind, ValueError};
pub use foreign::{Accepted, Getter, Setter, Shown};
pub use info::{FieldInfo, StructStyle, TypeInfo, TypeKind, VariantInfo};
pub use layout::layout;
pub use level::{Level, NoLevel};
pub use make::Fields;
#[cfg(feature = "console")]
pub(crate) use method::write_signature;
pub use method::{
    Args, CallError, CallFuture, MethodInfo, Methods, NoMethods, Outcome, ParamInfo, Returned, argument,
    expect_args, finish,
};
pub use node::{
    Access, Cell, Enum, Guard, GuardError, Held, HeldMut, Intent, List, Map, Node, NodeMut, Resume, Set,
    Shape, ShapeMut, Struct,
};
pub use path::{Path, Step};
pub use patience::{Interrupt, Patience};
pub use preview::{Budget, GroupStyle, Preview, preview};
#[cfg(feature = "console")]
pub(crate) use preview::{leaf_text, thousands};
#[cfg(feature = "console")]
pub(crate) use snapshot::of as snapshot_of;
pub use snapshot::snapshot;
pub use value::Value;

/// A type whose values can be looked at, walked into and changed from the console.
///
/// Derive it for your own types:
///
/// ```
/// use manhole::Manhole;
///
/// /// What the service counts.
/// #[derive(Manhole)]
/// struct Gizmo {
///     /// Requests served since the start.
///     count: u64,
///     #[manhole(readonly)]
///     name: String,
///     #[manhole(secret)]
///     token: String,
///     #[manhole(skip)]
///     scratch: Vec<u8>,
/// }
/// # let _ = Gizmo { count: 1, name: String::new(), token: String::new(), scratch: Vec::new() };
/// ```
///
/// The trait is object safe, so that one engine walks every type through `&dyn Manhole`. A hand-written implementation
/// needs [`type_info`](Manhole::type_info), [`reflect`](Manhole::reflect) and [`reflect_mut`](Manhole::reflect_mut).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shown in a manhole",
    label = "`Manhole` is not implemented for this type",
    note = "if the type is yours: `#[derive(Manhole)]` on it",
    note = "if it is not, and it is a field: `#[manhole(debug)]` shows it by its `Debug`, `#[manhole(skip)]` leaves it out; otherwise wrap it in a type of yours that derives `Manhole`",
    note = "if it is a function: its parameters and its result need `Manhole` too"
)]
pub trait Manhole {
    /// What is known of the type without a value: name, documentation, fields, methods.
    fn type_info() -> &'static TypeInfo
    where
        Self: Sized;

    /// The value as it is now, seen through a shared reference.
    fn reflect(&self) -> Node<'_>;

    /// The value as it is now, seen through an exclusive reference.
    fn reflect_mut(&mut self) -> NodeMut<'_>;

    /// Replaces the value by one made of `value`.
    ///
    /// # Errors
    ///
    /// If no value of this type can be made of `value`. The old value is then unchanged.
    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        let _ = value;
        Err(ValueError::not_writable(self.reflect().info()))
    }

    /// Makes a value of this type.
    ///
    /// # Errors
    ///
    /// If `value` has another type, does not fit, or the type cannot be made from a script at all.
    fn from_value(value: Value<'_>) -> Result<Self, ValueError>
    where
        Self: Sized,
    {
        let _ = value;
        Err(ValueError::not_writable(Self::type_info()))
    }

    /// Calls a method that takes `&self`; `index` counts the entries of [`TypeInfo::methods`].
    ///
    /// # Errors
    ///
    /// If there is no such method, an argument does not fit, or the method itself fails.
    fn call(&self, index: usize, args: Args<'_>) -> Result<Returned, CallError> {
        let _ = (index, args);
        Err(CallError::NoMethod)
    }

    /// Calls a method that takes `&self` or `&mut self`; `index` counts the entries of [`TypeInfo::methods`].
    ///
    /// # Errors
    ///
    /// As for [`call`](Manhole::call).
    fn call_mut(&mut self, index: usize, args: Args<'_>) -> Result<Returned, CallError> {
        self.call(index, args)
    }

    /// Starts an `async` method that takes `&self`; `index` counts the entries of [`TypeInfo::methods`].
    ///
    /// The future borrows the value, so it is only asked for where no lock has to be held for that.
    ///
    /// # Errors
    ///
    /// If there is no such method, or an argument does not fit.
    fn call_async(&self, index: usize, args: Args<'_>) -> Result<CallFuture<'_>, CallError> {
        let _ = (index, args);
        Err(CallError::NoMethod)
    }

    /// This value with its type forgotten. The derive goes through here, so that a field without `Manhole` is one error.
    #[doc(hidden)]
    fn __held(&self) -> Option<Held<'_>>
    where
        Self: Sized,
    {
        Some(Held::from(self))
    }

    /// The exclusive counterpart of `__held`.
    #[doc(hidden)]
    fn __held_mut(&mut self) -> Option<HeldMut<'_>>
    where
        Self: Sized,
    {
        Some(HeldMut::from(self))
    }

    /// This value, which `check` checks before it is written.
    #[doc(hidden)]
    fn __checked<'a, E: Display + 'a>(&'a self, check: fn(&Self) -> Result<(), E>) -> Option<Held<'a>>
    where
        Self: Sized,
    {
        Some(Held::made(Checked::new(self, check)))
    }

    /// The exclusive counterpart of `__checked`.
    #[doc(hidden)]
    fn __checked_mut<'a, E: Display + 'a>(
        &'a mut self,
        check: fn(&Self) -> Result<(), E>,
    ) -> Option<HeldMut<'a>>
    where
        Self: Sized,
    {
        Some(HeldMut::made(CheckedMut::new(self, check)))
    }

    /// Whether this value, when a method returns it, is a success or the error of the call. Only `Result` differs.
    #[doc(hidden)]
    fn outcome(&self) -> Outcome {
        Outcome::Value
    }
}
