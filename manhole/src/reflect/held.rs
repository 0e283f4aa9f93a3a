//! A value on the way of a walk, borrowed or made for the look.

use std::ops::{Deref, DerefMut};

use super::{Manhole, Node};

/// A value one step down: part of the one above it, or made for this look at it, such as the length of a queue or the entry of
/// a map that locks each entry.
///
/// ```
/// use manhole::reflect::Held;
/// use manhole::Manhole;
///
/// let kept = 7_u32;
/// let there = Held::from(&kept);
/// let made = Held::made("seven".to_owned());
/// assert_eq!((there.reflect().info().name, made.reflect().info().name), ("u32", "String"));
/// ```
pub enum Held<'a> {
    /// It is there.
    Borrowed(&'a (dyn Manhole + 'a)),
    /// It was made.
    Made(Box<dyn Manhole + 'a>),
}

/// The exclusive counterpart of [`Held`]: what was made passes on what is written to it.
///
/// ```
/// use manhole::reflect::{HeldMut, Value};
/// use manhole::Manhole;
///
/// let mut kept = 7_u32;
/// HeldMut::from(&mut kept).write(Value::from(8))?;
/// assert_eq!(kept, 8);
/// # Ok::<(), manhole::reflect::ValueError>(())
/// ```
pub enum HeldMut<'a> {
    /// It is there.
    Borrowed(&'a mut (dyn Manhole + 'a)),
    /// It was made.
    Made(Box<dyn Manhole + 'a>),
}

impl<'a> Held<'a> {
    /// A value made for this look.
    ///
    /// ```
    /// use manhole::reflect::Held;
    /// use manhole::Manhole;
    ///
    /// assert_eq!(Held::made(vec![1, 2].len()).reflect().info().name, "usize");
    /// ```
    pub fn made(value: impl Manhole + 'a) -> Self {
        Self::Made(Box::new(value))
    }
}

impl<'a> HeldMut<'a> {
    /// A value made for this look, which passes on what is written to it.
    ///
    /// ```
    /// use manhole::reflect::{HeldMut, Node, NodeMut, TypeInfo, Value, ValueError};
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
    /// HeldMut::made(Bit(&mut mask)).write(Value::Bool(true))?;
    /// assert_eq!(mask, 0b11);
    /// # Ok::<(), ValueError>(())
    /// ```
    pub fn made(value: impl Manhole + 'a) -> Self {
        Self::Made(Box::new(value))
    }
}

impl<'a, T: Manhole> From<&'a T> for Held<'a> {
    fn from(value: &'a T) -> Self {
        Self::Borrowed(value)
    }
}

impl<'a, T: Manhole> From<&'a mut T> for HeldMut<'a> {
    fn from(value: &'a mut T) -> Self {
        Self::Borrowed(value)
    }
}

impl<'a> Deref for Held<'a> {
    type Target = dyn Manhole + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(value) => *value,
            Self::Made(value) => &**value,
        }
    }
}

impl<'a> Deref for HeldMut<'a> {
    type Target = dyn Manhole + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(value) => &**value,
            Self::Made(value) => &**value,
        }
    }
}

impl DerefMut for HeldMut<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Borrowed(value) => &mut **value,
            Self::Made(value) => &mut **value,
        }
    }
}

/// A value that is reached either through a shared or through an exclusive reference: what a [`Guard`](super::Guard) opens.
///
/// ```
/// use manhole::reflect::Access;
///
/// let mut number = 7_u32;
/// assert_eq!(Access::Exclusive(&mut number).node().info().name, "u32");
/// ```
pub enum Access<'a> {
    /// Others may look at the same time.
    Shared(&'a dyn Manhole),
    /// Nobody else has it.
    Exclusive(&'a mut dyn Manhole),
}

impl Access<'_> {
    /// The value, to look at.
    ///
    /// ```
    /// use manhole::reflect::{Access, Shape};
    ///
    /// assert!(matches!(Access::Shared(&'x').node().shape(), Shape::Leaf(_)));
    /// ```
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        match self {
            Access::Shared(value) => value.reflect(),
            Access::Exclusive(value) => value.reflect(),
        }
    }
}
