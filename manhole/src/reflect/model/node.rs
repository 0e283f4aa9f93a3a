//! The shape of a value, which determines how a walk continues.

use std::fmt;
use std::sync::Arc;

use super::manhole::Manhole;
use super::shape_traits::{AtomicValue, Enum, List, Lockable, Map, Owner, Set, Struct};
use super::type_info::TypeInfo;
use super::values::Value;
use crate::reflect::text::{MAX_TEXT_BYTES, sanitize};

/// A value seen through a shared reference.
///
/// ```
/// use manhole::reflect::{Shape, Value};
/// use manhole::Manhole;
///
/// let node = 7_u32.reflect();
/// assert_eq!(node.info().name, "u32");
/// assert!(matches!(node.shape(), Shape::Leaf(Value::Int(7))));
/// ```
#[derive(Clone)]
pub struct Node<'a> {
    info: &'static TypeInfo,
    shape: Shape<'a>,
}

/// A value seen through an exclusive reference.
///
/// ```
/// use manhole::reflect::{ShapeMut, Value};
/// use manhole::Manhole;
///
/// let mut numbers = vec![1, 3];
/// if let ShapeMut::List(list) = numbers.reflect_mut().into_shape() {
///     list.insert(1, Value::from(2))?;
/// }
/// assert_eq!(numbers, [1, 2, 3]);
/// # Ok::<(), manhole::reflect::ValueError>(())
/// ```
pub struct NodeMut<'a> {
    info: &'static TypeInfo,
    shape: ShapeMut<'a>,
}

/// The kind of a value, with access to its parts through a shared reference.
///
/// ```
/// use manhole::reflect::Shape;
/// use manhole::Manhole;
///
/// fn kind(value: &dyn Manhole) -> &'static str {
///     match value.reflect().into_shape() {
///         Shape::Leaf(_) | Shape::Atomic(_) => "one value",
///         Shape::List(_) => "a list",
///         Shape::Map(_) => "a map",
///         _ => "something else",
///     }
/// }
///
/// assert_eq!(kind(&"text".to_owned()), "one value");
/// assert_eq!(kind(&vec![1, 2]), "a list");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Shape<'a> {
    /// One value, copied or borrowed.
    Leaf(Value<'a>),
    /// One value that can be changed through a shared reference: an atomic.
    Atomic(&'a dyn AtomicValue),
    /// Named or numbered fields.
    Struct(&'a dyn Struct),
    /// A variant with its fields.
    Enum(&'a dyn Enum),
    /// `Some` or `None`.
    Option(Option<&'a dyn Manhole>),
    /// Items by index.
    List(&'a dyn List),
    /// Items by key.
    Map(&'a dyn Map),
    /// Unordered items without keys.
    Set(&'a dyn Set),
    /// A lock: a walk must open it to reach the value inside.
    Lock(&'a dyn Lockable),
    /// A value that a task or thread owns: a walk ends here, and goes on there.
    Remote(&'a Arc<dyn Owner>),
    /// A value that is shown as this text.
    Text(Text<'a>),
    /// A value that shows only the name of its type.
    Opaque,
}

/// The kind of a value, with access to its parts through an exclusive reference.
///
/// ```
/// use manhole::reflect::ShapeMut;
/// use manhole::Manhole;
///
/// assert!(matches!(7_u32.reflect_mut().into_shape(), ShapeMut::Leaf));
/// assert!(matches!(vec![7].reflect_mut().into_shape(), ShapeMut::List(_)));
/// ```
#[non_exhaustive]
pub enum ShapeMut<'a> {
    /// One value, written by [`Manhole::write`].
    Leaf,
    /// A value that only [`Manhole::write`] changes, because it is validated as a whole.
    Whole,
    /// Named or numbered fields.
    Struct(&'a mut dyn Struct),
    /// A variant with its fields.
    Enum(&'a mut dyn Enum),
    /// `Some` or `None`; [`Manhole::write`] changes one to the other.
    Option(Option<&'a mut dyn Manhole>),
    /// Items by index.
    List(&'a mut dyn List),
    /// Items by key.
    Map(&'a mut dyn Map),
    /// Unordered items without keys.
    Set(&'a mut dyn Set),
    /// A lock. Exclusive access needs no locking.
    Lock(&'a mut dyn Lockable),
    /// A value that others share: exclusive access ends here.
    Shared(&'a dyn Manhole),
    /// A value that others share, in a place whose value [`Manhole::write`] replaces.
    Swapped(&'a dyn Manhole),
}

impl Shape<'_> {
    /// Creates the shape of a value that is shown as formatted text, of at most 64 KiB.
    ///
    /// ```
    /// use manhole::reflect::Shape;
    ///
    /// let shape = Shape::formatted(format_args!("{:?}", 1..3));
    /// assert!(matches!(shape, Shape::Text(text) if text.to_string() == "1..3"));
    /// ```
    #[must_use]
    pub fn formatted(text: fmt::Arguments<'_>) -> Self {
        Self::Text(sanitize(text).into())
    }
}

/// The text of a [`Shape::Text`]: it exists already, or code of the application formats it when it is shown.
///
/// ```
/// use manhole::reflect::Text;
///
/// assert_eq!(Text::from("anvil".to_owned()).to_string(), "anvil");
/// ```
#[derive(Clone)]
pub struct Text<'a>(TextSource<'a>);

#[derive(Clone)]
enum TextSource<'a> {
    Formatted(String),
    Unformatted(&'a dyn FormatText),
}

/// A value whose text is formatted when it is needed.
pub(crate) trait FormatText {
    /// Formats up to `max_bytes`, and ends a longer text with `…`.
    fn format_text(&self, max_bytes: usize) -> String;
}

impl<'a> Text<'a> {
    /// Creates the text of a value that formats it when it is needed.
    pub(crate) const fn unformatted(value: &'a dyn FormatText) -> Self {
        Self(TextSource::Unformatted(value))
    }

    /// Returns the text. Code of the application stops after `max_bytes`; a longer text ends with `…`.
    pub(crate) fn format(self, max_bytes: usize) -> String {
        match self.0 {
            TextSource::Formatted(text) => text,
            TextSource::Unformatted(value) => value.format_text(max_bytes),
        }
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(TextSource::Formatted(text))
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clone().format(MAX_TEXT_BYTES))
    }
}

impl<'a> Node<'a> {
    /// Creates a node for a value of type `T`.
    ///
    /// ```
    /// use manhole::reflect::{Node, NodeMut, Shape, ShapeMut, TypeInfo};
    /// use manhole::Manhole;
    ///
    /// /// A newtype that is seen as the list that it holds.
    /// struct Queue(Vec<u32>);
    ///
    /// impl Manhole for Queue {
    ///     fn type_info() -> &'static TypeInfo {
    ///         Vec::<u32>::type_info()
    ///     }
    ///
    ///     fn reflect(&self) -> Node<'_> {
    ///         Node::new::<Self>(Shape::List(&self.0))
    ///     }
    ///
    ///     fn reflect_mut(&mut self) -> NodeMut<'_> {
    ///         NodeMut::new::<Self>(ShapeMut::List(&mut self.0))
    ///     }
    /// }
    ///
    /// let queue = Queue(vec![4, 5]);
    /// let Shape::List(list) = queue.reflect().into_shape() else { unreachable!() };
    /// assert_eq!(list.len(), 2);
    /// ```
    pub fn new<T: Manhole>(shape: Shape<'a>) -> Self {
        Self { info: T::type_info(), shape }
    }

    /// Creates a leaf of type `T`.
    ///
    /// ```
    /// use manhole::reflect::{Node, Shape, Value};
    ///
    /// assert!(matches!(Node::leaf::<u16>(443_u16).into_shape(), Shape::Leaf(Value::Int(443))));
    /// ```
    pub fn leaf<T: Manhole>(value: impl Into<Value<'a>>) -> Self {
        Self::new::<T>(Shape::Leaf(value.into()))
    }

    /// Creates a node with a description that does not follow from a Rust type, such as a field that is read by a function.
    ///
    /// ```
    /// use manhole::reflect::{Node, Shape, TypeInfo, TypeKind, Value};
    ///
    /// const PERCENT: &TypeInfo = &TypeInfo::new("Percent", TypeKind::Leaf);
    /// let node = Node::described(PERCENT, Shape::Leaf(Value::Float(12.5)));
    /// assert_eq!(node.info().name, "Percent");
    /// ```
    #[must_use]
    pub const fn described(info: &'static TypeInfo, shape: Shape<'a>) -> Self {
        Self { info, shape }
    }

    /// Returns the type of the value.
    ///
    /// ```
    /// use manhole::Manhole;
    ///
    /// assert_eq!(Some(7_u32).reflect().info().to_string(), "Option<u32>");
    /// ```
    #[must_use]
    pub const fn info(&self) -> &'static TypeInfo {
        self.info
    }

    /// Returns the shape of the value.
    ///
    /// ```
    /// use manhole::reflect::Shape;
    /// use manhole::Manhole;
    ///
    /// assert!(matches!(None::<u32>.reflect().shape(), Shape::Option(None)));
    /// ```
    #[must_use]
    pub const fn shape(&self) -> &Shape<'a> {
        &self.shape
    }

    /// Returns the shape, with the lifetime of the value that the node describes.
    ///
    /// ```
    /// use manhole::reflect::{Shape, Value};
    /// use manhole::Manhole;
    ///
    /// fn text<'a>(value: &'a dyn Manhole) -> Option<std::borrow::Cow<'a, str>> {
    ///     match value.reflect().into_shape() {
    ///         Shape::Leaf(Value::Text(text)) => Some(text),
    ///         _ => None,
    ///     }
    /// }
    ///
    /// assert_eq!(text(&"anvil".to_owned()).as_deref(), Some("anvil"));
    /// ```
    #[must_use]
    pub fn into_shape(self) -> Shape<'a> {
        self.shape
    }
}

impl<'a> NodeMut<'a> {
    /// Creates a node for a value of type `T`.
    ///
    /// ```
    /// use manhole::reflect::{NodeMut, ShapeMut};
    ///
    /// let mut numbers = vec![1];
    /// let node = NodeMut::new::<Vec<i32>>(ShapeMut::List(&mut numbers));
    /// assert_eq!(node.info().to_string(), "Vec<i32>");
    /// ```
    pub fn new<T: Manhole>(shape: ShapeMut<'a>) -> Self {
        Self { info: T::type_info(), shape }
    }

    /// Creates a leaf of type `T`, which [`Manhole::write`] changes.
    ///
    /// ```
    /// use manhole::reflect::{NodeMut, ShapeMut};
    ///
    /// assert!(matches!(NodeMut::leaf::<u16>().into_shape(), ShapeMut::Leaf));
    /// ```
    #[must_use]
    pub fn leaf<T: Manhole>() -> Self {
        Self::new::<T>(ShapeMut::Leaf)
    }

    /// Creates a node for exclusive access, with a description as for [`Node::described`].
    ///
    /// ```
    /// use manhole::reflect::{NodeMut, ShapeMut, TypeInfo, TypeKind};
    ///
    /// const PERCENT: &TypeInfo = &TypeInfo::new("Percent", TypeKind::Leaf);
    /// assert_eq!(NodeMut::described(PERCENT, ShapeMut::Leaf).info().name, "Percent");
    /// ```
    #[must_use]
    pub const fn described(info: &'static TypeInfo, shape: ShapeMut<'a>) -> Self {
        Self { info, shape }
    }

    /// Creates a node for a pointer to a shared value, where exclusive access ends.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use manhole::reflect::{NodeMut, ShapeMut};
    ///
    /// let shared = Arc::new(7_u32);
    /// assert!(matches!(NodeMut::shared(&*shared).into_shape(), ShapeMut::Shared(_)));
    /// ```
    #[must_use]
    pub fn shared(value: &'a dyn Manhole) -> Self {
        Self { info: value.reflect().info, shape: ShapeMut::Shared(value) }
    }

    /// Returns the type of the value.
    ///
    /// ```
    /// use manhole::Manhole;
    ///
    /// assert_eq!(vec!['a'].reflect_mut().info().to_string(), "Vec<char>");
    /// ```
    #[must_use]
    pub const fn info(&self) -> &'static TypeInfo {
        self.info
    }

    /// Returns the shape of the value.
    ///
    /// ```
    /// use manhole::reflect::ShapeMut;
    /// use manhole::Manhole;
    ///
    /// let mut numbers = vec![1, 2, 3];
    /// let ShapeMut::List(list) = numbers.reflect_mut().into_shape() else { unreachable!() };
    /// list.truncate(1)?;
    /// assert_eq!(numbers, [1]);
    /// # Ok::<(), manhole::reflect::ValueError>(())
    /// ```
    #[must_use]
    pub fn into_shape(self) -> ShapeMut<'a> {
        self.shape
    }
}
