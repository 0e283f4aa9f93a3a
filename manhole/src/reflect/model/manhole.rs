//! The trait of types that the console can show and change, and the references and results through which it passes values.

use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;

use super::call::{Args, Lines, ResultKind};
use super::call_error::CallError;
use super::node::{Node, NodeMut};
use super::path::Path;
use super::type_info::TypeInfo;
use super::values::Value;
use super::values::ValueError;

/// A type that the console can show, walk and change.
///
/// Derive it for your types:
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
/// The trait is object safe: one engine walks all types through `&dyn Manhole`. A hand-written implementation needs
/// [`type_info`](Manhole::type_info), [`reflect`](Manhole::reflect) and [`reflect_mut`](Manhole::reflect_mut). The examples
/// of [`Struct`](super::Struct), [`List`](super::List) and [`Lockable`](super::Lockable) are complete.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shown in the console",
    label = "`Manhole` is not implemented for this type",
    note = "if the type is yours: `#[derive(Manhole)]` on it",
    note = "if it is not, and it is a field: `#[manhole(debug)]` shows it by its `Debug`, `#[manhole(opaque)]` by its type, `#[manhole(items)]` a collection by its items, `#[manhole(values(debug))]` what stands in it by its `Debug`, `#[manhole(skip)]` leaves it out; otherwise wrap it in a type of yours that derives `Manhole`",
    note = "if it is a type of another crate, or contains one: the features of manhole add types, such as `parking_lot` for the locks of `parking_lot` 0.13, `dashmap_05`, `chrono`",
    note = "if it is a function: its parameters and its result need `Manhole` too",
    note = "if it is the argument of a type parameter, and no field shows a value of it: `#[manhole(bound = \"\")]` on the generic type removes the bound"
)]
pub trait Manhole {
    /// Returns the static description of the type: name, documentation, fields, methods.
    ///
    /// ```
    /// use manhole::Manhole;
    ///
    /// /// A line of text.
    /// #[derive(Manhole)]
    /// struct Line {
    ///     text: String,
    /// }
    ///
    /// let info = Line::type_info();
    /// assert_eq!((info.name, info.doc), ("Line", "A line of text."));
    /// ```
    fn type_info() -> &'static TypeInfo
    where
        Self: Sized;

    /// Returns the type and shape of the value, through a shared reference.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::Shape;
    ///
    /// assert!(matches!(vec![1, 2].reflect().into_shape(), Shape::List(list) if list.len() == 2));
    /// ```
    fn reflect(&self) -> Node<'_>;

    /// Returns the type and shape of the value, through an exclusive reference.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::ShapeMut;
    ///
    /// let mut name = Some("anvil".to_owned());
    /// let ShapeMut::Option(Some(inner)) = name.reflect_mut().into_shape() else { unreachable!() };
    /// inner.write("hammer".into())?;
    /// assert_eq!(name.as_deref(), Some("hammer"));
    /// # Ok::<(), manhole::reflect::ValueError>(())
    /// ```
    fn reflect_mut(&mut self) -> NodeMut<'_>;

    /// Replaces the value by one converted from `value`.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::Value;
    ///
    /// let mut port = 80_u16;
    /// port.write(Value::from(443))?;
    /// let error = port.write(Value::from(70_000)).unwrap_err();
    /// assert_eq!(error.to_string(), "70000 does not fit into u16 (0 to 65535)");
    /// assert_eq!(port, 443);
    /// # Ok::<(), manhole::reflect::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If `value` cannot be converted to this type. The old value is then unchanged.
    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        let _ = value;
        Err(ValueError::not_writable(self.reflect().info()))
    }

    /// Converts `value` to this type.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::Value;
    ///
    /// let numbers = Value::List(vec![Value::from(1), Value::from(2)]);
    /// assert_eq!(Vec::<u8>::from_value(numbers), Ok(vec![1, 2]));
    /// ```
    ///
    /// # Errors
    ///
    /// If `value` has another type or does not fit, or the console cannot construct values of this type.
    fn from_value(value: Value<'_>) -> Result<Self, ValueError>
    where
        Self: Sized,
    {
        let _ = value;
        Err(ValueError::not_writable(Self::type_info()))
    }

    /// Calls a method that takes `&self`; `index` counts the entries of [`TypeInfo::methods`].
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{CallOutput, Value};
    ///
    /// #[derive(Manhole)]
    /// struct Basket {
    ///     apples: u32,
    /// }
    ///
    /// #[manhole::methods]
    /// impl Basket {
    ///     pub fn with(&self, more: u32) -> u32 {
    ///         self.apples + more
    ///     }
    /// }
    ///
    /// assert_eq!(Basket::type_info().methods[0].to_string(), "with(more: u32) -> u32");
    /// let returned = Basket { apples: 3 }.call(0, vec![Value::from(4)])?;
    /// assert!(matches!(returned, CallOutput::Value(Value::Int(7))));
    /// # Ok::<(), manhole::reflect::CallError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such method, an argument does not fit, or the method itself fails.
    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        let _ = (index, args);
        Err(CallError::NoMethod)
    }

    /// Calls a method that takes `&self` or `&mut self`; `index` counts the entries of [`TypeInfo::methods`].
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::CallError;
    ///
    /// #[derive(Manhole)]
    /// struct Counter {
    ///     count: u32,
    /// }
    ///
    /// #[manhole::methods]
    /// impl Counter {
    ///     pub fn reset(&mut self) {
    ///         self.count = 0;
    ///     }
    /// }
    ///
    /// let mut counter = Counter { count: 3 };
    /// assert!(matches!(counter.call(0, vec![]), Err(CallError::NeedsExclusive)));
    /// counter.call_mut(0, vec![])?;
    /// assert_eq!(counter.count, 0);
    /// # Ok::<(), CallError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`call`](Manhole::call).
    fn call_mut(&mut self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.call(index, args)
    }

    /// Returns the future of an `async` method that takes `&self`; `index` counts the entries of [`TypeInfo::methods`].
    ///
    /// The future borrows the value, so the console calls this only where it holds no lock.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{CallOutput, Value};
    ///
    /// #[derive(Manhole)]
    /// struct Store {
    ///     rows: u64,
    /// }
    ///
    /// #[manhole::methods]
    /// impl Store {
    ///     pub async fn count(&self) -> u64 {
    ///         self.rows
    ///     }
    /// }
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// let store = Store { rows: 7 };
    /// let returned = runtime.block_on(store.call_async(0, vec![])?)?;
    /// assert!(matches!(returned, CallOutput::Value(Value::Int(7))));
    /// # Ok::<(), manhole::reflect::CallError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such method, or an argument does not fit.
    fn call_async(&self, index: usize, args: Args<'_>) -> Result<CallFuture<'_>, CallError> {
        let _ = (index, args);
        Err(CallError::NoMethod)
    }

    /// Returns the role of this value as the result of a method: the value itself, success or failure. Only `Result`
    /// overrides it.
    #[doc(hidden)]
    fn outcome(&self) -> ResultKind {
        ResultKind::Value
    }
}

/// A type behind a pointer, such as `Box<T>` or `Arc<T>`: any type with [`Manhole`], or a trait object.
///
/// `#[manhole::dynamic]` on a trait implements it for the trait's objects.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shown in the console",
    label = "`Manhole` is not implemented for this type behind a pointer",
    note = "if the type is yours: `#[derive(Manhole)]` on it",
    note = "if it is an object of a trait of yours: `#[manhole::dynamic]` on the trait, and `Manhole` as its supertrait",
    note = "if it is not yours, and it is a field: `#[manhole(debug)]` shows it by its `Debug`, `#[manhole(get = function)]` by the result of a function, `#[manhole(opaque)]` by its type, `#[manhole(values(debug))]` what stands in a collection, `#[manhole(skip)]` leaves it out",
    note = "if it is a type of another crate, or contains one: the features of manhole add types, such as `parking_lot` for the locks of `parking_lot` 0.13, `dashmap_05`, `chrono`"
)]
pub trait Described: Manhole {
    /// Returns the static description of the type; for a trait object, only its name.
    fn described() -> &'static TypeInfo;

    /// Converts `value` to this type, in a box.
    ///
    /// # Errors
    ///
    /// As for [`Manhole::from_value`]. No value converts to a trait object.
    fn boxed(value: Value<'_>) -> Result<Box<Self>, ValueError> {
        let _ = value;
        Err(ValueError::not_writable(Self::described()))
    }
}

// The trait's own note is about pointers too, and the compiler repeats neither.
#[diagnostic::do_not_recommend]
impl<T: Manhole> Described for T {
    fn described() -> &'static TypeInfo {
        T::type_info()
    }

    fn boxed(value: Value<'_>) -> Result<Box<Self>, ValueError> {
        T::from_value(value).map(Box::new)
    }
}

/// A value one step down: borrowed from its parent, or created for this walk, such as the length of a queue.
///
/// ```
/// use manhole::reflect::ValueRef;
/// use manhole::Manhole;
///
/// let kept = 7_u32;
/// let there = ValueRef::from(&kept);
/// let owned = ValueRef::owned("seven".to_owned());
/// assert_eq!((there.reflect().info().name, owned.reflect().info().name), ("u32", "String"));
/// ```
pub enum ValueRef<'a> {
    /// A part of the parent.
    Borrowed(&'a (dyn Manhole + 'a)),
    /// A value created for this walk.
    Owned(Box<dyn Manhole + 'a>),
}

/// The exclusive counterpart of [`ValueRef`]: an owned value forwards writes to its parent.
///
/// ```
/// use manhole::reflect::{ValueMut, Value};
/// use manhole::Manhole;
///
/// let mut kept = 7_u32;
/// ValueMut::from(&mut kept).write(Value::from(8))?;
/// assert_eq!(kept, 8);
/// # Ok::<(), manhole::reflect::ValueError>(())
/// ```
pub enum ValueMut<'a> {
    /// A part of the parent.
    Borrowed(&'a mut (dyn Manhole + 'a)),
    /// A value created for this walk.
    Owned(Box<dyn Manhole + 'a>),
}

impl<'a> ValueRef<'a> {
    /// Wraps a value created for this walk.
    ///
    /// ```
    /// use manhole::reflect::ValueRef;
    /// use manhole::Manhole;
    ///
    /// assert_eq!(ValueRef::owned(vec![1, 2].len()).reflect().info().name, "usize");
    /// ```
    pub fn owned(value: impl Manhole + 'a) -> Self {
        Self::Owned(Box::new(value))
    }
}

impl<'a> ValueMut<'a> {
    /// Wraps a value created for this walk, which forwards writes to its parent.
    ///
    /// ```
    /// use manhole::reflect::{ValueMut, Node, NodeMut, TypeInfo, Value, ValueError};
    /// use manhole::Manhole;
    ///
    /// /// A bit of a mask, as a boolean.
    /// struct Bit<'a>(&'a mut u8);
    ///
    /// impl Manhole for Bit<'_> {
    ///     fn type_info() -> &'static TypeInfo {
    ///         bool::type_info()
    ///     }
    ///
    ///     fn reflect(&self) -> Node<'_> {
    ///         Node::leaf::<bool>(*self.0 & 1 == 1)
    ///     }
    ///
    ///     fn reflect_mut(&mut self) -> NodeMut<'_> {
    ///         NodeMut::leaf::<bool>()
    ///     }
    ///
    ///     fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
    ///         *self.0 = *self.0 & !1 | u8::from(bool::from_value(value)?);
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let mut mask = 0b10;
    /// ValueMut::owned(Bit(&mut mask)).write(Value::Bool(true))?;
    /// assert_eq!(mask, 0b11);
    /// # Ok::<(), ValueError>(())
    /// ```
    pub fn owned(value: impl Manhole + 'a) -> Self {
        Self::Owned(Box::new(value))
    }
}

impl<'a, T: Manhole> From<&'a T> for ValueRef<'a> {
    fn from(value: &'a T) -> Self {
        Self::Borrowed(value)
    }
}

impl<'a, T: Manhole> From<&'a mut T> for ValueMut<'a> {
    fn from(value: &'a mut T) -> Self {
        Self::Borrowed(value)
    }
}

impl<'a> Deref for ValueRef<'a> {
    type Target = dyn Manhole + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(value) => *value,
            Self::Owned(value) => &**value,
        }
    }
}

impl<'a> Deref for ValueMut<'a> {
    type Target = dyn Manhole + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(value) => &**value,
            Self::Owned(value) => &**value,
        }
    }
}

impl DerefMut for ValueMut<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Borrowed(value) => &mut **value,
            Self::Owned(value) => &mut **value,
        }
    }
}

/// A shared or exclusive reference to a value. A [`Lockable`](super::Lockable) opens to one.
///
/// ```
/// use manhole::reflect::ValueBorrow;
///
/// let mut number = 7_u32;
/// assert_eq!(ValueBorrow::Exclusive(&mut number).value().reflect().info().name, "u32");
/// ```
pub enum ValueBorrow<'a> {
    /// Other readers may exist.
    Shared(&'a dyn Manhole),
    /// No other reference exists.
    Exclusive(&'a mut dyn Manhole),
}

impl ValueBorrow<'_> {
    /// Returns the value, through a shared reference.
    ///
    /// ```
    /// use manhole::reflect::{Shape, ValueBorrow};
    ///
    /// assert!(matches!(ValueBorrow::Shared(&'x').value().reflect().shape(), Shape::Leaf(_)));
    /// ```
    #[must_use]
    pub fn value(&self) -> &dyn Manhole {
        match self {
            ValueBorrow::Shared(value) => *value,
            ValueBorrow::Exclusive(value) => &**value,
        }
    }
}

/// The result of a call, for the script.
///
/// ```
/// use manhole::reflect::{CallOutput, Value};
///
/// assert!(matches!(CallOutput::new(7_u32), Ok(CallOutput::Value(Value::Int(7)))));
/// assert!(matches!(CallOutput::new(None::<u32>), Ok(CallOutput::None)));
/// assert!(matches!(CallOutput::new(vec![1, 2, 3]), Ok(CallOutput::Root(..))), "kept as a root");
/// ```
#[non_exhaustive]
pub enum CallOutput {
    /// A leaf.
    Value(Value<'static>),
    /// An empty option.
    None,
    /// A value with fields or items, which is kept as a root, and the path to it.
    Root(Arc<dyn Manhole + Send + Sync>, Path),
    /// Lines that the console prints as they come. Only methods of the console's own values return them.
    #[doc(hidden)]
    Lines(Arc<dyn Lines>),
}

/// The future of an `async` method or function.
///
/// ```
/// use manhole::reflect::{CallFuture, CallOutput, Value};
///
/// let future: CallFuture<'_> = Box::pin(async { CallOutput::new(7_u32) });
/// let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// assert!(matches!(runtime.block_on(future), Ok(CallOutput::Value(Value::Int(7)))));
/// ```
pub type CallFuture<'a> = Pin<Box<dyn Future<Output = Result<CallOutput, CallError>> + Send + 'a>>;
