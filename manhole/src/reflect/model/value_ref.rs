//! References to values during a walk: borrowed, or owned by the walk.

use std::ops::{Deref, DerefMut};

use super::manhole::Manhole;

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
    /// A value created for this walk.
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
    /// A value created for this walk, which forwards writes to its parent.
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
    /// The value, through a shared reference.
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
